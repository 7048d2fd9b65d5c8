"""The decision: which unit must reach which rate, and who is who on which day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from exporter.periods import Period

PROVINCE = "tinh"
"""Id of the province, the root of the tree of units."""


class Kind(StrEnum):
    """What a unit is. The decision assigns targets to the kinds below the province."""

    PROVINCE = "province"
    DEPARTMENT = "department"
    DISTRICT = "district"
    COMMUNE_GROUP = "commune_group"
    COMMUNE = "commune"


class Counting(StrEnum):
    """What an indicator counts, which decides what may be computed from it (see `arithmetic`)."""

    FLOW = "flow"
    BACKLOG = "backlog"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One of the decision's indicators.

    `target` (ratio 0-1) is what units have unless they differ; None: nothing is assigned by default.
    """

    id: str
    name: str
    short_name: str
    counting: Counting
    counted: str
    applies_to: frozenset[Kind]
    target: Fraction | None
    article: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a unit, in force from `since` to `until` (both inclusive, None: unbounded)."""

    name: str
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the name is in use on `day`."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Milestone:
    """A road-map value (ratio 0-1), in force from its date until the next."""

    since: date
    ratio: Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the decision, a commune of one of its groups, or the province itself."""

    id: str
    name: str
    short_name: str
    kind: Kind
    parent: str | None
    number: int | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    targets: Mapping[str, Fraction] = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)
    milestones: Mapping[str, tuple[Milestone, ...]] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    merged_into: str | None = None

    def in_force(self, day: date) -> bool:
        """Whether the unit exists on `day`."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def name_on(self, day: date) -> str:
        """Its official name on `day`: a renamed unit bears its old name until that ends."""
        old = [a for a in self.aliases if a.until is not None and a.holds_on(day)]
        return min(old, key=lambda a: a.until or date.max).name if old else self.name

    def short_name_on(self, day: date) -> str:
        """Its short name on `day`."""
        name = self.name_on(day)
        return self.short_name if name == self.name else name

    @property
    def named_since(self) -> date | None:
        """First day of the present name, where an older one is known."""
        ends = [a.until for a in self.aliases if a.until is not None and a.until < date.max]
        return max(ends) + timedelta(days=1) if ends else None


@dataclass(frozen=True, eq=False)
class Decision:
    """A decision whole: immutable; everything asked of it is asked as of a day."""

    number: str
    title: str
    authority: str
    issued: date
    period_start: date
    period_end: date
    in_force_until: date | None
    monitors: tuple[str, ...]
    indicators: Mapping[str, Indicator]
    units: Mapping[str, Unit]
    """By id, in the decision's order, the province (`tinh`) first, communes behind their group."""
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether the decision's targets are in force on `day`."""
        return self.period_start <= day and (self.in_force_until is None or day <= self.in_force_until)

    def period_on(self, day: date) -> Period:
        """The year the targets are held against on `day`: the calendar year of the clock."""
        return Period.year_of(day)

    @cached_property
    def assigned_units(self) -> tuple[Unit, ...]:
        """The units of the annex: without the communes of its groups and without the province.

        A commune directly under the province (no group above it) is itself a unit of the annex.
        """
        return tuple(
            u
            for u in self.units.values()
            if u.kind is not Kind.PROVINCE and not (u.kind is Kind.COMMUNE and u.parent != PROVINCE)
        )

    @cached_property
    def children(self) -> Mapping[str, tuple[Unit, ...]]:
        """Units by the id of their parent."""
        found: dict[str, list[Unit]] = {}
        for unit in self.units.values():
            if unit.parent is not None:
                found.setdefault(unit.parent, []).append(unit)
        return {parent: tuple(units) for parent, units in found.items()}

    def in_force(self, day: date, *kinds: Kind) -> Iterable[Unit]:
        """Units in force on `day`, of the kinds named or of all."""
        return (u for u in self.units.values() if u.in_force(day) and (not kinds or u.kind in kinds))

    def target(self, unit: Unit, indicator: Indicator) -> Fraction | None:
        """The target (ratio 0-1) assigned by the decision; None where not assigned or exempt.

        A commune carries its group's target.
        """
        if indicator.id in unit.exempt:
            return None
        if indicator.id in unit.targets:
            return unit.targets[indicator.id]
        if unit.kind not in indicator.applies_to:
            return None
        group = self.units.get(unit.parent or PROVINCE)
        if unit.kind is Kind.COMMUNE and group is not None and group.kind is Kind.COMMUNE_GROUP:
            return self.target(group, indicator)
        return indicator.target

    def milestone(self, unit: Unit, indicator: Indicator, day: date) -> Fraction | None:
        """The road-map value (ratio 0-1) in force on `day`; None before the first or without one."""
        if day > self.period_end:
            return None
        past = [m for m in unit.milestones.get(indicator.id, ()) if m.since <= day]
        return max(past, key=lambda m: m.since).ratio if past else None

    def successor(self, unit: Unit, day: date) -> Unit:
        """The unit that answers for `unit` on `day`: itself, or what it was merged into."""
        while not unit.in_force(day) and unit.merged_into is not None:
            unit = self.units[unit.merged_into]
        return unit

    def absorbed(self, unit_id: str) -> Mapping[date, frozenset[str]]:
        """Units that became part of `unit_id`, also through others, by the first day of that."""
        return self._absorbed.get(unit_id, {})

    @cached_property
    def _absorbed(self) -> Mapping[str, Mapping[date, frozenset[str]]]:
        found: dict[str, dict[date, frozenset[str]]] = {}
        for unit in self.units.values():
            gone = unit
            while gone.merged_into is not None and gone.until is not None and gone.until < date.max:
                heir = self.units[gone.merged_into]
                days = found.setdefault(heir.id, {})
                first = gone.until + timedelta(days=1)
                days[first] = days.get(first, frozenset()) | {unit.id}
                gone = heir
        return found

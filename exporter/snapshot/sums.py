"""Adds units up to their group and to the province: counts are added, ratios never averaged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from exporter.decision import PROVINCE, Decision, Indicator, Kind, Unit
from exporter.periods import Period
from exporter.snapshot.model import Measurement

LastDenominator = Callable[[str, str, Period], int | None]
"""Last accepted denominator of (unit, indicator) within a period; None where there was none."""


def parts_of(
    decision: Decision, whole: Unit, indicator: Indicator, day: date, *, districts_include: bool = False
) -> tuple[Unit, ...]:
    """The units in force that make up a group or the province for one indicator.

    The province: departments, districts and commune groups, and communes directly under it; where
    a district's row already contains its communes, its group is left out. Exempt units have
    nothing to count.
    """
    if whole.kind is Kind.PROVINCE:
        candidates: Iterable[Unit] = decision.assigned_units
    else:
        candidates = decision.children.get(whole.id, ())
    parts = tuple(
        unit
        for unit in candidates
        if unit.in_force(day) and unit.kind in indicator.applies_to and indicator.id not in unit.exempt
    )
    if not districts_include:
        return parts
    covered = {unit.id for unit in parts if unit.kind is Kind.DISTRICT}
    return tuple(u for u in parts if not (u.kind is Kind.COMMUNE_GROUP and u.parent in covered))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sum that is looked for."""

    whole: Unit
    indicator: Indicator
    parts: tuple[Unit, ...]
    source: str
    """Who is responsible for the whole."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How much of a sum may be missing."""

    last_denominator: LastDenominator
    may_be_missing: float
    """Share of the last complete denominator (ratio 0-1)."""


def add_up(wanted: Wanted, figures: Mapping[str, Measurement], tolerance: Tolerance) -> Measurement | None:
    """The sum over the parts, or None where too much of it is missing to be published.

    `figures` holds the parts' measurements of one period by unit id. A part that is itself a sum is
    complete or was not published. A part never seen in this period cannot be weighed, so the sum is
    then absent.
    """
    present = [figures[unit.id] for unit in wanted.parts if unit.id in figures]
    if not present:
        return None
    period = present[0].period
    if any(m.period != period for m in present):
        return None
    if len(present) < len(wanted.parts) and not _nearly_whole(wanted, figures, period, tolerance):
        return None
    stamps = [m.as_of for m in present if m.as_of is not None]
    return Measurement(
        unit=wanted.whole.id,
        indicator=wanted.indicator.id,
        period=period,
        numerator=sum(m.numerator for m in present),
        denominator=sum(m.denominator for m in present),
        source=wanted.source,
        fetched_at=min(m.fetched_at for m in present),
        as_of=min(stamps) if len(stamps) == len(present) else None,
        parts=tuple(m.unit for m in present),
        parts_expected=len(wanted.parts),
    )


def _nearly_whole(
    wanted: Wanted, figures: Mapping[str, Measurement], period: Period, tolerance: Tolerance
) -> bool:
    """Whether what is missing is known to weigh little."""
    complete = missing = 0
    for unit in wanted.parts:
        weight = tolerance.last_denominator(unit.id, wanted.indicator.id, period)
        if weight is None:
            return False
        complete += weight
        missing += weight if unit.id not in figures else 0
    return missing <= tolerance.may_be_missing * complete


def wholes(decision: Decision, day: date) -> tuple[Unit, ...]:
    """Units that are sums of others, the groups before the province that is made of them."""
    groups = tuple(decision.in_force(day, Kind.COMMUNE_GROUP))
    return (*groups, decision.units[PROVINCE])

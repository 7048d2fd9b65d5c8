"""Ties what a portal names to units of the decision: by code, then by name, then by alias."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from exporter.decision import PROVINCE, Decision, Kind, Unit
from exporter.resolve.names import Name, level, nearest, province_name
from exporter.snapshot.model import Unmatched
from exporter.sources.base import PortalUnit, Reading

_DISTRICT_KINDS = frozenset({"huyện", "quận", "thị xã", "thành phố"})
# The syllables, levelled, of what headings such as "Huyện, thị xã và thành phố" consist of.
_GENERIC = frozenset(level("các huyện quận thị xã thành phố và").core.split())
# Looking for near names costs; a page of thousands of strange names gets it for the first ones.
_MOST_NEAREST = 50


@dataclass(frozen=True, slots=True)
class Directory:
    """Who is called what on one day. Built once per decision and day."""

    decision: Decision
    day: date
    province: str
    by_code: Mapping[tuple[str, str], str]
    by_name: Mapping[Name, tuple[str, ...]]
    by_alias: Mapping[Name, tuple[str, ...]]
    home: Mapping[str, str]
    """Id of the district a unit lies in (a district lies in itself)."""
    names: tuple[str, ...]

    def find(self, unit: PortalUnit, code_system: str | None = None) -> tuple[str, ...]:
        """Ids of the units it fits: none, exactly one, or several that nobody may choose from."""
        if unit.code and code_system:
            known = self.by_code.get((code_system, unit.code.strip()))
            if known is not None:
                return (known,)
        name = level(unit.name, self.province)
        district = self.district(unit.scope)
        if district is None and unit.scope and _names_a_district(unit.scope, self.province):
            return ()  # a district that is none of ours has no unit of ours
        for index in (self.by_name, self.by_alias):
            fits = index.get(name, ())
            if district is not None:
                fits = tuple(i for i in fits if self.home.get(i) == district)
            if fits:
                return self._heir(fits)
        return ()

    def _heir(self, fits: tuple[str, ...]) -> tuple[str, ...]:
        """Of units of one name the one in force, where the others were all merged into it."""
        units = self.decision.units
        living = [i for i in fits if units[i].in_force(self.day)]
        if len(fits) > 1 and len(living) == 1:
            heirs = {self.decision.successor(units[i], self.day).id for i in fits}
            if heirs == set(living):
                return (living[0],)
        return fits

    def district(self, scope: str | None) -> str | None:
        """Id of the district that a heading or column names; None where it names none."""
        if not scope:
            return None
        name = level(scope, self.province)
        fits = {
            self.home[i]
            for index in (self.by_name, self.by_alias)
            for i in index.get(name, ())
            if self.decision.units[i].kind in (Kind.DISTRICT, Kind.COMMUNE_GROUP)
        }
        return fits.pop() if len(fits) == 1 else None


def _names_a_district(scope: str, province: str) -> bool:
    """Whether a heading names some district, ours or not; "UBND huyện, thành phố" names none."""
    name = level(scope, province)
    return name.kind in _DISTRICT_KINDS and bool(set(name.core.split()) - _GENERIC)


def _home(decision: Decision, unit: Unit) -> str | None:
    above: Unit | None = unit
    while above is not None and above.kind is not Kind.DISTRICT:
        above = decision.units.get(above.parent) if above.parent else None
    return above.id if above is not None else None


def _holding_names(unit: Unit, day: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Official names and aliases of a unit on a day.

    A unit merged away keeps its name: its counts pass to its successor for as long as a portal
    goes on listing it.
    """
    day_of_name = min(day, unit.until) if unit.until else day
    official = {unit.name_on(day_of_name), unit.short_name_on(day_of_name)}
    aliases = {a.name for a in unit.aliases if a.holds_on(day_of_name)}
    return tuple(official), tuple(aliases - official)


@lru_cache(maxsize=8)
def directory(decision: Decision, day: date) -> Directory:
    """Who is called what on `day`."""
    codes: dict[tuple[str, str], str] = {}
    names: dict[Name, list[str]] = defaultdict(list)
    aliases: dict[Name, list[str]] = defaultdict(list)
    home: dict[str, str] = {}
    root = decision.units[PROVINCE]
    called = (root.name, *(alias.name for alias in root.aliases))
    bare = next((name for name in map(province_name, called) if name), "")
    shown = []
    for unit in decision.units.values():
        if unit.since is not None and unit.since > day:
            continue
        for system, code in unit.codes.items():
            # A code given anew belongs to who bears it now.
            if unit.in_force(day) or (system, code) not in codes:
                codes[(system, code)] = unit.id
        official, others = _holding_names(unit, day)
        for text in official:
            key = level(text, bare)
            if unit.id not in names[key]:
                names[key].append(unit.id)
        for text in others:
            key = level(text, bare)
            if unit.id not in aliases[key]:
                aliases[key].append(unit.id)
        place = _home(decision, unit)
        if place is not None:
            home[unit.id] = place
        shown.append(unit.name_on(day))
    return Directory(
        decision,
        day,
        bare,
        codes,
        {k: tuple(v) for k, v in names.items()},
        {k: tuple(v) for k, v in aliases.items()},
        home,
        tuple(shown),
    )


@dataclass(frozen=True, slots=True)
class Resolved:
    """Readings with the unit each belongs to, and the names that fit none or several."""

    matched: tuple[tuple[str, Reading], ...]
    unmatched: tuple[Unmatched, ...]


def resolve(
    readings: Iterable[Reading], source: str, who: Directory, code_system: str | None = None
) -> Resolved:
    """Ties each reading to a unit of `who`. A name that fits several units is never guessed.

    A totals row is the province's own figure only where its code or its source says so (by the id
    `tinh` in place of a name); by its name it is not, for "Toàn tỉnh" under a list of communes is
    the sum of communes.
    """
    found: dict[PortalUnit, tuple[str, ...]] = {}
    matched: list[tuple[str, Reading]] = []
    strange: dict[PortalUnit, Unmatched] = {}
    lost: Counter[PortalUnit] = Counter()
    for reading in readings:
        unit = reading.unit
        if unit not in found:
            found[unit] = who.find(unit, code_system)
        fits = found[unit]
        if reading.total:
            coded = who.by_code.get((code_system or "", unit.code or ""))
            if PROVINCE in (unit.name, coded):
                matched.append((PROVINCE, reading))
        elif len(fits) == 1:
            matched.append((fits[0], reading))
        else:
            lost[unit] += 1
            if unit in strange:
                continue
            near = fits or (nearest(unit.name, who.names) if len(strange) < _MOST_NEAREST else ())
            strange[unit] = Unmatched(source, unit.name, unit.code, unit.scope, near, ambiguous=bool(fits))
    return Resolved(tuple(matched), tuple(replace(u, readings=lost[unit]) for unit, u in strange.items()))

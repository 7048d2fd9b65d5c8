"""Who is on a portal: the units that its answers name, for a province that has no file of its own yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exporter.decision import Kind
from exporter.resolve.names import level
from exporter.sanitise import safe
from exporter.sources.base import Page, PortalUnit, Source
from exporter.sources.national_answer import department_code, department_name
from exporter.sources.national_portal import NationalPortal

_LONGEST = 200
_COMMUNES = frozenset({"xã", "phường", "thị trấn", "đặc khu"})
_DISTRICTS = frozenset({"huyện", "quận", "thị xã", "thành phố"})
# `level` of a tree, `departmentType` of a list.
_NATIONAL_KINDS = {
    "COMMUNE": Kind.COMMUNE,
    "COMMUNE_PEOPLE_COMMITTEE": Kind.COMMUNE,
    "PROVINCE": Kind.DEPARTMENT,
    "PROVINCIAL_DEPARTMENT": Kind.DEPARTMENT,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A unit as a portal names it, and what it seems to be."""

    name: str
    code: str | None
    kind: Kind
    scope: str | None = None


@dataclass(frozen=True)
class Survey:
    """What a portal shows of a province, in the portal's order."""

    units: tuple[Found, ...]
    province: Found | None
    """None where the portal does not name it."""
    code_system: str | None
    published: frozenset[tuple[Kind, str]]
    """Kinds of units, and the indicators there are counts of for any of them."""


def survey(source: Source, parts: Iterable[Sequence[Page]]) -> Survey:
    """What the pages of a source's parts show; the same unit in several parts counts once.

    Raises PortalError like the source's `parse`.
    """
    units: dict[PortalUnit, Found] = {}
    published: set[tuple[Kind, str]] = set()
    province: Found | None = None
    for pages in parts:
        known = _national_kinds(source, pages) if isinstance(source, NationalPortal) else {}
        for unit, kind in known.items():
            units.setdefault(unit, _found(unit, kind))
        for reading in source.parse(pages).readings:
            unit = reading.unit
            if reading.total:
                if source.code_system is not None and unit.code is not None:
                    province = _found(unit, Kind.PROVINCE)
                    published.add((Kind.PROVINCE, reading.indicator))
                continue
            found = units.setdefault(unit, _found(unit, known.get(unit, kind_of(unit.name))))
            published.add((found.kind, reading.indicator))
    return Survey(tuple(units.values()), province, source.code_system, frozenset(published))


def _national_kinds(source: NationalPortal, pages: Sequence[Page]) -> Mapping[PortalUnit, Kind]:
    """The units of a part of the National Portal, which says itself what each is."""
    kinds = {}
    for answer in source.answers(pages):
        for unit in answer.units:
            name = department_name(unit)
            said = unit.get("level") or unit.get("departmentType")
            kind = _NATIONAL_KINDS.get(said) if isinstance(said, str) else None
            kinds[PortalUnit(name, department_code(unit.get("departmentCode")))] = kind or kind_of(name)
    return kinds


def kind_of(name: str) -> Kind:
    """What a unit is by its name: a commune, a district, else a department."""
    kind = level(name).kind
    if kind in _COMMUNES:
        return Kind.COMMUNE
    return Kind.DISTRICT if kind in _DISTRICTS else Kind.DEPARTMENT


def _found(unit: PortalUnit, kind: Kind) -> Found:
    scope = " ".join(safe(unit.scope, _LONGEST).split()) if unit.scope else None
    return Found(" ".join(safe(unit.name, _LONGEST).split()), unit.code, kind, scope or None)

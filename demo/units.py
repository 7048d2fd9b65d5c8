"""Who stands on the portal's pages on a day, and under which name.

Portals write names their own way. The variants here are the kinds seen on real ones (short forms, old
place of the tone mark, i/y, capitals, decomposed Unicode); every one of them names its unit uniquely
within the heading it stands under.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Literal

from exporter.decision import PROVINCE, Decision, Kind, Unit
from exporter.resolve.names import province_name

_COMMITTEE = "Ủy ban nhân dân "
_VARIANTS = {
    "bql-khu-kinh-te": "Ban quản lý Khu Kinh tế và các Khu công nghiệp",
    "so-lao-dong-thuong-binh-xa-hoi": "Sở Lao động – Thương binh và Xã hội",
    "so-van-hoa-the-thao-du-lich": "Sở Văn hoá, Thể thao và Du lịch",
    "ubnd-thai-thuy": "UBND huyện Thái Thuỵ",
    "ubnd-tp-thai-binh": "UBND TP. Thái Bình",
    "xa-12457": "Xã Đông Hoà",
    "xa-12613": "TT. Hưng Nhân",
    "xa-13141": "Xã Vũ Quý",
}
_DECOMPOSED = frozenset({"so-y-te", "xa-12832"})
_PREFIXED = "ubnd-vu-thu"
"""The district whose communes the portal lists as committees ("UBND xã …")."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A unit with the name that the page prints."""

    unit: Unit
    name: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the units below it."""

    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class NationalUnit:
    """A unit as the National Portal names it. `level` is the API's own word."""

    unit: Unit
    id: str
    code: str
    name: str
    level: Literal["PROVINCE", "COMMUNE"]


def province(decision: Decision) -> str:
    """The bare name of the province ("Thái Bình"), from whichever of its names has it."""
    unit = decision.units[PROVINCE]
    names = (unit.name, *(alias.name for alias in unit.aliases))
    return next(filter(None, map(province_name, names)), unit.name)


def _printed(unit: Unit, day: date) -> str:
    name = unit.name_on(day)
    if unit.id in _VARIANTS and name == unit.name:
        name = _VARIANTS[unit.id]
    if name.startswith(_COMMITTEE):
        name = "UBND " + name.removeprefix(_COMMITTEE)
    if unit.id in _DECOMPOSED:
        name = unicodedata.normalize("NFD", name)
    return name


def units_page(decision: Decision, day: date) -> tuple[Section, ...]:
    """Departments and districts in force on `day`."""
    found = []
    for numeral, heading, kind in (
        ("I", "Sở, ban, ngành", Kind.DEPARTMENT),
        ("II", "Ủy ban nhân dân huyện, thành phố", Kind.DISTRICT),
    ):
        entries = tuple(Entry(u, _printed(u, day)) for u in decision.in_force(day, kind))
        if entries:
            found.append(Section(f"{numeral}. {heading}", entries))
    return tuple(found)


def communes_page(decision: Decision, day: date) -> tuple[Section, ...]:
    """Communes in force on `day`, under the name of their district."""
    by_heading: dict[str, list[Entry]] = {}
    for unit in decision.in_force(day, Kind.COMMUNE):
        group = decision.units[unit.parent or PROVINCE]
        above = decision.units[group.parent or PROVINCE]
        name = _printed(unit, day)
        if above.id == _PREFIXED:
            name = f"UBND {name[0].lower()}{name[1:]}"
        heading = above.name.removeprefix(_COMMITTEE)
        if above.id == "ubnd-thai-thuy":
            heading = heading.replace("Thụy", "Thuỵ")
        by_heading.setdefault(heading[0].upper() + heading[1:], []).append(Entry(unit, name))
    return tuple(Section(heading, tuple(entries)) for heading, entries in by_heading.items())


def national_root(decision: Decision) -> NationalUnit:
    """The province itself as the National Portal knows it."""
    unit = decision.units[PROVINCE]
    code = unit.codes.get("national", "H54")
    number = int(code.lstrip("H") or 0)
    return NationalUnit(unit, _uuid(number), code, f"UBND tỉnh {province(decision)}", "PROVINCE")


def national_units(decision: Decision, day: date) -> tuple[NationalUnit, ...]:
    """Departments and communes in force on `day`, ordered by code as text; it knows no districts.

    Codes and ids belong to a unit for good, also when others are merged away.
    """
    root = national_root(decision)
    suffix = f" - Tỉnh {province(decision)}"
    listed = [u for u in decision.units.values() if u.kind in (Kind.DEPARTMENT, Kind.COMMUNE)]
    names = Counter(u.name_on(day) for u in decision.in_force(day, Kind.COMMUNE))
    found = []
    for number, unit in enumerate(listed, 1):
        if not unit.in_force(day):
            continue
        code = unit.codes.get("national", f"{root.code}.{number:02}")
        name = unit.name_on(day)
        if unit.kind is Kind.DEPARTMENT:
            found.append(NationalUnit(unit, _uuid(540_000 + number), code, name + suffix, "PROVINCE"))
            continue
        kind, _, rest = name.partition(" ")
        label = f"UBND {kind.lower() if kind == 'Xã' else kind} {rest}"
        label += suffix if names[name] > 1 else ""
        found.append(NationalUnit(unit, _uuid(540_000 + number), code, label, "COMMUNE"))
    return tuple(sorted(found, key=lambda u: u.code))


def _uuid(number: int) -> str:
    return f"01900000-0000-7000-8000-{number:012}"

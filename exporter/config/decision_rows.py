"""The entries of targets.yaml in one row: units and communes alike, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from exporter.config.decision_model import Named, TargetsFile, UnitEntry
from exporter.config.faults import Fault
from exporter.config.yamlfile import Document, Where
from exporter.config.yamlmodel import Checked
from exporter.decision import PROVINCE, Kind

OFFICIAL = "official"
"""The system of codes that `code:` belongs to: the official list of administrative units."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, first: date | None, last: date | None) -> Span:
        """A span whose ends may be open."""
        return cls(first or date.min, last or date.max)

    def meets(self, other: Span) -> bool:
        """Whether they share a day."""
        return max(self.first, other.first) <= min(self.last, other.last)

    def holds(self, day: date) -> bool:
        """Whether `day` is one of them."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Row:
    """A unit or a commune of a group. `at` is its place in the model of the file."""

    at: Where
    entry: Named
    kind: Kind
    parent: str

    @property
    def unit(self) -> UnitEntry | None:
        """Its entry where it is one of `units`, None for a commune of a group."""
        return self.entry if isinstance(self.entry, UnitEntry) else None

    @property
    def life(self) -> Span:
        """The days it is in force."""
        return Span.of(self.entry.since, self.entry.until)

    def names(self) -> Iterator[tuple[Where, str, Span]]:
        """Its names with their places and the days they are in use."""
        life = self.life
        ends = [alias.until for alias in self.entry.aliases if alias.until is not None]
        first = max(life.first, _after(max(ends))) if ends else life.first
        yield (*self.at, "name"), self.entry.name, Span(first, life.last)
        for i, alias in enumerate(self.entry.aliases):
            span = Span.of(alias.since, alias.until)
            yield (*self.at, "aliases", i), alias.name, span

    def codes(self) -> Mapping[Where, tuple[str, str]]:
        """Its codes as (system, code), by their places."""
        found: dict[Where, tuple[str, str]] = {}
        if self.entry.code is not None:
            found[*self.at, "code"] = (OFFICIAL, self.entry.code)
        for system, code in (self.unit.codes if self.unit else {}).items():
            found[*self.at, "codes", system] = (system, code)
        return found


@dataclass(frozen=True)
class Context:
    """What every check of a decision looks at."""

    checked: Checked[TargetsFile]
    file: TargetsFile
    rows: tuple[Row, ...]
    ids: tuple[str, ...]
    """Of all units and communes of the file, those with faults included."""
    indicators: tuple[str, ...]

    def fault(self, at: Where, message: str, *, key: bool = False) -> Fault:
        """A fault at a place of the model."""
        return self.checked.fault(at, message, key=key)

    def line(self, at: Where) -> int:
        """The line of a place of the model."""
        return self.checked.document.line(self.checked.where(*at))


def printed(day: date) -> str:
    """A day as the paper prints it."""
    return f"{day:%d/%m/%Y}"


def _after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def rows_of(file: TargetsFile) -> tuple[Row, ...]:
    """All units in the order of the file, communes behind their group."""
    found = []
    for i, unit in enumerate(file.units):
        found.append(Row(("units", i), unit, Kind(unit.kind), unit.parent or PROVINCE))
        found.extend(
            Row(("units", i, "communes", j), commune, Kind.COMMUNE, unit.id)
            for j, commune in enumerate(unit.communes)
        )
    return tuple(found)


def _entries(holder: object, key: str) -> Iterator[dict[str, object]]:
    entries = holder.get(key) if isinstance(holder, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield entry


def ids_in(document: Document, key: str, below: str = "") -> tuple[str, ...]:
    """The ids under `key` (and under `below` in each entry), also of entries with other faults.

    What refers to a faulty entry is no fault of its own.
    """
    found = []
    for entry in _entries(document.data, key):
        found.append(entry.get("id"))
        found.extend(inner.get("id") for inner in _entries(entry, below))
    return tuple(name for name in found if isinstance(name, str))

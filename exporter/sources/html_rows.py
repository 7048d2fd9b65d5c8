"""The rows of statistics tables as readings: units, headings between them, totals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exporter.decision import PROVINCE
from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.sources.base import PortalUnit, Reading
from exporter.sources.html_options import HtmlTableOptions
from exporter.sources.numbers import NotANumber, parse_count
from exporter.sources.tablegrid import Row
from exporter.sources.tablehead import Column, Table, find_column, level, listed

NAMELESS = "(không tên)"
"""Stands for the name of a unit whose cell is empty, so that it shows as unmatched."""
Count = int | NotANumber | None
_LONGEST_ROW = 2_000
_QUOTED = 40
_LONGEST_NAME = 300
_UNIT_ENUMERATION = re.compile(r"\A(?:\(?[0-9]{1,4}(?:\.[0-9]{1,3})*[.)]+|[-–+*•])\s+(?=\S)")
# Letters only up to Đ: "H." and "P." are how Huyện and Phường are shortened.
_SECTION_ENUMERATION = re.compile(
    r"\A(?:(?:\(?(?:[0-9]{1,4}(?:\.[0-9]{1,3})*|X{0,3}(?:IX|IV|V?I{0,3})|[A-EĐa-eđ])[.)]+|[-–+*•])\s*(?=\S)"
    r"|(?:II|III|IV|VI|VII|VIII|IX|XI{1,3})\s*[-–:]?\s+(?=\S))"
)
_ONLY_ENUMERATION = re.compile(r"[0-9.()\s]*|\(?[IVXLA-EĐ]{1,5}[.)]*")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what."""

    width: int
    header: str
    """What stands above the units' names, levelled; rows that repeat it are no units."""
    unit: int
    code: int | None
    district: int | None
    indicators: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    """By indicator: the columns summed to the numerator, and to the denominator."""
    counts: tuple[int, ...]
    """All columns that are counted, in order."""


def find_columns(columns: Sequence[Column], options: HtmlTableOptions) -> Columns:
    """Where a table has what the options ask for. Raises PortalError (schema) when it has not."""
    unit = find_column(columns, options.unit)
    indicators = {
        name: (
            tuple(find_column(columns, header) for header in counts.numerator),
            tuple(find_column(columns, header) for header in counts.denominator),
        )
        for name, counts in options.indicators.items()
    }
    return Columns(
        width=len(columns),
        header=level(columns[unit].path[-1]) if columns[unit].path else "",
        unit=unit,
        code=None if options.code is None else find_column(columns, options.code),
        district=None if options.district is None else find_column(columns, options.district),
        indicators=indicators,
        counts=tuple(sorted({i for pair in indicators.values() for side in pair for i in side})),
    )


@dataclass(slots=True)
class _Line:
    """A row with counts: of a unit, or a total of `section` or of the page."""

    row: Row
    columns: Columns
    name: str
    code: str | None
    scope: str | None
    section: int
    """Number of the section it stands in; 0 before the first."""
    first: bool
    """Whether no unit stands before it."""
    total: bool = False


class Statistics:
    """Collects what the tables of one page say. One use: `read` each table, then `readings`."""

    def __init__(self, options: HtmlTableOptions, period: Period, page: str) -> None:
        self._options = options
        self._period = period
        self._page = page
        self._totals = frozenset(level(name) for name in options.totals)
        self._section_totals = frozenset(level(name) for name in options.section_totals)
        self._lines: list[_Line] = []
        self._page_totals: list[_Line] = []
        self._sections = 0
        self._tables = 0
        self._headers: list[str] = []

    def read(self, table: Table, columns: Columns, caption: str | None) -> None:
        """Takes in the rows of a table; `caption` is what it is of, where it stands among several."""
        self._tables += 1
        self._headers.append(listed(table.columns))
        scope = self._options.scope
        if caption is not None:
            scope = section_name(caption)
            self._sections += 1
        elif self._tables > 1:
            # A heading in one table says nothing of the next.
            self._sections += 1
        for row in table.rows:
            if not any(row.texts) or (columns.header and level(row.text(columns.unit)) == columns.header):
                continue
            if not _has_counts(row, columns):
                whole = row.single or any(row.covered_alike(columns.unit, i) for i in columns.counts)
                if self._options.sections and (whole or not _numbered(row, columns)):
                    scope = section_name(_label(row, columns)) or scope
                    self._sections += 1
                    continue
                if whole:
                    continue
            self._take(row, columns, scope)

    def _take(self, row: Row, columns: Columns, scope: str | None) -> None:
        name = _label(row, columns)
        code = row.text(columns.code)[:_LONGEST_NAME] or None if columns.code is not None else None
        district = row.text(columns.district) if columns.district is not None else ""
        line = _Line(
            row, columns, name, code, section_name(district) or scope, self._sections, not self._lines
        )
        called = level(section_name(name))
        if called in self._section_totals:
            line.total = True
            self._lines.append(line)
        elif called in self._totals:
            line.total = True
            self._page_totals.append(line)
        else:
            line.name = _UNIT_ENUMERATION.sub("", name, count=1).rstrip(" :") or NAMELESS
            self._lines.append(line)

    def readings(self) -> tuple[Reading, ...]:
        """What was read, rows in order, totals last.

        Raises PortalError (schema) when no unit was read, or when no row fits its header.
        """
        units = [line for line in self._lines if not line.total]
        if not units:
            raise PortalError(
                Reason.SCHEMA, f"the table has headers ({self._headers[0]}) but no row of a unit below them"
            )
        if not any(_fits(line.row, line.columns) for line in units):
            cells, headers = units[0].row.width, units[0].columns.width
            raise PortalError(
                Reason.SCHEMA,
                f"no row fits the header: rows have {cells} cells, and the header {headers} columns",
            )
        nowhere = {None, self._options.scope}
        lines = [line for line in self._lines if not line.total or line.scope not in nowhere]
        return tuple(reading for line in [*lines, *self._settled_totals()] for reading in self._of(line))

    def _settled_totals(self) -> list[_Line]:
        """The rows called like the page's total, each with what it totals.

        One is the page's. Of several, one in each section, each totals its section; one more is the
        page's, which stands before all units or last of all. What totals a section that has
        no name is left out: nobody could say what it totals.
        """
        totals = self._page_totals
        page: _Line | None = None
        if len(totals) == 1:
            page = totals[0]
        elif totals and len({line.section for line in totals}) < len(totals):
            page = totals[-1]
        elif totals and totals[0].first:
            page = totals[0]
        for line in totals:
            line.scope = None if line is page else line.scope
            if line is page and self._options.totals_are == PROVINCE:
                line.name, line.code = PROVINCE, None
        return [line for line in totals if line is page or line.scope not in {None, self._options.scope}]

    def _of(self, line: _Line) -> Iterator[Reading]:
        columns, row = line.columns, line.row
        unit = PortalUnit(line.name[:_LONGEST_NAME], line.code, line.scope)
        printed = " | ".join(row.cells())[:_LONGEST_ROW]
        values = _values(row, columns)
        for indicator, (over, under) in columns.indicators.items():
            numerator, denominator = _sum(values, over), _sum(values, under)
            fault = None
            if isinstance(numerator, NotANumber):
                fault, numerator, denominator = numerator.text, None, None
            elif isinstance(denominator, NotANumber):
                fault, numerator, denominator = denominator.text, None, None
            yield Reading(
                unit,
                indicator,
                self._period,
                numerator,
                denominator,
                printed,
                self._page,
                fault,
                line.total,
            )


def section_name(text: str) -> str:
    """What a heading names: without "II.", "A)", "1." before it and ":" behind it."""
    return _SECTION_ENUMERATION.sub("", text, count=1).strip(" :")[:_LONGEST_NAME]


def _label(row: Row, columns: Columns) -> str:
    """The name of a row: in the units' column, else in the first cell before the counts that says one."""
    name = row.text(columns.unit)
    if name:
        return name
    before = min(columns.counts)
    for column in range(row.width if not _has_counts(row, columns) else min(before, row.width)):
        text = row.text(column)
        if column not in {columns.code, columns.district} and not _ONLY_ENUMERATION.fullmatch(text):
            return text
    return ""


def _numbered(row: Row, columns: Columns) -> bool:
    """Whether it has a number and a name of its own like a unit; headings have Roman ones or none."""
    return bool(row.text(columns.unit)) and any(
        row.text(column).rstrip(".)").isdecimal() for column in range(columns.unit)
    )


def _has_counts(row: Row, columns: Columns) -> bool:
    """Whether anything stands where counts should, other than the unit's own cell reaching there.

    "-" is something: it is how a unit with nothing to report is printed. A row with nothing at all
    there heads the rows below it.
    """
    texts, width = row.texts, len(row.texts)
    for column in columns.counts:
        if column < width and texts[column] and not row.covered_alike(columns.unit, column):
            return True
    return False


def _fits(row: Row, columns: Columns) -> bool:
    """Whether its cells stand below their headers: as many as columns, or more that are empty.

    With a cell too few or too many nobody knows which, and every count might be its neighbour's.
    """
    return row.width >= columns.width and not any(row.texts[columns.width :])


def _values(row: Row, columns: Columns) -> Mapping[int, Count]:
    """What stands in each column that is counted."""
    if not _fits(row, columns):
        misfit = NotANumber(f"{row.width} ô dưới {columns.width} cột", "a row must fit its header")
        return dict.fromkeys(columns.counts, misfit)
    values = {column: parse_count(row.texts[column]) for column in columns.counts}
    for column in row.merged & values.keys():
        if values[column] is not None:
            quoted = f"{row.text(column)[:_QUOTED]} (ô gộp)"
            values[column] = NotANumber(quoted, "one cell stands for several counts")
    return values


def _sum(values: Mapping[int, Count], columns: Sequence[int]) -> Count:
    """The sum of a row's counts; missing when one of them is, and no number when one is none."""
    if len(columns) == 1:
        return values[columns[0]]
    found = [values[column] for column in columns]
    fault = next((value for value in found if isinstance(value, NotANumber)), None)
    if fault is not None:
        return fault
    counts = [value for value in found if isinstance(value, int)]
    return sum(counts) if len(counts) == len(found) else None

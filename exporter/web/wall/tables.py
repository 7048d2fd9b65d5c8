"""The pages that are tables: departments, districts, and commune groups with their communes' counts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from exporter import vietnamese as vn
from exporter.decision import Kind
from exporter.report.model import Cell as Figure
from exporter.report.model import ReportTable, Row
from exporter.web.wall import places, verdicts
from exporter.web.wall.model import Cell, Column, RowLine, Sign, TableScreen

_LARGE = 8
"""Up to so many rows there is room for large ones."""

_SEVERAL = " · {part}/{parts}"
_KINDS: tuple[tuple[Kind, str, str, str], ...] = (
    (Kind.DEPARTMENT, "so-nganh", "Sở, ban, ngành", "đơn vị đạt tất cả"),
    (Kind.DISTRICT, "huyen", "Huyện, thành phố", "đơn vị đạt tất cả"),
    (Kind.COMMUNE_GROUP, "nhom-xa", "Các nhóm xã", "nhóm đạt tất cả"),
)


def table_screens(table: ReportTable) -> list[TableScreen]:
    """One page, or several where one has no room, for each kind of unit that the decision has."""
    found = []
    for kind, id_, title, label in _KINDS:
        rows = [row for row in table.rows if row.unit.kind is kind]
        if not rows:
            continue
        heights = [places.lines(name_of(row, table), places.TABLE_LETTERS) for row in rows]
        room = places.TABLE_LINES // 2 if kind is Kind.COMMUNE_GROUP else places.TABLE_LINES
        parts = places.screens(rows, heights, room)
        for number, part in enumerate(parts, 1):
            several = _SEVERAL.format(part=number, parts=len(parts)) if len(parts) > 1 else ""
            found.append(_screen(table, id_, title + several, label, (rows, part)))
    return found


def name_of(row: Row, table: ReportTable) -> str:
    """A unit's name in a table: whole where it has room, else the usual abbreviation.

    District offices and groups go by their short names: "Ủy ban nhân dân" before each tells nobody anything.
    """
    short = row.unit.short_name_on(table.day)
    if row.unit.kind is Kind.DEPARTMENT and len(row.name) <= places.TABLE_LETTERS:
        return row.name
    return short


def cell(figure: Figure, usual: Fraction | None) -> Cell:
    """One figure as the wall writes it; `usual` is the target that stands in the head of its column."""
    sign = verdicts.sign(figure)
    own = figure.target is not None and figure.target != usual
    words = {Sign.UNKNOWN: "chưa có", Sign.EMPTY: "không có", Sign.NOT_ASSIGNED: "không giao"}
    return Cell(
        sign=sign,
        text=words.get(sign) or verdicts.rate(figure),
        own_target=verdicts.target(figure.target) if own else "",
        tally=_tally(figure),
        lacking=verdicts.lacking_parts(figure),
    )


def lacking(cells: Sequence[Cell]) -> str:
    """What is missing in the sums of a group, as a sentence; empty where they are whole."""
    found = [c.lacking for c in cells if c.lacking]
    if not found:
        return ""
    return f"thiếu {verdicts.span(found)} xã ở {vn.number(len(found))} chỉ tiêu"


def _tally(figure: Figure) -> str:
    """How many communes of a group meet it, `31/38 xã đạt`."""
    tally = figure.tally
    if tally is None or figure.target is None or not tally.total:
        return ""
    return f"{vn.number(tally.met)}/{vn.number(tally.total)} xã đạt"


def _screen(
    table: ReportTable, id_: str, title: str, label: str, rows: tuple[Sequence[Row], Sequence[Row]]
) -> TableScreen:
    """A page of some rows of all of its kind."""
    every, shown = rows
    given = [p for p in range(len(table.columns)) if verdicts.assigned(_only(every, p))]
    usual = {p: verdicts.usual_target(row.cells[p] for row in every) for p in given}
    names = [column.indicator.short_name for column in table.columns]
    return TableScreen(
        id=id_,
        title=title,
        met=verdicts.how_many(every),
        met_label=label,
        columns=[Column(places.halves(names[p]), verdicts.target(usual[p])) for p in given],
        strips=[name for p, name in enumerate(names) if p not in given],
        rows=[_row(table, row, [cell(row.cells[p], usual[p]) for p in given]) for row in shown],
        size=_size(table, shown),
    )


def _row(table: ReportTable, row: Row, cells: Sequence[Cell]) -> RowLine:
    return RowLine(name_of(row, table), verdicts.unit_sign(row), cells, lacking(cells))


def _size(table: ReportTable, rows: Sequence[Row]) -> str:
    if any(row.unit.kind is Kind.COMMUNE_GROUP for row in rows):
        return "large sums"
    short = all(len(name_of(row, table)) <= places.LARGE_LETTERS for row in rows)
    return "large" if short and len(rows) <= _LARGE else "small"


def _only(rows: Sequence[Row], place: int) -> list[Row]:
    return [Row(r.number, r.unit, r.name, r.parent_name, (r.cells[place],)) for r in rows]

"""The first page: who does not meet what was assigned, worst first, and each indicator over the province."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from exporter import vietnamese as vn
from exporter.report.model import Cell as Figure
from exporter.report.model import ReportTable, Row
from exporter.snapshot.standing import State
from exporter.web.wall import places, verdicts
from exporter.web.wall.model import NO_COUNT, Count, IndicatorLine, ProvinceScreen, Sign, UnitLine

ID = "tinh"


def province_screen(table: ReportTable) -> ProvinceScreen:
    """The page for all units of the decision."""
    signs = [(row, verdicts.unit_sign(row)) for row in table.rows]
    missed = [row for row, sign in signs if sign in {Sign.BELOW, Sign.FAR}]
    unknown = [row for row, sign in signs if sign is Sign.UNKNOWN]
    lines = [
        *(_missed_line(row, table) for row in sorted(missed, key=verdicts.widest_gap)),
        *(_unknown_line(row, table) for row in unknown),
    ]
    columns, left = _columns(lines)
    indicators = [_indicator_line(table, place) for place in range(len(table.columns))]
    return ProvinceScreen(
        id=ID,
        title="Toàn tỉnh",
        missed=vn.number(len(missed)),
        unknown=vn.number(len(unknown)) if unknown else "",
        columns=columns,
        more=f"và {vn.number(left)} đơn vị khác, xem các trang sau" if left else "",
        all_met="" if lines or not table.rows else f"Cả {vn.number(len(table.rows))} đơn vị đạt mọi chỉ tiêu",
        roomy=all(len(column) <= places.LIST_ROOMY for column in columns),
        indicators=indicators,
        note=_note([line.lacking for line in indicators if line.lacking]),
    )


def short_name(row: Row, table: ReportTable) -> str:
    """A unit's short name on the day."""
    return row.unit.short_name_on(table.day)


def _columns(lines: Sequence[UnitLine]) -> tuple[Sequence[Sequence[UnitLine]], int]:
    heights = [places.lines(line.name, places.LIST_LETTERS) for line in lines]
    columns, left = places.columns(lines, heights, places.LIST_LINES, places.LIST_COLUMNS)
    if left:  # room for the sentence that says so
        kept = sum(len(column) for column in columns) - 1
        columns = [*columns[:-1], columns[-1][:-1]]
        left = len(lines) - kept
    return columns, left


def _missed_line(row: Row, table: ReportTable) -> UnitLine:
    gap = vn.points(verdicts.widest_gap(row))
    return UnitLine(short_name(row, table), verdicts.unit_sign(row), gap)


def _unknown_line(row: Row, table: ReportTable) -> UnitLine:
    count = verdicts.missing(row)
    return UnitLine(
        short_name(row, table), Sign.UNKNOWN, f"thiếu {vn.number(count)} số" if count else "không phát sinh"
    )


def _indicator_line(table: ReportTable, place: int) -> IndicatorLine:
    """The province's own figure is held against nothing: it has no target. Its units have."""
    cells = verdicts.assigned(_column(table.rows, place))
    met = sum(1 for cell in cells if cell.state is State.MET)
    # Where nobody has a figure, "none of them meets it" would be a judgement.
    known = any(cell.state not in verdicts.MISSING for cell in cells)
    usual = verdicts.usual_target(cells)
    whole = table.province.cells[place]
    return IndicatorLine(
        name=table.columns[place].indicator.short_name,
        rate=verdicts.rate(whole),
        share=_percent(whole.ratio),
        target=verdicts.target(usual),
        mark=None if usual is None else _percent(usual),
        met=Count(vn.number(met) if known else NO_COUNT.value, vn.number(len(cells))),
        sign=_tally_sign(cells),
        lacking=verdicts.lacking_parts(whole),
    )


def _column(rows: Sequence[Row], place: int) -> list[Row]:
    """The rows with nothing but their cell of one indicator."""
    return [Row(r.number, r.unit, r.name, r.parent_name, (r.cells[place],)) for r in rows]


def _tally_sign(cells: Sequence[Figure]) -> Sign:
    """Of one indicator: met when all units meet it, undetermined where only figures are missing."""
    signs = {verdicts.sign(cell) for cell in cells}
    if signs & {Sign.BELOW, Sign.FAR}:
        return Sign.BELOW
    if Sign.UNKNOWN in signs or not cells:
        return Sign.UNKNOWN if cells else Sign.NOT_ASSIGNED
    return Sign.MET


def _note(lacking: Sequence[int]) -> str:
    """What is missing in sums over the province, as a sentence; empty where they are whole."""
    return f"* tổng thiếu {verdicts.span(lacking)} đơn vị" if lacking else ""


def _percent(share: Fraction | None) -> float:
    """A ratio (0-1) on a bar of 100, to a tenth."""
    return 0.0 if share is None else min(round(float(share) * 100, 1), 100.0)

"""Sheet "Báo cáo": the table in the layout of the annex, ready to print on A4 landscape."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.decision import Kind
from exporter.report import wording
from exporter.report.model import Cell, ReportTable, Row
from exporter.report.pen import BOXED, CENTRED, HEAD, TOTAL, WRAPPED, Look, Pen
from exporter.snapshot.standing import State

FIXED = 2
"""Columns before the first indicator: STT, and the name."""
PARTS = ("Kết quả", "Chỉ tiêu", "Ghi chú")
"""Columns of each indicator."""
WIDTHS = (11, 7, 14)

_BOLD: Look = {**CENTRED, "bold": True}
_ALARM: Look = {**_BOLD, "font_color": "#A3180F", "border": 2, "border_color": "#A3180F"}
_ITALIC: Look = {**CENTRED, "italic": True}
_SMALL: Look = {**WRAPPED, "font_size": 9, "bold": False}
_PLACES: Look = {"bold": False, "italic": True, "font_size": 9}
_BELOW: Look = {**WRAPPED, "font_size": 10, "valign": "top"}


def write(pen: Pen, table: ReportTable) -> None:
    """Fill the sheet."""
    last = FIXED + len(PARTS) * len(table.columns) - 1
    head = _write_title(pen, table, last)
    _write_head(pen, table, head, last)
    row = head + 3
    for line in table.rows:
        _write_line(pen, row, line)
        row += 1
    _write_line(pen, row, table.province, TOTAL)
    row += 2
    for text in _below(table):
        pen.across(row, (0, last), text, _BELOW)
        pen.sheet.set_row(row, 28)
        row += 1

    pen.page(repeat=(head, head + 2), simulated=table.simulated)
    pen.sheet.print_area(0, 0, row - 1, last)
    pen.sheet.freeze_panes(head + 3, FIXED)
    pen.sheet.set_column(0, 0, 5)
    pen.sheet.set_column(1, 1, 36)
    for first in range(FIXED, last, len(PARTS)):
        for offset, width in enumerate(WIDTHS):
            pen.sheet.set_column(first + offset, first + offset, width)


def _write_title(pen: Pen, table: ReportTable, last: int) -> int:
    """The head of the document; returns the row in which the table begins."""
    left, right = (0, last // 2 - 2), (last // 2 + 2, last)
    pen.across(0, left, "THEO DÕI THỰC HIỆN", _BOLD)
    pen.across(1, left, f"QUYẾT ĐỊNH SỐ {table.decision.number}", _BOLD)
    pen.across(0, right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", _BOLD)
    pen.across(1, right, "Độc lập - Tự do - Hạnh phúc", _BOLD, {"underline": 1})
    pen.across(2, right, wording.place_and_date(table), _ITALIC)
    lines: list[tuple[str, Look]] = [(wording.SIMULATED_LONG, _ALARM)] if table.simulated else []
    lines += [
        (wording.title(table).upper(), {**_BOLD, "font_size": 14}),
        (wording.basis(table), {**_BOLD, "font_size": 12}),
        (wording.moments(table), _ITALIC),
        (wording.summary(table), _BOLD),
    ]
    if warning := wording.validity(table):
        lines.append((warning, {**_BOLD, "font_color": "#7A2E00"}))
    for row, (text, look) in enumerate(lines, 4):
        pen.across(row, (0, last), text, look)
    return 4 + len(lines) + 1


def _write_head(pen: Pen, table: ReportTable, row: int, last: int) -> None:
    pen.down((row, row + 1), 0, "STT", HEAD)
    pen.down((row, row + 1), 1, "Cơ quan, đơn vị", HEAD)
    for place, column in enumerate(table.columns):
        first = FIXED + len(PARTS) * place
        text = f"{column.indicator.short_name} {_marks(column.notes)}".strip()
        pen.across(row, (first, first + len(PARTS) - 1), text, HEAD)
        pen.heads(row + 1, first, PARTS)
    pen.heads(row + 2, 0, tuple(f"({place})" for place in range(1, last + 2)), _PLACES)
    pen.sheet.set_row(row, 32)


def _write_line(pen: Pen, row: int, line: Row, look: Look | None = None) -> None:
    own: Look = {**BOXED, **(look or {})}
    if line.number is None:
        pen.blank(row, 0, own)
    else:
        pen.number(row, 0, line.number, own, CENTRED)
    pen.text(row, 1, line.name, own, WRAPPED, {"indent": int(line.unit.kind is Kind.COMMUNE_GROUP)})
    most = 1
    for place, cell in enumerate(line.cells):
        first = FIXED + len(PARTS) * place
        said = _said(line, cell)
        most = max(most, len(said))
        pen.rate(row, first, cell, own)
        pen.ratio(row, first + 1, cell.target, own, {"font_color": "#555555", "bold": False})
        pen.text(row, first + 2, "\n".join(said), own, _SMALL)
    # In points. Excel does not measure rows by itself in a file that it did not write.
    pen.sheet.set_row(row, max(32, 13 * most + 6))


def _said(line: Row, cell: Cell) -> tuple[str, ...]:
    """What stands beside a rate: counts are on the next sheet."""
    lines = (*wording.tally(line, cell), wording.parts(line, cell), _marks(cell.notes))
    return tuple(text for text in lines if text)


def _marks(notes: tuple[int, ...]) -> str:
    return f"({', '.join(str(n) for n in notes)})" if notes else ""


def _below(table: ReportTable) -> Iterator[str]:
    """Legend, sources and footnotes, one text per line."""
    signs = {**wording.WORDS, State.MET: "✓", State.MISSED: "▼"}
    yield "Ký hiệu: " + "; ".join(f"{signs[state]}: {text}" for state, text in wording.LEGEND.items())
    for source in table.sources:
        yield wording.source(source)
    for note in table.notes:
        yield f"({note.number}) {note.text}"
    for source in table.sources:
        for difference in wording.differences(source):
            yield f"Cách tính của cổng khác Quyết định – {difference}"

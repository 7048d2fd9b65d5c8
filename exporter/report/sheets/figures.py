"""Sheet "Số liệu": one line per figure, with its counts, source and times, to filter and to pivot."""

from __future__ import annotations

from collections.abc import Iterator

from exporter import arithmetic
from exporter.report import wording
from exporter.report.model import Cell, ReportTable, Row
from exporter.report.pen import BOXED, Pen
from exporter.snapshot.model import Measurement
from exporter.snapshot.standing import State

COLUMNS = (
    ("STT", 6),
    ("Mã đơn vị", 22),
    ("Cơ quan, đơn vị", 44),
    ("Thuộc", 34),
    ("Chỉ số", 30),
    ("Đơn vị tính", 12),
    ("Tử số", 11),
    ("Mẫu số", 11),
    ("Tỷ lệ", 10),
    ("Chỉ tiêu", 9),
    ("Lộ trình", 9),
    ("Chênh lệch (điểm %)", 12),
    ("Còn thiếu", 11),
    ("Kết luận", 18),
    ("Cộng từ", 10),
    ("Số phần phải có", 10),
    ("Nguồn", 24),
    ("Số liệu đến", 17),
    ("Đọc lúc", 17),
)
"""Header and width (characters) of each column."""
_AT = {name: column for column, (name, _) in enumerate(COLUMNS)}
_POINTS = {"num_format": "+0.0;-0.0;0.0"}


def write(pen: Pen, table: ReportTable) -> None:
    """Fill the sheet with every cell of the report, those without target left out."""
    pen.heads(0, 0, tuple(name for name, _ in COLUMNS))
    for column, (_, width) in enumerate(COLUMNS):
        pen.sheet.set_column(column, column, width)
    pen.sheet.set_row(0, 32)
    row = 0
    for row, (line, cell) in enumerate(_figures(table), 1):
        _write_words(pen, row, line, cell)
        if cell.figure is not None:
            _write_numbers(pen, row, cell, cell.figure)
    pen.sheet.autofilter(0, 0, max(row, 1), len(COLUMNS) - 1)
    pen.sheet.freeze_panes(1, 3)
    pen.page(repeat=(0, 0), simulated=table.simulated)


def _figures(table: ReportTable) -> Iterator[tuple[Row, Cell]]:
    for line in (*table.rows, table.province, *table.communes):
        for cell in line.cells:
            if cell.state is not State.UNASSIGNED:
                yield line, cell


def _write_words(pen: Pen, row: int, line: Row, cell: Cell) -> None:
    """Who, what and how it stands: there with or without a figure."""
    if line.number is not None:
        pen.number(row, _AT["STT"], line.number, BOXED)
    for column, text in (
        ("Mã đơn vị", line.unit.id),
        ("Cơ quan, đơn vị", line.name),
        ("Thuộc", line.parent_name),
        ("Chỉ số", cell.indicator.short_name),
        ("Đơn vị tính", cell.indicator.counted),
        ("Kết luận", wording.WORDS[cell.state]),
        ("Nguồn", cell.source or ""),
    ):
        pen.text(row, _AT[column], text, BOXED)
    pen.ratio(row, _AT["Chỉ tiêu"], cell.target, BOXED)
    pen.ratio(row, _AT["Lộ trình"], cell.milestone, BOXED)


def _write_numbers(pen: Pen, row: int, cell: Cell, figure: Measurement) -> None:
    pen.number(row, _AT["Tử số"], figure.numerator, BOXED)
    pen.number(row, _AT["Mẫu số"], figure.denominator, BOXED)
    pen.moment(row, _AT["Số liệu đến"], figure.as_of, BOXED)
    pen.moment(row, _AT["Đọc lúc"], figure.fetched_at, BOXED)
    if cell.ratio is not None:
        pen.rate(row, _AT["Tỷ lệ"], cell, BOXED)
    if figure.parts_expected is not None:
        pen.number(row, _AT["Cộng từ"], len(figure.parts), BOXED)
        pen.number(row, _AT["Số phần phải có"], figure.parts_expected, BOXED)
    if cell.target is None:
        return
    counts = figure.numerator, figure.denominator, cell.target
    if (gap := arithmetic.gap_points(*counts)) is not None:
        pen.number(row, _AT["Chênh lệch (điểm %)"], float(gap), BOXED, _POINTS)
    if (missing := arithmetic.missing(cell.indicator.counting, *counts)) is not None:
        pen.number(row, _AT["Còn thiếu"], missing, BOXED)

"""Sheet "Xã, phường, thị trấn": each commune held against its group's targets."""

from __future__ import annotations

from exporter.decision import Kind
from exporter.report.model import ReportTable
from exporter.report.pen import BOXED, HEAD, Pen

FIXED = (("STT", 5), ("Mã", 9), ("Xã, phường, thị trấn", 30), ("Thuộc", 36))
"""Header and width (characters) of the columns before the first indicator."""


def write(pen: Pen, table: ReportTable) -> None:
    """Fill the sheet: the indicators that apply to communes, the communes in force on the day."""
    places = [p for p, c in enumerate(table.columns) if Kind.COMMUNE in c.indicator.applies_to]
    firsts = [len(FIXED) + 2 * order for order in range(len(places))]
    for column, (text, width) in enumerate(FIXED):
        pen.down((0, 1), column, text, HEAD)
        pen.sheet.set_column(column, column, width)
    for first, place in zip(firsts, places, strict=True):
        pen.across(0, (first, first + 1), table.columns[place].indicator.short_name, HEAD)
        pen.heads(1, first, ("Kết quả", "Chỉ tiêu"))
        pen.sheet.set_column(first, first, 13)
        pen.sheet.set_column(first + 1, first + 1, 8)
    pen.sheet.set_row(0, 32)
    for row, line in enumerate(table.communes, 2):
        pen.number(row, 0, row - 1, BOXED)
        for column, text in enumerate((line.unit.codes.get("official", ""), line.name, line.parent_name), 1):
            pen.text(row, column, text, BOXED)
        for first, place in zip(firsts, places, strict=True):
            pen.rate(row, first, line.cells[place], BOXED)
            pen.ratio(row, first + 1, line.cells[place].target, BOXED)
    pen.sheet.freeze_panes(2, 3)
    pen.page(repeat=(0, 1), simulated=table.simulated)

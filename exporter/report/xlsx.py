"""ReportTable -> workbook: real numbers to go on reckoning with, text that is never a formula."""

from __future__ import annotations

from datetime import UTC
from io import BytesIO

import xlsxwriter

from exporter import vietnamese as vn
from exporter.report import wording
from exporter.report.model import ReportTable
from exporter.report.pen import Pen
from exporter.report.sheets import board, communes, figures

OPTIONS = {
    "in_memory": True,
    # Names and quotations come from a portal: they stay text whatever they begin with.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def render(table: ReportTable) -> bytes:
    """The workbook: the table, every figure with its counts and source, and the communes.

    A missing figure has no number anywhere. The same table gives the same workbook.
    """
    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, OPTIONS)
    workbook.set_properties(
        {
            "title": wording.title(table),
            "subject": wording.basis(table),
            "category": "Báo cáo dịch vụ công trực tuyến",
            "keywords": f"{table.decision.number}, dịch vụ công trực tuyến, {vn.period(table.period)}",
            "comments": wording.SIMULATED_LONG if table.simulated else wording.timing(table),
            "created": table.at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    board.write(Pen(workbook, "Báo cáo"), table)
    figures.write(Pen(workbook, "Số liệu"), table)
    communes.write(Pen(workbook, "Xã, phường, thị trấn"), table)
    workbook.close()
    return buffer.getvalue()

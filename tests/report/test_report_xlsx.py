"""The workbook, read back cell by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from exporter import vietnamese as vn
from exporter.report import wording
from exporter.report.build import build
from exporter.report.model import ReportTable
from exporter.report.pen import digits_that_tell
from exporter.report.xlsx import render
from exporter.snapshot.model import Snapshot
from tests.report import builder as b


def opened(snapshot: Snapshot) -> Workbook:
    return openpyxl.load_workbook(BytesIO(render(build(snapshot))))


@pytest.fixture(scope="module")
def table() -> ReportTable:
    return build(b.full())


@pytest.fixture(scope="module")
def book(table: ReportTable) -> Workbook:
    return openpyxl.load_workbook(BytesIO(render(table)))


def head_row(sheet: Worksheet) -> int:
    return next(row for row in range(1, 30) if sheet.cell(row, 1).value == "STT")


def line(sheet: Worksheet, name: str, column: int = 2) -> list[Cell | MergedCell]:
    return next(list(row) for row in sheet.iter_rows() if row[column - 1].value == name)


def test_three_sheets_and_vietnamese_properties(book: Workbook) -> None:
    assert book.sheetnames == ["Báo cáo", "Số liệu", "Xã, phường, thị trấn"]
    assert book.properties.title == "Kết quả thực hiện chỉ tiêu dịch vụ công trực tuyến năm 2024"
    assert "805/QĐ-UBND ngày 24 tháng 5 năm 2024" in (book.properties.subject or "")
    assert book.properties.description == wording.SIMULATED_LONG
    assert book.properties.created == datetime(2024, 9, 16, 1, 30)  # noqa: DTZ001 - openpyxl gives naive UTC


def test_every_cell_of_the_table_is_the_reports(table: ReportTable, book: Workbook) -> None:
    sheet = book["Báo cáo"]
    first = head_row(sheet) + 3
    for row, unit in enumerate((*table.rows, table.province), first):
        assert sheet.cell(row, 1).value == unit.number
        assert sheet.cell(row, 2).value == unit.name
        for place, cell in enumerate(unit.cells):
            rate, target, beside = (sheet.cell(row, 3 + 3 * place + offset) for offset in range(3))
            if cell.ratio is None:
                assert rate.value == wording.WORDS[cell.state]
                assert rate.data_type == "s"
            else:
                assert rate.value == pytest.approx(float(cell.ratio))
                assert str(rate.number_format).endswith("%")
            if cell.target is None:
                assert target.value is None
            else:
                assert target.value == pytest.approx(float(cell.target))
                assert target.number_format == "0%"
            for text in wording.tally(unit, cell):
                assert text in str(beside.value)
    assert first + 32 < sheet.max_row


def test_the_header_is_merged_frozen_and_printed_on_every_page(book: Workbook) -> None:
    sheet = book["Báo cáo"]
    head = head_row(sheet)
    merged = {str(r) for r in sheet.merged_cells.ranges}
    assert {f"A{head}:A{head + 1}", f"B{head}:B{head + 1}", f"C{head}:E{head}", f"U{head}:W{head}"} <= merged
    assert [sheet.cell(head + 1, c).value for c in (3, 4, 5)] == ["Kết quả", "Chỉ tiêu", "Ghi chú"]
    assert [sheet.cell(head + 2, c).value for c in (1, 23)] == ["(1)", "(23)"]
    assert sheet.freeze_panes == f"C{head + 3}"
    assert sheet.print_title_rows == f"${head}:${head + 2}"
    assert sheet.print_area == f"'Báo cáo'!$A$1:$W${sheet.max_row}"


def test_every_sheet_prints_on_a4_landscape_one_page_wide(book: Workbook) -> None:
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert str(sheet.page_setup.paperSize) == "9"
        fitted = sheet.sheet_properties.pageSetUpPr
        assert fitted is not None
        assert fitted.fitToPage
        assert sheet.page_setup.fitToWidth in {None, 1}
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        footer = sheet.oddFooter
        assert footer is not None
        assert "MÔ PHỎNG" in (footer.left.text or "")


def test_a_rate_never_looks_as_if_it_met_what_it_missed(book: Workbook) -> None:
    rate = line(book["Báo cáo"], "Sở Công Thương")[5]
    assert rate.value == pytest.approx(0.4997)
    assert rate.number_format == '"▼ "0.00%'
    assert rate.font.b
    assert line(book["Báo cáo"], "Sở Công Thương")[2].number_format == '"✓ "0.0%'


@given(st.integers(0, 10**5), st.integers(1, 10**5), st.integers(0, 100))
def test_digits_keep_a_rate_on_its_side(numerator: int, denominator: int, percent: int) -> None:
    ratio, target = min(Fraction(numerator, denominator), Fraction(1)), Fraction(percent, 100)
    digits = digits_that_tell(ratio, target)
    shown = Fraction(vn.percent(ratio, digits=digits).removesuffix("%").replace(",", "."))
    assert (shown >= percent) == (ratio >= target)


def test_digits_have_an_end() -> None:
    assert digits_that_tell(Fraction(10**12 - 1, 10**12), Fraction(1)) == 6
    assert digits_that_tell(Fraction(999, 1000), None) == 1


def test_counts_source_and_times_of_every_figure(table: ReportTable, book: Workbook) -> None:
    sheet = book["Số liệu"]
    names = [c.value for c in sheet[1]]
    rows = [dict(zip(names, (c.value for c in row), strict=True)) for row in sheet.iter_rows(min_row=2)]
    expected = [
        (row.unit.id, cell)
        for row in (*table.rows, table.province, *table.communes)
        for cell in row.cells
        if cell.state.value != "unassigned"
    ]
    assert len(rows) == len(expected)
    for found, (unit, cell) in zip(rows, expected, strict=True):
        assert (found["Mã đơn vị"], found["Chỉ số"]) == (unit, cell.indicator.short_name)
        assert found["Kết luận"] == wording.WORDS[cell.state]
        if cell.figure is None:
            assert (found["Tử số"], found["Mẫu số"], found["Tỷ lệ"], found["Đọc lúc"]) == (None,) * 4
        else:
            assert found["Tử số"] == cell.figure.numerator
            assert found["Mẫu số"] == cell.figure.denominator
            assert found["Nguồn"] == cell.figure.source
            assert found["Đọc lúc"] == datetime(2024, 9, 16, 6, 5)  # noqa: DTZ001 - as a sheet has it
            assert found["Số liệu đến"] == datetime(2024, 9, 15)  # noqa: DTZ001 - as a sheet has it
            assert (found["Tỷ lệ"] is None) == (cell.ratio is None)


def test_gap_and_missing_stand_beside_the_figure(book: Workbook) -> None:
    sheet = book["Số liệu"]
    names = [c.value for c in sheet[1]]
    rows = [dict(zip(names, (c.value for c in row), strict=True)) for row in sheet.iter_rows(min_row=2)]
    close = next(r for r in rows if r["Mã đơn vị"] == "so-2" and r["Chỉ số"] == "Hồ sơ trực tuyến")
    assert close["Chênh lệch (điểm %)"] == pytest.approx(-0.03)
    assert close["Còn thiếu"] == 6
    empty = next(r for r in rows if r["Mã đơn vị"] == "so-6" and r["Chỉ số"] == "Thanh toán trực tuyến")
    assert (empty["Tử số"], empty["Mẫu số"]) == (0, 0)
    assert (empty["Tỷ lệ"], empty["Chênh lệch (điểm %)"], empty["Còn thiếu"]) == (None, None, None)
    province = next(r for r in rows if r["Mã đơn vị"] == "tinh" and r["Chỉ số"] == "Thanh toán trực tuyến")
    assert (province["Cộng từ"], province["Số phần phải có"]) == (30, 31)
    assert (province["Chỉ tiêu"], province["Còn thiếu"]) == (None, None)


def test_a_time_that_no_portal_gave_is_left_out() -> None:
    figures = [b.measurement("so-1", "online_dossier", 1, 2, as_of=None)]
    sheet = opened(b.snapshot(b.decision([b.department(1, "Sở A")]), figures))["Số liệu"]
    found = dict(zip((c.value for c in sheet[1]), line(sheet, "Hồ sơ trực tuyến", 5), strict=True))
    assert found["Số liệu đến"].value is None
    assert found["Đọc lúc"].value is not None


def test_communes_stand_under_their_codes(table: ReportTable, book: Workbook) -> None:
    sheet = book["Xã, phường, thị trấn"]
    heads = [c.value for c in sheet[1]]
    assert heads[:5] == ["STT", "Mã", "Xã, phường, thị trấn", "Thuộc", "Hồ sơ trực tuyến"]
    assert sheet.max_row == 2 + 260
    assert sheet.max_column == 4 + 2 * 6
    for row, unit in enumerate(table.communes, 3):
        assert sheet.cell(row, 2).value == unit.unit.codes["official"]
        assert sheet.cell(row, 2).data_type == "s"
        assert sheet.cell(row, 3).value == unit.name
    assert line(sheet, "17003")[4].value == "chưa có"


def test_a_milestone_and_a_target_with_decimals_are_numbers(book: Workbook) -> None:
    unit = b.department(1, "Sở A", targets={"online_dossier": Fraction(625, 1000)})
    sheet = opened(b.snapshot(b.decision([unit])))["Báo cáo"]
    target = line(sheet, "Sở A")[6]
    assert (target.value, target.number_format) == (0.625, "0.00%")
    assert book["Số liệu"]["K2"].value is None


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_text_is_never_a_formula(start: str) -> None:
    evil = f'{start}HYPERLINK("http://example.org","x")'
    district, group, commune = b.group(17, "huyện Đông Hưng", 1)
    made = b.decision(
        [
            b.department(1, evil, exempt={"online_payment": evil}),
            district,
            replace(group, name=evil),
            replace(commune, name=evil, codes={"official": evil}),
        ],
        number=evil,
    )
    made_of = b.snapshot(
        made,
        [b.measurement("so-1", "online_dossier", 1, 2, source=evil)],
        withheld=(b.withheld("so-1", "digitised_result", evil),),
        sources=(b.source(name=evil, differs={"online_payment": evil}),),
    )
    found = 0
    for sheet in opened(made_of).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                if str(cell.value).startswith(start):
                    assert cell.quotePrefix
                    found += 1
    assert found >= 8


def test_a_report_without_any_figure_has_no_number_but_targets() -> None:
    for sheet in opened(b.snapshot(b.annex())).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, float):
                    assert cell.value in {0.8, 0.9, 0.5, 0.45, 0.85, 1.0}


def test_the_same_table_gives_the_same_workbook() -> None:
    table = build(b.snapshot(b.decision(b.group(17, "huyện Đông Hưng", 3))))
    assert render(table) == render(table)


def test_an_ended_decision_is_said_and_real_figures_bear_no_mark() -> None:
    ended = opened(b.snapshot(b.decision([]), decision=b.decision([], in_force_until=b.YEAR.start)))
    texts = [str(c.value) for row in ended["Báo cáo"].iter_rows() for c in row]
    assert any("không có hiệu lực" in t for t in texts)
    assert not any("MÔ PHỎNG" in t for t in texts)
    assert ended.properties.description == "Lũy kế từ 01/01/2024, chưa có số liệu"

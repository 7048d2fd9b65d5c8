"""Pages of statistics in the form officials know, whole and broken."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.clock import PROVINCE_TIME
from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.sources.base import Page, PortalUnit, Reading, Request
from exporter.sources.html_options import HtmlTableOptions
from exporter.sources.html_table import HtmlTable, build

TESTDATA = Path(__file__).parent / "testdata"
YEAR = Period("year", date(2024, 1, 1))
READ: dict[str, object] = {
    "url": {
        "year": "https://portal.example/don-vi?nam={year}",
        "month": "https://portal.example/don-vi?nam={year}&thang={month}",
    },
    "unit": "Tên đơn vị",
    "indicators": {
        "online_dossier": {
            "numerator": "Hồ sơ tiếp nhận > Trực tuyến",
            "denominator": ["Hồ sơ tiếp nhận > Trực tuyến", "Trực tiếp, bưu chính"],
        },
        "online_payment": {
            "numerator": ["Giao dịch thanh toán > Trực tuyến"],
            "denominator": ["Giao dịch thanh toán > Tổng số"],
        },
    },
}
SIMPLE: dict[str, object] = {
    "url": {"year": "https://portal.example/"},
    "unit": "Đơn vị",
    "indicators": {"online_dossier": {"numerator": "Mạng", "denominator": "Tổng"}},
}
HEAD = "<thead><tr><th>STT<th>Đơn vị<th>Mạng<th>Tổng</thead>"


def source(*, simple: bool = True, **options: object) -> HtmlTable:
    return build(HtmlTableOptions.model_validate({**(SIMPLE if simple else READ), **options}))


def page(
    html: str | bytes,
    *,
    period: Period = YEAR,
    content_type: str = "text/html; charset=utf-8",
    read: datetime = datetime(2024, 9, 16, 10, 0, tzinfo=PROVINCE_TIME),
) -> Page:
    body = html if isinstance(html, bytes) else html.encode()
    request = Request(period.kind, period, "https://portal.example/", "html")
    return Page(request, request.url, 200, content_type, body, read)


def parse(html: str, made: HtmlTable | None = None, period: Period = YEAR) -> tuple[Reading, ...]:
    return (made or source()).parse([page(html, period=period)]).readings


def fault(html: str, made: HtmlTable | None = None) -> str:
    with pytest.raises(PortalError) as caught:
        parse(html, made)
    assert caught.value.reason is Reason.SCHEMA
    return caught.value.detail


def rows(*lines: str, head: str = HEAD) -> str:
    """A page with one table; cells of a line are parted by `|`."""
    body = "".join("<tr>" + "".join(f"<td>{c.strip()}" for c in line.split("|")) for line in lines)
    return f"<title>Thống kê</title><table>{head}<tbody>{body}</table>"


def counted(readings: tuple[Reading, ...]) -> list[tuple[str, str | None, int | None, int | None]]:
    return [(r.unit.name, r.unit.scope, r.numerator, r.denominator) for r in readings]


def test_a_page_in_the_form_officials_know() -> None:
    made = source(
        simple=False, table="table.thong-ke", sections=True, totals=["Tổng cộng"], as_of=".so-lieu-den"
    )
    shown = page((TESTDATA / "don-vi.html").read_bytes())
    found = made.parse([shown])
    assert found.as_of == datetime(2024, 9, 16, 6, 0, tzinfo=PROVINCE_TIME)
    departments, district = "Sở, ban, ngành", "Huyện Đông Hưng"
    trade = "1 | Sở Công Thương | 1.334 | 1.000 | 234 | 100 | 12 | 6 | 50,00%"
    finance = "2 | 2. Sở\u00a0Tài chính | 20 | 10 | 5 | 5 | - | - | "
    town = "1 | Thị trấn Đông Hưng | 30 | 20 | 10 | 0 | 0 | 0 | 0,00%"
    luong = "2 | Xã Đô Lương | 30 | 20 | đang cập nhật | 0 | 4 | abc | -"
    linh = "3 | Xã Mê Linh |  | x | … |  | – | 1 | "
    total = "TỔNG CỘNG: | 1.414 | 1.050 | 259 | 105 | 16 | 7 | 43,75%"

    def reading(
        name: str, scope: str | None, indicator: str, over: int | None, under: int | None, row: str,
        bad: str | None = None, *, whole: bool = False,
    ) -> Reading:  # fmt: skip
        unit = PortalUnit(name, None, scope)
        return Reading(unit, indicator, YEAR, over, under, row, shown.sha256, bad, whole)

    assert found.readings == (
        reading("Sở Công Thương", departments, "online_dossier", 1000, 1234, trade),
        reading("Sở Công Thương", departments, "online_payment", 6, 12, trade),
        reading("Sở Tài chính", departments, "online_dossier", 10, 15, finance),
        reading("Sở Tài chính", departments, "online_payment", None, None, finance),
        reading("Thị trấn Đông Hưng", district, "online_dossier", 20, 30, town),
        reading("Thị trấn Đông Hưng", district, "online_payment", 0, 0, town),
        reading("Xã Đô Lương", district, "online_dossier", None, None, luong, "đang cập nhật"),
        reading("Xã Đô Lương", district, "online_payment", None, None, luong, "abc"),
        reading("Xã Mê Linh", district, "online_dossier", None, None, linh),
        reading("Xã Mê Linh", district, "online_payment", 1, None, linh),
        reading("TỔNG CỘNG:", None, "online_dossier", 1050, 1309, total, whole=True),
        reading("TỔNG CỘNG:", None, "online_payment", 7, 16, total, whole=True),
    )


def test_without_a_selector_the_tables_with_the_columns_are_read() -> None:
    html = (TESTDATA / "don-vi.html").read_text()
    made = source(simple=False, sections=True, totals="Tổng cộng")
    assert len(parse(html, made)) == 12


def test_the_province_as_total() -> None:
    html = rows("1|Sở A|1|2", "2|Sở B|3|4", "|Toàn tỉnh|4|6")
    whole = parse(html, source(totals=["Toàn tỉnh"], totals_are="tinh"))[-1]
    assert whole.unit == PortalUnit("tinh", None, None)
    assert whole.total
    assert whole.row == " | Toàn tỉnh | 4 | 6"
    assert parse(html, source(totals=["Toàn tỉnh"]))[-1].unit.name == "Toàn tỉnh"
    assert [r.total for r in parse(html)] == [False, False, False]


def test_totals_of_sections_and_of_the_page() -> None:
    html = rows(
        "|Huyện A||", "1|Xã Một|1|2", "|Cộng|1|2", "|Huyện B||", "1|Xã Hai|3|4", "|Cộng|3|4", "|Cộng|4|6"
    )
    made = source(sections=True, totals=["Cộng"])
    totals = [(r.unit.scope, r.numerator) for r in parse(html, made) if r.total]
    assert totals == [("Huyện A", 1), ("Huyện B", 3), (None, 4)]


def test_one_total_in_each_section_is_each_sections() -> None:
    html = rows("|Huyện A||", "1|Xã Một|1|2", "|Cộng|1|2", "|Huyện B||", "1|Xã Hai|3|4", "|Cộng|3|4")
    totals = [r.unit.scope for r in parse(html, source(sections=True, totals=["Cộng"])) if r.total]
    assert totals == ["Huyện A", "Huyện B"]


def test_a_total_before_the_first_section_is_the_pages() -> None:
    html = rows(
        "|Tổng|4|6", "|Huyện A||", "|Tổng|1|2", "1|Xã Một|1|2", "|Huyện B||", "|Tổng|3|4", "1|Xã Hai|3|4"
    )
    totals = [
        (r.unit.scope, r.numerator) for r in parse(html, source(sections=True, totals=["Tổng"])) if r.total
    ]
    assert totals == [(None, 4), ("Huyện A", 1), ("Huyện B", 3)]


def test_totals_of_sections_by_their_own_name() -> None:
    html = rows("|Cộng|9|9", "|Huyện A||", "1|Xã Một|1|2", "|Cộng huyện|1|2", "|Tổng cộng|1|2")
    made = source(sections=True, totals=["Tổng cộng"], section_totals=["Cộng huyện", "Cộng"])
    totals = [(r.unit.name, r.unit.scope) for r in parse(html, made) if r.total]
    assert totals == [("Cộng huyện", "Huyện A"), ("Tổng cộng", None)]


def test_several_totals_without_sections_total_nobody_knows_what() -> None:
    html = rows("1|Xã Một|1|2", "|Cộng|1|2", "1|Xã Hai|3|4", "|Cộng|4|6")
    totals = [r.numerator for r in parse(html, source(totals=["Cộng"])) if r.total]
    assert totals == [4]
    two = rows("1|Xã Một|1|2", "|Cộng|1|2") + rows("1|Xã Hai|3|4", "|Cộng|3|4")
    assert [r.total for r in parse(two, source(totals=["Cộng"]))] == [False, False]


def test_a_total_whose_cell_starts_the_row() -> None:
    html = rows("1|Sở A|1|2").replace("</table>", "<tr><td colspan=2>Tổng cộng<td>1<td>2</table>")
    assert parse(html, source(totals=["tổng cộng"]))[-1].total
    html = rows("1|Sở A|1|2", "Tổng cộng||1|2")
    assert parse(html, source(totals=["tổng cộng"]))[-1].unit.name == "Tổng cộng"


@pytest.mark.parametrize(
    ("heading", "scope"),
    [
        ("I. Huyện Đông Hưng", "Huyện Đông Hưng"),
        ("XII. Huyện Đông Hưng:", "Huyện Đông Hưng"),
        ("A. Huyện Đông Hưng", "Huyện Đông Hưng"),
        ("1) Huyện Đông Hưng", "Huyện Đông Hưng"),
        ("(2) Huyện Đông Hưng", "Huyện Đông Hưng"),
        ("II - Huyện Đông Hưng", "Huyện Đông Hưng"),
        ("- Huyện Đông Hưng", "Huyện Đông Hưng"),
        ("H. Đông Hưng", "H. Đông Hưng"),
        ("TP. Thái Bình", "TP. Thái Bình"),
        ("Huyện Đông Hưng", "Huyện Đông Hưng"),
    ],
)
def test_a_heading_is_read_without_its_enumeration(heading: str, scope: str) -> None:
    html = rows(f"|{heading}||", "1|Xã Một|1|2")
    assert counted(parse(html, source(sections=True))) == [("Xã Một", scope, 1, 2)]


@pytest.mark.parametrize(
    "heading",
    [
        "<td colspan=4>Huyện A",
        "<td colspan=99>I. Huyện A",
        "<td>Huyện A",
        "<td>I<td>Huyện A<td><td>",
        "<td>I<td colspan=3>Huyện A",
        "<td colspan=2>I. Huyện A<td><td>",
        "<td>Huyện A<td><td><td>",
        "<th colspan=4>Huyện A",
    ],
)
def test_shapes_of_a_heading_between_rows(heading: str) -> None:
    html = f"<table>{HEAD}<tr>{heading}<tr><td>1<td>Xã Một<td>1<td>2</table>"
    assert counted(parse(html, source(sections=True))) == [("Xã Một", "Huyện A", 1, 2)]


def test_a_heading_without_words_leaves_the_scope_as_it_is() -> None:
    html = rows("|Huyện A||", "1|||", "1|Xã Một|1|2")
    assert counted(parse(html, source(sections=True))) == [("Xã Một", "Huyện A", 1, 2)]


def test_a_row_with_counts_is_a_unit_and_never_a_heading() -> None:
    html = rows("I|Huyện A|5|9", "1|Xã Một|1|2", "2|Xã Hai|-|-")
    assert counted(parse(html, source(sections=True))) == [
        ("Huyện A", None, 5, 9),
        ("Xã Một", None, 1, 2),
        ("Xã Hai", None, None, None),
    ]


def test_without_sections_a_row_without_counts_is_a_unit_and_a_wide_one_a_note() -> None:
    html = rows("1|Xã Một|1|2", "2|Xã Hai||").replace("</table>", "<tr><td colspan=4>Ghi chú: 1</table>")
    assert counted(parse(html)) == [("Xã Một", None, 1, 2), ("Xã Hai", None, None, None)]


def test_a_district_column_gives_the_scope() -> None:
    head = "<thead><tr><th>Huyện<th>Mã<th>Đơn vị<th>Mạng<th>Tổng</thead>"
    html = (
        f"<table>{head}<tr><td rowspan=2>I. Huyện A<td>12<td>Xã Một<td>1<td>2<tr><td>13<td>Xã Hai<td>3<td>4"
        "<tr><td><td><td>Xã Ba<td>5<td>6</table>"
    )
    made = source(district="Huyện", code="Mã", codes="official", scope="Tỉnh X")
    assert made.code_system == "official"
    assert [r.unit for r in parse(html, made)] == [
        PortalUnit("Xã Một", "12", "Huyện A"),
        PortalUnit("Xã Hai", "13", "Huyện A"),
        PortalUnit("Xã Ba", None, "Tỉnh X"),
    ]
    assert source().code_system is None


def test_tables_one_after_another_with_captions() -> None:
    one, two = (rows(f"1|Xã Một|{n}|9").replace("<title>Thống kê</title>", "") for n in (1, 2))
    html = (
        one.replace("<thead>", "<caption>I. Huyện A:</caption><thead>")
        + f"<h3>Huyện B</h3> text <div><div>{two}</div></div>"
        + f"<p>Huyện C</p>{two}"
        + f"<div><div><div><div>{two}</div></div></div></div>"
    )
    made = source(sections=True, scope="Tỉnh X")
    assert [r.unit.scope for r in parse(html, made)] == ["Huyện A", "Huyện B", "Tỉnh X", "Tỉnh X"]
    assert [r.unit.scope for r in parse(html)] == [None] * 4


def test_the_title_of_a_single_table_is_no_scope() -> None:
    html = "<h2>Tình hình giải quyết</h2>" + rows("1|Xã Một|1|2")
    assert [r.unit.scope for r in parse(html, source(sections=True))] == [None]


def test_a_heading_of_one_table_says_nothing_of_the_next() -> None:
    html = rows("|Huyện A||", "1|Xã Một|1|2") + rows("1|Xã Hai|1|2")
    assert [r.unit.scope for r in parse(html, source(sections=True))] == ["Huyện A", None]


def test_an_empty_caption_is_none() -> None:
    html = rows("1|Xã Một|1|2").replace("<thead>", "<caption> </caption><thead>") * 2
    assert {r.unit.scope for r in parse(html, source(sections=True))} == {None}


def test_a_selector_may_match_what_holds_the_tables() -> None:
    html = f"<div id=a>{rows('1|Sở A|1|2')}{rows('1|Sở B|1|2')}</div><p>{rows('1|Sở C|1|2')}"
    assert [r.unit.name for r in parse(html, source(table="#a"))] == ["Sở A", "Sở B"]
    assert [r.unit.name for r in parse(html, source(table="#a, #a table"))] == ["Sở A", "Sở B"]


def test_headers_repeated_between_rows_are_no_units() -> None:
    html = rows("1|Sở A|1|2", "STT|Đơn vị|Mạng|Tổng", "(1)|(2)|(3)|(4)", "2|Sở B|1|2", "|||")
    assert [r.unit.name for r in parse(html)] == ["Sở A", "Sở B"]


def test_units_named_by_the_number_of_their_column() -> None:
    html = rows("(1)|(2)|(3)|(4)", "1|Sở A|1|2", head="<thead><tr><th>STT<th><th>Số<th>Số</thead>")
    made = source(unit="(2)", indicators={"x": {"numerator": "(3)", "denominator": "(4)"}})
    assert counted(parse(html, made)) == [("Sở A", None, 1, 2)]


def test_a_unit_without_a_name_is_shown_as_such() -> None:
    assert counted(parse(rows("1||1|2"))) == [("(không tên)", None, 1, 2)]
    assert counted(parse(rows("Sở A||1|2"))) == [("Sở A", None, 1, 2)]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("1. Sở A", "Sở A"),
        ("1.2) Sở A", "Sở A"),
        ("- Sở A:", "Sở A"),
        ("P. Trần Lãm", "P. Trần Lãm"),
        ("X. Đô Lương", "X. Đô Lương"),
        ("<b>Sở</b> A", "Sở A"),
        ("Sở&lt;script&gt;", "Sở<script>"),
    ],
)
def test_the_name_of_a_unit(printed: str, name: str) -> None:
    assert parse(rows(f"1|{printed}|1|2"))[0].unit.name == name


def test_names_and_rows_are_cut_to_a_sober_length() -> None:
    found = parse(rows(f"1|{'a' * 100_000}|1|2"))[0]
    assert len(found.unit.name) == 300
    assert len(found.row) == 2000


def test_a_merged_count_is_nobodys() -> None:
    html = (
        f"<table>{HEAD}<tr><td>1<td>Sở A<td rowspan=2>5<td>9<tr><td>2<td>Sở B<td>9"
        "<tr><td>3<td>Sở C<td colspan=2>7<tr><td>4<td>Sở D<td colspan=2>-"
        "<tr><td>5<td>Sở E<td colspan=2>Chưa báo cáo</table>"
    )
    found = [(r.unit.name, r.numerator, r.denominator, r.fault) for r in parse(html)]
    assert found == [
        ("Sở A", None, None, "5 (ô gộp)"),
        ("Sở B", None, None, "5 (ô gộp)"),
        ("Sở C", None, None, "7 (ô gộp)"),
        ("Sở D", None, None, None),
        ("Sở E", None, None, "Chưa báo cáo (ô gộp)"),
    ]


def test_a_row_that_does_not_fit_its_header_gives_no_count() -> None:
    found = parse(rows("1|Sở A|1|2", "Sở B|3|4", "3|Sở C|1|2||", "4|Sở D|1|2|9"))
    assert [(r.unit.name, r.numerator, r.fault) for r in found] == [
        ("Sở A", 1, None),
        ("3", None, "3 ô dưới 4 cột"),
        ("Sở C", 1, None),
        ("Sở D", None, "5 ô dưới 4 cột"),
    ]


def test_one_bad_unit_costs_no_other() -> None:
    found = parse(rows("1|Sở A|NaN|2", "2|Sở B|1|1e5", "3|Sở C|-3|2", "4|Sở D|1|2"))
    assert [(r.numerator, r.denominator, r.fault) for r in found] == [
        (None, None, "NaN"),
        (None, None, "1e5"),
        (-3, 2, None),
        (1, 2, None),
    ]


def test_a_missing_summand_makes_the_count_missing_and_a_bad_one_bad() -> None:
    made = source(indicators={"x": {"numerator": ["Mạng", "Tổng"], "denominator": ["Tổng", "Mạng"]}})
    found = parse(rows("1|Sở A|1|2", "2|Sở B|-|2", "3|Sở C|-|a"), made)
    assert [(r.numerator, r.denominator, r.fault) for r in found] == [
        (3, 3, None),
        (None, None, None),
        (None, None, "a"),
    ]


def test_figures_of_before_the_period_are_of_their_own() -> None:
    made = source(as_of="#den", url=READ["url"])
    html = "<p id=den>Đến ngày {}</p>" + rows("1|Sở A|1|2")
    new_year = page(
        html.format("31/12/2023"), period=YEAR, read=datetime(2024, 1, 1, 7, 0, tzinfo=PROVINCE_TIME)
    )
    assert made.parse([new_year]).readings[0].period == Period("year", date(2023, 1, 1))
    september = Period("month", date(2024, 9, 1))
    assert parse(html.format("31/08/2024"), made, september)[0].period == Period("month", date(2024, 8, 1))
    assert parse(html.format("01/09/2024"), made, september)[0].period == september
    zero = html.replace("<td>1<td>2", "<td>0<td>2")
    nothing_yet = parse(zero.format("31/08/2024"), made, september)[0]
    assert (nothing_yet.period, nothing_yet.numerator, nothing_yet.denominator) == (september, None, None)
    two = {
        "a": {"numerator": "Mạng", "denominator": "Tổng"},
        "b": {"numerator": "Tổng", "denominator": "Tổng"},
    }
    both = parse(zero.format("31/08/2024"), source(as_of="#den", indicators=two), september)
    assert [(r.indicator, r.period.start.month) for r in both] == [("a", 9), ("b", 8)]
    august = Period("month", date(2024, 8, 1))
    assert parse(html.format("16/09/2024"), made, august)[0].period == august


def test_an_element_without_a_date_says_nothing() -> None:
    made = source(as_of="#den")
    assert made.parse([page("<p id=den>Đang cập nhật</p>" + rows("1|Sở A|1|2"))]).as_of is None


def test_what_is_asked_on_a_day() -> None:
    made = source(
        url={
            "year": "https://portal.example/?tu={from}&den={to}&nam={year}",
            "month": "https://portal.example/?tu={from}&den={to}&thang={month:02}",
        },
        date_format="%d/%m/%Y",
    )
    assert made.requests(date(2024, 9, 16)) == (
        Request(
            "year", YEAR, "https://portal.example/?tu=01%2F01%2F2024&den=16%2F09%2F2024&nam=2024", "html"
        ),
        Request(
            "month",
            Period("month", date(2024, 9, 1)),
            "https://portal.example/?tu=01%2F09%2F2024&den=16%2F09%2F2024&thang=09",
            "html",
        ),
    )
    assert made.next_request([page("")]) is None


def test_a_portal_that_offers_only_ended_months() -> None:
    made = source(url={"month": "https://portal.example/{year}-{month}?{from}..{to}"}, month_offered="ended")
    assert made.requests(date(2024, 1, 31)) == (
        Request(
            "month",
            Period("month", date(2023, 12, 1)),
            "https://portal.example/2023-12?2023-12-01..2023-12-31",
            "html",
        ),
    )


# What cannot be read, each with its sentence.


def test_no_table() -> None:
    assert fault("<title>Cổng dịch vụ công</title><p>Bảo trì") == (
        "no table: this is a page titled 'Cổng dịch vụ công', no table in it"
    )
    assert fault("") == "no table: this is a page without a title, no table in it"


def test_no_table_that_matches() -> None:
    assert fault(rows("1|a|1|2"), source(table="table.thong-ke")) == (
        "no table matches 'table: table.thong-ke': this is a page titled 'Thống kê' with 1 table"
    )
    assert fault(rows("1|a|1|2") * 2, source(table="#x")).endswith("with 2 tables")


def test_a_login_form() -> None:
    assert fault("<title>Đăng nhập</title><form><input type=password></form>") == (
        "no table: this is a page titled 'Đăng nhập' that asks for a password"
    )


def test_no_row_below_the_header() -> None:
    sentence = 'the table has headers ("STT", "Đơn vị", "Mạng", "Tổng") but no row of a unit below them'
    assert fault(rows()) == sentence
    assert fault(rows("|Cộng|1|2"), source(totals="Cộng")) == sentence
    assert fault(rows().replace("<tbody>", "<tr><td colspan=4>Không có dữ liệu")) == sentence


def test_a_column_that_is_not_there() -> None:
    assert fault(rows("1|a|1|2"), source(unit="Tên")) == (
        'no column is called \'Tên\'; write one of those there are: "STT", "Đơn vị", "Mạng", "Tổng"'
    )


def test_no_table_of_several_has_the_columns() -> None:
    other = "<table><tr><th>A<th>B<tr><td>1<td>2</table>"
    assert fault(other + other) == (
        "none of the 2 tables has the columns asked for; correct their names, or say with 'table:' which "
        'table it is (table 1: "A", "B"; table 2: "A", "B")'
    )


def test_no_row_fits() -> None:
    assert fault(rows("1|Sở A|1|2|3", "2|Sở B|1|2|3")) == (
        "no row fits the header: rows have 5 cells, and the header 4 columns"
    )


def test_the_element_with_the_date_is_missing() -> None:
    assert fault(rows("1|a|1|2"), source(as_of=".den")) == (
        "no element matches 'as_of: .den' in a page titled 'Thống kê' with 1 table; "
        "correct it or delete 'as_of'"
    )


def test_a_page_that_was_cut_off() -> None:
    whole = (TESTDATA / "don-vi.html").read_text()
    made = source(simple=False, table="table.thong-ke")
    sentence = "the page ends inside a table; it was cut off on its way"
    assert fault(whole[: whole.index("Xã Mê Linh")], made) == sentence


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 3000), st.binary(max_size=30))
def test_a_damaged_page_never_breaks_it(at: int, junk: bytes) -> None:
    body = (TESTDATA / "don-vi.html").read_bytes()
    at = min(at, len(body))
    made = source(simple=False, table="table.thong-ke", sections=True, totals=["Tổng cộng"])
    found: tuple[Reading, ...] = ()
    # Only what the collector knows may come: anything else fails this test by itself.
    with suppress(PortalError):
        found = made.parse([page(body[:at] + junk + body[at + len(junk) :])]).readings
    for reading in found:
        assert reading.fault is None or reading.numerator is None
        assert all(n is None or isinstance(n, int) for n in (reading.numerator, reading.denominator))

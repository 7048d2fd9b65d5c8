"""Which rows are the header, what columns are called, and which one a name means."""

from __future__ import annotations

import unicodedata

import pytest
from selectolax.lexbor import LexborHTMLParser

from exporter.errors import PortalError
from exporter.sources.tablegrid import lay_out
from exporter.sources.tablehead import Column, Table, find_column, level, listed, read_table


def table(html: str) -> Table:
    node = LexborHTMLParser(f"<table>{html}</table>").css_first("table")
    assert node is not None
    return read_table(lay_out(node))


def headers(html: str) -> list[str]:
    return [str(column) for column in table(html).columns]


def names(html: str) -> list[str]:
    return [row.texts[0] for row in table(html).rows]


def test_paths_go_from_the_top_down_through_spanning_cells() -> None:
    assert headers(
        "<thead><tr><th rowspan=2>STT<th rowspan=2>Tên<th colspan=2>Hồ sơ<tr><th>Tổng<th>Trực tuyến</thead>"
        "<tr><td>1<td>a<td>2<td>3"
    ) == ["STT", "Tên", "Hồ sơ > Tổng", "Hồ sơ > Trực tuyến"]


def test_a_title_over_the_whole_table_is_no_step_of_a_path() -> None:
    assert headers("<thead><tr><th colspan=2>BÁO CÁO<tr><th>Tên<th>Số</thead><tr><td>a<td>1") == ["Tên", "Số"]


def test_rows_of_headings_are_the_header_where_there_is_no_head() -> None:
    found = table("<tr><th>Tên<th>Số<tr><th>a<td>1<tr><th>b<td>2")
    assert [str(column) for column in found.columns] == ["Tên", "Số"]
    assert [row.texts for row in found.rows] == [("a", "1"), ("b", "2")]


def test_headings_below_a_head_belong_to_the_header() -> None:
    page = "<thead><tr><th>Tên<th colspan=2>Hồ sơ</thead><tr><th><th>Tổng<th>Mạng<tr><td>a<td>1<td>2"
    assert headers(page) == ["Tên", "Hồ sơ > Tổng", "Hồ sơ > Mạng"]


def test_a_heading_between_rows_is_not_of_the_header() -> None:
    page = "<thead><tr><th>Tên<th>Số</thead><tr><th colspan=2>Huyện A<tr><td>a<td>1"
    assert headers(page) == ["Tên", "Số"]
    assert names(page) == ["Huyện A", "a"]


def test_without_headings_all_before_the_first_number_is_the_header() -> None:
    page = "<tr><td rowspan=2>Tên<td colspan=2>Hồ sơ<tr><td>Tổng<td>Mạng<tr><td>a<td>1<td>2"
    assert headers(page) == ["Tên", "Hồ sơ > Tổng", "Hồ sơ > Mạng"]
    assert names(page) == ["a"]


@pytest.mark.parametrize("first", ["<tr><td colspan=4>Huyện A", "<tr><td>I<td>Huyện A<td><td>"])
def test_without_headings_the_first_district_is_no_header(first: str) -> None:
    page = f"<tr><td>STT<td>Tên<td>Tổng<td>Mạng{first}<tr><td>1<td>a<td>1<td>2"
    assert headers(page) == ["STT", "Tên", "Tổng", "Mạng"]
    assert len(table(page).rows) == 2


def test_without_headings_and_without_numbers_the_first_row_is_the_header() -> None:
    assert headers("<tr><td>Tên<td>Số<tr><td>a<td>-") == ["Tên", "Số"]
    spanning = "<tr><td rowspan=2>Tên<td colspan=2>Hồ sơ<tr><td>Tổng<td>Mạng<tr><td>a<td>-<td>-"
    assert headers(spanning) == ["Tên", "Hồ sơ > Tổng", "Hồ sơ > Mạng"]
    assert headers("<tr><td rowspan=9>Tên<td>Số") == ["Tên", "Số"]


def test_a_head_that_is_only_a_title_is_not_the_header() -> None:
    page = "<thead><tr><th colspan=2>BÁO CÁO</thead><tr><td>Tên<td>Số<tr><td>a<td>1"
    assert headers(page) == ["Tên", "Số"]
    assert names(page) == ["a"]


def test_a_table_without_rows_has_no_columns() -> None:
    assert table("") == Table((), ())
    assert listed(table("").columns) == "no headers"
    assert headers("<tr>") == []


@pytest.mark.parametrize(
    "numbers",
    [
        "<td>(1)<td>(2)<td>(3)",
        "<td>1<td>2<td>3=1+2",
        "<td>A<td>(1)<td>(2)",
        "<td><td>(1)<td>(2) = (1) + 5",
    ],
)
def test_a_row_of_column_numbers_is_skipped_wherever_it_stands(numbers: str) -> None:
    page = (
        f"<thead><tr><th>Tên<th>Tổng<th>Mạng</thead><tr>{numbers}<tr><td>a<td>1<td>2"
        f"<tr>{numbers}<tr><td>b<td>1<td>2"
    )
    assert names(page) == ["a", "b"]
    assert headers(page) == ["Tên", "Tổng", "Mạng"]


@pytest.mark.parametrize(
    "row", ["<td>1<td>3<td>4", "<td>a<td>1<td>2", "<td>7<td>8<td>9", "<td><td>1<td>", "<td>2<td>1<td>0"]
)
def test_other_rows_of_numbers_are_data(row: str) -> None:
    assert len(table(f"<thead><tr><th>Tên<th>Tổng<th>Mạng</thead><tr>{row}").rows) == 1


COLUMNS = (
    Column(("STT",), "(1)"),
    Column(("Tên đơn vị",), "(2)"),
    Column(("Hồ sơ", "Trong kỳ", "Tổng số"), "(3)"),
    Column(("Hồ sơ", "Trong kỳ", "Trực tuyến"), "(4)"),
    Column(("Thanh toán", "Tổng số"), "(5)"),
    Column(("Tổng số",), "(6)"),
    Column((), "(7)"),
    Column(("Ghi chú",)),
    Column(("Ghi chú",)),
)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("Tên đơn vị", 1),
        ("  tên   ĐƠN VỊ ", 1),
        (unicodedata.normalize("NFD", "Tên đơn vị"), 1),
        ("Trực tuyến", 3),
        ("Hồ sơ > Trực tuyến", 3),
        ("Trong kỳ>Trực tuyến", 3),
        ("Hồ sơ > Trong kỳ > Tổng số", 2),
        ("Hồ sơ > Tổng số", 2),
        ("Thanh toán > Tổng số", 4),
        ("Tổng số", 5),
        ("(7)", 6),
        ("(4)", 3),
    ],
)
def test_a_column_is_found(name: str, index: int) -> None:
    assert find_column(COLUMNS, name) == index


@pytest.mark.parametrize(
    "name", ["Trực tuyến > Hồ sơ", "Hồ sơ", "Trong kỳ > Hồ sơ > Tổng số", "(9)", "", ">", " > "]
)
def test_a_column_that_is_not_there(name: str) -> None:
    with pytest.raises(PortalError) as caught:
        find_column(COLUMNS, name)
    assert caught.value.reason == "schema"
    assert caught.value.detail == (
        f"no column is called {name!r}; write one of those there are: "
        '"STT", "Tên đơn vị", "Hồ sơ > Trong kỳ > Tổng số", "Hồ sơ > Trong kỳ > Trực tuyến", '
        '"Thanh toán > Tổng số", "Tổng số", "Ghi chú", "Ghi chú"'
    )


def test_an_ambiguous_header_says_what_to_write() -> None:
    columns = (Column(("Hồ sơ", "Tổng số")), Column(("Thanh toán", "Tổng số")))
    with pytest.raises(PortalError) as caught:
        find_column(columns, "Tổng số")
    assert caught.value.detail == (
        '2 columns are called \'Tổng số\'; write "Hồ sơ > Tổng số" or "Thanh toán > Tổng số"'
    )


def test_headers_that_are_the_same_are_told_apart_by_their_numbers() -> None:
    columns = (Column(("Số",), "(2)"), Column(("Số",), "(3)"))
    with pytest.raises(PortalError) as caught:
        find_column(columns, "số")
    assert caught.value.detail == ("2 columns are called 'số'; write the number below the header: (2) or (3)")
    assert find_column(columns, "(3)") == 1


def test_headers_that_nothing_tells_apart() -> None:
    with pytest.raises(PortalError) as caught:
        find_column(COLUMNS, "Ghi chú")
    assert caught.value.detail == (
        "columns 8 and 9 are both called 'Ghi chú', and nothing in the table tells them apart"
    )


def test_a_long_list_of_headers_is_cut() -> None:
    text = listed([Column((f"cột {i}",)) for i in range(60)])
    assert text.endswith('"cột 39" and 20 more')


def test_levelling() -> None:
    assert level(" Tổng\u00a0 SỐ\n") == level(unicodedata.normalize("NFD", "tổng số"))
    assert level("Hoà") != level("Hoá")

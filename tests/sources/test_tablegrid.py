"""Tables with cells that span, and tables that are made to hurt."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from exporter.errors import PortalError
from exporter.sources import tablegrid
from exporter.sources.tablegrid import MAX_COLUMNS, Row, lay_out


def rows(html: str) -> tuple[Row, ...]:
    table = LexborHTMLParser(html).css_first("table")
    assert table is not None
    return lay_out(table)


def texts(html: str) -> list[tuple[str, ...]]:
    return [row.texts for row in rows(html)]


def test_cells_that_span_columns_and_rows_cover_them_all() -> None:
    assert texts(
        "<table><tr><td rowspan=2>a<td colspan=2>b<td>c<tr><td>d<td>e<td>f<tr><td>g<td>h<td>i<td>k</table>"
    ) == [("a", "b", "b", "c"), ("a", "d", "e", "f"), ("g", "h", "i", "k")]


def test_a_cell_from_above_right_of_a_short_row_is_kept_in_its_column() -> None:
    assert texts("<table><tr><td>a<td>b<td>c<td rowspan=2>d<tr><td>e</table>") == [
        ("a", "b", "c", "d"),
        ("e", "", "", "d"),
    ]


def test_a_wide_cell_ends_where_a_cell_from_above_stands() -> None:
    assert texts("<table><tr><td>a<td rowspan=2>b<tr><td colspan=3>c<td>d</table>") == [
        ("a", "b"),
        ("c", "b", "d"),
    ]


def test_a_cell_over_columns_and_rows_is_one_cell() -> None:
    found = rows("<table><tr><td colspan=2 rowspan=3>a<td>b<tr><td>c<tr><td>d<tr><td>e</table>")
    assert [row.texts for row in found] == [("a", "a", "b"), ("a", "a", "c"), ("a", "a", "d"), ("e",)]
    assert found[1].covered_alike(0, 1)
    assert not found[1].covered_alike(1, 2)
    assert not found[1].covered_alike(1, 1)
    assert not found[1].covered_alike(1, 7)
    assert not found[3].covered_alike(0, 1)
    assert found[0].merged == {0, 1}
    assert found[0].continued == frozenset()
    assert found[1].continued == {0, 1}
    assert [row.cells() for row in found] == [("a", "b"), ("a", "c"), ("a", "d"), ("e",)]
    assert [row.single for row in found] == [False, False, False, True]


def test_rowspan_0_reaches_to_the_end_of_its_group_and_no_further() -> None:
    assert texts(
        "<table><thead><tr><th rowspan=0>a<th>b<tr><th>c</thead><tbody><tr><td>d<td>e</tbody></table>"
    ) == [("a", "b"), ("a", "c"), ("d", "e")]


def test_the_head_comes_first_and_rows_know_that_they_are_of_it() -> None:
    found = rows("<table><tbody><tr><td>1</tbody><thead><tr><th>a</thead><tfoot><tr><td>sum</tfoot></table>")
    assert [(row.texts, row.head, row.headings) for row in found] == [
        (("a",), True, True),
        (("1",), False, False),
        (("sum",), False, False),
    ]


def test_a_row_of_headings_only_in_spanning_rows_too() -> None:
    found = rows("<table><tr><th colspan=2>a<th>b<tr><th rowspan=2>c<td>d<td>e<tr></table>")
    assert [row.headings for row in found] == [True, False, False]


def test_rows_of_a_table_inside_a_cell_are_not_rows_of_the_table() -> None:
    found = texts("<table><tr><td>a<td><table><tr><td>x<tr><td>y</table></table>")
    assert found == [("a", "x y")]


def test_what_is_no_cell_is_no_cell() -> None:
    page = "<table><caption>c</caption><colgroup><col></colgroup><tr><input type=hidden><td>a<td>b</table>"
    assert texts(page) == [("a", "b")]
    assert texts("<table><tr><input type=hidden><td colspan=2>a</table>") == [("a", "a")]
    assert texts("<table><tbody><template></template><tr><td>a</table>") == [("a",)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("", ""),
        (" \n a \t b ", "a b"),
        ("12<br>345", "12 345"),
        ("<b>Huyện</b> Đông Hưng", "Huyện Đông Hưng"),
        ("1\u00a0234", "1\u00a0234"),
        ("a<!-- c -->b", "a b"),
        ("<!-- c -->", ""),
        ("<input>", ""),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_the_text_of_a_cell(cell: str, text: str) -> None:
    assert texts(f"<table><tr><td>{cell}</table>") == [(text,)]


def test_the_name_in_a_column_has_all_white_space_collapsed() -> None:
    row = rows("<table><tr><td>\u00a0Xã\u00a0\u2009Đô Lương\u00a0</table>")[0]
    assert row.text(0) == "Xã Đô Lương"
    assert row.text(9) == ""


@pytest.mark.parametrize(
    "span", ["100000000", "99999999999999999999", "1e9", "-5", "abc", "0", "2.5", "100%"]
)
def test_absurd_spans_cost_nothing(span: str) -> None:
    page = f"<table>{f'<tr><td colspan={span} rowspan={span}>a<td>b' * 300}</table>"
    began = time.process_time()
    found = rows(page)
    assert time.process_time() - began < 2
    assert all(row.width <= MAX_COLUMNS for row in found)


def test_columns_beyond_the_cap_are_not_read() -> None:
    assert rows(f"<table><tr>{'<td>1' * 5000}</table>")[0].width == MAX_COLUMNS
    assert rows(f"<table><tr><td colspan=2>x{'<td>1' * 5000}</table>")[0].width == MAX_COLUMNS


def test_too_many_cells_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tablegrid, "MAX_CELLS", 100)
    assert len(rows(f"<table>{'<tr><td>1<td>2' * 50}</table>")) == 50
    with pytest.raises(PortalError, match="schema: the table has more than 100 cells"):
        rows(f"<table>{'<tr><td>1<td>2' * 51}</table>")
    with pytest.raises(PortalError, match="more than 100 cells"):
        rows(f"<table>{'<tr></tr>' * 101}</table>")


cells = st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from(["td", "th"]))


@given(st.lists(st.lists(cells, max_size=6), max_size=8))
def test_any_table_is_laid_out_soundly(table: list[list[tuple[int, int, str]]]) -> None:
    page = "".join(
        "<tr>"
        + "".join(f"<{tag} colspan={c} rowspan={r}>{i}.{j}</{tag}>" for j, (c, r, tag) in enumerate(row))
        for i, row in enumerate(table)
    )
    found = rows(f"<table>{page}</table>")
    assert len(found) == len(table)
    for i, row in enumerate(found):
        own = [text for text in row.texts if text.startswith(f"{i}.")]
        # Every own cell that is shown stands in order, and cells come from this row or from above.
        assert own == sorted(own)
        assert all(not text or int(text.split(".")[0]) <= i for text in row.texts)
        assert {
            j for j, text in enumerate(row.texts) if text and not text.startswith(f"{i}.")
        } == row.continued
        if row.starts is not None:
            assert all(start <= column for column, start in enumerate(row.starts))


@given(st.text(alphabet='<>/tdrhable ="colspn0123456789', max_size=200))
def test_no_markup_breaks_it(junk: str) -> None:
    for row in rows(f"<table><tr><td>a</td></tr>{junk}</table>"):
        assert row.width <= MAX_COLUMNS

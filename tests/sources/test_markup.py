"""Pages that are no pages of statistics, and pages made to hurt."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest

from exporter.clock import PROVINCE_TIME
from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.sources.base import Page, Request
from exporter.sources.markup import MAX_DEPTH, describe, parse_html

DEEP = f"more than {MAX_DEPTH} elements stand inside each other; this is no page of statistics"


def page(html: str) -> Page:
    request = Request("year", Period("year", date(2024, 1, 1)), "https://portal.example/", "html")
    now = datetime(2024, 9, 16, 10, 0, tzinfo=PROVINCE_TIME)
    return Page(request, request.url, 200, "text/html; charset=utf-8", html.encode(), now)


def test_scripts_and_styles_are_not_part_of_it() -> None:
    tree = parse_html(page("<style>td{}</style><script>'<table>'</script><p>a<template>b</template>"))
    assert tree.css_first("p") is not None
    assert tree.css("script, style, template") == []


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000,
        "<div></zzz>" * 200_000,
        "<ul><li>" * 200_000,
        "<font><center>" * 200_000,
        "<form><div></form>" * 200_000,
        "<DIV\n>" * 200_000,
        "<div/>" * 200_000,
        "<div>" * 200_000 + "</div>" * 200_000,
    ],
)
def test_a_page_nested_beyond_reason_is_refused_at_once(html: str) -> None:
    began = time.process_time()
    with pytest.raises(PortalError) as caught:
        parse_html(page(html))
    assert time.process_time() - began < 2
    assert caught.value.reason is Reason.SCHEMA
    assert caught.value.detail == DEEP


@pytest.mark.parametrize(
    "html",
    [
        "<br>" * 20_000,
        "<p>a" * 20_000,
        "<span>a</span>" * 20_000 + "</span>" * 100,
        "a < b " * 20_000,
        "<table>" + "<tr><td><b>1</b>" * 20_000 + "</table>",
        "<!-- x -->" * 20_000 + "<",
    ],
)
def test_a_long_page_is_not_a_deep_one(html: str) -> None:
    assert parse_html(page(html)).body is not None


def test_a_page_whose_table_is_not_closed_was_cut_off() -> None:
    with pytest.raises(PortalError, match="schema: the page ends inside a table; it was cut off"):
        parse_html(page("<table><tr><td>1</table><table><tr><td>1"))
    assert len(parse_html(page("<TABLE><tr><td>1</TABLE><Table></taBLE>")).css("table")) == 2


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<title> Cổng \n tỉnh </title>", "a page titled 'Cổng tỉnh', no table in it"),
        ("<table></table>", "a page without a title with 1 table"),
        ("<table></table><table></table>", "a page without a title with 2 tables"),
        ("<input type=password>", "a page without a title that asks for a password"),
        (f"<title>{'x' * 1000}</title>", f"a page titled '{'x' * 80}', no table in it"),
    ],
)
def test_what_a_page_seems_to_be(html: str, text: str) -> None:
    assert describe(parse_html(page(html))) == text

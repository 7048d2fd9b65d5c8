"""The characters and the JSON of a page, strictly."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from exporter.clock import PROVINCE_TIME
from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.sources.base import Page, Request
from exporter.sources.decoding import html_text, json_object

NOW = datetime(2024, 9, 16, 10, 0, tzinfo=PROVINCE_TIME)


def page(body: bytes, content_type: str = "text/html") -> Page:
    request = Request("year", Period("year", date(2024, 1, 1)), "https://portal.example/", "html")
    return Page(request, request.url, 200, content_type, body, NOW)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("Xã Đô Lương".encode(), "text/html"),
        ("Xã Đô Lương".encode(), "text/html; charset=UTF-8"),
        ("Xã Đô Lương".encode(), "text/html; boundary=x; charset='utf-8'"),
        ("Xã Đô Lương".encode(), "text/html; charset="),
        ("Xã Đô Lương".encode("utf-8-sig"), "text/html; charset=windows-1252"),
        ("\ufeffXã Đô Lương".encode("utf-16-le"), "text/html"),
        ("\ufeffXã Đô Lương".encode("utf-16-be"), "text/html"),
        ("Xã Đô Lương".encode("utf-16-le"), "text/html; charset=utf-16-le"),
    ],
)
def test_the_charset_is_found(body: bytes, content_type: str) -> None:
    assert html_text(page(body, content_type)) == "Xã Đô Lương"


@pytest.mark.parametrize(
    ("meta", "charset"),
    [
        ("<meta charset=windows-1258>", "cp1258"),
        ("<meta http-equiv=Content-Type content='text/html; charset=windows-1258'>", "cp1258"),
        ("<meta name=x><meta http-equiv=refresh content='1'><meta charset='Windows-1258'>", "cp1258"),
        ("<meta http-equiv=content-type content='text/html'><p>charset", "utf-8"),
        ("<meta charset=utf-16>", "utf-8"),
        ("<meta charset=iso-8859-1>", "cp1252"),
        ("<meta charset=us-ascii>", "cp1252"),
        ("<p>charset", "utf-8"),
        (" " * 2000 + "<meta charset=windows-1258>", "utf-8"),
    ],
)
def test_the_meta_names_the_charset(meta: str, charset: str) -> None:
    text = meta + "<p>caf\u00e9"
    assert html_text(page(text.encode(charset))) == text


def test_the_content_type_goes_before_the_meta() -> None:
    text = "<meta charset=windows-1258>Đô Lương"
    assert html_text(page(text.encode(), "text/html;charset=utf-8")) == text


@pytest.mark.parametrize(
    ("body", "content_type", "sentence"),
    [
        (
            b"X\xe3",
            "text/html",
            "the page is not in the charset utf-8 that it is said to be in (byte 1)",
        ),
        (
            b"\x81",
            "text/html; charset=latin-1",
            "the page is not in the charset iso8859-1 that it is said to be in (byte 0)",
        ),
        (b"x", "text/html; charset=klingon", "the page is in the charset 'klingon', which is not known"),
        (b"x", "text/html; charset=idna", "the page is in the charset 'idna', which is not known"),
        (b"x", "text/html; charset=rot13", "the page is in the charset 'rot13', which is not known"),
        (b"x", "text/html; charset=\0", "the page is in the charset '\\x00', which is not known"),
    ],
)
def test_what_cannot_be_decoded(body: bytes, content_type: str, sentence: str) -> None:
    with pytest.raises(PortalError) as caught:
        html_text(page(body, content_type))
    assert caught.value.reason is Reason.DECODE
    assert caught.value.detail == sentence


def test_a_json_object() -> None:
    assert json_object(page('{"a":"Đô"}'.encode("utf-8-sig"))) == {"a": "Đô"}


@pytest.mark.parametrize(
    ("body", "reason", "sentence"),
    [
        (b"", Reason.DECODE, "the answer is empty, and JSON was expected"),
        (b" \n", Reason.DECODE, "the answer is empty, and JSON was expected"),
        (
            b"\n<html>Request Rejected",
            Reason.DECODE,
            "the answer is a page of HTML, and JSON was expected",
        ),
        (b'{"a":"\xe3"}', Reason.DECODE, "the answer is not UTF-8 (byte 6)"),
        (
            b'{"a":',
            Reason.DECODE,
            "the answer is not JSON: Expecting value: line 1 column 6 (char 5)",
        ),
        (b"[" * 1_000_000, Reason.DECODE, "the answer is nested too deeply to be read"),
        (b"[]", Reason.SCHEMA, "the answer is JSON, but not an object"),
        (b"null", Reason.SCHEMA, "the answer is JSON, but not an object"),
    ],
)
def test_what_is_no_json_object(body: bytes, reason: Reason, sentence: str) -> None:
    with pytest.raises(PortalError) as caught:
        json_object(page(body, "application/json"))
    assert caught.value.reason is reason
    assert caught.value.detail == sentence


def test_a_number_of_ten_thousand_digits_is_refused() -> None:
    with pytest.raises(PortalError, match="decode: the answer is not JSON: Exceeds the limit"):
        json_object(page(b'{"a":' + b"1" * 10_000 + b"}"))


@pytest.mark.parametrize("half", ["\\ud800", "\\uDfff"])
def test_half_a_character_is_no_text(half: str) -> None:
    with pytest.raises(PortalError, match="half a character") as error:
        json_object(page(f'{{"a":"S{half}"}}'.encode()))
    assert error.value.reason is Reason.DECODE


def test_a_whole_pair_is_one_character() -> None:
    assert json_object(page(rb'{"a":"\ud83d\ude00"}')) == {"a": "\U0001f600"}

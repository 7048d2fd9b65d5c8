from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import PortalError, Reason
from exporter.fetch.judge import (
    SMALL_PAGE,
    PassingError,
    check_answer,
    failed_status,
    host_of,
    is_block_page,
    is_html,
    is_login_page,
    redirected,
    retry_after,
)

NOW = 1_726_462_800.0  # 16 September 2024, 05:00 UTC


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120),
        (" 0 ", 0),
        ("-5", None),
        ("1.5", None),
        ("\uff19", None),
        ("soon", None),
        ("9" * 5000, 10**12),
        ("Mon, 16 Sep 2024 05:01:00 GMT", 60),
        ("Mon, 16 Sep 2024 12:01:00 +0700", 60),
        ("Mon, 16 Sep 2024 05:01:00 -0000", 60),
        ("Mon, 16 Sep 2024 04:00:00 GMT", 0),
        ("Mon, 99 Sep 2024 05:01:00 GMT", None),
        ("Mon, 16 Sep 0000 05:01:00 GMT", 0),
        ("Sun, 16 Sep 2024", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_is_negative_or_an_exception(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("http://h.vn/a/b", "c?d=1#e", "http://h.vn/a/c?d=1"),
        ("http://h.vn/a", " /x ", "http://h.vn/x"),
        ("http://h.vn/a", "http://H.VN./x", "http://H.VN./x"),
        ("http://h.vn/a", "https://h.vn/a", "https://h.vn/a"),
        ("http://h.vn:80/a", "https://h.vn:443/a", "https://h.vn:443/a"),
        ("http://h.vn:8080/a", "//h.vn:8080/b", "http://h.vn:8080/b"),
        ("http://h.vn/a", "/loginovation", "http://h.vn/loginovation"),
    ],
)
def test_a_redirect_within_the_host_leads_somewhere(url: str, location: str, target: str) -> None:
    assert redirected(url, location) == target


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("http://h.vn/", "http://www.h.vn/"),
        ("http://h.vn/", "//127.0.0.1/"),
        ("http://h.vn/", "http://h.vn@evil.vn/"),
        ("http://h.vn/", "http://user@h.vn/"),
        ("http://h.vn/", "http://h.vn:22/"),
        ("http://h.vn/", "https://h.vn:8443/"),
        ("http://h.vn:8080/", "https://h.vn/"),
        ("https://h.vn/", "http://h.vn/"),
        ("http://h.vn/", "javascript:alert(1)"),
        ("http://h.vn/", "file:///etc/passwd"),
        ("http://h.vn/", "http://[x"),
        ("http://h.vn/", "/cas/login?service=x"),
        ("http://h.vn/", "/auth/realms/digo/protocol"),
        ("http://h.vn/", "/DangNhap.aspx"),
    ],
)
def test_any_other_redirect_is_a_rejection(url: str, location: str) -> None:
    with pytest.raises(PortalError) as caught:
        redirected(url, location)
    assert caught.value.reason is Reason.REJECTED


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://H.vn:9808/a", "h.vn"),
        ("https://user:x@h.vn./", "h.vn"),
        ("http://[::1]:80/", "::1"),
    ],
)
def test_a_host_is_its_name_without_a_port(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_block_page_is_small_and_a_web_page() -> None:
    page = b"<html><title>Request Rejected</title>"
    assert is_block_page("text/html", page)
    assert is_block_page("text/plain", b"<!doctype html>The requested URL was rejected. Please consult")
    assert not is_block_page("application/json", b'{"note": "request rejected"}')
    assert not is_block_page("text/html", page + b" " * SMALL_PAGE)


def test_a_login_page_asks_for_a_password_and_holds_no_table() -> None:
    form = b"<form><input type='password'></form>"
    assert is_login_page("text/html", form)
    assert is_login_page("text/html", b"<INPUT TYPE=password>")
    assert not is_login_page("text/html", form + b"<TABLE class=thong-ke>")
    assert not is_login_page("text/html", b"<p>type your password</p>")
    assert not is_login_page("application/json", form)


@pytest.mark.parametrize("body", [b"<html>", b"\xef\xbb\xbf \n<!DOCTYPE HTML>", b" <HTML lang=vi>"])
def test_a_web_page_is_known_by_its_beginning(body: bytes) -> None:
    assert is_html("application/json", body)


@pytest.mark.parametrize("body", [b"[]", b"<fault/>", b'"<html>"', b""])
def test_other_answers_are_no_web_pages(body: bytes) -> None:
    assert not is_html("", body)
    assert is_html("text/HTML; charset=x", body)


def test_what_was_asked_for_passes() -> None:
    check_answer("json", 201, "text/plain", b"[]")
    check_answer("html", 200, "text/html", b"<html><table></table>")
    with pytest.raises(PortalError) as caught:
        check_answer(
            "json", 200, "text/html", b"<html>\n<title>\x1b[2J Trang ch\xe1\xbb\xa7</title>" + b"x" * 999
        )
    assert caught.value.detail.startswith(
        "a web page stands where data was expected: <html> <title>\\x1b[2J Trang chủ"
    )
    assert len(caught.value.detail) < 150


@pytest.mark.parametrize(
    ("status", "reason", "passing", "waits"),
    [
        (401, Reason.REJECTED, False, 7.4),
        (403, Reason.REJECTED, False, 7.4),
        (429, Reason.REJECTED, False, 7.4),
        (404, Reason.HTTP_STATUS, False, None),
        (501, Reason.HTTP_STATUS, False, None),
        (500, Reason.HTTP_STATUS, True, 7.4),
        (502, Reason.HTTP_STATUS, True, 7.4),
        (503, Reason.HTTP_STATUS, True, 7.4),
        (504, Reason.HTTP_STATUS, True, 7.4),
    ],
)
def test_a_status_says_whether_it_may_pass(
    status: int, reason: Reason, passing: bool, waits: float | None
) -> None:
    error = failed_status(status, "X\r\nY", 7.4)
    assert error.reason is reason
    assert isinstance(error, PassingError) is passing
    assert error.detail == f"status {status} X\\r\\nY, Retry-After 7 s"
    assert error.retry_after == waits

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sanitise import LONGEST_TEXT, redact, safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@h.vn/a?b=1", "https://***@h.vn/a?b=1"),
        ("https://u@h.vn", "https://***@h.vn"),
        ("http://a@b:c@h.vn/", "http://***@h.vn/"),
        ("http://h.vn/x@y", "http://h.vn/x@y"),
        ("http://h.vn/?access_token=abc&nam=2024", "http://h.vn/?access_token=***&nam=2024"),
        ("http://h.vn/?nam=2024&PassWord=a%26b#x", "http://h.vn/?nam=2024&PassWord=***#x"),
        ("http://h.vn/?a%70i_key=1", "http://h.vn/?a%70i_key=***"),
        ("http://h.vn/?key=1;apiKey=2&keyword=hs", "http://h.vn/?key=***;apiKey=***&keyword=hs"),
        ("http://h.vn/#id_token=1", "http://h.vn/#id_token=***"),
        ("http://h.vn/?auth=1&author=Anh&sig=2", "http://h.vn/?auth=***&author=Anh&sig=***"),
        (
            "Max retries exceeded with url: /a?token=abc (Caused by x)",
            "Max retries exceeded with url: /a?token=*** (Caused by x)",
        ),
        ("no address at all: token=abc", "no address at all: token=abc"),
    ],
)
def test_secrets_in_addresses_are_masked_and_nothing_else(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Thị trấn Đông Hưng", "Thị trấn Đông Hưng"),
        ("a\nERROR b\r\t\x1b[31m", "a\\nERROR b\\r\\t\\x1b[31m"),
        ("\u202eabc\u2028", "\\u202eabc\\u2028"),
        ("http://h/?pwd=1\n", "http://h/?pwd=***\\n"),
    ],
)
def test_what_a_portal_wrote_stays_on_one_line(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    assert safe("x" * 10, 10) == "x" * 10
    assert safe("x" * 11, 10) == "x" * 9 + "…"
    assert safe("\n" * 10, 10) == "\\n\\n\\n\\n\\…"
    assert len(safe("y" * (LONGEST_TEXT * 3))) == 300


def test_a_secret_is_masked_before_the_text_is_cut() -> None:
    assert safe("http://user:" + "p" * 500 + "@h.vn/", 20) == "http://***@h.vn/"


@given(st.text(max_size=400))
def test_anything_becomes_printable_and_short(text: str) -> None:
    shown = safe(text, 100)
    assert shown.isprintable()
    assert len(shown) <= 100

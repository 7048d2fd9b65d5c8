"""Numbers in cells: what is one, what is none, and that nothing missing ever becomes one."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sources.numbers import MAX_COUNT, NotANumber, json_count, parse_count, parse_number
from exporter.vietnamese import number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("7", 7),
        ("05", 5),
        ("1234", 1234),
        ("1.234", 1234),
        ("1.234.567", 1234567),
        (" 12 \n", 12),
        ("1\u00a0234", 1234),
        ("1\u202f234\u202f567", 1234567),
        ("1\u2009234", 1234),
        ("\u00a012\u00a0", 12),
        ("'1.234", 1234),
        ("’15", 15),
        ("１.２３４", 1234),
        ("-5", -5),
        ("−5", -5),
        ("–1.234", -1234),
        ("5,0", 5),
        ("1.234,00", 1234),
        ("1.234,000", 1234),
        ("1.000.000.000.000", MAX_COUNT),
    ],
)
def test_a_count_is_read(text: str, value: int) -> None:
    assert parse_count(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\u00a0",
        "-",
        "–",
        "—",
        "−",
        "--",
        "---",
        "…",
        "...",
        "....",
        ".",
        "x",
        "X",
        "n/a",
        "N/A",
        "'",
    ],
)
def test_a_blank_is_missing_and_not_zero(text: str) -> None:
    assert parse_count(text) is None
    assert parse_number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "abc", "12a", "NaN", "nan", "Infinity", "inf", "1e5", "--5", "- 5", "+5", "(5)", "1 234", "12 34",
        "1.23", "1.2345", "12.34.567", "1234.567", "0.123", "01.234", "1..234", ".5", ",5", "5,", "1,2,3",
        "1,234.5", "1.234,", "²", "½", "٣", "5%%", "%", "5 10", "1/2", "12:30", "0x1f", "1_000", "None",
        "null",         "#REF!", "1\u00a023", "\ud800", "-.-", "x" * 70, "9" * 70,
    ],
)  # fmt: skip
def test_anything_else_is_not_a_number(text: str) -> None:
    found = parse_count(text)
    assert isinstance(found, NotANumber)
    assert isinstance(parse_number(text), NotANumber)
    assert found.why
    assert len(found.text) <= 61


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1.234,5", "a count must be a whole number"),
        ("0,5", "a count must be a whole number"),
        ("-0,5", "a count must be a whole number"),
        ("58,12%", "a percentage stands where a count should be"),
        ("100 %", "a percentage stands where a count should be"),
        ("１００％", "a percentage stands where a count should be"),
        ("12,000", "the comma may separate decimals or thousands"),
        ("0,000000", "the comma may separate decimals or thousands"),
        ("1.000.000.000.001", "it is larger than anything a province can count"),
        ("9999999999999999999999", "it is larger than anything a province can count"),
        ("1.23", "dots must stand before groups of three digits, and one comma before decimals"),
        ("1e5", "it is not written as a number"),
        ("9" * 100, "it is longer than any number"),
    ],
)
def test_a_fault_says_why(text: str, why: str) -> None:
    found = parse_count(text)
    assert isinstance(found, NotANumber)
    assert found.why == why


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,5", "1234.5"),
        ("58,12%", "0.5812"),
        ("58,12 %", "0.5812"),
        ("100%", "1"),
        ("-0,5", "-0.5"),
        ("1\u00a0234,5", "1234.5"),
        ("88,31", "88.31"),
        ("12,000", "12"),
    ],
)
def test_a_number_may_have_decimals(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


def test_a_number_in_much_white_space_is_still_one() -> None:
    assert parse_count(" " * 100 + "12" + "\n" * 100) == 12


@given(st.integers(-MAX_COUNT, MAX_COUNT))
def test_what_officials_write_is_read_back(value: int) -> None:
    assert parse_count(number(value)) == value
    assert parse_count(str(value)) == value


@given(st.integers(0, MAX_COUNT), st.sampled_from("\u00a0\u2007\u2009\u202f"))
def test_spaced_thousands_are_read_back(value: int, space: str) -> None:
    assert parse_count(f"{value:,}".replace(",", space)) == value


@given(st.text(max_size=100))
def test_junk_is_never_a_number(text: str) -> None:
    found = parse_count(text)
    if isinstance(found, int):
        # Whatever was taken for a count must say the same in plain digits.
        kept = [c for c in text if c.isdecimal()]
        assert kept
        assert abs(found) <= MAX_COUNT
        assert not any(c.isalpha() for c in text)
        whole = text.partition(",")[0].partition("\uff0c")[0]
        assert abs(found) == int("".join(c for c in whole if c.isdecimal()))


@given(st.text(alphabet="0123456789.,-%'x… \u00a0−", max_size=20))
def test_near_numbers_are_never_guessed(text: str) -> None:
    found = parse_count(text)
    if isinstance(found, int):
        whole = text.partition(",")[0]
        assert abs(found) == int("".join(c for c in whole if c.isdecimal()))
        assert "%" not in text


@pytest.mark.parametrize(
    ("value", "count"), [(0, 0), (12, 12), (12.0, 12), (-3, -3), (MAX_COUNT, MAX_COUNT), (None, None)]
)
def test_a_json_count(value: object, count: int | None) -> None:
    assert json_count(value) == count


@pytest.mark.parametrize(
    ("printed", "quoted"),
    [
        ("true", "true"),
        ("false", "false"),
        ('"12"', "12"),
        ('""', ""),
        ("NaN", "nan"),
        ("Infinity", "inf"),
        ("-Infinity", "-inf"),
        ("1e400", "inf"),
        ("72.23", "72.23"),
        ("[1]", "[…]"),
        ('{"a":1}', "{…}"),
        ("1000000000001", "1000000000001"),
        ("1" * 4000, "a huge number"),
        ("1e20", "1e+20"),
    ],
)
def test_what_is_no_json_count(printed: str, quoted: str) -> None:
    found = json_count(json.loads(printed))
    assert isinstance(found, NotANumber)
    assert found.text == quoted
    assert found.why

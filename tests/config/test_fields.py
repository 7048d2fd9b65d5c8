from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from exporter.config.fields import Text, parse_day, parse_duration, parse_percent, parse_share


@pytest.mark.parametrize(
    ("printed", "ratio"),
    [
        ("45%", Fraction(45, 100)),
        ("45,5%", Fraction(455, 1000)),
        ("45.5 %", Fraction(455, 1000)),
        ("58,12%", Fraction(5812, 10000)),
        ("0%", Fraction(0)),
        ("-0%", Fraction(0)),
        ("100,00%", Fraction(1)),
        ("\uff11\uff10\uff10\uff05", Fraction(1)),
        (Fraction(1, 3), Fraction(1, 3)),
    ],
)
def test_percentages_are_exact(printed: object, ratio: Fraction) -> None:
    assert parse_percent(printed) == ratio


@given(st.integers(0, 10_000))
def test_every_printed_hundredth_is_read_back(hundredths: int) -> None:
    assert parse_percent(f"{hundredths // 100},{hundredths % 100:02}%") == Fraction(hundredths, 10_000)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (45, "a percentage needs its sign; write 45%"),
        (45.5, "a percentage needs its sign; write 45,5%"),
        ("45", "a percentage needs its sign; write 45%"),
        (True, "'True' is not a percentage; write it like 45% or 45,5%"),
        (None, "this is not a percentage; write it like 45% or 45,5%"),
        ("%", "'%' is not a percentage; write it like 45% or 45,5%"),
        ("−5%", "−5% is less than 0 %; write a percentage between 0% and 100%"),
        ("100,01%", "100,01% is more than 100 %; write a percentage between 0% and 100%"),
    ],
)
def test_what_is_no_percentage(value: object, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace("+", "\\+") + "$"):
        parse_percent(value)


def test_shares_as_percentages_and_as_numbers() -> None:
    assert (parse_share("5%"), parse_share(0.05), parse_share(1), parse_share(0)) == (0.05, 0.05, 1.0, 0.0)
    with pytest.raises(ValueError, match=r"1\.5 is no share"):
        parse_share(1.5)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("1m", timedelta(minutes=1)),
        ("26h", timedelta(hours=26)),
        ("3d", timedelta(days=3)),
        ("1h30m", timedelta(minutes=90)),
        ("0s", timedelta()),
        (timedelta(hours=2), timedelta(hours=2)),
    ],
)
def test_durations(text: object, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize("value", ["", " ", "6", "6 giờ", "h", "1.5h", 6, None, [], "30m1h"])
def test_what_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration; write a number with s, m, h or d"):
        parse_duration(value)


def test_days() -> None:
    assert parse_day("2024-10-31") == parse_day(date(2024, 10, 31)) == date(2024, 10, 31)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1/9/2024", "write the date '1/9/2024' as 2024-09-01"),
        ("2024-02-30", "there is no day 2024-02-30 in the calendar"),
        ("20240901", "'20240901' is not a date"),
        (20240901, "'20240901' is not a date"),
        ("2024-W36-7", "'2024-W36-7' is not a date"),
    ],
)
def test_what_is_no_day(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_day(value)


def test_a_text_is_one_line_of_what_can_be_seen() -> None:
    text = TypeAdapter(Text)

    assert text.validate_python(" Sở\r\n Y\u00a0tế\t") == "Sở Y tế"
    for unseen in "\0\x1b\u200b\u202e\ufeff":
        with pytest.raises(ValidationError, match=rf"cannot be seen \(U\+{ord(unseen):04X}\); delete it"):
            text.validate_python(f"Sở {unseen}Y tế")

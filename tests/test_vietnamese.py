"""Numbers, rates and times as officials read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter import vietnamese as vn
from exporter.clock import PROVINCE_TIME
from exporter.periods import Period


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1234, "1.234"), (12_345_678, "12.345.678"), (-1234, "−1.234")],
)
def test_number(value: int, text: str) -> None:
    assert vn.number(value) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (Fraction(12345, 10), 1, "1.234,5"),
        (0.25, 1, "0,3"),
        (-0.25, 1, "−0,2"),
        (-0.34, 1, "−0,3"),
        (7.5, 0, "8"),
        (3, 2, "3,00"),
        (Fraction(1, 3), 2, "0,33"),
        (0.05, 2, "0,05"),
    ],
)
def test_decimal(value: Fraction | float, digits: int, text: str) -> None:
    assert vn.decimal(value, digits) == text


@pytest.mark.parametrize(
    ("ratio", "target", "text"),
    [
        (Fraction(5812, 10000), None, "58,1%"),
        (0.5816, None, "58,2%"),
        (Fraction(5816, 10000), Fraction(80, 100), "58,2%"),
        (Fraction(4997, 10000), Fraction(50, 100), "49,9%"),
        (Fraction(4997, 10000), None, "50,0%"),
        (Fraction(9999, 10000), Fraction(1), "99,9%"),
        (Fraction(1), Fraction(1), "100,0%"),
        (Fraction(45, 100), Fraction(45, 100), "45,0%"),
        (0.45, Fraction(45, 100), "45,0%"),
        (0.57, Fraction(57, 100), "57,0%"),
        (Fraction(3334, 10000), Fraction(3334, 10000), "33,4%"),
        (Fraction(0), Fraction(85, 100), "0,0%"),
        (1, None, "100,0%"),
        (Fraction(12, 1), None, "1.200,0%"),
    ],
)
def test_percent(ratio: Fraction | float, target: Fraction | None, text: str) -> None:
    assert vn.percent(ratio, target=target) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (Fraction(45, 100), "45%"),
        (Fraction(1), "100%"),
        (Fraction(625, 1000), "62,5%"),
        (Fraction(6255, 10000), "62,55%"),
        (Fraction(2, 3), "66,67%"),
    ],
)
def test_target_percent(ratio: Fraction, text: str) -> None:
    assert vn.target_percent(ratio) == text


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (Fraction(-73, 10), "−7,3"),
        (Fraction(32, 10), "+3,2"),
        (Fraction(0), "0,0"),
        (Fraction(-1, 100), "−0,1"),
        (Fraction(1, 100), "0,0"),
        (-0.04, "−0,1"),
    ],
)
def test_points(gap: Fraction | float, text: str) -> None:
    assert vn.points(gap) == text


def _read(text: str) -> Fraction:
    return Fraction(text.removesuffix("%").replace(".", "").replace(",", ".").replace("−", "-"))


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 100))
def test_what_is_written_agrees_with_the_verdict(numerator: int, denominator: int, percent: int) -> None:
    ratio, target = Fraction(numerator, denominator), Fraction(percent, 100)
    written = _read(vn.percent(ratio, target=target))
    assert (written >= percent) == (ratio >= target)
    assert abs(written - ratio * 100) < Fraction(1, 10)
    assert _read(vn.points((ratio - target) * 100)) == written - _read(vn.target_percent(target))


@given(st.integers(-(10**12), 10**12))
def test_a_number_can_be_read_back(value: int) -> None:
    assert _read(vn.number(value)) == value


def test_dates_and_times() -> None:
    assert vn.day(date(2024, 5, 24)) == "24/05/2024"
    assert vn.day_in_words(date(2024, 5, 24)) == "ngày 24 tháng 5 năm 2024"
    assert vn.day_in_words(date(2025, 2, 3)) == "ngày 03 tháng 02 năm 2025"
    assert vn.moment(datetime(2024, 9, 16, 7, 5, tzinfo=PROVINCE_TIME)) == "07:05 16/09/2024"
    assert vn.moment(datetime(2024, 12, 31, 18, 0, tzinfo=UTC)) == "01:00 01/01/2025"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(hours=3, minutes=5, seconds=59), "3 giờ 5 phút"),
        (timedelta(hours=3), "3 giờ"),
        (timedelta(days=2, hours=4, minutes=59), "2 ngày 4 giờ"),
        (timedelta(days=1234), "1.234 ngày"),
        (timedelta(minutes=12, seconds=30), "12 phút"),
        (40.9, "40 giây"),
        (0, "0 giây"),
        (timedelta(seconds=-5), "0 giây"),
    ],
)
def test_age(span: timedelta | float, text: str) -> None:
    assert vn.age(span) == text


def test_period() -> None:
    assert vn.period(Period.year_of(date(2024, 9, 16))) == "năm 2024"
    assert vn.period(Period.month_of(date(2024, 9, 16))) == "tháng 9/2024"

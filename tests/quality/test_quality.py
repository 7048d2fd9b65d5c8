"""Each check withholds for its own reason and for nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.decision import Counting
from exporter.periods import Period
from exporter.quality import checks
from exporter.quality.checks import Baseline, Doubt
from exporter.settings import Override, QualitySettings
from exporter.snapshot.model import Measurement
from tests.builders import YEAR, at, row

LIMITS = QualitySettings()


def measured(numerator: int, denominator: int, period: Period = YEAR) -> Measurement:
    return Measurement(
        "so-y-te", "online_dossier", period, numerator, denominator, "cong", at("2024-09-16"), None
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "doubt"),
    [
        (1, 2, None),
        (2, 2, None),
        (0, 0, None),
        (None, 5, None),
        (5, None, None),
        (3, 2, Doubt.ABOVE_ONE),
        (1, 0, Doubt.ABOVE_ONE),
        (-1, 2, Doubt.NEGATIVE),
        (-3, -2, Doubt.NEGATIVE),
        (None, -2, Doubt.NEGATIVE),
    ],
)
def test_a_row_by_itself(numerator: int | None, denominator: int | None, doubt: Doubt | None) -> None:
    objection = checks.row_objection(row("Sở Y tế", numerator, denominator))
    assert (objection.doubt if objection else None) == doubt


def test_what_is_no_number_is_quoted() -> None:
    objection = checks.row_objection(row("Sở Y tế", None, None, fault="NaN"))
    assert objection is not None
    assert objection.doubt is Doubt.NOT_A_NUMBER
    assert objection.detail == "Cổng ghi “NaN” ở chỗ của một con số."


def test_details_have_vietnamese_numbers() -> None:
    objection = checks.above_one(row("Sở Y tế", 1_234_567, 1_000))
    assert objection is not None
    assert objection.detail == "Tử số 1.234.567 lớn hơn mẫu số 1.000."


def test_two_rows_for_one_unit() -> None:
    assert checks.duplicate(1) is None
    objection = checks.duplicate(2)
    assert objection is not None
    assert objection.doubt is Doubt.DUPLICATE


@pytest.mark.parametrize(
    ("before", "now", "fallen"),
    [
        ((100, 200), (100, 200), False),
        ((100, 200), (95, 190), False),
        ((100, 200), (94, 200), True),
        ((100, 200), (100, 189), True),
        ((0, 0), (0, 0), False),
        ((1, 1), (0, 1), True),
    ],
)
def test_fell_beyond_the_tolerance(before: tuple[int, int], now: tuple[int, int], fallen: bool) -> None:
    baseline = Baseline(*before, date(2024, 9, 15), date(2024, 9, 15))
    assert (checks.fell(measured(*now), baseline, LIMITS.fall) is not None) is fallen


def jumped(
    before: int, now: int, *, then: date, today: date, counting: Counting = Counting.FLOW
) -> checks.Objection | None:
    baseline = Baseline(0, before, then, then)
    return checks.jumped(measured(0, now), today, baseline, counting, LIMITS)


def test_jumped_beyond_what_the_days_explain() -> None:
    yesterday, today = date(2024, 9, 15), date(2024, 9, 16)
    assert jumped(1_000, 1_500, then=yesterday, today=today) is None
    objection = jumped(1_000, 1_600, then=yesterday, today=today)
    assert objection is not None
    assert objection.detail == "Mẫu số tăng vọt từ 1.000 (15/09/2024) lên 1.600."


def test_counts_of_january_grow_with_its_days() -> None:
    assert jumped(100, 1_100, then=date(2024, 1, 8), today=date(2024, 2, 29)) is None
    assert jumped(100, 1_200, then=date(2024, 9, 2), today=date(2024, 9, 20)) is not None


def test_nothing_is_said_against_the_first_days_of_a_period() -> None:
    assert jumped(3, 5_000, then=date(2024, 1, 7), today=date(2024, 1, 9)) is None
    assert jumped(3, 5_000, then=date(2024, 1, 8), today=date(2024, 1, 9)) is not None


def test_last_years_counts_in_january_are_not_this_years() -> None:
    january = Period("year", date(2025, 1, 1))
    last = Baseline(9_000, 10_000, date(2024, 12, 31), date(2024, 12, 31))

    def doubt(numerator: int, denominator: int, day: date, counting: Counting = Counting.FLOW) -> bool:
        now = measured(numerator, denominator, january)
        return checks.carried_over(now, day, last, counting, LIMITS) is not None

    assert doubt(9_000, 10_000, date(2025, 1, 1))
    assert doubt(9_001, 10_002, date(2025, 1, 31))
    assert not doubt(0, 3, date(2025, 1, 1))
    assert not doubt(30, 300, date(2025, 1, 20))
    assert not doubt(9_000, 10_000, date(2025, 2, 1))
    assert not doubt(9_000, 10_000, date(2025, 1, 1), Counting.CATALOGUE)


def test_a_list_of_procedures_does_not_grow_with_days() -> None:
    then, today = date(2024, 1, 2), date(2024, 1, 20)
    assert jumped(100, 1_000, then=then, today=today, counting=Counting.CATALOGUE) is not None


def test_small_numbers_do_not_jump() -> None:
    assert jumped(0, 50, then=date(2024, 9, 15), today=date(2024, 9, 16)) is None


@given(st.integers(0, 10**9), st.dates(date(2024, 1, 1), date(2024, 12, 31)))
def test_what_stays_the_same_neither_falls_nor_jumps(count: int, day: date) -> None:
    baseline = Baseline(count, count, day, day)
    now = measured(count, count)
    assert checks.fell(now, baseline, LIMITS.fall) is None
    assert checks.jumped(now, day, baseline, Counting.FLOW, LIMITS) is None


def test_an_override_holds_until_its_day_included() -> None:
    entry = Override(
        unit="so-y-te", indicator="online_dossier", until=date(2024, 9, 20), reason="sửa sổ", by="An"
    )
    assert checks.override((entry,), "so-y-te", "online_dossier", date(2024, 9, 20)) is entry
    assert checks.override((entry,), "so-y-te", "online_dossier", date(2024, 9, 21)) is None
    assert checks.override((entry,), "so-y-te", "online_payment", date(2024, 9, 20)) is None
    assert checks.held(None) is None
    objection = checks.held(entry)
    assert objection is not None
    assert objection.detail == "An giữ lại đến 20/09/2024: sửa sổ"

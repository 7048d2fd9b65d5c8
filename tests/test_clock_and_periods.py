"""Time in the province, told and real; years and months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from exporter.clock import PROVINCE_TIME, Clock, FixedClock
from exporter.periods import Period
from tests.builders import at


def test_a_clock_without_a_date_tells_real_time() -> None:
    clock = Clock.starting_on(None)
    assert clock.offset_seconds == 0
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().tzinfo is PROVINCE_TIME


def test_a_demo_clock_tells_its_day_at_todays_time_and_is_whole_days_away() -> None:
    clock = Clock.starting_on(date(2024, 9, 16))
    assert clock.today() in {date(2024, 9, 16), date(2024, 9, 17)}
    assert clock.offset_seconds % 86_400 == 0
    real = datetime.now(PROVINCE_TIME).timestamp()
    assert clock.unix(clock.now()) == pytest.approx(real, abs=5)


def test_a_fixed_clock_stands_until_set() -> None:
    clock = FixedClock(at("2024-12-31", "23:59"), offset_seconds=-60)
    assert clock.today() == date(2024, 12, 31)
    clock.moment += timedelta(minutes=1)
    assert clock.today() == date(2025, 1, 1)
    assert clock.unix(clock.now()) == clock.now().timestamp() + 60


@pytest.mark.parametrize(
    ("period", "end", "previous"),
    [
        (Period("year", date(2024, 1, 1)), date(2024, 12, 31), Period("year", date(2023, 1, 1))),
        (Period("month", date(2024, 2, 1)), date(2024, 2, 29), Period("month", date(2024, 1, 1))),
        (Period("month", date(2025, 1, 1)), date(2025, 1, 31), Period("month", date(2024, 12, 1))),
    ],
)
def test_where_a_period_ends_and_what_came_before(period: Period, end: date, previous: Period) -> None:
    assert period.end == end
    assert period.previous() == previous
    assert Period.of(period.kind, end) == period


@pytest.mark.parametrize(
    ("moment", "share"),
    [
        (at("2024-01-01", "00:00"), 0.0),
        (at("2024-07-02", "00:00"), 183 / 366),
        (at("2025-01-01", "00:00"), 1.0),
        (at("2025-06-01"), 1.0),
        (at("2023-06-01"), 0.0),
    ],
)
def test_elapsed_share(moment: datetime, share: float) -> None:
    assert Period("year", date(2024, 1, 1)).elapsed(moment) == pytest.approx(share)

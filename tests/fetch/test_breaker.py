from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from exporter.clock import PROVINCE_TIME, FixedClock
from exporter.errors import PortalError, Reason
from exporter.fetch.breaker import Breaker, left_alone_until

NOON = datetime(2024, 9, 16, 12, tzinfo=PROVINCE_TIME)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def breaker(clock: FixedClock) -> Breaker:
    return Breaker(clock, HOUR)


def test_a_host_that_never_turned_us_away_is_asked(breaker: Breaker) -> None:
    breaker.check("a")
    assert breaker.quiet_until("a") is None
    assert not breaker.probing("a")
    assert breaker.quiet_hosts() == {}


def test_it_doubles_up_to_a_day_and_forgets_on_an_answer(breaker: Breaker, clock: FixedClock) -> None:
    hours = []
    for _ in range(40):
        until = breaker.reject("a")
        hours.append((until - clock.moment) / HOUR)
        assert not breaker.probing("a")
        clock.moment = until
        assert breaker.probing("a")
        breaker.check("a")
    assert hours[:7] == [1, 2, 4, 8, 16, 24, 24]
    assert set(hours[7:]) == {24}
    breaker.accept("a")
    assert not breaker.probing("a")
    assert breaker.reject("a") == clock.moment + HOUR


def test_while_open_it_says_until_when(breaker: Breaker, clock: FixedClock) -> None:
    breaker.reject("a")
    clock.moment += timedelta(minutes=59)
    with pytest.raises(PortalError) as caught:
        breaker.check("a")
    assert caught.value.reason is Reason.REJECTED
    assert caught.value.detail == "nothing was asked: a is left alone until 2024-09-16T13:00:00+07:00"
    assert left_alone_until(caught.value.detail) == NOON + HOUR
    assert caught.value.retry_after == 60
    breaker.check("b")
    assert breaker.quiet_hosts() == {"a": NOON + HOUR}


@pytest.mark.parametrize(
    ("asked", "pause"), [(60, HOUR), (7200, 2 * HOUR), (1e12, 24 * HOUR), (float("inf"), 24 * HOUR)]
)
def test_what_the_portal_asks_for_can_only_lengthen_it(
    breaker: Breaker, asked: float, pause: timedelta
) -> None:
    assert breaker.reject("a", asked) == NOON + pause


def test_a_rest_is_no_rejection(breaker: Breaker, clock: FixedClock) -> None:
    assert breaker.rest("a", 90) == NOON + timedelta(seconds=90)
    with pytest.raises(PortalError):
        breaker.check("a")
    clock.moment += timedelta(seconds=90)
    assert not breaker.probing("a")
    assert breaker.reject("a") == clock.moment + HOUR, "the first rejection"


def test_a_rest_between_rejections_keeps_their_count(breaker: Breaker, clock: FixedClock) -> None:
    clock.moment = breaker.reject("a")
    clock.moment = breaker.rest("a", 90)
    assert breaker.probing("a")
    assert breaker.reject("a") == clock.moment + 2 * HOUR


def test_what_was_before_a_restart_goes_on(breaker: Breaker, clock: FixedClock) -> None:
    breaker.seed("a", NOON + HOUR)
    assert breaker.quiet_until("a") == NOON + HOUR
    clock.moment += HOUR
    assert breaker.probing("a")
    assert breaker.reject("a") == clock.moment + 2 * HOUR
    breaker.seed("b", NOON + timedelta(days=400))
    assert breaker.quiet_until("b") == clock.moment + HOUR  # one cool-down at most


@pytest.mark.parametrize(
    "detail", ["", "status 404", "a is left alone until soon", "a is left alone until 2024-09-16T13:00:00"]
)
def test_a_detail_that_does_not_say_until_when_says_nothing(detail: str) -> None:
    assert left_alone_until(detail) is None

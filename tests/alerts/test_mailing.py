from __future__ import annotations

from datetime import time, timedelta

import pytest
from pydantic import ValidationError

from alerts.mailing import Hours, Mailing, duration, parse_hours


def test_a_head_is_looked_at_once_in_the_hours_since_they_are_one_interval_long() -> None:
    mailing = Mailing()

    assert str(mailing.hours) == "08:00-09:00"
    assert mailing.window == timedelta(hours=1)
    assert mailing.repeat == timedelta(days=6, hours=12)
    assert mailing.retention > mailing.repeat


def test_other_hours_make_another_interval() -> None:
    assert Mailing.model_validate({"hours": "13:30–15:00"}).window == timedelta(minutes=90)


def test_always_takes_the_interval_as_written() -> None:
    mailing = Mailing.model_validate({"hours": "always", "interval": "15s"})

    assert mailing.hours is None
    assert mailing.window == timedelta(seconds=15)


@pytest.mark.parametrize(
    "text", ["08:00", "8-9", "09:00-08:00", "08:00-08:00", "08:00-24:30", "", 8, ["08:00"]]
)
def test_what_are_no_hours_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="write them like 08:00-09:00"):
        parse_hours(text)


def test_hours_that_are_hours_stay() -> None:
    hours = Hours(time(7), time(8, 15))

    assert parse_hours(hours) is hours
    assert parse_hours(None) is None


@pytest.mark.parametrize("longer", ["repeat", "operators_repeat", "watchdog_repeat"])
def test_alertmanager_must_not_forget_before_it_repeats(longer: str) -> None:
    with pytest.raises(ValidationError, match="retention must exceed every repeat"):
        Mailing.model_validate({"hours": "always", longer: "30d"})


def test_a_weekly_mail_must_not_slip_to_the_eighth_day() -> None:
    with pytest.raises(ValidationError, match="exceed 7 days"):
        Mailing.model_validate({"repeat": "6d23h30m"})
    assert Mailing.model_validate({"repeat": "6d23h"}).repeat == timedelta(days=6, hours=23)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=6, hours=12), "6d12h"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=1), "1h"),
        (timedelta(0), "0s"),
    ],
)
def test_spans_are_written_as_alertmanager_reads_them(span: timedelta, text: str) -> None:
    assert duration(span) == text

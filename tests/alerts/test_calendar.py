from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from alerts.alertmanager.calendar import Calendar, CalendarMissingError, load_calendar
from alerts.alertmanager.intervals import time_intervals
from alerts.mailing import Mailing
from exporter.config.faults import ConfigError
from tests.alerts.routing import ALWAYS, CALENDAR

YEAR = """\
years:
  - year: 2026
    off:
      - {first: 2026-01-01, last: 2026-01-02, name: Tết Dương lịch, source: s}
      - {first: 2026-02-16, last: 2026-02-20, name: Tết, source: s}
      - {first: 2026-04-30, last: 2026-05-01, name: Lễ, source: s}
      - {first: 2026-09-01, last: 2026-09-02, name: Quốc khánh, source: s}
"""
SWAP = "    swapped: [{day: 2026-01-10, instead_of: 2026-01-02, source: s}]\n"


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "calendar.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_calendar(path)
    return [fault.message for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 7), True),
        (date(2024, 2, 8), False),
        (date(2024, 2, 14), False),
        (date(2024, 4, 18), False),
        (date(2024, 4, 29), False),
        (date(2024, 5, 4), True),
        (date(2024, 5, 11), False),
        (date(2025, 1, 24), True),
        (date(2025, 1, 27), False),
        (date(2025, 4, 26), True),
        (date(2025, 5, 2), False),
        (date(2026, 1, 10), True),
        (date(2026, 4, 27), False),
        (date(2026, 8, 22), True),
        (date(2026, 8, 31), False),
        (date(2030, 9, 2), True),  # not announced: known by its weekday only
    ],
)
def test_days_are_worked_as_announced(day: date, *, works: bool) -> None:
    assert CALENDAR.works_on(day) is works


def test_every_day_off_and_every_swap_says_where_it_was_announced() -> None:
    for year in CALENDAR.years:
        assert all(entry.source for entry in year.off)
        assert all(swap.source for swap in year.swapped)
        assert all(entry.day.weekday() == 5 for entry in year.swapped)


def test_the_current_year_must_be_known() -> None:
    CALENDAR.require(date(2026, 12, 31))
    with pytest.raises(CalendarMissingError, match="no holidays of 2027; add what was announced"):
        CALENDAR.require(date(2027, 1, 1))


def test_the_calendar_ends_with_the_first_year_that_is_not_known() -> None:
    assert CALENDAR.ends(date(2024, 5, 1)) == date(2027, 1, 1)
    assert CALENDAR.ends(date(2030, 5, 1)) == date(2030, 1, 1)


def test_the_longest_rest_is_tet_with_its_weekends() -> None:
    assert CALENDAR.longest_rest == 9


def test_a_weekly_day_that_is_off_moves_to_the_next_working_day_of_its_week() -> None:
    moved = list(CALENDAR.first_working_days(0))

    assert date(2024, 1, 2) in moved
    assert date(2024, 9, 4) in moved
    assert date(2024, 5, 2) in moved
    assert date(2024, 2, 15) in moved
    # The week of Tết of 2025 has no working day at all.
    assert not [day for day in moved if date(2025, 1, 27) <= day <= date(2025, 2, 2)]


def test_a_week_whose_only_working_day_is_a_swapped_saturday_uses_it(tmp_path: Path) -> None:
    text = YEAR.replace("2026-02-20, name", "2026-02-27, name") + SWAP.replace("2026-01-10", "2026-02-28")
    (tmp_path / "calendar.yaml").write_text(text, "utf-8")

    calendar = load_calendar(tmp_path / "calendar.yaml")

    assert date(2026, 2, 28) in set(calendar.first_working_days(0))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-04-30, last", "2026-05-01, last", "30/04 is a holiday by law; add it to 2026"),
        ("2026-09-02, name", "2026-09-01, name", "02/09 is a holiday by law"),
        ("first: 2026-02-16, last: 2026-02-20", "first: 2026-03-16, last: 2026-03-20", "the days of Tết"),
        ("last: 2026-01-02", "last: 2027-01-02", "this is not in 2026"),
        ("2026-02-20", "2026-02-10", "this ends before it begins"),
        (", source: s}\n      - {first: 2026-02", "}\n      - {first: 2026-02", "key 'source' is missing"),
    ],
)
def test_a_year_that_is_not_whole_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in YEAR

    assert said in " ".join(faults(tmp_path, YEAR.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("day: 2026-01-10", "day: 2026-01-12", "2026-01-12 is no Saturday or Sunday"),
        ("day: 2026-01-10", "day: 2027-01-09", "this is not in 2026"),
        ("instead_of: 2026-01-02", "instead_of: 2026-01-05", "2026-01-05 is not among the days off"),
    ],
)
def test_a_swap_that_does_not_fit_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert said in " ".join(faults(tmp_path, YEAR + SWAP.replace(old, new)))


def test_a_year_stands_once(tmp_path: Path) -> None:
    twice = YEAR + YEAR.removeprefix("years:\n")

    assert "2026 is already given" in " ".join(faults(tmp_path, twice))


def test_a_file_without_years_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, "years: []\n")
    assert faults(tmp_path, "year: 1\n")


def test_intervals_carry_their_zone_and_gather_the_days_of_a_month() -> None:
    working, weekly, holidays = time_intervals(CALENDAR, Mailing())

    assert [entry["name"] for entry in (working, weekly, holidays)] == [
        "working-hours",
        "weekly-hours",
        "holidays",
    ]
    for entry in (working, weekly, holidays):
        specs = entry["time_intervals"]
        assert isinstance(specs, list)
        assert all(spec["location"] == "Asia/Ho_Chi_Minh" for spec in specs)
    specs = holidays["time_intervals"]
    assert isinstance(specs, list)
    assert {
        "years": ["2024"],
        "months": ["2"],
        "days_of_month": ["8:9", "12:14"],
        "location": "Asia/Ho_Chi_Minh",
    } in specs


def test_where_the_hours_are_always_there_are_no_intervals() -> None:
    assert time_intervals(Calendar(()), ALWAYS) == []

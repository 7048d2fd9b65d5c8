"""calendar.yaml -> which days are worked: weekends, holidays as announced, swapped Saturdays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictInt

from exporter.config.faults import ConfigError, Fault
from exporter.config.fields import Day, Filled, Text
from exporter.config.yamlfile import read_document
from exporter.config.yamlmodel import Checked, Model, check
from exporter.config.yamltree import Items

CALENDAR = Path(__file__).resolve().parent / "calendar.yaml"
FRIDAY = 4
_FIXED = ((1, 1), (4, 30), (5, 1), (9, 2))
"""Holidays by date, Article 112 of the Labour Code: month and day."""
_TET = (date(2000, 1, 21), date(2000, 2, 28))
"""Tết lies between these days of any year."""
_TET_DAYS = 3
"""At least so many working days are off for Tết, whatever the weekdays it falls on."""


class CalendarMissingError(Exception):
    """The calendar does not hold a year that is needed; the message says what to do."""


class OffEntry(Model):
    """Days off, both included, with what they are called and where that was announced."""

    first: Day
    last: Day
    name: Text
    source: Text


class SwapEntry(Model):
    """A Saturday worked for a day off."""

    day: Day
    instead_of: Day
    source: Text


class YearEntry(Model):
    """One year, as announced."""

    year: Annotated[StrictInt, Field(ge=2000, le=2999)]
    off: Annotated[tuple[OffEntry, ...], Filled]
    swapped: tuple[SwapEntry, ...] = ()


class CalendarFile(Model):
    """calendar.yaml whole."""

    years: Annotated[tuple[YearEntry, ...], Filled]


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. Years it does not hold are known by their weekends only."""

    years: tuple[YearEntry, ...]

    @cached_property
    def off(self) -> frozenset[date]:
        """Days from Monday to Friday that are not worked."""
        return frozenset(
            day
            for year in self.years
            for entry in year.off
            for day in _days(entry)
            if day.weekday() <= FRIDAY
        )

    @cached_property
    def swapped(self) -> frozenset[date]:
        """Weekend days that are worked."""
        return frozenset(entry.day for year in self.years for entry in year.swapped)

    def works_on(self, day: date) -> bool:
        """Whether civil servants work on `day`."""
        return day in self.swapped or (day.weekday() <= FRIDAY and day not in self.off)

    def holds(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        return any(entry.year == year for entry in self.years)

    def require(self, today: date) -> None:
        """Raises CalendarMissingError when the current year is not known: no mail on a holiday by mistake."""
        if not self.holds(today.year):
            raise CalendarMissingError(
                f"calendar.yaml has no holidays of {today.year}; add what was announced for that year, in a "
                "copy of alerts/alertmanager/calendar.yaml beside alerts.yaml"
            )

    def ends(self, today: date) -> date:
        """1 January of the first year from today's on whose holidays are not known."""
        year = today.year
        while self.holds(year):
            year += 1
        return date(year, 1, 1)

    def first_working_days(self, weekday: int) -> Iterator[date]:
        """The day of the weekly mails in each week of the known years that is not `weekday` itself.

        In a week whose `weekday` (0 is Monday) is a day off, the next working day; none where there
        is none until Sunday.
        """
        for day in sorted(self.off):
            if day.weekday() == weekday:
                rest = (day + timedelta(days=n) for n in range(1, 7 - weekday))
                found = next((later for later in rest if self.works_on(later)), None)
                if found is not None:
                    yield found

    @cached_property
    def longest_rest(self) -> int:
        """The most days in a row without a working day, in the known years."""
        longest = here = 0
        for year in sorted(entry.year for entry in self.years):
            day = date(year, 1, 1)
            while day.year == year:
                here = 0 if self.works_on(day) else here + 1
                longest = max(longest, here)
                day += timedelta(days=1)
        return longest


def calendar_beside(settings: Path) -> Path:
    """The operator's own calendar, where one stands beside alerts.yaml; else the one of this program."""
    own = settings.parent / CALENDAR.name
    return own if own.is_file() else CALENDAR


def load_calendar(path: Path = CALENDAR) -> Calendar:
    """The calendar in the file at `path`. Raises ConfigError with all its faults."""
    document = read_document(path)
    checked = check(document, CalendarFile, stand_ins={"years": Items([], cut=True)})
    found = checked.model
    faults = [*document.faults, *checked.faults, *(_faults(checked, found) if found else ())]
    if faults or found is None:
        raise ConfigError(faults)
    return Calendar(found.years)


def _days(entry: OffEntry) -> Iterator[date]:
    day = entry.first
    while day <= entry.last:
        yield day
        day += timedelta(days=1)


def _faults(c: Checked[CalendarFile], file: CalendarFile) -> Iterator[Fault]:
    """What is wrong beyond the shape of the file."""
    seen: set[int] = set()
    for i, year in enumerate(file.years):
        at = ("years", i)
        if year.year in seen:
            yield c.fault((*at, "year"), f"{year.year} is already given; put its days into one entry")
        seen.add(year.year)
        for j, entry in enumerate(year.off):
            if {entry.first.year, entry.last.year} != {year.year}:
                yield c.fault((*at, "off", j, "first"), f"this is not in {year.year}; put it under its year")
            if entry.last < entry.first:
                yield c.fault((*at, "off", j, "last"), "this ends before it begins; correct one of the two")
        if c.whole(*at, "off"):
            yield from _complete(c, year, i)
        yield from _swaps(c, year, i)


def _complete(c: Checked[CalendarFile], year: YearEntry, i: int) -> Iterator[Fault]:
    """A year that lacks one of the holidays of the law is worse than none: it looks complete."""
    off = Calendar((year,)).off
    for month, number in _FIXED:
        day = date(year.year, month, number)
        if day.weekday() <= FRIDAY and day not in off:
            yield c.fault(
                ("years", i, "year"), f"{day:%d/%m} is a holiday by law; add it to {year.year}", key=True
            )
    begin, end = (day.replace(year=year.year) for day in _TET)
    if sum(begin <= day <= end for day in off) < _TET_DAYS:
        yield c.fault(
            ("years", i, "year"), f"the days of Tết are missing from {year.year}; add them", key=True
        )


def _swaps(c: Checked[CalendarFile], year: YearEntry, i: int) -> Iterator[Fault]:
    off = Calendar((year,)).off
    for j, entry in enumerate(year.swapped):
        at = ("years", i, "swapped", j)
        if entry.day.weekday() <= FRIDAY:
            yield c.fault((*at, "day"), f"{entry.day} is no Saturday or Sunday; correct the date")
        if entry.day.year != year.year:
            yield c.fault((*at, "day"), f"this is not in {year.year}; put it under its year")
        if entry.instead_of.year == year.year and entry.instead_of not in off:
            yield c.fault((*at, "instead_of"), f"{entry.instead_of} is not among the days off; add it there")

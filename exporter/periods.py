"""The periods a figure may be of: the calendar year so far, or one month."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from exporter.clock import PROVINCE_TIME

PeriodKind = Literal["year", "month"]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A year (cumulative, what a target is held against) or a month, by its first day."""

    kind: PeriodKind
    start: date

    @classmethod
    def year_of(cls, day: date) -> Period:
        """The calendar year that `day` lies in."""
        return cls("year", date(day.year, 1, 1))

    @classmethod
    def month_of(cls, day: date) -> Period:
        """The month that `day` lies in."""
        return cls("month", date(day.year, day.month, 1))

    @classmethod
    def of(cls, kind: PeriodKind, day: date) -> Period:
        """The period of that kind that `day` lies in."""
        return cls.year_of(day) if kind == "year" else cls.month_of(day)

    @property
    def end(self) -> date:
        """Its last day."""
        if self.kind == "year":
            return date(self.start.year, 12, 31)
        return self.start.replace(day=calendar.monthrange(self.start.year, self.start.month)[1])

    def previous(self) -> Period:
        """The period of the same kind before this one."""
        return Period.of(self.kind, self.start - timedelta(days=1))

    def elapsed(self, moment: datetime) -> float:
        """Share of the period (ratio 0-1) that has passed at `moment`."""
        begin = datetime.combine(self.start, time(), PROVINCE_TIME)
        finish = datetime.combine(self.end + timedelta(days=1), time(), PROVINCE_TIME)
        share = (moment - begin) / (finish - begin)
        return min(max(share, 0.0), 1.0)

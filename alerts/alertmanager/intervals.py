"""Calendar and hours -> Alertmanager's time intervals.

Alertmanager thinks in UTC unless told otherwise, and a route inherits its receiver from its parent but
not its time intervals: both have sent mails at night elsewhere. So every interval carries its zone, and
whoever makes a route asks here for its whole set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from alerts.alertmanager.calendar import Calendar
from alerts.mailing import Hours, Mailing

ZONE = "Asia/Ho_Chi_Minh"
WORKING_HOURS = "working-hours"
"""The hours on working days, Saturdays that are worked included."""
WEEKLY_HOURS = "weekly-hours"
"""The hours on the day of the weekly mails."""
HOLIDAYS = "holidays"
"""Whole days, muted."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")

Node = dict[str, object]


def time_intervals(calendar: Calendar, mailing: Mailing) -> list[Node]:
    """`time_intervals:` of the configuration; none where the hours are always."""
    if mailing.hours is None:
        return []
    hours = mailing.hours
    moved = calendar.first_working_days(WEEKDAYS.index(mailing.weekday))
    return [
        {
            "name": WORKING_HOURS,
            "time_intervals": [
                {"weekdays": ["monday:friday"], "times": _times(hours), "location": ZONE},
                *({**days, "times": _times(hours), "location": ZONE} for days in _dates(calendar.swapped)),
            ],
        },
        {
            "name": WEEKLY_HOURS,
            "time_intervals": [
                {"weekdays": [mailing.weekday], "times": _times(hours), "location": ZONE},
                *({**days, "times": _times(hours), "location": ZONE} for days in _dates(moved)),
            ],
        },
        {
            "name": HOLIDAYS,
            "time_intervals": [{**days, "location": ZONE} for days in _dates(calendar.off)],
        },
    ]


def on_working_days(mailing: Mailing) -> Mapping[str, object]:
    """What a route of mails to heads carries."""
    return _set(WORKING_HOURS) if mailing.hours else {}


def weekly(mailing: Mailing) -> Mapping[str, object]:
    """What a route of weekly mails carries."""
    return _set(WEEKLY_HOURS) if mailing.hours else {}


def _set(hours: str) -> Mapping[str, object]:
    return {"active_time_intervals": [hours], "mute_time_intervals": [HOLIDAYS]}


def _times(hours: Hours) -> Sequence[Node]:
    return [{"start_time": f"{hours.first:%H:%M}", "end_time": f"{hours.last:%H:%M}"}]


def _dates(days: Iterable[date]) -> Iterable[Node]:
    """One entry for each month that has some of the days."""
    for (year, month), group in groupby(sorted(days), key=lambda day: (day.year, day.month)):
        yield {
            "years": [str(year)],
            "months": [str(month)],
            "days_of_month": _ranges([day.day for day in group]),
        }


def _ranges(days: Sequence[int]) -> list[str]:
    """Days of a month as Alertmanager writes them: [8, 9, 10, 29] is ['8:10', '29']."""
    found: list[list[int]] = []
    for day in days:
        if found and found[-1][-1] == day - 1:
            found[-1].append(day)
        else:
            found.append([day])
    return [f"{run[0]}:{run[-1]}" if len(run) > 1 else str(run[0]) for run in found]

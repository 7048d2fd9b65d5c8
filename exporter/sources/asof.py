"""The time that a page says its figures are of."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time

from exporter.clock import PROVINCE_TIME

_END_OF_DAY = time(23, 59, 59)
_CLOCK = (
    r"(?P<hour{n}>[01]?[0-9]|2[0-3])\s*(?::|h|giờ)\s*(?P<minute{n}>[0-5][0-9])?"
    r"(?::[0-5][0-9])?(?:\s*phút)?"
)
_DATE = (
    r"(?:(?P<day>[0-9]{1,2})\s*(?P<mark>[/.-])\s*(?P<month>[0-9]{1,2})\s*(?P=mark)\s*"
    r"(?P<year>20[0-9]{2})"
    r"|(?P<iso_year>20[0-9]{2})-(?P<iso_month>[0-9]{2})-(?P<iso_day>[0-9]{2})"
    r"|(?P<said_day>[0-9]{1,2})\s+tháng\s+(?P<said_month>[0-9]{1,2})\s+năm\s+(?P<said_year>20[0-9]{2}))"
)
_MOMENT = re.compile(
    rf"(?<![0-9/.])(?:{_CLOCK.format(n=1)}[\s,;-]*(?:ngày\s+)?)?(?<![0-9]){_DATE}(?![0-9/])"
    rf"(?:(?:T|[\s,;-]*(?:lúc\s+|vào\s+)?){_CLOCK.format(n=2)})?",
    re.IGNORECASE,
)
_LONGEST = 2_000


def last_moment(text: str, fetched_at: datetime) -> datetime | None:
    """The last date in a text like "Từ ngày 01/01/2024 đến 06:00 ngày 16/09/2024", with its time.

    A date alone means the end of that day, though never later than the page was read. None where
    the text holds no date, where its last is impossible (31/02), and where that is of a later day
    than the page was read on: such is the period that was asked for, printed back, and says nothing
    of how old the figures are.
    """
    found = list(_MOMENT.finditer(unicodedata.normalize("NFC", text[:_LONGEST])))
    moment = _moment(found[-1]) if found else None
    if moment is None or moment.date() > fetched_at.astimezone(PROVINCE_TIME).date():
        return None
    return min(moment, fetched_at)


def _moment(match: re.Match[str]) -> datetime | None:
    parts = match.groupdict()
    year, month, day = (
        int(parts[name] or parts[f"iso_{name}"] or parts[f"said_{name}"]) for name in ("year", "month", "day")
    )
    try:
        on = date(year, month, day)
    except ValueError:
        return None
    hour = parts["hour1"] or parts["hour2"]
    minute = parts["minute1"] if parts["hour1"] else parts["minute2"]
    at = time(int(hour), int(minute or 0)) if hour else _END_OF_DAY
    return datetime.combine(on, at, PROVINCE_TIME)

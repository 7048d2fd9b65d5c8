"""When dossiers come in: the rhythm of working days, holidays and weeks, as a pure function of a seed."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from functools import lru_cache

_WEEK = 7
_WEEKDAYS = (1.2, 1.1, 1.0, 0.95, 0.85, 0.06, 0.03)
"""Weights from Monday to Sunday: the counter is closed at weekends, the online form never."""
_HOLIDAY = 0.02
_FIXED_HOLIDAYS = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})
_TET = {2023: (1, 20, 7), 2024: (2, 8, 7), 2025: (1, 25, 9), 2026: (2, 14, 9)}
"""Year: month, day and length of the Lunar New Year holidays, where they are known."""
_WORKING_DAYS = 250
"""About how much weight a year has; volumes are "dossiers a year"."""


def chance(seed: int, *what: object) -> float:
    """A number in [0, 1) that is always the same for the same seed and the same words."""
    text = "|".join(str(part) for part in (seed, *what))
    digest = hashlib.blake2b(text.encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 256**7


def _is_holiday(day: date) -> bool:
    if (day.month, day.day) in _FIXED_HOLIDAYS:
        return True
    tet = _TET.get(day.year)
    if tet is None:
        return False
    return 0 <= (day - date(day.year, tet[0], tet[1])).days < tet[2]


def days_in(year: int) -> int:
    """How many days a year has."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


@lru_cache(maxsize=16)
def _weights(year: int) -> tuple[float, ...]:
    """The weight of all days of the year before the n-th, for n from 0 to the year's length."""
    total = 0.0
    sums = [0.0]
    for offset in range(days_in(year)):
        day = date(year, 1, 1) + timedelta(days=offset)
        total += _HOLIDAY if _is_holiday(day) else _WEEKDAYS[day.weekday()]
        sums.append(total / _WORKING_DAYS)
    return tuple(sums)


@lru_cache(maxsize=2048)
def _weeks(seed: int, unit: str, year: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """How busy each week of a unit is, and the share of its year that lies before each week."""
    sums = _weights(year)
    busy, before = [], [0.0]
    for start in range(0, len(sums), _WEEK):
        factor = 0.75 + 0.5 * chance(seed, unit, year, "week", start)
        busy.append(factor)
        end = min(start + _WEEK, len(sums) - 1)
        before.append(before[-1] + factor * (sums[end] - sums[start]))
    return tuple(busy), tuple(before)


def received(seed: int, unit: str, volume: int, year: int, days: int) -> int:
    """How many dossiers a unit received in the first `days` days of a year.

    `volume` is about what it receives in a year (count). Never falls as `days` grows.
    """
    sums = _weights(year)
    days = min(max(days, 0), len(sums) - 1)
    busy, before = _weeks(seed, unit, year)
    week = days // _WEEK
    share = before[week] + busy[week] * (sums[days] - sums[week * _WEEK])
    growth = 0.94 + 0.12 * chance(seed, unit, year, "volume")
    return int(volume * growth * share)

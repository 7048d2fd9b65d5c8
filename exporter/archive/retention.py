"""How long collections are kept: all of the last days, then one per day, then none. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Protocol, TypeVar

from exporter.sources.base import PartFailure


class Kept(Protocol):
    """What the choice among a day's collections looks at."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def started(self) -> datetime:
        """When it was begun, told time."""
        ...

    @property
    def failures(self) -> Sequence[PartFailure]:
        """The parts it lacks."""
        ...


AnyKept = TypeVar("AnyKept", bound=Kept)


class Keep(Enum):
    """What is kept of one day of one source."""

    WHOLE = "whole"
    ONE = "one"
    NOTHING = "nothing"


def end_of_next_year(day: date) -> date:
    """The last day on which something of `day` is kept: the end of the year after its decision year.

    A decision that goes on after its year sets the same targets for every calendar year it is in
    force, so the year of the figures is the decision's.
    """
    return date(day.year + 1, 12, 31)


def keep(day: date, today: date, *, keep_days: int, keep_daily_until: Callable[[date], date]) -> Keep:
    """What is kept of `day`.

    Whole: today, the `keep_days` days before it, and days to come (the clock may have been set back).
    """
    if day >= today - timedelta(days=keep_days):
        return Keep.WHOLE
    return Keep.ONE if today <= keep_daily_until(day) else Keep.NOTHING


def by_worth(manifests: Iterable[AnyKept]) -> list[AnyKept]:
    """Which collection of a day should stand for it, best first: complete ones, then the latest."""
    return sorted(manifests, key=lambda m: (not m.failures, m.started, m.id), reverse=True)

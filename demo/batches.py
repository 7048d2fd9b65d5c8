"""Batches of dossiers that an operator lets come in, so that a unit's rate passes its target or falls below.

A batch only adds to what was counted: dossiers do not vanish, so figures move as a real portal's do, and
the exporter's checks take them for what they are. What grows by more than half at once is still withheld.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from types import MappingProxyType

from demo.figures import FRACTIONS, Counts, total
from exporter.arithmetic import missing
from exporter.decision import Counting, Indicator
from exporter.periods import Period

AIMS: Mapping[str, str] = MappingProxyType(
    {
        "below": "Thấp hơn chỉ tiêu (khoảng 3 điểm)",
        "far": "Còn xa chỉ tiêu (thấp hơn trên 20 điểm)",
        "met": "Đạt chỉ tiêu",
    }
)
"""What a batch can bring a rate to, by name."""
_POINTS = {"below": Fraction(3, 100), "far": Fraction(22, 100)}
"""How far below its target (ratio) a rate is brought."""


class BadBatchError(ValueError):
    """A batch was asked for that cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What came in on a day for one unit, in addition to what the simulation has."""

    unit: str
    day: date
    more: Counts


class Batches:
    """All that have come in, shared by all connections; they are forgotten with the process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._list: tuple[Batch, ...] = ()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What comes in within the block is seen at once: no page shows a part of it."""
        with self._lock:
            yield

    def add(self, batch: Batch) -> None:
        """One more."""
        with self._lock:
            self._list = (*self._list, batch)

    def on(self, counts: Counts, unit: str, period: Period, through: date) -> Counts:
        """The counts of a unit in a period by the end of a day, with what came in by then."""
        with self._lock:
            seen = self._list
        came = [
            batch.more
            for batch in seen
            if batch.unit == unit and period.start <= batch.day <= min(period.end, through)
        ]
        return total((counts, *came)) if came else counts


def more_for(aim: str, indicator: Indicator, target: Fraction | None, counts: Counts) -> Counts | None:
    """What must come in to bring a unit's rate where it is wanted; None where it is there already.

    Raises BadBatchError with a Vietnamese sentence where nothing can.
    """
    if target is None:
        raise BadBatchError(f"Đơn vị không được giao “{indicator.short_name}”.")
    part, whole = FRACTIONS[indicator.id]
    numerator, denominator = getattr(counts, part), getattr(counts, whole)
    if denominator == 0:
        raise BadBatchError(f"Đơn vị chưa phát sinh gì để tính “{indicator.short_name}”.")
    if aim == "met":
        return _good(indicator, numerator, denominator, target)
    goal = target - _POINTS[aim]
    if goal <= 0 or numerator == 0:
        raise BadBatchError("Tỷ lệ của đơn vị không hạ được đến mức đó.")
    rest = ceil(numerator / goal) - denominator
    return _rest(indicator.id, rest) if rest > 0 else None


def _good(indicator: Indicator, numerator: int, denominator: int, target: Fraction) -> Counts | None:
    """What must be done right for the target."""
    count = missing(indicator.counting, numerator, denominator, target)
    if count is None:
        raise BadBatchError("Chỉ tiêu 100% đã lỡ thì không hồ sơ nào bù lại được.")
    if count == 0:
        return None
    part, whole = FRACTIONS[indicator.id]
    if indicator.counting is not Counting.FLOW:
        return Counts(**{part: count})
    return Counts(online=count) if whole == "received" else Counts(**{part: count, whole: count})


def _rest(indicator: str, count: int) -> Counts:
    """So many that do not count for the indicator, and are as good as can be for the others."""
    part, whole = FRACTIONS[indicator]
    if whole == "received":
        return Counts(paper=count)
    if whole == "completed":
        return Counts(**{"completed": count, "digitised": count, "electronic": count} | {part: 0})
    return Counts(**{whole: count})

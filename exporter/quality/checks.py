"""The checks that withhold a reading, each with its reason: what is doubtful is absent, not wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from exporter.decision import Counting
from exporter.periods import Period
from exporter.settings import Override, QualitySettings
from exporter.snapshot.model import Measurement
from exporter.sources.base import Reading
from exporter.vietnamese import number


class Doubt(StrEnum):
    """Why a reading is withheld: label `reason` of `dvc_reading_withheld`."""

    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    ABOVE_ONE = "above_one"
    DUPLICATE = "duplicate"
    HELD = "held"
    FELL = "fell"
    JUMPED = "jumped"


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason to withhold, with one Vietnamese sentence that holds the numbers."""

    doubt: Doubt
    detail: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The last accepted counts of one figure in one period: what the next ones are held against."""

    numerator: int
    denominator: int
    day: date
    """Of when the counts are: the portal's as-of date, else the day they were read."""
    read_on: date
    """The day they were read: whom they stood for then."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A fallen or jumped reading that may prove itself by standing."""

    doubt: Doubt
    numerator: int
    denominator: int
    day: date
    """Of when the counts are."""
    since: datetime
    """When it was first withheld."""
    days: int
    """On how many days of collections it has stood."""
    last_day: date
    """The last of them."""


WRONG_TOTAL = 0.01
"""Share (ratio 0-1) from which on a portal's total and the sum of its rows are told to disagree.

Below it are what portals correct between two pages and count under no unit; at 1 % a unit is missing,
or a row was read that is none.
"""
_FIRST_DAYS = 7
_NEW_YEAR_DAYS = 31


def not_a_number(reading: Reading) -> Objection | None:
    """Text where a count should be."""
    if reading.fault is None:
        return None
    return Objection(Doubt.NOT_A_NUMBER, f"Cổng ghi “{reading.fault[:80]}” ở chỗ của một con số.")


def negative(reading: Reading) -> Objection | None:
    """A count below zero."""
    for value in (reading.numerator, reading.denominator):
        if value is not None and value < 0:
            return Objection(Doubt.NEGATIVE, f"Cổng ghi số âm: {number(value)}.")
    return None


def above_one(reading: Reading) -> Objection | None:
    """A part greater than its whole."""
    if reading.numerator is None or reading.denominator is None or reading.numerator <= reading.denominator:
        return None
    detail = f"Tử số {number(reading.numerator)} lớn hơn mẫu số {number(reading.denominator)}."
    return Objection(Doubt.ABOVE_ONE, detail)


def row_objection(reading: Reading) -> Objection | None:
    """The first objection to a row taken by itself."""
    for check in (not_a_number, negative, above_one):
        objection = check(reading)
        if objection is not None:
            return objection
    return None


def duplicate(rows: int) -> Objection | None:
    """Several rows of one source for one unit: nobody knows which is meant."""
    if rows < 2:  # noqa: PLR2004 - two is what a duplicate is
        return None
    return Objection(Doubt.DUPLICATE, f"Cổng có {rows} dòng cho cùng một đơn vị.")


def override(overrides: Iterable[Override], unit: str, indicator: str, day: date) -> Override | None:
    """The operator's entry that holds for a figure on `day` (`since` and `until` included)."""
    for entry in overrides:
        begun = entry.since is None or entry.since <= day
        if entry.unit == unit and entry.indicator == indicator and begun and day <= entry.until:
            return entry
    return None


def held(hold: Override | None) -> Objection | None:
    """An operator said not to publish it."""
    if hold is None:
        return None
    return Objection(Doubt.HELD, f"{hold.by} giữ lại đến {hold.until:%d/%m/%Y}: {hold.reason}")


def fell(now: Measurement, before: Baseline | Standing, tolerance: float) -> Objection | None:
    """A count that lost more than portals lose when they revise; `tolerance` is a ratio 0-1."""
    for label, old, new in (
        ("Mẫu số", before.denominator, now.denominator),
        ("Tử số", before.numerator, now.numerator),
    ):
        if new < old * (1 - tolerance):
            detail = f"{label} giảm từ {number(old)} ({before.day:%d/%m/%Y}) xuống {number(new)}."
            return Objection(Doubt.FELL, detail)
    return None


def expected_growth(period: Period, then: date, now: date, counting: Counting) -> float:
    """How many times as much a cumulative count is expected to be on a later day of its period."""
    if counting is Counting.CATALOGUE:
        return 1.0
    last = min(now, period.end)
    return max(((last - period.start).days + 1) / max((min(then, last) - period.start).days + 1, 1), 1.0)


def jumped(
    now: Measurement, day: date, before: Baseline | Standing, counting: Counting, limits: QualitySettings
) -> Objection | None:
    """A count that grew beyond what the days since the last accepted one explain.

    Within a period counts grow with its days, so ten times as many on 20 January as on 2 January
    are no jump; growth up to `jump_at_least` (a count) never is. Nothing is said against a baseline
    of the first days of a period, which may have been holidays.
    """
    if counting is not Counting.CATALOGUE and (before.day - now.period.start).days < _FIRST_DAYS:
        return None
    growth = expected_growth(now.period, before.day, day, counting)
    for label, old, new in (
        ("Mẫu số", before.denominator, now.denominator),
        ("Tử số", before.numerator, now.numerator),
    ):
        if new > old * growth * (1 + limits.jump) + limits.jump_at_least:
            detail = f"{label} tăng vọt từ {number(old)} ({before.day:%d/%m/%Y}) lên {number(new)}."
            return Objection(Doubt.JUMPED, detail)
    return None


def carried_over(
    now: Measurement, day: date, last_year: Baseline | None, counting: Counting, limits: QualitySettings
) -> Objection | None:
    """The counts of last year, which a portal without an as-of date may still show in January."""
    fresh = (day - now.period.start).days < _NEW_YEAR_DAYS
    if last_year is None or counting is Counting.CATALOGUE or not fresh:
        return None
    if now.denominator <= limits.jump_at_least or fell(now, last_year, limits.fall) is not None:
        return None
    detail = f"Mẫu số {number(now.denominator)} vẫn như của năm trước ({number(last_year.denominator)})."
    return Objection(Doubt.JUMPED, detail)

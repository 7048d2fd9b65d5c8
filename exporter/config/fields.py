"""The kinds of values that configuration files are made of, each with advice for its faults."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StrictInt, StringConstraints

MAX_TEXT = 500
"""Characters of a name or a sentence."""

_PERCENT = re.compile(r"([-+−]?)(\d{1,6})(?:[.,](\d{1,6}))?\s?%")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PAPER_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_DURATION = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,8})s)?")
_UNITS = ("days", "hours", "minutes", "seconds")


def parse_percent(value: object) -> Fraction:
    """A percentage as printed ("45%", "45,5 %") as an exact ratio 0-1.

    Raises ValueError with advice, also above 100 % and below 0 %.
    """
    if isinstance(value, Fraction):
        return value
    text = _spelt(value)
    found = _PERCENT.fullmatch(text)
    if found is None and _PERCENT.fullmatch(f"{text}%"):
        raise ValueError(f"a percentage needs its sign; write {text}%")
    if found is None:
        shown = f"'{text}' is not a percentage" if text else "this is not a percentage"
        raise ValueError(f"{shown}; write it like 45% or 45,5%")
    sign, whole, decimals = found[1], found[2], found[3] or ""
    ratio = Fraction(int(whole + decimals), 100 * 10 ** len(decimals))
    if sign in {"-", "−"} and ratio:
        raise ValueError(f"{text} is less than 0 %; write a percentage between 0% and 100%")
    if ratio > 1:
        raise ValueError(f"{text} is more than 100 %; write a percentage between 0% and 100%")
    return ratio


def _spelt(value: object) -> str:
    """A value as it may have stood in the file; empty for lists, mappings and nothing."""
    if isinstance(value, str):
        return unicodedata.normalize("NFKC", value).strip()
    return str(value).replace(".", ",") if isinstance(value, int | float) else ""


def parse_share(value: object) -> float:
    """A share of something as "5%" or 0.05 (ratio 0-1). Raises ValueError with advice."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 <= value <= 1:
            return float(value)
        raise ValueError(f"{value} is no share; write it like 5% or 0.05")
    return float(parse_percent(value))


def parse_day(value: object) -> date:
    """A day as 2024-10-31. Raises ValueError with advice, also for days that no calendar has."""
    if isinstance(value, date):
        return value
    text = str(value).strip()
    if paper := _PAPER_DAY.fullmatch(text):
        day, month, year = paper.groups()
        raise ValueError(f"write the date '{text}' as {year}-{month:0>2}-{day:0>2} (year-month-day)")
    if not isinstance(value, str) or not _DAY.fullmatch(text):
        raise ValueError(f"'{text}' is not a date; write it like 2024-10-31 (year-month-day)")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day {text} in the calendar; correct it") from None


def parse_duration(value: object) -> timedelta:
    """A duration as "90s", "1m", "6h", "3d" or "1h30m". Raises ValueError with advice."""
    if isinstance(value, timedelta):
        return value
    text = value.strip() if isinstance(value, str) else ""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        shown = value if isinstance(value, str | int | float) else "this"
        raise ValueError(f"'{shown}' is not a duration; write a number with s, m, h or d, like 90s, 6h or 3d")
    return timedelta(**{unit: int(count or 0) for unit, count in zip(_UNITS, found.groups(), strict=True)})


def _above_zero(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ValueError("this duration must be more than 0; write it like 90s, 6h or 3d")
    return value


def _level(text: str) -> str:
    """Text in composed form, without white space around it or twice within."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _one_line(text: str) -> str:
    if not text:
        raise ValueError("this text is empty; write it, or delete the key")
    if len(text) > MAX_TEXT:
        raise ValueError(f"this text is longer than {MAX_TEXT} characters; shorten it")
    unseen = next((char for char in text if not char.isprintable()), None)
    if unseen:
        raise ValueError(f"this text holds a sign that cannot be seen (U+{ord(unseen):04X}); delete it")
    return text


def _unit_id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text) or len(text) > MAX_TEXT:
        raise ValueError(
            f"id '{text}' may hold only a-z, 0-9 and single '-' between them; write it like so-y-te"
        )
    return text


def _indicator_id(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text) or len(text) > MAX_TEXT:
        raise ValueError(f"id '{text}' may hold only a-z, 0-9 and '_'; write it like online_payment")
    return text


Percent = Annotated[Fraction, PlainValidator(parse_percent)]
Share = Annotated[float, PlainValidator(parse_share)]
Day = Annotated[date, PlainValidator(parse_day)]
Pause = Annotated[timedelta, PlainValidator(parse_duration)]
"""A duration that may be 0."""
Duration = Annotated[timedelta, PlainValidator(parse_duration), AfterValidator(_above_zero)]
"""A duration above 0."""
Text = Annotated[str, AfterValidator(_level), AfterValidator(_one_line)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
UnitId = Annotated[str, AfterValidator(_unit_id)]
IndicatorId = Annotated[str, AfterValidator(_indicator_id)]
Count = Annotated[StrictInt, Field(ge=1, le=1_000_000_000)]
"""A whole number of at least 1."""
CountOrNone = Annotated[StrictInt, Field(ge=0, le=1_000_000_000)]
"""A whole number, 0 included."""


def _with_entries(value: object) -> object:
    """A list that is not empty, unless entries were left out because of their own faults."""
    if isinstance(value, list | tuple) and not value and not getattr(value, "cut", False):
        raise ValueError("this list is empty; write its entries, each behind '- ' or as [a, b]")
    return value


Filled = BeforeValidator(_with_entries)


def _named(value: object) -> object:
    """An alias given as text only, in its long form."""
    return {"name": value} if isinstance(value, str) else value


def _until_replaced(value: object) -> object:
    return None if value == "until_replaced" else parse_day(value)


ShortForm = BeforeValidator(_named)
InForce = Annotated[date | None, PlainValidator(_until_replaced)]
"""A day, or `until_replaced` (None)."""

"""How numbers, rates and times are written for officials: decimal comma, dd/MM/yyyy."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from math import ceil, floor

from exporter.clock import PROVINCE_TIME
from exporter.periods import Period

MINUS = "\N{MINUS SIGN}"

_DAY = 86_400
_HOUR = 3_600
_MINUTE = 60


def number(value: int) -> str:
    """A count with dots between thousands: `1.234`, negative `−1.234`."""
    return (MINUS if value < 0 else "") + f"{abs(value):,}".replace(",", ".")


def decimal(value: Fraction | float, digits: int = 1) -> str:
    """A number with a decimal comma, halves rounded up: `1.234,5`, negative `−0,3`."""
    return _fixed(_nearest(_exact(value), digits), digits)


def percent(ratio: Fraction | float, *, target: Fraction | None = None, digits: int = 1) -> str:
    """A rate (ratio 0-1) as `58,1%`, halves rounded up.

    With a `target` (ratio 0-1) the rounding never moves a rate across it: 49,97 % under a target of
    50 % is written `49,9%`, since `50,0%` beside a red sign is what people no longer believe.
    """
    exact = _exact(ratio) * 100
    scaled = _nearest(exact, digits)
    if target is not None:
        bar = target * 100 * 10**digits
        if exact < target * 100 and scaled >= bar:
            scaled = floor(exact * 10**digits)
        elif exact >= target * 100 and scaled < bar:
            scaled = ceil(exact * 10**digits)
    return _fixed(scaled, digits) + "%"


def target_percent(ratio: Fraction) -> str:
    """A target (ratio 0-1) as the decision prints it, with no more digits than it has: `45%`, `62,5%`."""
    exact = ratio * 100
    digits = next((d for d in range(3) if exact * 10**d % 1 == 0), 2)
    return _fixed(_nearest(exact, digits), digits) + "%"


def points(gap: Fraction | float, digits: int = 1) -> str:
    """The distance from a target (percentage points, see `arithmetic.gap_points`): `+3,2`, `−7,3`, `0,0`.

    What is missing, however little, is never written as nothing. For targets of whole percents this
    is exactly the difference of what `percent` and `target_percent` write.
    """
    exact = _exact(gap)
    scaled = _nearest(exact, digits)
    if scaled == 0 and exact < 0:
        scaled = -1
    return ("+" if scaled > 0 else "") + _fixed(scaled, digits)


def day(value: date) -> str:
    """A date as `24/05/2024`."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"


def day_in_words(value: date) -> str:
    """A date as the head of a document has it: `ngày 24 tháng 5 năm 2024`.

    Days below 10 and the months of January and February carry a 0 (Decree 30/2020/NĐ-CP, Appendix I).
    """
    month = f"{value.month:02}" if value.month in (1, 2) else str(value.month)
    return f"ngày {value.day:02} tháng {month} năm {value.year}"


def moment(value: datetime) -> str:
    """A time in the province as `07:05 16/09/2024`."""
    local = value.astimezone(PROVINCE_TIME)
    return f"{local.hour:02}:{local.minute:02} {day(local.date())}"


def age(span: timedelta | float) -> str:
    """A span (seconds) in its two largest units: `2 ngày 4 giờ`, `3 giờ 5 phút`, `12 phút`, `40 giây`.

    What lies in the future through a clock that was set back counts as now: `0 giây`.
    """
    seconds = max(int(span.total_seconds() if isinstance(span, timedelta) else span), 0)
    for size, name, below, part in (
        (_DAY, "ngày", _HOUR, "giờ"),
        (_HOUR, "giờ", _MINUTE, "phút"),
        (_MINUTE, "phút", None, ""),
    ):
        if seconds >= size:
            whole, rest = divmod(seconds, size)
            smaller = rest // below if below else 0
            return f"{number(whole)} {name}" + (f" {smaller} {part}" if smaller else "")
    return f"{seconds} giây"


def period(value: Period) -> str:
    """A period as `năm 2024` or `tháng 9/2024`."""
    if value.kind == "year":
        return f"năm {value.start.year}"
    return f"tháng {value.start.month}/{value.start.year}"


def _exact(value: Fraction | float) -> Fraction:
    """A float is taken for the shortest decimal that stands for it: 0.45 is 45/100, not a bit less."""
    return value if isinstance(value, Fraction) else Fraction(repr(value))


def _nearest(value: Fraction, digits: int) -> int:
    """`value` in units of the last digit, halves up, also below 0: so differences stay consistent."""
    return floor(value * Fraction(10) ** digits + Fraction(1, 2))


def _fixed(scaled: int, digits: int) -> str:
    """Units of the last digit as text."""
    whole, rest = divmod(abs(scaled), 10**digits)
    sign = MINUS if scaled < 0 else ""
    return sign + number(whole) + (f",{rest:0{digits}}" if digits else "")

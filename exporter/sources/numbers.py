"""Numbers as portals print them: a number, nothing, or something that is no number - never a guess."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

MAX_COUNT = 10**12
"""Above this (either way) nothing that a province counts can be; it is a fault, not a count."""
_MAX_LENGTH = 64
_QUOTED = 60


@dataclass(frozen=True, slots=True)
class NotANumber:
    """What stood where a number should be, quoted, and why it is none."""

    text: str
    why: str


# Non-breaking, figure, thin and narrow spaces separate thousands; an ordinary space between digits
# is as likely two numbers in one cell, so it does not.
_THOUSANDS_SPACES = "\u00a0\u2007\u2009\u202f"
_FULL_WIDTH = {
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    0xFF0C: ",",
    0xFF0E: ".",
    0xFF05: "%",
    0xFF0D: "-",
}
_BLANK = frozenset({"", "x", "n/a"})
_BLANK_CHARACTERS = frozenset("-\N{MINUS SIGN}\u2010\u2011\u2012\u2013\u2014\u2015.\u2026")
_MOST_BLANK_CHARACTERS = 8
_NUMBER = re.compile(
    r"([-\u2212\u2013]?)([1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?(%?)",
)
_SPACED = re.compile(r"[-\u2212\u2013]?[1-9][0-9]{0,2}(?: [0-9]{3})+(?:,[0-9]+)?%?")


def _levelled(text: str) -> str:
    """ASCII digits and marks, without what Excel puts in front of numbers that are text."""
    plain = text.translate(_FULL_WIDTH)
    for space in _THOUSANDS_SPACES:
        plain = plain.replace(space, " ")
    plain = plain.strip()
    if plain[:1] in {"'", "’"}:
        plain = plain[1:].lstrip()
    if plain.endswith("%"):
        plain = plain[:-1].rstrip() + "%"
    # An ordinary space was there already before the special ones were made one.
    if " " in plain and " " not in text.strip() and _SPACED.fullmatch(plain):
        plain = plain.replace(" ", ".")
    return plain


def _is_blank(plain: str) -> bool:
    if plain.casefold() in _BLANK:
        return True
    # "-" and "…" mean nothing to report; "--5" is neither, and "- -" is left to people.
    return len(plain) <= _MOST_BLANK_CHARACTERS and len(set(plain)) == 1 and plain[0] in _BLANK_CHARACTERS


def parse_number(text: str) -> Decimal | NotANumber | None:
    """A cell as a number; None where it says nothing (empty, `-`, `…`, `x`).

    Dots separate thousands and commas decimals, as Vietnamese law and custom have it: `1.234,5` is
    1234.5, and `58,12%` is the ratio 0.5812. `1.23` is no number, since nobody can know which.
    """
    if text.isascii() and text.isdecimal() and len(text) < len(str(MAX_COUNT)):
        return Decimal(text)
    if len(text) > _MAX_LENGTH:
        text = text.strip()
        if len(text) > _MAX_LENGTH:
            return NotANumber(text[:_QUOTED] + "…", "it is longer than any number")
    plain = _levelled(text)
    if _is_blank(plain):
        return None
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return NotANumber(text.strip()[:_QUOTED], _why_not(plain))
    sign, whole, fraction, percent = found.groups()
    value = Decimal(whole.replace(".", "") + ("." + fraction if fraction else ""))
    if value > MAX_COUNT:
        return NotANumber(text.strip()[:_QUOTED], "it is larger than anything a province can count")
    if sign:
        value = value.copy_negate()
    return value / 100 if percent else value


def _why_not(plain: str) -> str:
    if set(plain) <= set("0123456789.,-"):
        return "dots must stand before groups of three digits, and one comma before decimals"
    return "it is not written as a number"


@lru_cache(maxsize=16384)
def parse_count(text: str) -> int | NotANumber | None:
    """A cell as a count: a whole number; None where it says nothing (missing is never 0).

    Negative counts are returned as such. `1.234,5` and `58,12%` are no counts; neither is `12,000`,
    which may be twelve or twelve thousand.
    """
    value = parse_number(text)
    if value is None or isinstance(value, NotANumber):
        return value
    quoted = text.strip()[:_QUOTED]
    if "%" in text or "\uff05" in text:
        return NotANumber(quoted, "a percentage stands where a count should be")
    whole = int(value)
    if whole != value:
        return NotANumber(quoted, "a count must be a whole number")
    plain = _levelled(text)
    if "," in plain and "." not in plain and len(plain.rpartition(",")[2]) % 3 == 0:
        return NotANumber(quoted, "the comma may separate decimals or thousands")
    return whole


def json_count(value: object) -> int | NotANumber | None:
    """A value of a JSON answer as a count; null is None, and text, true, NaN or 1.5 are no counts."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NotANumber(_quote(value), "a number should stand here")
    if isinstance(value, float) and (not math.isfinite(value) or not value.is_integer()):
        return NotANumber(_quote(value), "a count must be a whole number")
    if abs(value) > MAX_COUNT:
        return NotANumber(_quote(value), "it is larger than anything a province can count")
    return int(value)


def _quote(value: object) -> str:
    """A JSON value as it would be printed, short; a hostile one is not printed whole."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, int) and value.bit_length() > _MAX_LENGTH:
        # Printing takes time with the square of the length, and beyond 4300 digits Python refuses.
        return "a huge number"
    return str(value)[:_QUOTED]

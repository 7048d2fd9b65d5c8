"""Scalars as the exporter-toolkit reads them: Go's yaml.v2 (mostly YAML 1.1) and `time.ParseDuration`.

What a scalar without quotes stands for is decided by what is asked of it, as there: `0` may be the text of a
header or a number, `yes` text or a truth. With quotes it is text and nothing else.
"""

from __future__ import annotations

import re

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_OCTAL = re.compile(r"([-+]?)0([0-7]+)")
_PARTS = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_NANOSECONDS = {"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 6e10, "h": 3.6e12}
_LARGEST = 2**63 - 1
"""Of a number, and of a duration in nanoseconds."""


class Plain(str):
    """Text that stands without quotes."""

    __slots__ = ()


def scalar(text: str) -> object:
    """What a scalar without quotes is at first: nothing, or text that may be more."""
    return None if text in _NOTHING else Plain(text)


def truth(value: object) -> bool:
    """A truth. Raises ValueError with advice."""
    if isinstance(value, Plain) and value in _TRUE | _FALSE:
        return value in _TRUE
    raise ValueError("this must be true or false, without quotes; correct it")


def whole(value: object) -> int:
    """A whole number; what stands behind its point is cut off. Raises ValueError with advice."""
    found = _number(value) if isinstance(value, Plain) else None
    if found is None:
        raise ValueError("this must be a whole number, without quotes; correct it")
    return found


def span(value: object) -> float:
    """A duration ("1s", "1m30s", "250ms"; a number without a unit means nanoseconds) in seconds.

    Raises ValueError with advice.
    """
    found = _number(value) if isinstance(value, Plain) else None
    if found is None and isinstance(value, str):
        found = _nanoseconds(value)
    if found is None:
        raise ValueError(f"'{value}' is not a duration; write a number with ms, s, m or h, like 1s or 250ms")
    return found / 1e9


def _number(text: str) -> int | None:
    digits = text.replace("_", "")
    try:
        octal = _OCTAL.fullmatch(digits)
        found = int(octal[1] + octal[2], 8) if octal else int(digits, 0)
    except ValueError:
        if not _FLOAT.fullmatch(digits):
            return None
        number = float(digits)
        found = int(number) if abs(number) <= _LARGEST else _LARGEST + 1
    return found if abs(found) <= _LARGEST else None


def _nanoseconds(text: str) -> int | None:
    sign = -1 if text[:1] == "-" else 1
    rest = text[1:] if text[:1] in {"-", "+"} else text
    if rest == "0":
        return 0
    parts = _PARTS.findall(rest)
    if not parts or "".join(number + unit for number, unit in parts) != rest:
        return None
    found = int(sum(float(number) * _NANOSECONDS[unit] for number, unit in parts))
    return sign * found if found <= _LARGEST else None

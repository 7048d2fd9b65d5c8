"""Pydantic's complaints as sentences that say what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exporter.config.yamltree import Where

MANY = 12
"""Lists of what is known are printed up to this length."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error of pydantic, with its place in the file."""

    where: Where
    key: bool
    """Whether the key is at fault and not its value."""
    kind: str
    name: str
    input: object
    context: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    known: tuple[str, ...] = ()


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, else what is known, to be put behind "unknown ... 'word'"."""
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(word, names, 1, 0.6)
    if near:
        return f"; did you mean '{near[0]}'?"
    if not names:
        return "; none is known here"
    listed = ", ".join(names[:MANY]) + (", …" if len(names) > MANY else "")
    return f"; known here: {listed}"


def sentence(complaint: Complaint, text: str) -> str:
    """One sentence for a complaint; `text` is what stands at its place in the file."""
    kind, name = complaint.kind, complaint.name
    if kind == "value_error":
        return str(complaint.context["error"])
    if kind == "missing":
        return f"key '{name}' is missing here; add it"
    if kind == "extra_forbidden":
        return f"unknown key '{name}'{suggest(name, complaint.known)}"
    if kind in {"enum", "literal_error"}:
        known = re.findall(r"'([^']*)'", str(complaint.context.get("expected", "")))
        what = (
            "unknown value" if complaint.where and isinstance(complaint.where[-1], int) else f"unknown {name}"
        )
        return f"{what} '{text}'{suggest(text, known)}"
    return _of_value(complaint, text)


def _of_value(complaint: Complaint, text: str) -> str:
    kind, name, value = complaint.kind, complaint.name, complaint.input
    if value is None:
        return f"'{name}' has no value; write one, or delete the key"
    if kind == "string_type" and not isinstance(value, dict | list):
        return f"'{name}' must be text; put it in quotes: \"{text}\""
    if wanted := _wanted(kind, complaint.context):
        return f"'{name}' must be {wanted}, not {_what(value, text)}; correct it"
    return f"'{name}' is not right ({complaint.text[:1].lower()}{complaint.text[1:]}); correct it"


_WANTED: Mapping[str, str] = {
    "string_type": "text",
    "path_type": "a path",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "list_type": "a list, like [a, b]",
    "tuple_type": "a list, like [a, b]",
    "set_type": "a list, like [a, b]",
    "frozen_set_type": "a list, like [a, b]",
}


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    if kind in _WANTED:
        return _WANTED[kind]
    if kind in {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}:
        bounds = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
        return next(f"{bounds[sign]} {bound:,}" for sign, bound in context.items() if sign in bounds)
    if kind == "too_short":
        return (
            "a mapping with entries" if context.get("field_type") == "Dictionary" else "a list with entries"
        )
    return "text that is not empty" if kind == "string_too_short" else ""


def _what(value: object, text: str) -> str:
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return f"'{text}'"

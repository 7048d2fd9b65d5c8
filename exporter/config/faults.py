"""What is wrong in a configuration file, where, and what to do: in the style of a compiler."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SHOWN_WIDTH = 160
"""Longer lines are shown as a window of this many characters around the fault."""
SHOWN_FAULTS = 200
"""How many faults are printed; the rest is counted."""


def width(text: str) -> int:
    """How many columns of a terminal `text` takes: combining marks none, wide characters two."""
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file. `line` and `column` count from 1, in characters; line 0: the whole file.

    `message` is one sentence that says what is wrong and what to do.
    """

    path: str
    line: int
    column: int
    length: int
    source_line: str
    message: str

    def __str__(self) -> str:
        """`path:line:column: message`, then the line itself, then carets under the fault."""
        if self.line == 0:
            return f"{self.path}: {self.message}"
        shown, start, length = self._window()
        lead = "".join("\t" if char == "\t" else " " * _char_width(char) for char in shown[:start])
        carets = "^" * max(1, width(shown[start : start + length].replace("\t", " ")))
        return f"{self.path}:{self.line}:{self.column}: {self.message}\n{shown}\n{lead}{carets}"

    def _window(self) -> tuple[str, int, int]:
        """The part of the line to show, and where in it the fault begins and how long it is."""
        start = self.column - 1
        if len(self.source_line) <= SHOWN_WIDTH:
            return self.source_line, start, self.length
        first = max(0, start - SHOWN_WIDTH // 2)
        last = first + SHOWN_WIDTH
        head = "…" if first else ""
        tail = "…" if last < len(self.source_line) else ""
        length = min(self.length, last - start)
        return head + self.source_line[first:last] + tail, start - first + len(head), length


class ConfigError(Exception):
    """A configuration cannot be used. `faults` are all that were found, file by file, by line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = in_order(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        """Every fault with its line and carets, a blank line between them."""
        shown = [str(fault) for fault in self.faults[:SHOWN_FAULTS]]
        rest = len(self.faults) - SHOWN_FAULTS
        if rest > 0:
            shown.append(f"and {rest} more faults; correct the ones above first")
        return "\n\n".join(shown)


def in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults without repetitions: files in the order they came, each by line and column."""
    unique = tuple(dict.fromkeys(faults))
    files = {path: place for place, path in enumerate(dict.fromkeys(fault.path for fault in unique))}
    return tuple(sorted(unique, key=lambda f: (files[f.path], f.line, f.column)))

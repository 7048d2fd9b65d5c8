"""What the landing page is made of, as words: the template puts them in place and works nothing out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Tone = Literal["good", "warn", "bad", "none"]
"""How a thing is: drawn as a sign and a colour beside the word."""

Counts = Sequence[tuple[str, str, Tone]]
"""Counts beside each other: what of, how many, and how that is."""

T = TypeVar("T")

_ROWS = 50


@dataclass(frozen=True, slots=True)
class Capped(Generic[T]):
    """The first of many, how many there are, and how many are left out."""

    rows: Sequence[T]
    total: int

    @classmethod
    def of(cls, rows: Iterable[T], most: int = _ROWS) -> Capped[T]:
        """At most `most` of the rows."""
        found = list(rows)
        return cls(found[:most], len(found))

    @property
    def more(self) -> int:
        """How many are not among the rows."""
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state in a word and a sentence."""

    tone: Tone
    word: str
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One key count."""

    label: str
    value: str
    of: str = ""
    note: str = ""
    tone: Tone = "none"
    anchor: str = ""
    words: bool = False
    """Whether the value is text and not a number."""


@dataclass(frozen=True, slots=True)
class Age:
    """A moment and how long ago that was; `moment` empty where it is not known."""

    moment: str
    ago: str


@dataclass(frozen=True, slots=True)
class SourceCard:
    """One source."""

    id: str
    name: str
    family: str
    simulated: bool
    verdict: Verdict
    read: Age
    as_of: Age
    changed: Age
    facts: Sequence[tuple[str, str]]
    outcomes: Counts
    next_steps: Sequence[str]


@dataclass(frozen=True, slots=True)
class WithheldRow:
    """A reading that does not reach a rate."""

    unit: str
    indicator: str
    period: str
    reason: str
    detail: str
    source: str
    since: str
    row: str


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name of a portal that is nobody's, or several units'."""

    source: str
    name: str
    code: str
    scope: str
    candidates: Sequence[str]


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One figure as two sources give it."""

    unit: str
    indicator: str
    period: str
    theirs: str
    source: str
    published: str
    published_source: str
    gap: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """An operator's word on a figure."""

    action: str
    unit: str
    indicator: str
    until: str
    reason: str
    by: str
    over: bool


@dataclass(frozen=True, slots=True)
class RunRow:
    """One collection."""

    id: str
    source: str
    started: str
    ago: str
    duration: str
    counts: Counts
    ok: bool
    reasons: Sequence[str]
    failures: Sequence[str]
    next_steps: Sequence[str]
    log: Capped[str]


@dataclass(frozen=True, slots=True)
class Overview:
    """The page."""

    province: str
    decision: str
    period: str
    clock: str
    """The told time where it is not the real one, else empty."""
    simulated: bool
    verdict: Verdict
    tiles: Sequence[Tile]
    sources: Sequence[SourceCard]
    withheld: Capped[WithheldRow]
    unmatched: Capped[NameRow]
    ambiguous: Capped[NameRow]
    comparisons: Capped[ComparisonRow]
    agreeing: int
    """Compared figures that say the same."""
    differs: Sequence[tuple[str, str, str]]
    overrides: Sequence[OverrideRow]
    runs: Sequence[RunRow]
    failed_runs: Sequence[RunRow]
    notes: Sequence[str]
    config_error: str

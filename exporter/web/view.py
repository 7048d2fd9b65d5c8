"""What the landing page is made of, as words: the template puts them in place and works nothing out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Tone = Literal["good", "warn", "bad", "none"]
"""How a thing is: drawn as a sign and a colour beside the word."""

Counts = Sequence[tuple[str, str, Tone]]
"""Counts beside each other: what of, how many, and how that is."""

T = TypeVar("T")
U = TypeVar("U")

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

    def each(self, make: Callable[[T], U]) -> Capped[U]:
        """The rows made into something else; how many there are stays."""
        return Capped([make(row) for row in self.rows], self.total)

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
class Issue:
    """One thing that is not as it should be, and the section of the page that tells of it."""

    text: str
    anchor: str
    tone: Tone = "warn"


@dataclass(frozen=True, slots=True)
class Banner:
    """What the page says first: how all is, and what is not."""

    tone: Tone
    word: str
    sentence: str = ""
    issues: Sequence[Issue] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """One key count; it leads to the section `anchor`."""

    label: str
    value: str
    anchor: str
    of: str = ""
    note: str = ""
    tone: Tone = "none"
    words: bool = False
    """Whether the value is text and not a number."""


@dataclass(frozen=True, slots=True)
class Age:
    """A moment and how long ago that was; `moment` empty where it is not known."""

    moment: str
    ago: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a source's card."""

    label: str
    text: str
    tone: Tone = "none"
    wide: bool = False
    """Whether it needs the whole width of the card."""


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
    facts: Sequence[Fact]
    outcomes: Counts
    next_steps: Sequence[str]

    @property
    def tone(self) -> Tone:
        """How the source is, with what its facts give to think about."""
        worse = self.verdict.tone == "good" and any(fact.tone == "warn" for fact in self.facts)
        return "warn" if worse else self.verdict.tone


@dataclass(frozen=True, slots=True)
class MissingRow:
    """Targets of one indicator without a figure: the units, and whose word it would be."""

    indicator: str
    source: str
    units: Capped[str]


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
    """A name of a portal that is nobody's, or several units'; `times` it stands there."""

    source: str
    name: str
    ambiguous: bool
    candidates: Sequence[str]
    codes: Sequence[str] = ()
    scopes: Sequence[str] = ()
    times: int = 1


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One figure as two sources give it."""

    unit: str
    period: str
    theirs: str
    source: str
    published: str
    published_source: str
    gap: str


@dataclass(frozen=True, slots=True)
class ComparisonGroup:
    """What the sources say differently of one indicator, the widest gap first."""

    indicator: str
    rows: Capped[ComparisonRow]
    explained: Capped[ComparisonRow]
    """Of sources that count this indicator in another way, as the configuration says."""

    @property
    def total(self) -> int:
        """How many figures differ, explained or not."""
        return self.rows.total + self.explained.total


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
    """One collection, or several alike: then the times are those of the newest."""

    id: str
    source: str
    started: str
    ago: str
    duration: str
    times: int
    since: str
    """When the oldest of several began."""
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
    banner: Banner
    tiles: Sequence[Tile]
    sources: Sequence[SourceCard]
    missing: Sequence[MissingRow]
    withheld: Capped[WithheldRow]
    names: Capped[NameRow]
    """Of sources that are responsible for something."""
    compared_names: Capped[NameRow]
    """Of sources that are only compared."""
    unmatched: int
    """How many names the former are, each as often as it stands there."""
    compared_unmatched: int
    comparisons: Sequence[ComparisonGroup]
    agreeing: int
    """Compared figures that say the same."""
    differs: Sequence[tuple[str, str, str]]
    overrides: Sequence[OverrideRow]
    runs: Sequence[RunRow]
    failed_runs: Sequence[RunRow]
    archive: Verdict | None
    """How keeping pages goes; None where it never failed."""
    notes: Sequence[str]
    config_error: str

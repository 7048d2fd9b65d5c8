"""All that is known at one moment, immutable and complete: what is rendered, drawn and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from exporter.decision import Decision
from exporter.periods import Period, PeriodKind
from exporter.settings import Settings


class Figure(NamedTuple):
    """Which figure: the key under which a measurement is published."""

    unit: str
    indicator: str
    period: PeriodKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """The row behind a count."""

    source: str
    page: str
    """sha256 of the page."""
    url: str
    fetched_at: datetime
    row: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """A reading tied to a unit of the decision, or a sum of such. Counts are never missing here."""

    unit: str
    indicator: str
    period: Period
    numerator: int
    denominator: int
    source: str
    fetched_at: datetime
    as_of: datetime | None
    evidence: tuple[Evidence, ...] = ()
    """The rows it was read from (several after a merger); empty for a sum."""
    parts: tuple[str, ...] = ()
    """For a sum: ids of the units that are in it."""
    parts_expected: int | None = None
    """For a sum: how many units in force should be in it."""

    @property
    def figure(self) -> Figure:
        """Its key."""
        return Figure(self.unit, self.indicator, self.period.kind)

    @property
    def is_sum(self) -> bool:
        """Whether we added it up ourselves."""
        return self.parts_expected is not None

    @property
    def ratio(self) -> float | None:
        """Numerator over denominator (ratio 0-1); None when there is nothing to count."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Withheld:
    """A reading that does not reach a rate, and why."""

    source: str
    unit: str
    indicator: str
    period: Period
    reason: str
    detail: str
    """One Vietnamese sentence with the numbers."""
    since: datetime
    row: str = ""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name of the portal that fits no unit, or several."""

    source: str
    name: str
    code: str | None
    scope: str | None
    candidates: tuple[str, ...]
    """Ambiguous: ids of the units it fits. Unmatched: names of the three nearest."""
    ambiguous: bool = False
    readings: int = 1
    """How many readings (rows times indicators) bear the name, of one part of a collection."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a source that is not responsible says of a published figure."""

    source: str
    unit: str
    indicator: str
    period: Period
    theirs: float | None
    """Ratio 0-1."""
    published: float | None
    published_source: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One collection, as the landing page lists it."""

    id: str
    source: str
    started: datetime
    duration_seconds: float
    accepted: int
    withheld: int
    unmatched: int
    ambiguous: int
    failures: tuple[str, ...]
    """One sentence each: part, reason, detail."""
    log: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    """Reason of each failure, from the closed list."""

    @property
    def ok(self) -> bool:
        """Whether every part came."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class SourceView:
    """The state of one source."""

    id: str
    name: str
    family: str
    simulated: bool
    up: bool | None
    """None before the first attempt."""
    last_attempt: datetime | None
    last_success: datetime | None
    as_of: datetime | None
    last_change: datetime | None
    interval_seconds: float
    validity_seconds: float
    fetch_duration_seconds: float | None
    failures: Mapping[str, int]
    """By reason, since start."""
    readings: Mapping[str, int] | None
    """By outcome (accepted, withheld, unmatched, ambiguous) of the last collection."""
    mismatches: Mapping[str, float]
    """By indicator: portal's own total against the sum of its rows (ratio, 0: they agree)."""
    periods: Mapping[PeriodKind, Period]
    expired: bool
    """Whether its measurements were withdrawn because it was not read for longer than validity."""
    differs: Mapping[str, str]
    quiet_until: datetime | None = None
    """Until when it is left alone because it rejected us."""


@dataclass(frozen=True, slots=True)
class ReloadState:
    """How the last reading of the configuration went."""

    successful: bool
    at: datetime
    """Of the last successful one."""
    error: str = ""


@dataclass(frozen=True)
class Snapshot:
    """Everything at one moment."""

    at: datetime
    decision: Decision
    settings: Settings
    period: Period
    clock_offset_seconds: float
    figures: Mapping[Figure, Measurement]
    withheld: tuple[Withheld, ...]
    unmatched: tuple[Unmatched, ...]
    comparisons: tuple[Comparison, ...]
    sources: tuple[SourceView, ...]
    runs: tuple[Run, ...]
    """Newest first, at most 20."""
    failed_runs: tuple[Run, ...]
    """Newest first, at most 20: a flood of successes does not evict them."""
    archive_failures: int
    reload: ReloadState
    archive_ok: bool = True
    """Whether the last collection could be kept."""
    expires: datetime | None = None
    """When it would differ by itself: a validity ends, or midnight."""
    notes: tuple[str, ...] = field(default=())

    @property
    def simulated(self) -> bool:
        """Whether any source of it is a simulation."""
        return any(s.simulated for s in self.sources)

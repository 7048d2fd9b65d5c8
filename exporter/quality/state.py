"""What is remembered of a source between two collections: all of it follows from the archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from exporter.periods import Period
from exporter.quality.checks import Baseline, Standing
from exporter.snapshot.model import Measurement, Run, Unmatched, Withheld

Key = tuple[str, str, Period]
"""Unit, indicator and period: what baselines are kept by."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """What the last good answer to one part of a source's questions came to."""

    shas: tuple[str, ...]
    """Of its pages: the same bytes on the same day come to the same result."""
    day: date
    asked: Period
    """What was asked for; the figures bear their own periods."""
    fetched_at: datetime
    as_of: datetime | None
    accepted: tuple[Measurement, ...]
    withheld: tuple[Withheld, ...]
    doubtful: frozenset[tuple[str, str]]
    """(Unit, indicator) pairs of rows that brought no measurement, by the units of the rows."""
    unmatched: tuple[Unmatched, ...]
    mismatches: Mapping[str, float]
    """By indicator: the portal's own total against the sum of its rows (ratio)."""

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Counts by outcome, as `dvc_source_readings` has them."""
        return {
            "accepted": len(self.accepted),
            "withheld": len(self.withheld),
            "unmatched": sum(u.readings for u in self.unmatched if not u.ambiguous),
            "ambiguous": sum(u.readings for u in self.unmatched if u.ambiguous),
        }


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source after its last collection. `SourceState()` is a source never read."""

    parts: Mapping[str, PartResult] = field(default_factory=dict)
    baselines: Mapping[Key, Baseline] = field(default_factory=dict)
    standing: Mapping[Key, Standing] = field(default_factory=dict)
    up: bool | None = None
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    last_change: datetime | None = None
    duration_seconds: float | None = None
    runs: tuple[Run, ...] = ()
    """Newest first, the last 20."""
    failed_runs: tuple[Run, ...] = ()
    """Newest first, the last 20."""

"""Folds collections into the state of a source: live and at replay through the same pure functions."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from exporter.decision import Decision
from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.quality.assess import Rules, assess
from exporter.quality.state import Key, PartResult, SourceState
from exporter.settings import Settings, SourceSettings
from exporter.snapshot.model import Measurement, Run, Withheld
from exporter.sources.base import Collection, PartFailure, Source

log = logging.getLogger(__name__)

_KEPT_RUNS = 20
_YEARS_OF_BASELINES = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """A part's pages without their bodies: their checksums, and what they were asked for."""

    shas: tuple[str, ...]
    asked: Period


@dataclass(frozen=True)
class Reader:
    """One configured source with all that its readings are judged by."""

    settings: SourceSettings
    source: Source
    decision: Decision
    config: Settings

    @property
    def _rules(self) -> Rules:
        return Rules(self.settings, self.source.code_system, self.decision, self.config)

    def step(self, state: SourceState, collection: Collection) -> tuple[SourceState, Run]:
        """The state after one more collection. A part that fails keeps what it said before."""
        failures = list(collection.failures)
        parts = dict(state.parts)
        current = state
        for part, pages in collection.parts.items():
            try:
                assessment = assess(pages, self.source.parse(pages), current, self._rules)
            except PortalError as error:
                failures.append(_failure(collection, part, error.reason, error.detail))
                continue
            except Exception as error:  # a fault of ours in one page must not cost the other pages
                log.exception("source %s: part %s could not be read", self.settings.id, part)
                failures.append(_failure(collection, part, Reason.SCHEMA, f"{type(error).__name__}: {error}"))
                continue
            parts[part] = _with_first_doubts(assessment.result, parts.get(part))
            current = replace(current, baselines=assessment.baselines, standing=assessment.standing)
        return self._finish(state, current, collection, parts, tuple(failures))

    def step_unchanged(
        self, state: SourceState, *, run_id: str, started: datetime, finished: datetime
    ) -> tuple[SourceState, Run]:
        """The state after a collection that brought, on the same day, the very bytes of the last one."""
        parts = {name: replace(result, fetched_at=finished) for name, result in state.parts.items()}
        empty = Collection(run_id, self.settings.id, started, finished, ())
        return self._finish(state, state, empty, parts, ())

    def brings_nothing_new(self, state: SourceState, pages: Mapping[str, Seen], day: date) -> bool:
        """Whether pages seen (by part) on `day` would come to what is known already."""
        return (
            not state.standing
            and bool(state.parts)
            and set(pages) == set(state.parts)
            and all(
                (known.shas, known.asked, known.day) == (pages[part].shas, pages[part].asked, day)
                for part, known in state.parts.items()
            )
        )

    def _finish(
        self,
        before: SourceState,
        current: SourceState,
        collection: Collection,
        parts: Mapping[str, PartResult],
        failures: tuple[PartFailure, ...],
    ) -> tuple[SourceState, Run]:
        fresh = [result for name, result in parts.items() if name not in {f.part for f in failures}]
        counts: dict[str, int] = {"accepted": 0, "withheld": 0, "unmatched": 0, "ambiguous": 0}
        for result in fresh:
            for outcome, number in result.outcomes.items():
                counts[outcome] += number
        duration = (collection.finished - collection.started).total_seconds()
        run = Run(
            id=collection.id,
            source=self.settings.id,
            started=collection.started,
            duration_seconds=max(duration, 0.0),
            failures=tuple(f"{f.part}: {f.reason}: {f.detail}" for f in failures),
            log=collection.log,
            reasons=tuple(f.reason for f in failures),
            **counts,
        )
        changed = _figures(parts) != _figures(before.parts)
        return (
            replace(
                current,
                parts=parts,
                baselines=_recent(current.baselines, collection.finished.date()),
                standing=_recent(current.standing, collection.finished.date()),
                up=run.ok,
                last_attempt=collection.finished,
                last_success=collection.finished if run.ok else before.last_success,
                last_change=collection.finished if changed else before.last_change,
                duration_seconds=run.duration_seconds,
                runs=(run, *before.runs)[:_KEPT_RUNS],
                failed_runs=before.failed_runs if run.ok else (run, *before.failed_runs)[:_KEPT_RUNS],
            ),
            run,
        )


def _failure(collection: Collection, part: str, reason: Reason, detail: str) -> PartFailure:
    page = collection.parts[part][0]
    return PartFailure(part, page.request.period, page.url, reason.value, detail, collection.finished)


def _with_first_doubts(result: PartResult, before: PartResult | None) -> PartResult:
    """Keeps since when each reading has been withheld."""
    if before is None or not result.withheld:
        return result
    known = {_doubt(w): w.since for w in before.withheld}
    return replace(
        result, withheld=tuple(replace(w, since=known.get(_doubt(w), w.since)) for w in result.withheld)
    )


def _doubt(w: Withheld) -> tuple[object, ...]:
    return (w.unit, w.indicator, w.period, w.reason)


def _figures(parts: Mapping[str, PartResult]) -> Mapping[Key, tuple[int, int]]:
    accepted: Iterable[Measurement] = (m for result in parts.values() for m in result.accepted)
    return {(m.unit, m.indicator, m.period): (m.numerator, m.denominator) for m in accepted}


def _recent(kept: Mapping[Key, T], day: date) -> Mapping[Key, T]:
    oldest = day.year - _YEARS_OF_BASELINES
    if all(key[2].start.year >= oldest for key in kept):
        return kept
    return {key: value for key, value in kept.items() if key[2].start.year >= oldest}

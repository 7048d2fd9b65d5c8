"""Composes the snapshot of one moment from the states of all sources: pure, and complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from exporter.decision import Decision
from exporter.periods import Period, PeriodKind
from exporter.quality.state import SourceState
from exporter.settings import Settings, SourceSettings
from exporter.snapshot import publish
from exporter.snapshot.model import ReloadState, Run, Snapshot, SourceView

_KEPT_RUNS = 20


def _view(
    source: SourceSettings,
    state: SourceState,
    now: datetime,
    failures: Mapping[str, int],
    quiet_until: datetime | None,
) -> SourceView:
    valid = publish.valid_parts(state, source.validity, now)
    # The year is what targets are held against: its date is the one people ask for.
    yearly = [p.as_of for p in valid if p.as_of is not None and p.asked.kind == "year"]
    stamps = yearly or [p.as_of for p in valid if p.as_of is not None]
    mismatches: dict[str, float] = {}
    periods: dict[PeriodKind, Period] = {}
    for part in sorted(valid, key=lambda p: p.asked.kind):  # month first: the year's word stands
        mismatches.update(part.mismatches)
        for period in {m.period for m in part.accepted}:
            newest = periods.get(period.kind)
            if publish.current(period, now):
                periods[period.kind] = period if newest is None else max(newest, period)
    run = state.runs[0] if state.runs else None
    return SourceView(
        id=source.id,
        name=source.name,
        family=source.family,
        simulated=source.simulated,
        up=state.up,
        last_attempt=state.last_attempt,
        last_success=state.last_success,
        as_of=min(stamps, default=None),
        last_change=state.last_change,
        interval_seconds=source.every.total_seconds(),
        validity_seconds=source.validity.total_seconds(),
        fetch_duration_seconds=state.duration_seconds,
        failures=dict(failures),
        readings=_outcomes(run),
        mismatches=mismatches,
        periods=periods,
        expired=bool(state.parts)
        and not any(now - p.fetched_at <= source.validity for p in state.parts.values()),
        differs=source.differs,
        quiet_until=quiet_until,
    )


def _outcomes(run: Run | None) -> Mapping[str, int] | None:
    if run is None:
        return None
    return {
        "accepted": run.accepted,
        "withheld": run.withheld,
        "unmatched": run.unmatched,
        "ambiguous": run.ambiguous,
    }


def compose(  # noqa: PLR0913 - a snapshot is complete, so everything that is known goes in
    decision: Decision,
    settings: Settings,
    states: Mapping[str, SourceState],
    now: datetime,
    *,
    clock_offset_seconds: float = 0.0,
    failures: Mapping[str, Counter[str]] | None = None,
    archive_failures: int = 0,
    archive_ok: bool = True,
    reload: ReloadState | None = None,
    quiet_until: Mapping[str, datetime] | None = None,
    notes: tuple[str, ...] = (),
) -> Snapshot:
    """The snapshot at `now` (told time)."""
    mine = publish.measurements(settings, states, decision, now)
    published = publish.figures(settings, decision, states, mine, now)
    known = {s.id: states.get(s.id, SourceState()) for s in settings.sources}
    runs = sorted((r for s in known.values() for r in s.runs), key=lambda r: r.started, reverse=True)
    failed = sorted((r for s in known.values() for r in s.failed_runs), key=lambda r: r.started, reverse=True)
    unmatched = (
        u
        for source in settings.sources
        for part in publish.valid_parts(known[source.id], source.validity, now)
        for u in part.unmatched
    )
    return Snapshot(
        at=now,
        decision=decision,
        settings=settings,
        period=decision.period_on(now.date()),
        clock_offset_seconds=clock_offset_seconds,
        figures=published,
        withheld=publish.withheld(settings, decision, states, now),
        # A name that fits nothing in the year's page and in the month's is one name.
        unmatched=tuple({(u.source, u.name, u.code, u.scope): u for u in unmatched}.values()),
        comparisons=publish.comparisons(published, mine),
        sources=tuple(
            _view(
                source,
                known[source.id],
                now,
                (failures or {}).get(source.id, {}),
                (quiet_until or {}).get(source.id),
            )
            for source in settings.sources
        ),
        runs=tuple(runs[:_KEPT_RUNS]),
        failed_runs=tuple(failed[:_KEPT_RUNS]),
        archive_failures=archive_failures,
        archive_ok=archive_ok,
        reload=reload or ReloadState(successful=True, at=now),
        expires=publish.next_change(settings, states, now),
        notes=notes,
    )

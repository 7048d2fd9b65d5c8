"""Snapshot to metric families: one small pure function for each entry of the catalogue.

A missing value is never a number: whatever is None or not finite gets no sample, and a metric
without a sample gets no family.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time
from types import MappingProxyType

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from exporter.clock import PROVINCE_TIME
from exporter.decision import Indicator, Kind, Unit
from exporter.errors import Reason
from exporter.metrics import catalogue as m
from exporter.snapshot.model import Measurement, ReloadState, Snapshot, SourceView
from exporter.version import PYTHON, exporter_version

Family = GaugeMetricFamily | CounterMetricFamily
Rows = Iterable[tuple[tuple[str, ...], float | None]]
"""Label values in the catalogue's order, and the value; None: there is none."""

OUTCOMES = ("accepted", "withheld", "unmatched", "ambiguous")
"""What becomes of a reading: label `outcome`."""


def families(snapshot: Snapshot) -> Iterator[Family]:
    """Every metric of the catalogue that the snapshot has a value for, in the catalogue's order."""
    for metric in m.CATALOGUE:
        found = _family(metric, _ROWS[metric.name](snapshot))
        if found.samples:
            yield found


def starting_families(reload: ReloadState, clock_offset_seconds: float) -> Iterator[Family]:
    """What can be said before the first snapshot: how the configuration was read, clock, build."""
    for metric, rows in (
        (m.CONFIG_RELOAD_SUCCESSFUL, _reload_successful(reload)),
        (m.CONFIG_RELOAD_TIME, _reload_time(reload, clock_offset_seconds)),
        (m.CLOCK_OFFSET, _one(clock_offset_seconds)),
        (m.BUILD_INFO, _build_info()),
    ):
        yield _family(metric, rows)


def _family(metric: m.Metric, rows: Rows) -> Family:
    kind = CounterMetricFamily if metric.type == "counter" else GaugeMetricFamily
    family: Family = kind(metric.name, metric.help, labels=metric.labels)
    seen: set[tuple[str, ...]] = set()
    for labels, value in rows:
        if value is None or not math.isfinite(value) or labels in seen:
            continue
        seen.add(labels)
        family.add_metric(labels, float(value))
    return family


def _one(value: float | None) -> Rows:
    return [((), value)]


def _unix(moment: datetime | None, offset: float) -> float | None:
    """Real Unix time of a told moment."""
    return None if moment is None else moment.timestamp() - offset


# What the portals say.


def _figures(value: Callable[[Measurement], float | None]) -> Callable[[Snapshot], Rows]:
    def rows(snapshot: Snapshot) -> Rows:
        for figure, measurement in snapshot.figures.items():
            yield (figure.unit, figure.indicator, figure.period), value(measurement)

    return rows


def _sums(value: Callable[[Measurement], float | None]) -> Callable[[Snapshot], Rows]:
    return _figures(lambda found: value(found) if found.is_sum else None)


# What the decision says.


def _pairs(snapshot: Snapshot) -> Iterator[tuple[Unit, Indicator]]:
    for unit in snapshot.decision.in_force(snapshot.at.date()):
        for indicator in snapshot.decision.indicators.values():
            yield unit, indicator


def _targets(snapshot: Snapshot) -> Rows:
    if not snapshot.decision.holds_on(snapshot.at.date()):
        return
    for unit, indicator in _pairs(snapshot):
        target = snapshot.decision.target(unit, indicator)
        yield (unit.id, indicator.id), None if target is None else float(target)


def _milestones(snapshot: Snapshot) -> Rows:
    today = snapshot.at.date()
    if not snapshot.decision.holds_on(today):
        return
    for unit, indicator in _pairs(snapshot):
        ratio = snapshot.decision.milestone(unit, indicator, today)
        yield (unit.id, indicator.id), None if ratio is None else float(ratio)


def _exemptions(snapshot: Snapshot) -> Rows:
    if not snapshot.decision.holds_on(snapshot.at.date()):
        return
    for unit, indicator in _pairs(snapshot):
        yield (unit.id, indicator.id), 1.0 if indicator.id in unit.exempt else None


def _unit_info(snapshot: Snapshot) -> Rows:
    today = snapshot.at.date()
    for unit in snapshot.decision.in_force(today):
        number = "" if unit.number is None else str(unit.number)
        names = (unit.name_on(today), unit.short_name_on(today))
        yield (unit.id, *names, unit.kind.value, unit.parent or "", number), 1.0


def _indicator_info(snapshot: Snapshot) -> Rows:
    for found in snapshot.decision.indicators.values():
        yield (found.id, found.name, found.short_name, found.counting.value, found.counted), 1.0


def _indicator_sources(snapshot: Snapshot) -> Rows:
    for unit, indicator in _pairs(snapshot):
        if unit.kind is not Kind.PROVINCE and unit.kind not in indicator.applies_to:
            continue
        source = snapshot.settings.source_of(unit.kind, indicator.id)
        yield (unit.id, indicator.id, source or ""), None if source is None else 1.0


def _decision_info(snapshot: Snapshot) -> Rows:
    decision = snapshot.decision
    yield (decision.number, decision.issued.isoformat(), decision.authority), 1.0


# How the sources are.


def _sources(value: Callable[[SourceView], float | None]) -> Callable[[Snapshot], Rows]:
    return lambda snapshot: (((source.id,), value(source)) for source in snapshot.sources)


def _source_times(moment: Callable[[SourceView], datetime | None]) -> Callable[[Snapshot], Rows]:
    return lambda snapshot: (
        ((source.id,), _unix(moment(source), snapshot.clock_offset_seconds)) for source in snapshot.sources
    )


def _period_starts(snapshot: Snapshot) -> Rows:
    for source in snapshot.sources:
        for kind, period in sorted(source.periods.items(), reverse=True):
            start = datetime.combine(period.start, time(), PROVINCE_TIME)
            yield (source.id, kind), _unix(start, snapshot.clock_offset_seconds)


def _failures(snapshot: Snapshot) -> Rows:
    for source in snapshot.sources:
        for reason in Reason:
            yield (source.id, reason.value), float(source.failures.get(reason.value, 0))


def _readings(snapshot: Snapshot) -> Rows:
    for source in snapshot.sources:
        for outcome in OUTCOMES:
            yield (source.id, outcome), (source.readings or {}).get(outcome)


def _mismatches(snapshot: Snapshot) -> Rows:
    for source in snapshot.sources:
        for indicator, ratio in sorted(source.mismatches.items()):
            yield (source.id, indicator), ratio


def _withheld(snapshot: Snapshot) -> Rows:
    for found in snapshot.withheld:
        yield (found.source, found.unit, found.indicator, found.period.kind, found.reason), 1.0


# How the exporter is.


def _reload_successful(reload: ReloadState) -> Rows:
    return _one(1.0 if reload.successful else 0.0)


def _reload_time(reload: ReloadState, offset: float) -> Rows:
    return _one(_unix(reload.at, offset))


def _build_info() -> Rows:
    return [((exporter_version(), PYTHON), 1.0)]


_ROWS: Mapping[str, Callable[[Snapshot], Rows]] = MappingProxyType(
    {
        m.INDICATOR_RATIO.name: _figures(lambda found: found.ratio),
        m.INDICATOR_NUMERATOR.name: _figures(lambda found: found.numerator),
        m.INDICATOR_DENOMINATOR.name: _figures(lambda found: found.denominator),
        m.SUM_PARTS.name: _sums(lambda found: len(found.parts)),
        m.SUM_PARTS_EXPECTED.name: _sums(lambda found: found.parts_expected),
        m.TARGET_RATIO.name: _targets,
        m.MILESTONE_RATIO.name: _milestones,
        m.EXEMPTION_INFO.name: _exemptions,
        m.UNIT_INFO.name: _unit_info,
        m.INDICATOR_INFO.name: _indicator_info,
        m.INDICATOR_SOURCE_INFO.name: _indicator_sources,
        m.DECISION_INFO.name: _decision_info,
        m.PERIOD_ELAPSED_RATIO.name: lambda snapshot: _one(snapshot.period.elapsed(snapshot.at)),
        m.PERIOD_START.name: _period_starts,
        m.SOURCE_UP.name: _sources(lambda source: source.up),
        m.SOURCE_LAST_SUCCESS.name: _source_times(lambda source: source.last_success),
        m.SOURCE_LAST_ATTEMPT.name: _source_times(lambda source: source.last_attempt),
        m.SOURCE_AS_OF.name: _source_times(lambda source: source.as_of),
        m.SOURCE_LAST_CHANGE.name: _source_times(lambda source: source.last_change),
        m.SOURCE_INTERVAL.name: _sources(lambda source: source.interval_seconds),
        m.SOURCE_VALIDITY.name: _sources(lambda source: source.validity_seconds),
        m.SOURCE_FETCH_DURATION.name: _sources(lambda source: source.fetch_duration_seconds),
        m.SOURCE_FAILURES.name: _failures,
        m.SOURCE_READINGS.name: _readings,
        m.SOURCE_TOTAL_MISMATCH.name: _mismatches,
        m.READING_WITHHELD.name: _withheld,
        m.ARCHIVE_FAILURES.name: lambda snapshot: _one(snapshot.archive_failures),
        m.CONFIG_RELOAD_SUCCESSFUL.name: lambda snapshot: _reload_successful(snapshot.reload),
        m.CONFIG_RELOAD_TIME.name: lambda snapshot: _reload_time(
            snapshot.reload, snapshot.clock_offset_seconds
        ),
        m.CLOCK_OFFSET.name: lambda snapshot: _one(snapshot.clock_offset_seconds),
        m.BUILD_INFO.name: lambda _: _build_info(),
    }
)

"""Chooses what is published: one source for each figure, sums where the portal gives none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from exporter.clock import PROVINCE_TIME
from exporter.decision import Decision, Kind
from exporter.periods import Period, PeriodKind
from exporter.quality import checks
from exporter.quality.state import PartResult, SourceState
from exporter.resolve.mergers import Days, pass_on
from exporter.settings import Override, Settings
from exporter.snapshot.model import Comparison, Figure, Measurement, Withheld
from exporter.snapshot.sums import Tolerance, Wanted, add_up, parts_of, wholes

_KINDS: tuple[PeriodKind, ...] = ("year", "month")
# Two formulas never agree to the last digit; from here on people ask why.
_WORTH_SHOWING = 0.0005

States = Mapping[str, SourceState]


def valid_parts(state: SourceState, validity: timedelta, now: datetime) -> tuple[PartResult, ...]:
    """What of a source was read within its validity."""
    return tuple(part for part in state.parts.values() if now - part.fetched_at <= validity)


def current(period: Period, now: datetime) -> bool:
    """Whether figures of a period may be published: a year's say nothing about another year's target."""
    return period.kind == "month" or period == Period.year_of(now.date())


def measurements(
    settings: Settings, states: States, decision: Decision, now: datetime
) -> Mapping[str, Mapping[Figure, Measurement]]:
    """By source: its valid measurements, of units in force now, without any choice among sources."""
    held = holds(settings, decision, now.date())
    found: dict[str, Mapping[Figure, Measurement]] = {}
    for source in settings.sources:
        state = states.get(source.id, SourceState())
        mine: dict[Figure, Measurement] = {}
        for part in valid_parts(state, source.validity, now):
            doubtful = part.doubtful | held.keys()
            days = Days((part.as_of or part.fetched_at).date(), now.date())
            for m in pass_on(part.accepted, doubtful, decision, days):
                fresh = m if m.fetched_at == part.fetched_at else replace(m, fetched_at=part.fetched_at)
                newest = mine.get(m.figure)
                if current(m.period, now) and (newest is None or newest.period < m.period):
                    mine[m.figure] = fresh
        found[source.id] = mine
    return found


def holds(settings: Settings, decision: Decision, day: date) -> Mapping[tuple[str, str], Override]:
    """The operators' holds in force on `day`, by the unit that they name and by its successor."""
    found: dict[tuple[str, str], Override] = {}
    for entry in settings.hold:
        if checks.override((entry,), entry.unit, entry.indicator, day) is not None:
            heir = decision.successor(decision.units[entry.unit], day).id
            found[(entry.unit, entry.indicator)] = found[(heir, entry.indicator)] = entry
    return found


def _chosen(
    settings: Settings, decision: Decision, mine: Mapping[str, Mapping[Figure, Measurement]], day: date
) -> dict[Figure, Measurement]:
    """The responsible source's word for each figure of a unit in force that nobody holds back."""
    held = holds(settings, decision, day)
    chosen: dict[Figure, Measurement] = {}
    for unit in decision.in_force(day):
        for indicator in decision.indicators:
            source = settings.source_of(unit.kind, indicator)
            if source is None or (unit.id, indicator) in held:
                continue
            for kind in _KINDS:
                figure = Figure(unit.id, indicator, kind)
                m = mine.get(source, {}).get(figure)
                if m is not None:
                    chosen[figure] = m
    return chosen


class _LastDenominators:
    """Last accepted denominators, grown since, also of what is a sum: the weights of missing parts."""

    def __init__(self, settings: Settings, decision: Decision, states: States, day: date) -> None:
        self._settings, self._decision, self._states, self._day = settings, decision, states, day

    def __call__(self, unit_id: str, indicator_id: str, period: Period) -> int | None:
        unit = self._decision.units[unit_id]
        source = self._settings.source_of(unit.kind, indicator_id)
        if source is None:
            return None
        state = self._states.get(source, SourceState())
        known = state.baselines.get((unit_id, indicator_id, period))
        if known is not None:
            counting = self._decision.indicators[indicator_id].counting
            return round(known.denominator * checks.expected_growth(period, known.day, self._day, counting))
        if unit.kind is not Kind.COMMUNE_GROUP:
            return None
        indicator = self._decision.indicators[indicator_id]
        parts = parts_of(self._decision, unit, indicator, self._day)
        below = [self(part.id, indicator_id, period) for part in parts]
        return sum(b for b in below if b is not None) if below and None not in below else None


def _districts_include(settings: Settings, indicator: str) -> bool:
    source = settings.source_of(Kind.DISTRICT, indicator)
    return any(s.includes_communes for s in settings.sources if s.id == source)


def _add_sums(
    chosen: dict[Figure, Measurement], settings: Settings, decision: Decision, states: States, now: datetime
) -> None:
    """Adds to `chosen` the sums of what the portals do not give themselves.

    What a portal gives and is withheld is not replaced by a sum: it would be called doubtful and shown.
    """
    day = now.date()
    doubted = {
        (w.source, w.unit, w.indicator, w.period.kind) for w in withheld(settings, decision, states, now)
    }
    weights = _LastDenominators(settings, decision, states, day)
    tolerance = Tolerance(weights, settings.quality.missing_in_sum)
    for wanted in _wanted(settings, decision, day):
        for kind in _KINDS:
            whole = Figure(wanted.whole.id, wanted.indicator.id, kind)
            if whole in chosen or (wanted.source, *whole) in doubted:
                continue
            keys = {u.id: Figure(u.id, wanted.indicator.id, kind) for u in wanted.parts}
            total = add_up(wanted, {u: chosen[f] for u, f in keys.items() if f in chosen}, tolerance)
            if total is not None:
                chosen[total.figure] = total


def _wanted(settings: Settings, decision: Decision, day: date) -> Iterator[Wanted]:
    """The sums that somebody answers for and nobody holds back, groups before the province."""
    held = holds(settings, decision, day)
    for whole in wholes(decision, day):
        for indicator in decision.indicators.values():
            source = settings.source_of(whole.kind, indicator.id)
            if source is not None and (whole.id, indicator.id) not in held:
                include = _districts_include(settings, indicator.id)
                parts = parts_of(decision, whole, indicator, day, districts_include=include)
                yield Wanted(whole, indicator, parts, source)


def figures(
    settings: Settings,
    decision: Decision,
    states: States,
    mine: Mapping[str, Mapping[Figure, Measurement]],
    now: datetime,
) -> Mapping[Figure, Measurement]:
    """Everything that is published at `now`."""
    chosen = _chosen(settings, decision, mine, now.date())
    _add_sums(chosen, settings, decision, states, now)
    return chosen


def withheld(settings: Settings, decision: Decision, states: States, now: datetime) -> tuple[Withheld, ...]:
    """All that is withheld and still of interest, each (figure, reason) once."""
    found: dict[tuple[str, str, str, str, str], Withheld] = {}
    for source in settings.sources:
        for part in valid_parts(states.get(source.id, SourceState()), source.validity, now):
            for w in part.withheld:
                if current(w.period, now):
                    unit = decision.successor(decision.units[w.unit], now.date()).id
                    key = (w.source, unit, w.indicator, w.period.kind, w.reason)
                    found.setdefault(key, replace(w, unit=unit))
    year = Period.year_of(now.date())
    for (unit, indicator), hold in holds(settings, decision, now.date()).items():
        source_id = settings.source_of(decision.units[unit].kind, indicator)
        objection = checks.held(hold)
        if source_id is not None and decision.units[unit].in_force(now.date()) and objection is not None:
            reason = objection.doubt.value
            held_back = Withheld(source_id, unit, indicator, year, reason, objection.detail, now)
            found.setdefault((source_id, unit, indicator, year.kind, reason), held_back)
    return tuple(found.values())


def comparisons(
    published: Mapping[Figure, Measurement], mine: Mapping[str, Mapping[Figure, Measurement]]
) -> tuple[Comparison, ...]:
    """What sources that are not responsible say differently, the widest gap first."""
    found = []
    for source, theirs in mine.items():
        for figure, m in theirs.items():
            ours = published.get(figure)
            if ours is not None and (ours.source == source and not ours.is_sum):
                continue
            if m.ratio is None or ours is None or ours.ratio is None or ours.period != m.period:
                continue
            if abs(m.ratio - ours.ratio) >= _WORTH_SHOWING:
                found.append(
                    Comparison(
                        source, figure.unit, figure.indicator, m.period, m.ratio, ours.ratio, ours.source
                    )
                )
    return tuple(sorted(found, key=lambda c: -abs((c.theirs or 0) - (c.published or 0))))


def next_change(settings: Settings, states: States, now: datetime) -> datetime:
    """When a snapshot made now would differ by itself: a validity ends, or a day does."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), PROVINCE_TIME)
    ends: Iterable[datetime] = (
        part.fetched_at + source.validity + timedelta(seconds=1)
        for source in settings.sources
        for part in states.get(source.id, SourceState()).parts.values()
    )
    return min([end for end in ends if end > now] + [midnight])

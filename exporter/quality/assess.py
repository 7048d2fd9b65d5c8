"""One part of a collection: readings → measurements, each accepted or withheld with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from exporter.decision import Counting, Decision, Kind
from exporter.periods import Period
from exporter.quality import checks
from exporter.quality.checks import Baseline, Objection, Standing
from exporter.quality.state import Key, PartResult, SourceState
from exporter.resolve.match import directory, resolve
from exporter.resolve.mergers import Days, merged_since, pass_on
from exporter.settings import Settings, SourceSettings
from exporter.snapshot.model import Evidence, Measurement, Withheld
from exporter.sources.base import Page, PartReading, Reading


@dataclass(frozen=True, slots=True)
class Rules:
    """What the readings of one source are judged by."""

    source: SourceSettings
    code_system: str | None
    """Which of a unit's `codes` the portal's codes belong to."""
    decision: Decision
    settings: Settings


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of one part, with the baselines and standing readings that follow from it."""

    result: PartResult
    baselines: Mapping[Key, Baseline]
    standing: Mapping[Key, Standing]


@dataclass(frozen=True, slots=True)
class _Context:
    source: SourceSettings
    decision: Decision
    settings: Settings
    moment: datetime
    as_of: datetime | None

    @property
    def day(self) -> date:
        """Of when the figures are: the as-of date of the page, else the day it was read."""
        return (self.as_of or self.moment).date()


def _withhold(ctx: _Context, reading: Reading, unit: str, objection: Objection) -> Withheld:
    return Withheld(
        ctx.source.id,
        unit,
        reading.indicator,
        reading.period,
        objection.doubt.value,
        objection.detail,
        ctx.moment,
        reading.row,
    )


def _rows(
    ctx: _Context, matched: Sequence[tuple[str, Reading]], urls: Mapping[str, str]
) -> tuple[list[Measurement], list[Withheld]]:
    """Each row by itself: what is whole becomes a measurement, what is faulty is withheld."""
    by_figure: dict[Key, list[Reading]] = defaultdict(list)
    for unit, reading in matched:
        if reading.indicator in ctx.decision.indicators:
            by_figure[(unit, reading.indicator, reading.period)].append(reading)
    measured: list[Measurement] = []
    withheld: list[Withheld] = []
    for (unit, indicator, period), readings in by_figure.items():
        first = readings[0]
        objection = checks.duplicate(len(readings)) or checks.row_objection(first)
        if objection is not None:
            withheld.append(_withhold(ctx, first, unit, objection))
        elif first.numerator is not None and first.denominator is not None:
            url = urls.get(first.page, "")
            evidence = Evidence(ctx.source.id, first.page, url, ctx.moment, first.row)
            measured.append(
                Measurement(
                    unit,
                    indicator,
                    period,
                    first.numerator,
                    first.denominator,
                    ctx.source.id,
                    ctx.moment,
                    ctx.as_of,
                    (evidence,),
                )
            )
    return measured, withheld


def _objection(ctx: _Context, m: Measurement, before: Baseline | Standing) -> Objection | None:
    limits = ctx.settings.quality
    counting = ctx.decision.indicators[m.indicator].counting
    return checks.fell(m, before, limits.fall) or checks.jumped(m, ctx.day, before, counting, limits)


def _compared(ctx: _Context, m: Measurement, state: SourceState) -> Objection | None:
    """The objection to a measurement beside what was accepted before it."""
    before = state.baselines.get((m.unit, m.indicator, m.period))
    if before is None:
        last_year = state.baselines.get((m.unit, m.indicator, m.period.previous()))
        if m.period.kind == "month":
            return None
        counting = ctx.decision.indicators[m.indicator].counting
        return checks.carried_over(m, ctx.day, last_year, counting, ctx.settings.quality)
    joined = merged_since(ctx.decision, m.unit, before.read_on, ctx.moment.date())
    if joined and ctx.decision.indicators[m.indicator].counting is Counting.CATALOGUE:
        return None  # the lists of merged offices become one list, of any length
    for unit in joined:
        absorbed = state.baselines.get((unit, m.indicator, m.period))
        if absorbed is None:
            return None  # what it is to be compared with is not known
        before = replace(
            before,
            numerator=before.numerator + absorbed.numerator,
            denominator=before.denominator + absorbed.denominator,
        )
    return _objection(ctx, m, before)


def _stand(ctx: _Context, m: Measurement, objection: Objection, old: Standing | None) -> Standing:
    """The standing of a doubted reading: goes on where it still agrees with itself, else starts anew."""
    today = ctx.moment.date()
    if old is None or old.doubt is not objection.doubt or _objection(ctx, m, old) is not None:
        return Standing(objection.doubt, m.numerator, m.denominator, ctx.day, ctx.moment, 1, today)
    return replace(
        old,
        numerator=m.numerator,
        denominator=m.denominator,
        day=ctx.day,
        days=old.days + (today > old.last_day),
        last_day=max(today, old.last_day),
    )


def _history(
    ctx: _Context, measured: Sequence[Measurement], state: SourceState
) -> tuple[list[Measurement], list[Withheld], dict[Key, Baseline], dict[Key, Standing | None]]:
    """Each measurement against the last accepted one, unless an operator said to accept it."""
    accepted: list[Measurement] = []
    withheld: list[Withheld] = []
    baselines: dict[Key, Baseline] = {}
    standing: dict[Key, Standing | None] = {}
    today = ctx.moment.date()
    for m in measured:
        key = (m.unit, m.indicator, m.period)
        objection = None
        if checks.override(ctx.settings.accept, m.unit, m.indicator, today) is None:
            objection = _compared(ctx, m, state)
        since = ctx.moment
        if objection is not None and key in state.baselines:
            stands = _stand(ctx, m, objection, state.standing.get(key))
            since = stands.since
            standing[key] = stands
            if stands.days >= ctx.settings.quality.standing_days:
                objection = None
        if objection is None:
            accepted.append(m)
            baselines[key] = Baseline(m.numerator, m.denominator, ctx.day, today)
            standing[key] = None
        else:
            row = " + ".join(e.row for e in m.evidence)
            withheld.append(
                Withheld(
                    ctx.source.id,
                    m.unit,
                    m.indicator,
                    m.period,
                    objection.doubt.value,
                    objection.detail,
                    since,
                    row,
                )
            )
    return accepted, withheld, baselines, standing


def _mismatches(
    ctx: _Context, readings: Sequence[Reading], matched: Sequence[tuple[str, Reading]]
) -> Mapping[str, float]:
    """By indicator: the worst gap between a totals row and the sum of the rows it stands for (ratio)."""
    inner = (Kind.COMMUNE, Kind.COMMUNE_GROUP) if ctx.source.includes_communes else ()
    left_out = {id(r) for unit, r in matched if ctx.decision.units[unit].kind in inner}
    rows: dict[tuple[str, Period], list[Reading]] = defaultdict(list)
    for reading in readings:
        if not reading.total and id(reading) not in left_out:
            rows[(reading.indicator, reading.period)].append(reading)
    worst: dict[str, float] = {}
    for total in (r for r in readings if r.total and r.fault is None):
        scope = total.unit.scope
        below = [r for r in rows[(total.indicator, total.period)] if scope is None or r.unit.scope == scope]
        for said, added in (
            (total.numerator, sum(r.numerator or 0 for r in below)),
            (total.denominator, sum(r.denominator or 0 for r in below)),
        ):
            if said is not None and below:
                gap = abs(said - added) / max(abs(said), abs(added), 1)
                worst[total.indicator] = max(gap, worst.get(total.indicator, 0.0))
    return worst


def assess(pages: Sequence[Page], reading: PartReading, state: SourceState, rules: Rules) -> Assessment:
    """What one part of a collection comes to, after everything that went before it."""
    moment = pages[-1].fetched_at
    ctx = _Context(rules.source, rules.decision, rules.settings, moment, reading.as_of)
    decision, today = rules.decision, moment.date()
    who = directory(decision, ctx.day)
    resolved = resolve(reading.readings, rules.source.id, who, rules.code_system)
    measured, faulty = _rows(ctx, resolved.matched, {p.sha256: p.url for p in pages})
    # A row without its counts is as good as half a row where its unit was merged into another.
    doubtful = {(w.unit, w.indicator) for w in faulty} | {
        (unit, r.indicator) for unit, r in resolved.matched if r.numerator is None or r.denominator is None
    }
    whole = pass_on(measured, doubtful, decision, Days(ctx.day, today))
    accepted, withheld, baselines, standing = _history(ctx, whole, state)
    heirs = (replace(w, unit=decision.successor(decision.units[w.unit], today).id) for w in faulty)
    result = PartResult(
        shas=tuple(p.sha256 for p in pages),
        day=today,
        asked=pages[0].request.period,
        fetched_at=moment,
        as_of=reading.as_of,
        accepted=tuple(accepted),
        withheld=(*heirs, *withheld),
        doubtful=frozenset(doubtful | {(w.unit, w.indicator) for w in withheld}),
        unmatched=resolved.unmatched,
        mismatches=_mismatches(ctx, reading.readings, resolved.matched),
    )
    return Assessment(
        result,
        {**state.baselines, **baselines},
        {k: v for k, v in {**state.standing, **standing}.items() if v is not None},
    )

"""The landing page's lists: ids become names, numbers and times are written as officials read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import isfinite

from exporter import vietnamese as vn
from exporter.decision import Kind
from exporter.settings import Override
from exporter.snapshot.model import Comparison, Run, Snapshot, Unmatched, Withheld
from exporter.web.view import (
    Age,
    Capped,
    ComparisonRow,
    Counts,
    NameRow,
    OverrideRow,
    RunRow,
    Tone,
    WithheldRow,
)
from exporter.web.words import DOUBTS, FAILURES, NEXT_STEPS, said

_LOG_LINES = 200
_SAME = 0.0005
"""Rates (ratio) nearer to each other than this are written alike."""


class Names:
    """Ids to names, as of the snapshot's day."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._decision = snapshot.decision
        self._day = snapshot.at.date()
        self._sources = {source.id: source.name for source in snapshot.sources}

    def unit(self, unit_id: str) -> str:
        """Its official name on that day; many communes share theirs, so they say whose they are.

        An id that is nobody's stands for itself.
        """
        unit = self._decision.units.get(unit_id)
        if unit is None:
            return unit_id
        return self._with_parent(unit_id) if unit.kind is Kind.COMMUNE else unit.name_on(self._day)

    def indicator(self, indicator_id: str) -> str:
        """Its short name."""
        indicator = self._decision.indicators.get(indicator_id)
        return indicator_id if indicator is None else indicator.short_name

    def source(self, source_id: str) -> str:
        """Its name."""
        return self._sources.get(source_id, source_id)

    def withheld(self, found: Withheld) -> WithheldRow:
        """A reading that does not reach a rate."""
        return WithheldRow(
            unit=self.unit(found.unit),
            indicator=self.indicator(found.indicator),
            period=vn.period(found.period),
            reason=said(DOUBTS, found.reason),
            detail=found.detail,
            source=self.source(found.source),
            since=vn.moment(found.since),
            row=found.row,
        )

    def name_row(self, found: Unmatched) -> NameRow:
        """A candidate is the id of a unit where several fit; two of one name are told by their parent."""
        candidates = [self._with_parent(c) for c in found.candidates] if found.ambiguous else found.candidates
        return NameRow(
            self.source(found.source), found.name, found.code or "", found.scope or "", tuple(candidates)
        )

    def _with_parent(self, unit_id: str) -> str:
        unit = self._decision.units.get(unit_id)
        if unit is None:
            return unit_id
        parent = self._decision.units.get(unit.parent or "")
        return unit.name_on(self._day) + (f" ({parent.short_name_on(self._day)})" if parent else "")

    def comparison(self, found: Comparison) -> ComparisonRow:
        """One figure as two sources give it."""
        known = found.theirs is not None and found.published is not None
        gap = vn.points(((found.theirs or 0) - (found.published or 0)) * 100) if known else ""
        return ComparisonRow(
            unit=self.unit(found.unit),
            indicator=self.indicator(found.indicator),
            period=vn.period(found.period),
            theirs=rate(found.theirs),
            source=self.source(found.source),
            published=rate(found.published),
            published_source=self.source(found.published_source or ""),
            gap=gap,
        )

    def override(self, action: str, found: Override, today: date) -> OverrideRow:
        """An operator's word; `action` is what it does."""
        return OverrideRow(
            action=action,
            unit=self.unit(found.unit),
            indicator=self.indicator(found.indicator),
            until=vn.day(found.until),
            reason=found.reason,
            by=found.by,
            over=found.until < today,
        )


def rate(ratio: float | None, digits: int = 1) -> str:
    """A rate (ratio 0-1), also where there is none."""
    return "chưa có" if ratio is None or not isfinite(ratio) else vn.percent(ratio, digits=digits)


def alike(found: Comparison) -> bool:
    """Whether both sources say the same, to the digit that is shown."""
    if found.theirs is None or found.published is None:
        return found.theirs is found.published
    return abs(found.theirs - found.published) < _SAME


def age(moment: datetime | None, now: datetime, unknown: str) -> Age:
    """A told moment with its distance from `now`; `unknown` is said where there is none."""
    return Age("", unknown) if moment is None else Age(_moment(moment), f"{vn.age(now - moment)} trước")


def _moment(moment: datetime) -> str:
    """A portal that prints only a day means the day, not its midnight."""
    text = vn.moment(moment)
    return text.removeprefix("00:00 ")


def span(seconds: float) -> str:
    """A span (seconds) in words."""
    return vn.age(timedelta(seconds=seconds))


def counts(accepted: int, withheld: int, unmatched: int, ambiguous: int) -> Counts:
    """What became of the readings of one collection."""
    rows: list[tuple[str, str, Tone]] = [("nhận", vn.number(accepted), "none")]
    for label, count in (("giữ lại", withheld), ("không khớp tên", unmatched), ("trùng tên", ambiguous)):
        rows.append((label, vn.number(count), "warn" if count else "none"))
    return rows


def steps(reasons: Iterable[str]) -> list[str]:
    """What an operator can do about failures, each advice once."""
    return [NEXT_STEPS[reason] for reason in dict.fromkeys(reasons) if reason in NEXT_STEPS]


def run_row(run: Run, names: Names, now: datetime) -> RunRow:
    """One collection."""
    return RunRow(
        id=run.id,
        source=names.source(run.source),
        started=vn.moment(run.started),
        ago=f"{vn.age(now - run.started)} trước",
        duration=f"{vn.decimal(run.duration_seconds)} giây",
        counts=counts(run.accepted, run.withheld, run.unmatched, run.ambiguous),
        ok=run.ok,
        reasons=[said(FAILURES, reason) for reason in dict.fromkeys(run.reasons)],
        failures=run.failures,
        next_steps=steps(run.reasons),
        log=Capped.of(run.log, _LOG_LINES),
    )

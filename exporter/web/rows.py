"""The landing page's lists: ids become names, numbers and times are written as officials read them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime, timedelta
from math import isfinite

from exporter import vietnamese as vn
from exporter.clock import PROVINCE_TIME
from exporter.decision import Kind
from exporter.errors import Reason
from exporter.fetch.breaker import left_alone_until
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
_NOTHING_ASKED = f": {Reason.REJECTED}: nothing was asked"
"""What a failure says behind its part where the request was not even sent: its host is left alone."""


class Names:
    """Ids to names, as of the snapshot's day."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._decision = snapshot.decision
        self._day = snapshot.at.date()
        self._sources = {source.id: source.name for source in snapshot.sources}
        self._responsible = {entry.source for entry in snapshot.settings.responsible}

    def responsible(self, source_id: str) -> bool:
        """Whether anything that is published is its word; of another source nothing depends."""
        return source_id in self._responsible

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

    def name_row(self, alike: Sequence[Unmatched]) -> NameRow:
        """One name of one source, as often as it stands there.

        A candidate is the id of a unit where several fit; two of one name are told by their parent.
        """
        found = alike[0]
        candidates = [self._with_parent(c) for c in found.candidates] if found.ambiguous else found.candidates
        return NameRow(
            source=self.source(found.source),
            name=found.name,
            ambiguous=found.ambiguous,
            candidates=tuple(candidates),
            codes=tuple(dict.fromkeys(u.code for u in alike if u.code)),
            scopes=tuple(dict.fromkeys(u.scope for u in alike if u.scope)),
            times=len(alike),
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
    return Age("", unknown) if moment is None else Age(_moment(moment), ago(moment, now))


def ago(moment: datetime, now: datetime) -> str:
    """The distance of a told moment from `now` in its largest unit: `17 giờ trước`."""
    count, unit = vn.age(now - moment).split()[:2]
    return f"{count} {unit} trước"


def time_of(moment: datetime, now: datetime) -> str:
    """A moment as its time of day where that is enough: on the day of `now`."""
    text = vn.moment(moment)
    today = moment.astimezone(PROVINCE_TIME).date() == now.astimezone(PROVINCE_TIME).date()
    return text.split()[0] if today else text


def _moment(moment: datetime) -> str:
    """A portal that prints only a day means the day, not its midnight."""
    text = vn.moment(moment)
    return text.removeprefix("00:00 ")


def span(seconds: float) -> str:
    """A span (seconds) in words."""
    return vn.age(timedelta(seconds=seconds))


def counts(accepted: int, withheld: int, unmatched: int, ambiguous: int, *, responsible: bool) -> Counts:
    """What became of the readings of one collection; names trouble nobody where nobody is responsible."""
    rows: list[tuple[str, str, Tone]] = [("nhận", vn.number(accepted), "none")]
    rows.append(("giữ lại", vn.number(withheld), "warn" if withheld else "none"))
    for label, count in (("không khớp tên", unmatched), ("trùng tên", ambiguous)):
        rows.append((label, vn.number(count), "warn" if count and responsible else "none"))
    return rows


def steps(reasons: Iterable[str]) -> list[str]:
    """What an operator can do about failures, each advice once."""
    return [NEXT_STEPS[reason] for reason in dict.fromkeys(reasons) if reason in NEXT_STEPS]


def asked_nothing(run: Run) -> bool:
    """Whether no request of the collection was sent, because its host is left alone."""
    return bool(run.failures) and all(_NOTHING_ASKED in failure for failure in run.failures)


def not_asked(until: datetime | None, now: datetime) -> str:
    """Why a source was not asked; `until` when its host is left alone (told time), where that is known."""
    end = f" đến {time_of(until, now)}" if until is not None else ""
    return f"không hỏi: máy chủ đang được để yên{end}"


def run_row(alike_runs: Sequence[Run], names: Names, now: datetime, advised: Container[str] = ()) -> RunRow:
    """A collection, or several alike, newest first; what is `advised` already is not advised again."""
    run = alike_runs[0]
    idle = asked_nothing(run)
    outcome = (run.accepted, run.withheld, run.unmatched, run.ambiguous)
    return RunRow(
        id=run.id,
        source=names.source(run.source),
        started=vn.moment(run.started),
        ago=ago(run.started, now),
        duration=f"{vn.decimal(run.duration_seconds)} giây",
        times=len(alike_runs),
        since=time_of(alike_runs[-1].started, now),
        # Zeros behind a failure say nothing of the portal.
        counts=counts(*outcome, responsible=names.responsible(run.source)) if run.ok or any(outcome) else [],
        ok=run.ok,
        reasons=[not_asked(left_alone_until(run.failures[0]), now)]
        if idle
        else [said(FAILURES, reason) for reason in dict.fromkeys(run.reasons)],
        failures=run.failures,
        next_steps=[] if idle else [step for step in steps(run.reasons) if step not in advised],
        # A failure is logged as the very sentence that it is listed with.
        log=Capped.of((line for line in run.log if line not in run.failures), _LOG_LINES),
    )

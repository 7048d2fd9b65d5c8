"""`dvc-exporter explain`: proves one figure offline, from the archived bytes to the target."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import click

from exporter import arithmetic
from exporter import vietnamese as vn
from exporter.clock import PROVINCE_TIME
from exporter.commands.options import config_option, load_or_refuse, refuse
from exporter.decision import Decision, Indicator, Unit
from exporter.periods import PeriodKind
from exporter.resolve.match import directory
from exporter.resolve.names import nearest
from exporter.sanitise import safe
from exporter.setup import told_clock
from exporter.snapshot.model import Evidence, Figure, Measurement, Snapshot
from exporter.snapshot.replay import snapshot_at
from exporter.snapshot.standing import Standing, State, standing
from exporter.sources.base import PortalUnit

_NO_FIGURE = 1
_ROW_WIDTH = 500
_END_OF_DAY = time(23, 59, 59)


@click.command()
@config_option
@click.argument("unit")
@click.argument("indicator")
@click.option(
    "--at",
    "day",
    type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]),
    help="As it was at the end of this day; without it: now.",
)
@click.option("--period", type=click.Choice(["year", "month"]), default="year", show_default=True)
def explain(config: Path, unit: str, indicator: str, day: datetime | None, period: PeriodKind) -> None:
    """Say where the figure of UNIT and INDICATOR comes from, and prove it.

    Nothing is fetched: the number is derived again from the archived pages. UNIT is an id such as
    so-cong-thuong, a name or an alias; INDICATOR an id such as online_payment. Exit code 1 when
    there is no figure; the reason is then printed.
    """
    decision, settings = load_or_refuse(config)
    now = told_clock(settings).now()
    moment = now if day is None else datetime.combine(day.date(), _END_OF_DAY, PROVINCE_TIME)
    moment = min(moment, now)
    whose = _unit(decision, unit, moment.date())
    if indicator not in decision.indicators:
        refuse(f"unknown indicator {indicator!r}; the decision has {', '.join(decision.indicators)}")
    snapshot = snapshot_at(decision, settings, moment)
    what = decision.indicators[indicator]
    click.echo("\n".join(explanation(snapshot, whose, what, period)))
    sys.exit(0 if Figure(whose.id, what.id, period) in snapshot.figures else _NO_FIGURE)


def _unit(decision: Decision, text: str, day: date) -> Unit:
    """The unit of an id, name or alias; several or none end the command with what to write."""
    if text in decision.units:
        return decision.units[text]
    who = directory(decision, day)
    fits = who.find(PortalUnit(text))
    if not fits:
        near = nearest(text, [*who.names, *decision.units])
        refuse(f"no unit is called {text!r}; the nearest are {', '.join(near)}")
    if len(fits) > 1:
        refuse(f"{text!r} fits several units; write one of {', '.join(fits)}")
    return decision.units[fits[0]]


def explanation(snapshot: Snapshot, unit: Unit, indicator: Indicator, period: PeriodKind) -> Iterator[str]:
    """The lines of the proof, in Vietnamese."""
    day = snapshot.at.date()
    found = standing(snapshot, unit, indicator, period)
    yield f"{unit.name_on(day)} ({unit.id})"
    yield f"{indicator.name} ({indicator.id})"
    yield f"Thời điểm: {vn.moment(snapshot.at)}" + (" · SỐ LIỆU MÔ PHỎNG" if snapshot.simulated else "")
    yield ""
    yield from _target(snapshot, unit, indicator, found)
    yield ""
    if found.measurement is None:
        yield "Chưa có số liệu."
    else:
        yield from _figure(snapshot, indicator, found)
        yield from _proof(snapshot, found.measurement, depth=0)
    yield from _differs(snapshot, unit, indicator)
    yield from _doubts(snapshot, unit, indicator)


def _target(snapshot: Snapshot, unit: Unit, indicator: Indicator, found: Standing) -> Iterator[str]:
    decision = snapshot.decision
    if found.state is State.EXEMPT:
        yield f"Chỉ tiêu: miễn – {unit.exempt[indicator.id]}"
    elif (target := decision.target(unit, indicator)) is None:
        yield "Chỉ tiêu: không giao"
    else:
        article = f", {indicator.article}" if indicator.article else ""
        whence = f"Quyết định {decision.number} ngày {vn.day(decision.issued)}{article}"
        held = "" if decision.holds_on(snapshot.at.date()) else " (không còn hiệu lực)"
        yield f"Chỉ tiêu: {vn.target_percent(target)} – {whence}{held}"
    milestone = decision.milestone(unit, indicator, snapshot.at.date())
    if milestone is not None:
        yield f"Mốc lộ trình: {vn.target_percent(milestone)}"


def _figure(snapshot: Snapshot, indicator: Indicator, found: Standing) -> Iterator[str]:
    m = found.measurement
    if m is None:
        return
    counts = f"{vn.number(m.numerator)} / {vn.number(m.denominator)} {indicator.counted}"
    if m.ratio is None:
        yield f"Tỷ lệ {vn.period(m.period)}: không có, vì không phát sinh ({counts})"
        return
    yield f"Tỷ lệ {vn.period(m.period)}: {counts} = {vn.percent(m.ratio, target=found.target, digits=2)}"
    if found.target is None or found.gap is None:
        return
    if found.state is State.MET:
        yield f"Đạt chỉ tiêu ({vn.points(found.gap, 2)} điểm)"
        return
    yield f"Chưa đạt chỉ tiêu ({vn.points(found.gap, 2)} điểm)"
    more = arithmetic.missing(indicator.counting, m.numerator, m.denominator, found.target)
    if more is not None:
        yield f"Cần thêm: {vn.number(more)} {indicator.counted}"
    elapsed = snapshot.period.elapsed(snapshot.at)
    needed = arithmetic.required_rate(indicator.counting, m.numerator, m.denominator, found.target, elapsed)
    if needed is not None:
        yield f"Phần còn lại của năm phải đạt: {vn.percent(needed)} (ước tính theo nhịp độ đến nay)"


def _proof(snapshot: Snapshot, m: Measurement, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if not m.is_sum:
        yield from (indent + line for e in m.evidence for line in _evidence(snapshot, m, e))
        return
    yield f"{indent}Tổng của {len(m.parts)}/{m.parts_expected} đơn vị:"
    if depth:
        yield f"{indent}  xem: dvc-exporter explain {m.unit} {m.indicator} --period {m.period.kind}"
        return
    for part in m.parts:
        below = snapshot.figures.get(Figure(part, m.indicator, m.period.kind))
        if below is None:
            continue
        name = snapshot.decision.units[part].short_name_on(snapshot.at.date())
        yield f"{indent}- {name} ({part}): {vn.number(below.numerator)} / {vn.number(below.denominator)}"
        yield from _proof(snapshot, below, depth + 1)


def _evidence(snapshot: Snapshot, m: Measurement, e: Evidence) -> Iterator[str]:
    source = next((s.name for s in snapshot.sources if s.id == e.source), e.source)
    yield f"Nguồn: {source} ({e.source})"
    yield f"  Địa chỉ: {safe(e.url)}"
    if m.as_of is not None:
        yield f"  Số liệu đến: {vn.moment(m.as_of)}"
    unchanged = f" (trang không đổi từ {vn.moment(e.fetched_at)})" if e.fetched_at != m.fetched_at else ""
    yield f"  Đọc lúc: {vn.moment(m.fetched_at)}{unchanged}"
    yield f"  sha256: {e.page}"
    yield f"  Dòng trên cổng: {safe(e.row, _ROW_WIDTH)}"


def _differs(snapshot: Snapshot, unit: Unit, indicator: Indicator) -> Iterator[str]:
    responsible = snapshot.settings.source_of(unit.kind, indicator.id)
    for source in snapshot.sources:
        if indicator.id in source.differs:
            whose = "" if source.id == responsible else " (chỉ để đối chiếu)"
            yield f"Khác với quyết định – {source.name}{whose}: {source.differs[indicator.id]}"
    for c in snapshot.comparisons:
        if (c.unit, c.indicator) == (unit.id, indicator.id) and c.theirs is not None:
            name = next((s.name for s in snapshot.sources if s.id == c.source), c.source)
            yield f"Nguồn khác nói – {name}, {vn.period(c.period)}: {vn.percent(c.theirs, digits=2)}"


def _doubts(snapshot: Snapshot, unit: Unit, indicator: Indicator) -> Iterator[str]:
    below = {u.id for u in snapshot.decision.children.get(unit.id, ())}
    for w in snapshot.withheld:
        if w.indicator == indicator.id and w.unit in {unit.id, *below}:
            name = snapshot.decision.units[w.unit].short_name_on(snapshot.at.date())
            yield f"Bị giữ lại – {name}, {vn.period(w.period)}, từ {vn.moment(w.since)}: {safe(w.detail)}"
            if w.row:
                yield f"  Dòng trên cổng: {safe(w.row, _ROW_WIDTH)}"
    responsible = snapshot.settings.source_of(unit.kind, indicator.id)
    if responsible is None:
        reasons = [
            r.reason
            for r in snapshot.settings.responsible
            if r.source == "none" and unit.kind in r.kinds and indicator.id in r.indicators
        ]
        yield f"Không nguồn nào chịu trách nhiệm: {'; '.join(reasons) or 'chưa được giao'}"

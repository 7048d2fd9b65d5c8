"""A snapshot on a terminal: units × indicators, in Vietnamese, a sign beside every colour."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from exporter import vietnamese as vn
from exporter.decision import Indicator, Kind, Unit
from exporter.periods import PeriodKind
from exporter.sanitise import safe
from exporter.snapshot.model import Figure, Snapshot
from exporter.snapshot.standing import Standing, State, standing

_FAR = -20
_NAMES_WIDTH = 46
"""Columns of a terminal for the number and the name of a unit, with the lines around them."""
_CELL_WIDTH = 24
_WORDS = {
    State.UNASSIGNED: "–",
    State.EXEMPT: "miễn",
    State.ABSENT: "chưa có số liệu",
    State.WITHHELD: "đang giữ lại",
    State.EMPTY: "không phát sinh",
}


_LACKING = (State.ABSENT, State.WITHHELD)


def _cell(found: Standing) -> Text:
    m = found.measurement
    if found.state in _WORDS:
        return Text(_WORDS[found.state], style="yellow" if found.state in _LACKING else "dim")
    if m is None or m.ratio is None:
        return Text("không phát sinh", style="dim")
    if found.target is None or found.gap is None:
        counts = f"{vn.number(m.numerator)}/{vn.number(m.denominator)}"
        return Text.assemble(vn.percent(m.ratio), (f" {counts}", "dim"))
    rate = vn.percent(m.ratio, target=found.target)
    if found.state is State.MET:
        sign, style = "✓", "green"
    else:
        sign, style = ("▼▼", "bold red") if found.gap < _FAR else ("▼", "yellow")
    whole = f"{sign} {rate}/{vn.target_percent(found.target)}"
    incomplete = m.is_sum and len(m.parts) < (m.parts_expected or 0)
    note = f" [{len(m.parts)}/{m.parts_expected}]" if incomplete else ""
    return Text.assemble((whole, style), (f" {vn.points(found.gap)}{note}", "dim"))


def _units(snapshot: Snapshot, *, communes: bool) -> Iterator[Unit]:
    day = snapshot.at.date()
    annex = {u.id for u in snapshot.decision.assigned_units}
    for unit in snapshot.decision.in_force(day):
        if unit.kind is not Kind.PROVINCE and (communes or unit.id in annex):
            yield unit
    yield snapshot.decision.units["tinh"]


def _indicators(snapshot: Snapshot, units: list[Unit], period: PeriodKind) -> list[Indicator]:
    """Those that anybody has a target or a figure for: a column of nothing tells nothing."""
    return [
        indicator
        for indicator in snapshot.decision.indicators.values()
        if any(
            Figure(unit.id, indicator.id, period) in snapshot.figures
            or (period == "year" and snapshot.decision.target(unit, indicator) is not None)
            for unit in units
        )
    ]


def heading(snapshot: Snapshot, period: PeriodKind) -> str:
    """What the tables are of, and that their figures are simulated where they are."""
    starts = {f.period: m.period for f, m in snapshot.figures.items()}
    when = vn.period(snapshot.period if period == "year" else starts.get("month", snapshot.period))
    simulated = "SỐ LIỆU MÔ PHỎNG · " if snapshot.simulated else ""
    return f"{simulated}{snapshot.decision.number} · {when} · {vn.moment(snapshot.at)}"


def figures_tables(
    snapshot: Snapshot, period: PeriodKind, *, width: int, communes: bool = False
) -> Iterator[Table]:
    """Each rate beside its target and the gap in points; for a month the counts.

    As many tables below each other as it takes for nothing to be cut off at `width` columns.
    """
    units = list(_units(snapshot, communes=communes))
    indicators = _indicators(snapshot, units, period)
    each = max((width - _NAMES_WIDTH) // _CELL_WIDTH, 1)
    for first in range(0, max(len(indicators), 1), each):
        yield _table(snapshot, period, units, indicators[first : first + each])


def _table(snapshot: Snapshot, period: PeriodKind, units: list[Unit], indicators: list[Indicator]) -> Table:
    day = snapshot.at.date()
    table = Table()
    table.add_column("STT", justify="right")
    table.add_column("Đơn vị", min_width=34)
    for indicator in indicators:
        table.add_column(indicator.short_name, justify="right")
    for unit in units:
        cells = [_cell(standing(snapshot, unit, indicator, period)) for indicator in indicators]
        number = "" if unit.number is None else str(unit.number)
        table.add_row(number, unit.short_name_on(day), *cells)
    return table


def remarks(snapshot: Snapshot) -> Iterator[str]:
    """What the table cannot show: sources that failed, readings withheld, names unknown."""
    if not snapshot.archive_ok:
        yield "✗ Không lưu được vào kho lưu trữ: các số liệu này sẽ không chứng minh lại được."
    for source in snapshot.sources:
        failed = next((r for r in snapshot.runs if r.source == source.id), None)
        for failure in failed.failures if failed else ():
            yield f"✗ {source.name}: {safe(failure)}"
    for w in snapshot.withheld[:20]:
        name = snapshot.decision.units[w.unit].short_name_on(snapshot.at.date())
        short = snapshot.decision.indicators[w.indicator].short_name
        yield f"⚠ giữ lại: {name}, {short}, {vn.period(w.period)}: {safe(w.detail)}"
    if len(snapshot.withheld) > 20:  # noqa: PLR2004 - as many as were shown
        yield f"⚠ và {len(snapshot.withheld) - 20} số liệu khác bị giữ lại"
    for u in snapshot.unmatched[:20]:
        what = "khớp nhiều đơn vị" if u.ambiguous else "không khớp đơn vị nào; gần nhất"
        yield f"⚠ {safe(u.name)}: {what}: {', '.join(u.candidates)}"

"""Snapshot -> ReportTable: who stands where against which target, and why a cell is empty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from exporter.decision import PROVINCE, Indicator, Kind, Unit
from exporter.report.model import Cell, Column, ReportTable, Row, SourceLine, Span, Stamp, Tally
from exporter.report.notes import Notes
from exporter.snapshot.model import Snapshot, SourceView
from exporter.snapshot.standing import Standing, State, standing


def build(snapshot: Snapshot) -> ReportTable:
    """The report of the moment the snapshot describes.

    Rows are the units of the decision's annex in force on that day, in its order, then the province;
    figures are those of the current year, which is what targets are held against.
    """
    day = snapshot.at.date()
    decision = snapshot.decision
    table = _Table(snapshot, day)
    communes = tuple(table.row(u, None) for u in decision.in_force(day, Kind.COMMUNE))
    by_parent: dict[str, list[Row]] = {}
    for row in communes:
        by_parent.setdefault(row.unit.parent or PROVINCE, []).append(row)

    notes = Notes(snapshot)
    columns = tuple(Column(i, notes.of_indicator(i)) for i in decision.indicators.values())
    rows = tuple(
        notes.annotate(table.row(unit, _number(unit, place), by_parent.get(unit.id, ())))
        for place, unit in enumerate((u for u in decision.assigned_units if u.in_force(day)), 1)
    )
    province = notes.annotate(table.row(decision.units[PROVINCE], None, rows))
    figures = [cell.figure for row in (*rows, province) for cell in row.cells if cell.figure]
    return ReportTable(
        at=snapshot.at,
        day=day,
        decision=decision,
        period=snapshot.period,
        in_force=decision.holds_on(day),
        carried_over=snapshot.period.start > decision.period_end,
        simulated=snapshot.simulated,
        as_of=_span(f.as_of for f in figures),
        read_at=_span(f.fetched_at for f in figures),
        columns=columns,
        rows=rows,
        province=province,
        communes=tuple(row for row in communes if row.unit.parent != PROVINCE),
        notes=notes.numbered,
        sources=tuple(_source_line(snapshot, view, notes) for view in snapshot.sources),
    )


def _number(unit: Unit, place: int) -> int:
    return place if unit.number is None else unit.number


class _Table:
    """The cells of one snapshot; a class only to hold what every cell needs."""

    def __init__(self, snapshot: Snapshot, day: date) -> None:
        self._snapshot = snapshot
        self._day = day

    def row(self, unit: Unit, number: int | None, parts: Sequence[Row] = ()) -> Row:
        """The line of a unit; `parts` are the lines of what it is made of, if they are tallied."""
        decision = self._snapshot.decision
        parent = decision.units.get(unit.parent or PROVINCE)
        return Row(
            number=number,
            unit=unit,
            name=unit.name_on(self._day),
            parent_name="" if parent is None or parent.id == PROVINCE else parent.name_on(self._day),
            cells=tuple(
                self._cell(unit, indicator, [row.cells[place] for row in parts])
                for place, indicator in enumerate(decision.indicators.values())
            ),
        )

    def _cell(self, unit: Unit, indicator: Indicator, parts: Sequence[Cell]) -> Cell:
        decision = self._snapshot.decision
        found = standing(self._snapshot, unit, indicator)
        source = self._snapshot.settings.source_of(unit.kind, indicator.id)
        return Cell(
            indicator=indicator,
            state=_state(unit, found),
            target=decision.target(unit, indicator),
            milestone=decision.milestone(unit, indicator, self._day),
            figure=found.measurement,
            source=source if found.measurement is None else found.measurement.source,
            tally=_tally(parts),
        )


def _state(unit: Unit, found: Standing) -> State:
    """The province has no targets to be unassigned: without a figure it lacks one."""
    lacking = unit.kind is Kind.PROVINCE and found.state is State.UNASSIGNED
    return State.ABSENT if lacking else found.state


def _tally(parts: Sequence[Cell]) -> Tally | None:
    """How many of the parts that have a target meet it; None where none of them has one."""
    states = [cell.state for cell in parts if cell.target is not None]
    if not states:
        return None
    return Tally(
        met=states.count(State.MET),
        missed=states.count(State.MISSED),
        empty=states.count(State.EMPTY),
        absent=states.count(State.ABSENT) + states.count(State.WITHHELD),
    )


def _span(moments: Iterable[datetime | None]) -> Span | None:
    known: list[datetime] = []
    for moment in moments:
        if moment is None:
            return None
        known.append(moment)
    return Span(min(known), max(known)) if known else None


def _source_line(snapshot: Snapshot, view: SourceView, notes: Notes) -> SourceLine:
    def stamp(moment: datetime | None) -> Stamp | None:
        return None if moment is None else Stamp(moment, snapshot.at - moment)

    indicators = snapshot.decision.indicators
    return SourceLine(
        name=view.name,
        simulated=view.simulated,
        last_success=stamp(view.last_success),
        as_of=stamp(view.as_of),
        last_change=stamp(view.last_change),
        up=view.up,
        expired=view.expired,
        differs=tuple(
            (indicators[i].short_name, text)
            for i, text in view.differs.items()
            if not notes.has(view, indicators[i])
        ),
    )

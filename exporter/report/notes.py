"""The footnotes of the report: each says once what several cells may refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exporter import vietnamese as vn
from exporter.decision import Indicator, Unit
from exporter.report.model import Cell, Note, Row
from exporter.snapshot.model import Snapshot, SourceView, Withheld
from exporter.snapshot.standing import State


class Notes:
    """Collects footnotes in the order in which the table refers to them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._texts: dict[str, int] = {}
        self._sources = {view.id: view for view in snapshot.sources}
        self._withheld: dict[tuple[str, str], list[Withheld]] = {}
        for withheld in snapshot.withheld:
            if withheld.period == snapshot.period:
                self._withheld.setdefault((withheld.unit, withheld.indicator), []).append(withheld)

    @property
    def numbered(self) -> tuple[Note, ...]:
        """All of them so far."""
        return tuple(Note(number, text) for text, number in self._texts.items())

    def of_indicator(self, indicator: Indicator) -> tuple[int, ...]:
        """Where the formula of a source that answers for this indicator is not the decision's."""
        settings = self._snapshot.settings
        answering = dict.fromkeys(
            entry.source for entry in settings.responsible if indicator.id in entry.indicators
        )
        views = (self._sources[source] for source in answering if source in self._sources)
        return tuple(self._add(text) for view in views if (text := _difference(view, indicator)))

    def has(self, view: SourceView, indicator: Indicator) -> bool:
        """Whether a footnote already says how this source counts differently."""
        return _difference(view, indicator) in self._texts

    def annotate(self, row: Row) -> Row:
        """The row with the numbers of its footnotes, which are added here."""
        return replace(
            row,
            cells=tuple(
                replace(cell, notes=tuple(self._add(t) for t in self._texts_of(row, cell)))
                for cell in row.cells
            ),
        )

    def _add(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts) + 1)

    def _texts_of(self, row: Row, cell: Cell) -> Iterator[str]:
        what = f"{row.name}, {cell.indicator.short_name}"
        if cell.state is State.EXEMPT:
            yield f"{what}: {row.unit.exempt[cell.indicator.id]}"
            return
        if cell.state is State.UNASSIGNED:
            return
        for withheld in self._withheld.get((row.unit.id, cell.indicator.id), ()):
            yield f"{what}: số liệu tạm giữ để kiểm tra từ {vn.moment(withheld.since)}. {withheld.detail}"
        if cell.state is State.ABSENT:
            yield from self._why_absent(row.unit, cell)

    def _why_absent(self, unit: Unit, cell: Cell) -> Iterator[str]:
        if cell.source is None:
            reason = self._reason_for_nobody(unit, cell.indicator)
            yield f"{cell.indicator.short_name}: không có nguồn số liệu" + (f". {reason}" if reason else "")
            return
        view = self._sources.get(cell.source)
        if view is not None and (text := _trouble(view)):
            yield text

    def _reason_for_nobody(self, unit: Unit, indicator: Indicator) -> str:
        for entry in self._snapshot.settings.responsible:
            if unit.kind in entry.kinds and indicator.id in entry.indicators:
                return entry.reason
        return ""


def _difference(view: SourceView, indicator: Indicator) -> str:
    """How a source counts differently; empty where it does not."""
    difference = view.differs.get(indicator.id)
    return f"{view.name}, {indicator.short_name}: {difference}" if difference else ""


def _trouble(view: SourceView) -> str:
    """Why nothing of a source is shown; empty where it is being read."""
    if view.last_success is None:
        return f"{view.name}: chưa đọc được lần nào"
    if view.expired:
        hours = vn.age(view.validity_seconds)
        return f"{view.name}: đọc lần cuối lúc {vn.moment(view.last_success)}, quá {hours} nên đã rút số liệu"
    return ""

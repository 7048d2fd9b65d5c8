"""Which of the decision's targets have no figure, and whose word it would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exporter.periods import PeriodKind
from exporter.snapshot.model import Figure, Snapshot
from exporter.web.rows import Names
from exporter.web.view import Capped, MissingRow

_YEAR: PeriodKind = "year"


@dataclass(frozen=True, slots=True)
class Missing:
    """How many targets the units in force have, and those of them without a figure of the year."""

    assigned: int
    figures: Sequence[tuple[Figure, str | None]]
    """With the id of the source that is responsible; None: nobody publishes it, for a reason."""
    troubling: int
    """Without those that nobody publishes, and those whose source was never read: it says so itself."""


def missing(snapshot: Snapshot) -> Missing:
    """The targets without a figure, unit by unit in the decision's order."""
    decision, day = snapshot.decision, snapshot.at.date()
    read = {view.id for view in snapshot.sources if view.last_success is not None}
    pairs = [
        (unit, indicator)
        for unit in decision.assigned_units
        if unit.in_force(day)
        for indicator in decision.indicators.values()
        if decision.target(unit, indicator) is not None
    ]
    figures = [
        (Figure(unit.id, indicator.id, _YEAR), snapshot.settings.source_of(unit.kind, indicator.id))
        for unit, indicator in pairs
        if Figure(unit.id, indicator.id, _YEAR) not in snapshot.figures
    ]
    return Missing(len(pairs), figures, sum(1 for _, source in figures if source in read))


def missing_rows(found: Missing, names: Names) -> list[MissingRow]:
    """One row for each indicator and source."""
    units: dict[tuple[str, str], list[str]] = {}
    for figure, source in found.figures:
        units.setdefault((figure.indicator, source or ""), []).append(names.unit(figure.unit))
    return [
        MissingRow(
            names.indicator(indicator),
            names.source(source) if source else "không nguồn nào công bố",
            Capped.of(listed),
        )
        for (indicator, source), listed in units.items()
    ]

"""Where a unit stands with one target at one moment: the words every face of the product agrees on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from exporter import arithmetic
from exporter.decision import Indicator, Unit
from exporter.periods import PeriodKind
from exporter.snapshot.model import Figure, Measurement, Snapshot


class State(StrEnum):
    """What can be said of a unit and an indicator."""

    MET = "met"
    MISSED = "missed"
    MEASURED = "measured"
    """A rate that is held against no target: the province's, a month's, one that nobody assigned."""
    EMPTY = "empty"
    """Nothing to count: the denominator is 0."""
    WITHHELD = "withheld"
    """A reading was there and is being checked."""
    ABSENT = "absent"
    """A target without a figure."""
    EXEMPT = "exempt"
    """The decision exempts the unit, with a reason."""
    UNASSIGNED = "unassigned"
    """The decision's annex has no target here, and nobody gives a figure."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A figure beside its target (ratio 0-1). `gap` is in percentage points, negative below it."""

    state: State
    measurement: Measurement | None = None
    target: Fraction | None = None
    gap: Fraction | None = None


def standing(snapshot: Snapshot, unit: Unit, indicator: Indicator, period: PeriodKind = "year") -> Standing:
    """How `unit` stands with `indicator`. Only a year's figure is held against a target."""
    decision = snapshot.decision
    if indicator.id in unit.exempt:
        return Standing(State.EXEMPT)
    m = snapshot.figures.get(Figure(unit.id, indicator.id, period))
    if m is not None and period == "year" and m.period != snapshot.period:
        m = None  # last year's says nothing about this year's target
    held = period == "year" and decision.holds_on(snapshot.at.date())
    target = decision.target(unit, indicator) if held else None
    if m is None:
        if any(
            (w.unit, w.indicator, w.period.kind) == (unit.id, indicator.id, period) for w in snapshot.withheld
        ):
            return Standing(State.WITHHELD, target=target)
        return Standing(State.UNASSIGNED if target is None else State.ABSENT, target=target)
    if not m.denominator:
        return Standing(State.EMPTY, m, target)
    if target is None:
        return Standing(State.MEASURED, m)
    state = State.MET if arithmetic.met(m.numerator, m.denominator, target) else State.MISSED
    return Standing(state, m, target, arithmetic.gap_points(m.numerator, m.denominator, target))

"""What the report says, before it is a page or a workbook: frozen, complete, in no format yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from exporter.decision import Decision, Indicator, Unit
from exporter.periods import Period
from exporter.snapshot.model import Measurement
from exporter.snapshot.standing import State


@dataclass(frozen=True, slots=True)
class Tally:
    """How the parts of a group stand (counts of units): each of them is held against the target."""

    met: int = 0
    missed: int = 0
    empty: int = 0
    absent: int = 0
    """Without a figure: withheld ones as well."""

    @property
    def total(self) -> int:
        """Units in force."""
        return self.met + self.missed + self.empty + self.absent


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit's figure beside its target for one indicator."""

    indicator: Indicator
    state: State
    target: Fraction | None
    """Ratio 0-1; None where the decision assigns none."""
    milestone: Fraction | None
    """The road-map value in force (ratio 0-1)."""
    figure: Measurement | None
    """The year's figure; None where the state is withheld, absent, exempt or unassigned."""
    source: str | None
    """Id of the source responsible; None where nobody is."""
    tally: Tally | None = None
    """For a commune group its communes, for the province the units of the annex."""
    notes: tuple[int, ...] = ()
    """Numbers of the footnotes."""

    @property
    def ratio(self) -> Fraction | None:
        """Numerator over denominator, exact; None without a figure or with nothing to count."""
        if self.figure is None or not self.figure.denominator:
            return None
        return Fraction(self.figure.numerator, self.figure.denominator)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    number: int | None
    """STT of the annex; None for the province."""
    unit: Unit
    name: str
    """As it was on the day."""
    parent_name: str
    """Of the group or district above it; empty directly under the province."""
    cells: tuple[Cell, ...]
    """In the order of the columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One indicator."""

    indicator: Indicator
    notes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """One footnote (Vietnamese)."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment, and how long before the report's it lies."""

    at: datetime
    age: timedelta


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source behind the table, with what of it may be how old."""

    name: str
    simulated: bool
    last_success: Stamp | None
    """When it was last read whole."""
    as_of: Stamp | None
    """Of when the portal says its figures are; None where it does not say."""
    last_change: Stamp | None
    """When any figure last moved."""
    up: bool | None
    """Whether its last collection succeeded; None before the first."""
    expired: bool
    """Whether its figures were withdrawn because they grew too old."""
    differs: tuple[tuple[str, str], ...]
    """Short name of the indicator, and how the portal's formula differs from the decision's.

    Without what a footnote already says, because the source is responsible for the figures shown.
    """


@dataclass(frozen=True, slots=True)
class Span:
    """From the oldest to the newest of some times."""

    oldest: datetime
    newest: datetime


@dataclass(frozen=True)
class ReportTable:
    """The whole report."""

    at: datetime
    """The moment it describes."""
    day: date
    decision: Decision
    period: Period
    in_force: bool
    """Whether the decision's targets hold on the day."""
    carried_over: bool
    """Whether the period lies after the one the decision names, its targets going on until replaced."""
    simulated: bool
    as_of: Span | None
    """Of when the portals say the figures of the table are; None when any of them does not say."""
    read_at: Span | None
    """When the figures of the table were read; None without any figure."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    province: Row
    communes: tuple[Row, ...]
    notes: tuple[Note, ...]
    sources: tuple[SourceLine, ...]

"""From the cells of the report to the signs and counts of the wall: the same words on every face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from exporter import arithmetic
from exporter import vietnamese as vn
from exporter.report.model import Cell as Figure
from exporter.report.model import Row
from exporter.snapshot.standing import State
from exporter.web.wall.model import Count, Sign

FAR_POINTS = 20
"""A figure more than so many percentage points below its target is far below it ..."""
FAR_SHARE = Fraction(1, 2)
"""... and so is one under this share of its target."""

MISSING = frozenset({State.ABSENT, State.WITHHELD})
"""A target without a figure."""


def sign(cell: Figure) -> Sign:
    """How one figure stands."""
    if cell.state in MISSING:
        return Sign.UNKNOWN
    if cell.state is State.MISSED:
        return Sign.FAR if is_far(cell) else Sign.BELOW
    return _PLAIN.get(cell.state, Sign.NOT_ASSIGNED)


_PLAIN = {State.MET: Sign.MET, State.EMPTY: Sign.EMPTY, State.MEASURED: Sign.PLAIN}


def gap(cell: Figure) -> Fraction | None:
    """Percentage points from the target, negative below it; None where there is none to be had."""
    if cell.figure is None or cell.target is None:
        return None
    return arithmetic.gap_points(cell.figure.numerator, cell.figure.denominator, cell.target)


def is_far(cell: Figure) -> bool:
    """Whether a missed figure is far below its target."""
    points, ratio = gap(cell), cell.ratio
    if points is None or ratio is None or cell.target is None:
        return False
    return points < -FAR_POINTS or ratio < FAR_SHARE * cell.target


def unit_sign(row: Row) -> Sign:
    """How a unit stands with everything that it was assigned.

    A unit with a missing figure is neither met nor missed but undetermined, whatever its other figures
    say. So is one that misses nothing but has nothing to count for a target: it cannot be said to meet all.
    """
    signs = [sign(cell) for cell in row.cells]
    if Sign.UNKNOWN in signs:
        return Sign.UNKNOWN
    worst = next((worst for worst in (Sign.FAR, Sign.BELOW) if worst in signs), None)
    if worst is not None:
        return worst
    return Sign.MET if Sign.MET in signs and Sign.EMPTY not in signs else Sign.UNKNOWN


def missing(row: Row) -> int:
    """How many of its targets have no figure."""
    return sum(1 for cell in row.cells if sign(cell) is Sign.UNKNOWN)


def widest_gap(row: Row) -> Fraction:
    """The widest gap below a target (percentage points, negative); 0 where nothing is missed."""
    return min(
        (g for cell in row.cells if cell.state is State.MISSED and (g := gap(cell))), default=Fraction()
    )


def assigned(rows: Iterable[Row]) -> list[Figure]:
    """The cells of all rows that have a target."""
    return [cell for row in rows for cell in row.cells if cell.target is not None]


def how_many(rows: Sequence[Row]) -> Count:
    """How many of the units meet everything."""
    met = sum(1 for row in rows if unit_sign(row) is Sign.MET)
    return Count(vn.number(met), vn.number(len(rows)))


def usual_target(cells: Iterable[Figure]) -> Fraction | None:
    """The target that most have; of several as frequent the first. None where nobody has one."""
    found = Counter(cell.target for cell in cells if cell.target is not None)
    return max(found, key=lambda target: found[target]) if found else None


def rate(cell: Figure) -> str:
    """The rate in percent, `98,1`; rounding never moves it across its target. Empty without one."""
    if cell.ratio is None:
        return ""
    judged = cell.target if cell.state in {State.MET, State.MISSED} else None
    return vn.percent(cell.ratio, target=judged).removesuffix("%")


def target(value: Fraction | None) -> str:
    """A target in percent, `45`; empty without one."""
    return "" if value is None else vn.target_percent(value).removesuffix("%")


def span(counts: Sequence[int]) -> str:
    """From the least to the most of some counts, `1–3`; one number where they are alike."""
    ends = dict.fromkeys((min(counts), max(counts)))
    return "–".join(vn.number(end) for end in ends)


def lacking_parts(cell: Figure) -> int:
    """How many parts are missing in a sum; 0 where it is none."""
    figure = cell.figure
    if figure is None or figure.parts_expected is None:
        return 0
    return figure.parts_expected - len(figure.parts)

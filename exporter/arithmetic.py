"""What may be computed from two counts and a target: exact, on integers and fractions, never on floats.

N is the numerator and D the denominator (counts), T the target (ratio 0-1), e the share of the
period that has passed (ratio 0-1). Which question makes sense depends on what the indicator counts
(`Counting`, set per indicator of the decision's annex in targets.yaml):

* flow: what happens in the period; what is done wrong stays wrong, only what follows can be better.
* backlog: an old dossier can still be made good.
* catalogue: a list of procedures, services or offices that does not grow with time.

None everywhere means that there is no answer, never that the answer is 0.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from exporter.decision import Counting

EARLIEST = Fraction(1, 10)
"""Share of the period before which its rest is not estimated: too little has been seen by then."""

MONTHS_A_YEAR = 12


def met(n: int, d: int, target: Fraction) -> bool | None:
    """Whether N of D reach the target (Article 1 and annex of the decision): N/D >= T, without rounding.

    None when D is 0: there is nothing that could reach or miss it.
    """
    if d == 0:
        return None
    return n * target.denominator >= target.numerator * d


def gap_points(n: int, d: int, target: Fraction) -> Fraction | None:
    """How far N/D is from the target, in percentage points: negative below it. None when D is 0."""
    if d == 0:
        return None
    return (Fraction(n, d) - target) * 100


def missing(counting: Counting, n: int, d: int, target: Fraction) -> int | None:
    """How many more (a count) are missing to the target; 0 when it is met.

    Flow: how many must now be done right in a row, each of which adds to D as well:
    ceil((T·D - N)/(1 - T)). A target of 100 % that was once missed cannot be met again this way: None.
    Backlog and catalogue: how many of the D there are must still be made good: ceil(T·D) - N.
    None when D is 0.
    """
    if d == 0:
        return None
    short = target * d - n
    if short <= 0:
        return 0
    if counting is not Counting.FLOW:
        return ceil(short)
    return ceil(short / (1 - target)) if target < 1 else None


def still_to_come(d: int, elapsed: Fraction | float) -> Fraction | None:
    """R, an estimate of how many more will be counted until the period ends: D·(1 - e)/e.

    It supposes that the rest of the period goes on at the pace so far; whoever shows what is
    computed from it says that it is an estimate. None before a tenth of the period has passed, and
    when D is 0. 0 once the period is over.
    """
    share = Fraction(elapsed)
    if d == 0 or share < EARLIEST:
        return None
    return max(d * (1 - share) / share, Fraction(0))


def required_rate(
    counting: Counting, n: int, d: int, target: Fraction, elapsed: Fraction | float
) -> Fraction | None:
    """The rate (ratio; above 1 where it cannot be done) needed on the rest: (T·(D + R) - N)/R.

    For flow only: a backlog is worked off by counts (`required_per_month`), a catalogue has no pace.
    0 when the target would be met even if nothing more were done right. None where R cannot be
    estimated, and once the period is over.
    """
    rest = still_to_come(d, elapsed)
    if counting is not Counting.FLOW or not rest:
        return None
    return max((target * (d + rest) - n) / rest, Fraction(0))


def required_per_month(
    counting: Counting, n: int, d: int, target: Fraction, elapsed: Fraction | float
) -> Fraction | None:
    """How many (a count) must be made good in each month left of the year: (T·(D + R) - N)/months.

    For backlog only. The months left are 12·(1 - e), a fraction of a month counting as such. 0 when
    there is already more than the whole year will ask for. None where R cannot be estimated, and
    once the year is over.
    """
    rest = still_to_come(d, elapsed)
    if counting is not Counting.BACKLOG or not rest:
        return None
    months = MONTHS_A_YEAR * (1 - Fraction(elapsed))
    return max((target * (d + rest) - n) / months, Fraction(0))


def out_of_reach(counting: Counting, n: int, d: int, target: Fraction, elapsed: Fraction | float) -> bool:
    """Whether the target will be missed even if everything still to come is done right: N + R < T·(D + R).

    Flow only, and only for T < 1: a target of 100 % would be out of reach after the first miss, and
    to say so every day helps nobody. R is an estimate; where there is none, nothing is out of reach.
    """
    rest = still_to_come(d, elapsed)
    if counting is not Counting.FLOW or target >= 1 or rest is None:
        return False
    return n + rest < target * (d + rest)

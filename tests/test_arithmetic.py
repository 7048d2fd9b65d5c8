"""The arithmetic of targets: examples worked by hand, and what must hold for all numbers."""

from __future__ import annotations

from fractions import Fraction as F  # noqa: N817 - a table of examples is read, not parsed
from math import floor

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exporter import arithmetic as ar
from exporter.decision import Counting

FLOW, BACKLOG, CATALOGUE = Counting.FLOW, Counting.BACKLOG, Counting.CATALOGUE
ONE = F(1)
T45 = F(45, 100)

countings = st.sampled_from(list(Counting))
targets = st.integers(0, 100).map(lambda p: F(p, 100))
elapsed_shares = st.fractions(min_value=0, max_value=1, max_denominator=1000)


@st.composite
def counts(draw: st.DrawFn, least: int = 1) -> tuple[int, int]:
    """N and D with 0 <= N <= D."""
    d = draw(st.integers(least, 10**6))
    return draw(st.integers(0, d)), d


@pytest.mark.parametrize(
    ("n", "d", "target", "expected"),
    [
        (45, 100, T45, True),
        (44, 100, T45, False),
        (9, 20, T45, True),
        (4499999, 10**7, T45, False),
        (100, 100, ONE, True),
        (99, 100, ONE, False),
        (0, 7, F(0), True),
        (0, 0, T45, None),
        (0, 0, ONE, None),
    ],
)
def test_met(n: int, d: int, target: F, expected: bool | None) -> None:
    assert ar.met(n, d, target) is expected


@pytest.mark.parametrize(
    ("n", "d", "target", "expected"),
    [
        (45, 100, T45, F(0)),
        (377, 1000, T45, F(-73, 10)),
        (50, 100, T45, F(5)),
        (100, 100, ONE, F(0)),
        (0, 0, T45, None),
    ],
)
def test_gap_points(n: int, d: int, target: F, expected: F | None) -> None:
    assert ar.gap_points(n, d, target) == expected


@pytest.mark.parametrize(
    ("counting", "n", "d", "target", "expected"),
    [
        # 40 of 100 at 45 %: (45 - 40)/0.55 = 9.09, so ten: 50/110 = 45.45 %, nine: 49/109 = 44.95 %.
        (FLOW, 40, 100, T45, 10),
        (BACKLOG, 40, 100, T45, 5),
        (CATALOGUE, 40, 101, T45, 6),
        (FLOW, 45, 100, T45, 0),
        (BACKLOG, 60, 100, T45, 0),
        (CATALOGUE, 45, 100, T45, 0),
        (FLOW, 99, 100, ONE, None),
        (FLOW, 100, 100, ONE, 0),
        (BACKLOG, 99, 100, ONE, 1),
        (CATALOGUE, 0, 1, ONE, 1),
        (CATALOGUE, 7, 7, ONE, 0),
        (FLOW, 0, 0, T45, None),
        (FLOW, 0, 0, ONE, None),
        (BACKLOG, 0, 0, ONE, None),
        (CATALOGUE, 0, 0, ONE, None),
        (FLOW, 0, 5, F(0), 0),
    ],
)
def test_missing(counting: Counting, n: int, d: int, target: F, expected: int | None) -> None:
    assert ar.missing(counting, n, d, target) == expected


@pytest.mark.parametrize(
    ("d", "elapsed", "expected"),
    [
        (100, F(1, 2), F(100)),
        (100, 0.5, F(100)),
        (100, F(1, 10), F(900)),
        (100, F(99, 1000), None),
        (100, 0, None),
        (100, 1, F(0)),
        (100, 1.5, F(0)),
        (0, F(1, 2), None),
    ],
)
def test_still_to_come(d: int, elapsed: F | float, expected: F | None) -> None:
    assert ar.still_to_come(d, elapsed) == expected


@pytest.mark.parametrize(
    ("counting", "n", "d", "target", "elapsed", "expected"),
    [
        # Half the year gone, 40 of 100: another 100 come, of 200 there must be 90, so 50 of the 100.
        (FLOW, 40, 100, T45, F(1, 2), F(1, 2)),
        (FLOW, 0, 100, F(80, 100), F(1, 2), F(160, 100)),
        (FLOW, 100, 100, T45, F(1, 2), F(0)),
        (FLOW, 100, 100, T45, F(3, 4), F(0)),
        (FLOW, 100, 100, ONE, F(1, 2), ONE),
        (FLOW, 99, 100, ONE, F(1, 2), F(101, 100)),
        (FLOW, 40, 100, T45, F(0), None),
        (FLOW, 40, 100, T45, F(9, 100), None),
        (FLOW, 4, 10, T45, F(1, 10), F(41, 90)),
        (FLOW, 40, 100, T45, F(1), None),
        (FLOW, 0, 0, T45, F(1, 2), None),
        (BACKLOG, 40, 100, T45, F(1, 2), None),
        (CATALOGUE, 40, 100, T45, F(1, 2), None),
    ],
)
def test_required_rate(counting: Counting, n: int, d: int, target: F, elapsed: F, expected: F | None) -> None:
    assert ar.required_rate(counting, n, d, target, elapsed) == expected


@pytest.mark.parametrize(
    ("counting", "n", "d", "target", "elapsed", "expected"),
    [
        # Half the year gone, 80 of 100 at 100 %: of 200 in the end 120 are missing, in 6 months.
        (BACKLOG, 80, 100, ONE, F(1, 2), F(20)),
        (BACKLOG, 100, 100, T45, F(1, 2), F(0)),
        (BACKLOG, 0, 30, ONE, F(3, 4), F(40, 3)),
        (BACKLOG, 80, 100, ONE, F(1), None),
        (BACKLOG, 80, 100, ONE, F(0), None),
        (BACKLOG, 0, 0, ONE, F(1, 2), None),
        (FLOW, 80, 100, ONE, F(1, 2), None),
        (CATALOGUE, 80, 100, ONE, F(1, 2), None),
    ],
)
def test_required_per_month(
    counting: Counting, n: int, d: int, target: F, elapsed: F, expected: F | None
) -> None:
    assert ar.required_per_month(counting, n, d, target, elapsed) == expected


@pytest.mark.parametrize(
    ("counting", "n", "d", "target", "elapsed", "expected"),
    [
        (FLOW, 0, 100, F(80, 100), F(1, 2), True),
        # Exactly everything from now on: 60 + 100 of 200 is 80 %.
        (FLOW, 60, 100, F(80, 100), F(1, 2), False),
        (FLOW, 59, 100, F(80, 100), F(1, 2), True),
        (FLOW, 0, 100, ONE, F(1, 2), False),
        (FLOW, 0, 100, F(80, 100), F(9, 100), False),
        (FLOW, 44, 100, T45, F(1), True),
        (FLOW, 45, 100, T45, F(1), False),
        (FLOW, 0, 0, T45, F(1, 2), False),
        (FLOW, 0, 0, T45, F(1), False),
        (BACKLOG, 0, 100, T45, F(99, 100), False),
        (CATALOGUE, 0, 100, T45, F(1), False),
    ],
)
def test_out_of_reach(counting: Counting, n: int, d: int, target: F, elapsed: F, expected: bool) -> None:
    assert ar.out_of_reach(counting, n, d, target, elapsed) is expected


@given(countings, counts(), targets)
def test_missing_is_enough_and_one_fewer_is_not(counting: Counting, pair: tuple[int, int], target: F) -> None:
    n, d = pair
    more = ar.missing(counting, n, d, target)
    if more is None:
        assert counting is FLOW
        assert target == 1
        assert n < d
        return

    def after(done: int) -> bool | None:
        return ar.met(n + done, d + (done if counting is FLOW else 0), target)

    assert after(more) is True
    assert more == 0 or after(more - 1) is False


@given(countings, counts(), targets)
def test_gap_and_verdict_agree(counting: Counting, pair: tuple[int, int], target: F) -> None:
    gap = ar.gap_points(*pair, target)
    assert gap is not None
    assert (gap >= 0) is ar.met(*pair, target)
    assert (ar.missing(counting, *pair, target) == 0) is (gap >= 0)


@given(counts(), targets, elapsed_shares)
def test_required_rate_ends_on_the_target(pair: tuple[int, int], target: F, elapsed: F) -> None:
    n, d = pair
    rate, rest = ar.required_rate(FLOW, n, d, target, elapsed), ar.still_to_come(d, elapsed)
    assert (rate is None) == (elapsed < ar.EARLIEST or elapsed == 1)
    if rate is None or rest is None:
        return
    assert rate >= 0
    end = (n + rate * rest) / (d + rest)
    assert end == target if rate > 0 else end >= target


@given(counts(), targets, elapsed_shares)
def test_out_of_reach_is_a_required_rate_above_one(pair: tuple[int, int], target: F, elapsed: F) -> None:
    assume(target < 1)
    rate = ar.required_rate(FLOW, *pair, target, elapsed)
    if rate is not None:
        assert ar.out_of_reach(FLOW, *pair, target, elapsed) is (rate > 1)


@given(counts(), targets, elapsed_shares)
def test_the_monthly_count_is_enough_by_the_end_of_the_year(
    pair: tuple[int, int], target: F, elapsed: F
) -> None:
    n, d = pair
    monthly, rest = ar.required_per_month(BACKLOG, n, d, target, elapsed), ar.still_to_come(d, elapsed)
    if monthly is None or rest is None:
        return
    end = n + monthly * 12 * (1 - elapsed)
    assert end == max(target * (d + rest), n)


@given(countings, targets, elapsed_shares)
def test_nothing_to_count_has_no_answers(counting: Counting, target: F, elapsed: F) -> None:
    assert ar.met(0, 0, target) is None
    assert ar.gap_points(0, 0, target) is None
    assert ar.missing(counting, 0, 0, target) is None
    assert ar.required_rate(counting, 0, 0, target, elapsed) is None
    assert ar.required_per_month(counting, 0, 0, target, elapsed) is None
    assert ar.out_of_reach(counting, 0, 0, target, elapsed) is False


@given(countings, counts())
def test_answers_are_whole_and_never_negative(counting: Counting, pair: tuple[int, int]) -> None:
    more = ar.missing(counting, *pair, ONE)
    assert more is None or (more >= 0 and more == floor(more))

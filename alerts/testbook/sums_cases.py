"""Tests of the recording rules: the arithmetic at its edges, and the counts of targets and communes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from alerts.rulebook import counts as counted
from alerts.rulebook import figures, shown
from alerts.settings import Alerting
from alerts.testbook.checks import Test
from alerts.testbook.world import Pair, Timeline, World, exporter
from exporter import arithmetic
from exporter.decision import Counting

ELAPSED = ("0", "0.1", "0.7", "1")
TARGETS = ("1", "1/2", "45/100", "455/1000")
COUNTS = ((0, 0), (1, 1), (0, 40), (20, 40), (40, 40), (4499, 10_000))
RECORDED = tuple(rule.record for rule in (*figures.rules(), *counted.rules(), *shown.rules()))
"""What must never be Inf or NaN."""
_SEVERAL_ROUNDINGS = (figures.REQUIRED, figures.REQUIRED_MONTHLY)
"""Floats in several steps: compared to three decimals. Everything else must be exact."""
_FINE = 1000
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Sum:
    """One figure, one target, one way of counting."""

    unit: str
    counting: Counting
    n: int
    d: int
    target: Fraction


def tests(settings: Alerting) -> Iterator[Test]:
    """All of them."""
    time = Timeline(settings.cadence.evaluation, settings.cadence.collection, 1)
    for elapsed in ELAPSED:
        yield arithmetic_at(time, elapsed, sums(COUNTS, TARGETS))
    yield _counts(Timeline.of(settings, timedelta(0)))


def sums(several: Iterable[tuple[int, int]], targets: Sequence[str]) -> Sequence[Sum]:
    """Every way of counting with every figure and target."""
    return [
        Sum(f"{counting.value}-{n}-{d}-{target.replace('/', '-')}", counting, n, d, Fraction(target))
        for counting in Counting
        for n, d in several
        for target in targets
    ]


def arithmetic_at(time: Timeline, elapsed: str, several: Sequence[Sum]) -> Test:
    """What is recorded of each, and that nothing is of what has no answer."""
    world = World(time)
    exporter(world, elapsed=float(elapsed))
    for one in several:
        pair = Pair(
            one.unit,
            time.always(one.n),
            time.always(one.d),
            time.always(float(one.target)),
            indicator=f"of_{one.counting.value}",
            counting=one.counting.value,
            kind=None,
        )
        pair.on(world)
    test = Test(f"arithmetic: every way of counting, T = 1, N = D, D = 0, e = {elapsed}", world)
    for name, value in _values(Fraction(elapsed)).items():
        rounded = name in _SEVERAL_ROUNDINGS
        label = "" if rounded else name
        expected = {
            f'{label}{{unit="{one.unit}", indicator="of_{one.counting.value}"}}': (
                float(_nearest(found * _FINE)) if rounded else float(found)
            )
            for one in several
            if (found := value(one)) is not None
        }
        test.yields(f"round({_FINE} * {name})" if rounded else name, 0, expected)
    for name in RECORDED:
        test.yields(f"{name} != {name} or abs({name}) == Inf", 0, {})
    return test


Value = Callable[[Sum], Fraction | int | bool | None]


def _values(e: Fraction) -> Mapping[str, Value]:
    """Each recording by what the product's own arithmetic says."""

    def out_of_reach(s: Sum) -> bool | None:
        known = s.counting is Counting.FLOW and s.target < 1 and s.d and e >= arithmetic.EARLIEST
        return arithmetic.out_of_reach(s.counting, s.n, s.d, s.target, e) if known else None

    def required(s: Sum) -> Fraction | None:
        return arithmetic.required_rate(s.counting, s.n, s.d, s.target, e)

    return {
        figures.GAP: lambda s: Fraction(s.n, s.d) - s.target if s.d else None,
        figures.ATTAINMENT: lambda s: Fraction(s.n, s.d) / s.target if s.d and s.target else None,
        figures.MISSING: lambda s: arithmetic.missing(s.counting, s.n, s.d, s.target),
        figures.REQUIRED: required,
        figures.REQUIRED_MONTHLY: lambda s: arithmetic.required_per_month(s.counting, s.n, s.d, s.target, e),
        figures.OUT_OF_REACH: out_of_reach,
        shown.SHOWN_RATE: rate_as_written,
        shown.SHOWN_GAP: gap_as_written,
    }


def _nearest(value: Fraction | int) -> int:
    return int((Fraction(value) + HALF) // 1)


def rate_as_written(s: Sum) -> Fraction | None:
    """To one decimal, never across the target (see `vietnamese.percent`, which a test compares it with)."""
    if not s.d:
        return None
    exact = Fraction(s.n, s.d) * 1000
    tenths = _nearest(exact)
    if exact < s.target * 1000 <= tenths:
        tenths -= 1
    elif exact >= s.target * 1000 > tenths:
        tenths += 1
    return Fraction(tenths, 10)


def gap_as_written(s: Sum) -> Fraction | None:
    """To one decimal; what is missing is never 0 (see `vietnamese.points`)."""
    points = arithmetic.gap_points(s.n, s.d, s.target)
    if points is None:
        return None
    tenths = _nearest(points * 10)
    return Fraction(-1, 10) if tenths == 0 and points < 0 else Fraction(tenths, 10)


def _counts(time: Timeline) -> Test:
    world = World(time)
    exporter(world)

    def there(unit: str, kind: str, parent: str, *figures_: tuple[str, int | None, int | None]) -> None:
        for indicator, n, d in figures_:
            target = time.always(0.5)
            Pair(
                unit, time.always(n), time.always(d), target, indicator=indicator, kind=kind, parent=parent
            ).on(world)

    a, b = "online_dossier", "online_payment"
    there("so-1", "department", "tinh", (a, 50, 100), (b, 49, 100))
    there("so-2", "department", "tinh", (a, 90, 100), (b, 60, 100))
    there("so-3", "department", "tinh", (a, 0, 0), (b, None, None))
    there("xa-nhom", "commune_group", "ubnd-1", (a, 60, 100))
    there("xa-nhom-2", "commune_group", "ubnd-2", (a, 10, 100))
    there("xa-1", "commune", "xa-nhom", (a, 5, 10))
    there("xa-2", "commune", "xa-nhom", (a, 4, 10))
    there("xa-3", "commune", "xa-nhom", (a, None, None))
    there("xa-4", "commune", "xa-nhom-2", (a, 1, 10))
    there("xa-5", "commune", "tinh", (a, 9, 10))
    test = Test(
        "counts: targets met, assigned and unknown; communes of a group apart, 0 and not absent", world
    )
    annex = {"so-1": (2, 1, 0), "so-2": (2, 2, 0), "so-3": (2, 0, 2)}
    groups = {"xa-nhom": (1, 1, 0), "xa-nhom-2": (1, 0, 0)}
    communes = {"xa-1": (1, 1, 0), "xa-2": (1, 0, 0), "xa-3": (1, 0, 1), "xa-4": (1, 0, 0), "xa-5": (1, 1, 0)}
    expected = {f'unit="{unit}"': found for unit, found in {**annex, **groups, **communes}.items()}
    _all_three(test, "unit:dvc_targets", expected)
    _all_three(test, "indicator:dvc_targets", {f'indicator="{a}"': (6, 4, 1), f'indicator="{b}"': (3, 1, 1)})
    _all_three(test, "indicator:dvc_commune_targets", {f'indicator="{a}"': (4, 1, 1)})
    _all_three(test, "province:dvc_targets", {"": (9, 5, 2)})
    _all_three(test, "province:dvc_commune_targets", {"": (4, 1, 1)})
    for name, value in (("assigned", 6), ("meeting_all", 3), ("below_some", 2)):
        test.yields(f"province:dvc_units_{name}:count", 0, {f"province:dvc_units_{name}:count": value})
    for name, first, second in (
        (counted.COMMUNES_ASSIGNED, 3, 1),
        (counted.COMMUNES_MEASURED, 2, 1),
        (counted.COMMUNES_MET, 1, 0),
        (counted.COMMUNES_UNKNOWN, 1, 0),
    ):
        labels = [f'{name}{{unit="{unit}", indicator="{a}"}}' for unit in groups]
        test.yields(name, 0, dict(zip(labels, (first, second), strict=True)))
    return test


def _all_three(test: Test, name: str, expected: Mapping[str, tuple[int, int, int]]) -> None:
    for place, what in enumerate(("assigned", "met", "unknown")):
        metric = f"{name}_{what}:count"
        samples = {f"{metric}{{{labels}}}": float(found[place]) for labels, found in expected.items()}
        test.yields(metric, 0, samples)

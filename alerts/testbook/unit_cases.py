"""Tests of the alerts about units: each in every case that has ever made such an alert wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from alerts.settings import Alerting
from alerts.testbook.checks import Test
from alerts.testbook.expected import Facts, said
from alerts.testbook.world import Pair, Timeline, Values, World, exporter, told
from exporter.clock import PROVINCE_TIME

NEW_YEAR = datetime(2025, 1, 1, tzinfo=PROVINCE_TIME)
TURN = 4
"""Collections before the new year at which a test about it begins."""
LENGTH = 8
"""Collections that most tests last for."""
CASES = "missing measurement, missing target, zero denominator, small counts, one lost collection"
Counts = tuple[int, int]
NOTHING: Counts = (0, 0)


@dataclass(frozen=True)
class Shape:
    """How a figure changes so that an alert must fire."""

    alert: str
    target: Fraction
    good: Counts
    bad: Counts
    milestone: Fraction | None = None
    flow_only: bool = False
    """Whether nothing is said where it is not known how the indicator counts."""


SHAPES = (
    Shape("DvcUnitBelowTarget", Fraction(1, 2), (1600, 2500), (1080, 2500)),
    Shape("DvcUnitFarBelowTarget", Fraction(1, 2), (1600, 2500), (620, 2500)),
    Shape("DvcUnitBehindMilestone", Fraction(1, 2), (1600, 2500), (1100, 2500), milestone=Fraction(9, 20)),
    Shape("DvcTargetOutOfReach", Fraction(9, 10), (2400, 2500), (1300, 2500), flow_only=True),
)


@dataclass(frozen=True)
class Moments:
    """Steps at which something happens."""

    time: Timeline
    trigger: int
    """The collection that brings the figure the alert is about."""
    second: int
    """The collection after it."""
    third: int
    fires: int
    """The first step at which two collections have agreed."""
    kept: int
    """So many steps an alert goes on after its reason is gone, and a little more."""

    @classmethod
    def of(cls, settings: Alerting, time: Timeline) -> Moments:
        """With the trigger at the third collection."""
        a = [time.tick(n * time.collection) for n in (2, 3, 4)]
        cadence = settings.cadence
        return cls(time, a[0], a[1], a[2], a[0] + time.tick(cadence.confirmed), time.tick(cadence.kept) + 2)


def tests(settings: Alerting) -> Iterator[Test]:
    """All tests of one unit alert each, but those that look back for days."""
    for shape in SHAPES:
        yield _plain(shape, settings)
        yield _cases(shape, settings)
        yield _new_year(shape, settings)


def eve(settings: Alerting, length: int = LENGTH) -> Timeline:
    """Some collections of the old year, and some of the new."""
    collection = settings.cadence.collection
    return Timeline.of(settings, length * collection, told=NEW_YEAR - TURN * collection)


def counts(time: Timeline, *changes: tuple[int, Counts | None]) -> tuple[Values, Values]:
    """Numerator and denominator that change at steps; None: the figure is missing."""

    def part(which: int) -> Values:
        def now(tick: int) -> float | None:
            current = [value for since, value in changes if since <= tick][-1]
            return None if current is None else current[which]

        return time.each(now)

    return part(0), part(1)


def pair(unit: str, shape: Shape, time: Timeline, *changes: tuple[int, Counts | None]) -> Pair:
    """A pair with a source of its own, good from the beginning."""
    numerator, denominator = counts(time, (0, shape.good), *changes)
    milestone = None if shape.milestone is None else time.always(float(shape.milestone))
    target = time.always(float(shape.target))
    return Pair(unit, numerator, denominator, target, f"cong-{unit}", milestone=milestone)


def put(world: World, pairs: Sequence[Pair]) -> World:
    """Pairs into a world."""
    for one in pairs:
        one.on(world)
    return world


def facts(world: World, shape: Shape, unit: str, tick: int, since: int) -> Facts:
    """What is true at a step of a pair that has been bad since another."""
    time = world.time
    collected = told(world, time.last_collection(tick))
    return Facts(
        unit,
        *shape.bad,
        shape.target,
        f"cong-{unit}",
        collected,
        told(world, time.seconds(since)),
        told(world, time.seconds(tick)).date(),
        milestone=shape.milestone,
    )


def _plain(shape: Shape, settings: Alerting) -> Test:
    time = Timeline.of(settings, LENGTH * settings.cadence.collection)
    m = Moments.of(settings, time)
    world = World(time)
    exporter(world)
    unit = "cong-thuong"
    put(world, [pair(unit, shape, time, (m.trigger, shape.bad))])
    test = Test(
        f"{shape.alert}: not firing one step before two collections agree, firing one step after", world
    )
    test.fires(shape.alert, m.fires - 1)
    found = said(shape.alert, facts(world, shape, unit, m.fires, m.trigger), settings)
    test.fires(shape.alert, m.fires, [found])
    return test


def _cases(shape: Shape, settings: Alerting) -> Test:
    time = Timeline.of(settings, LENGTH * settings.cadence.collection)
    m = Moments.of(settings, time)
    world = World(time)
    exporter(world)
    bad = (m.trigger, shape.bad)
    plain = pair("plain", shape, time, bad)
    few = (1, 9)
    pairs = [
        plain,
        pair("never-measured", shape, time, (0, None)),
        pair("missing-at-the-second-collection", shape, time, bad, (m.second, None)),
        pair("missing-while-firing", shape, time, bad, (m.fires + 1, None)),
        replace(pair("no-target", shape, time, bad), target=time.always(None)),
        replace(
            pair("exempted-while-firing", shape, time, bad),
            target=time.from_tick(m.fires + 1, float(shape.target), None),
            exempt=time.from_tick(m.fires + 1, None, 1),
        ),
        pair("zero-denominator", shape, time, (m.trigger, NOTHING)),
        pair("small-counts", shape, time, (m.trigger, few)),
        replace(pair("one-lost-collection", shape, time, bad), lost=(3,)),
        pair("only-one-collection", shape, time, bad, (m.second, shape.good)),
        replace(pair("without-info", shape, time, bad).without_info(), indicator="unknown_indicator"),
    ]
    firing = ["plain", "missing-while-firing", "exempted-while-firing"]
    if not shape.flow_only:
        firing.append("without-info")
        small = pair("small-catalogue", shape, time, (m.trigger, few))
        pairs.append(replace(small, indicator="service_with_dossier", counting="catalogue"))
        firing.append("small-catalogue")
    put(world, pairs)
    test = Test(f"{shape.alert}: {CASES}", world)
    test.firing(shape.alert, m.fires - 1)
    test.firing(shape.alert, m.fires, sorted(firing))
    late = m.third + (m.fires - m.trigger)
    test.firing(shape.alert, m.fires + 2, sorted(firing))
    kept = [unit for unit in firing if unit != "exempted-while-firing"]
    test.firing(shape.alert, late - 1, sorted(kept))
    test.firing(shape.alert, late + m.kept, sorted([*kept, "one-lost-collection"]))
    return test


def _new_year(shape: Shape, settings: Alerting) -> Test:
    time = eve(settings)
    m = Moments.of(settings, time)
    midnight = time.tick(NEW_YEAR - time.told)
    fresh = midnight + time.tick(2 * time.collection)
    starts = time.from_tick(
        fresh,
        datetime(2024, 1, 1, tzinfo=PROVINCE_TIME).timestamp() - time.offset,
        NEW_YEAR.timestamp() - time.offset,
    )
    world = World(time)
    exporter(world)
    bad, none = (m.trigger, shape.bad), (midnight, None)
    pairs = [
        pair("good-again-in-the-new-year", shape, time, bad, none, (fresh, shape.good)),
        pair("bad-in-the-new-year-too", shape, time, bad, none, (fresh, shape.bad)),
        pair("nothing-yet-in-the-new-year", shape, time, bad, none),
        pair("little-yet-in-the-new-year", shape, time, bad, none, (fresh, (1, 9))),
    ]
    put(world, [replace(one, year_starts=starts) for one in pairs])
    test = Test(f"{shape.alert}: 1 January", world)
    everybody = sorted(one.unit for one in pairs)
    test.firing(shape.alert, midnight - 1, everybody)
    again = fresh + (m.fires - m.trigger)
    test.firing(shape.alert, midnight + m.kept, [])
    test.firing(shape.alert, again - 1, [])
    test.firing(shape.alert, again, ["bad-in-the-new-year-too"])
    for tick in (midnight + m.kept, again, time.steps):
        test.firing("DvcUnitBackOnTarget", tick, [])
    return test

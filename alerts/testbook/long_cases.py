"""Tests of what looks back: recovery, falling, far for long; and of figures and targets that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from alerts.settings import DAY, Alerting
from alerts.testbook.checks import Test
from alerts.testbook.expected import said
from alerts.testbook.unit_cases import (
    CASES,
    LENGTH,
    NEW_YEAR,
    NOTHING,
    SHAPES,
    Moments,
    Shape,
    eve,
    facts,
    pair,
    put,
)
from alerts.testbook.world import Pair, Timeline, World, exporter
from exporter.clock import PROVINCE_TIME

BELOW, FAR = SHAPES[0], SHAPES[1]
OLD_YEAR = datetime(2024, 1, 1, tzinfo=PROVINCE_TIME)
UNIT = "cong-thuong"
FEW = (1, 9)
BACK, FALLING, LONG = "DvcUnitBackOnTarget", "DvcUnitFalling", "DvcUnitFarBelowTargetLong"
MEASUREMENT, TARGET = "DvcMeasurementMissing", "DvcTargetMissing"


def tests(settings: Alerting) -> Iterator[Test]:
    """All of them."""
    yield from back(settings)
    yield from _falling(settings)
    yield from _long(settings)
    yield from measurement(settings)
    yield from _target(settings)
    yield _silence(settings)


def _world(time: Timeline) -> World:
    world = World(time)
    exporter(world)
    return world


def back(settings: Alerting) -> Iterator[Test]:
    """Recovery: told once, for three days, and only where a rate was measured."""
    told_for = settings.lasting.back_on_target + settings.cadence.back
    time = Timeline.of(settings, 4 * settings.cadence.collection + told_for + 2 * settings.cadence.kept)
    m = Moments.of(settings, time)
    bad, good = (m.trigger, BELOW.bad), (m.third, BELOW.good)
    fires = m.third + time.tick(settings.cadence.back)
    world = put(_world(time), [pair(UNIT, BELOW, time, bad, good)])
    test = Test(f"{BACK}: not firing one step before, firing one step after, for three days, once", world)
    test.firing(BELOW.alert, m.third, [UNIT])
    test.fires(BACK, fires - 1)
    # What it takes back has ended when it is told, so that no mail holds both.
    test.firing(BELOW.alert, fires)
    there = replace(
        facts(world, BELOW, UNIT, fires, m.trigger), numerator=BELOW.good[0], since=None, met="1/1"
    )
    test.fires(BACK, fires, [said(BACK, there, settings)])
    end = m.third + time.tick(told_for)
    test.firing(BACK, end, [UNIT])
    test.firing(BACK, end + m.kept)
    yield test
    yield _back_cases(settings, m, fires)
    yield _back_in_the_new_year(settings)


def _back_cases(settings: Alerting, m: Moments, fires: int) -> Test:
    time = Timeline.of(settings, 12 * settings.cadence.collection)
    bad, good = (m.trigger, BELOW.bad), (m.third, BELOW.good)
    after = m.third + (m.second - m.trigger)
    there = float(BELOW.target)
    pairs = [
        pair("plain", BELOW, time, bad, good),
        pair("never-below", BELOW, time),
        pair("below-for-one-collection-and-never-told", BELOW, time, bad, (m.second, BELOW.good)),
        pair("below-again-at-the-next", BELOW, time, bad, good, (after, BELOW.bad)),
        pair("missing-instead", BELOW, time, bad, (m.third, None)),
        pair("missing-after-it-was-good-once", BELOW, time, bad, good, (after, None)),
        replace(pair("exempted-instead", BELOW, time, bad), target=time.from_tick(m.third, there, None)),
        replace(pair("no-target", BELOW, time, bad, good), target=time.always(None)),
        pair("zero-denominator", BELOW, time, bad, (m.third, NOTHING)),
        pair("small-counts", BELOW, time, bad, (m.third, (9, 9))),
        pair("far-below-instead", BELOW, time, bad, (m.third, FAR.bad)),
        replace(pair("one-lost-collection", BELOW, time, bad, good), lost=(5,)),
    ]
    test = Test(f"{BACK}: {CASES}, withheld, exempted, warning to critical", put(_world(time), pairs))
    test.firing(BACK, fires - 1)
    test.firing(BACK, fires, ["plain"])
    late = after + (m.second - m.trigger) + (fires - m.third)
    test.firing(BACK, late - 1, ["plain"])
    test.firing(BACK, late, ["one-lost-collection", "plain"])
    return test


def _back_in_the_new_year(settings: Alerting) -> Test:
    time = eve(settings, 12)
    m = Moments.of(settings, time)
    midnight = time.tick(NEW_YEAR - time.told)
    fresh = midnight + time.tick(time.collection)
    bad, good = (m.trigger, BELOW.bad), (fresh, BELOW.good)
    starts = time.from_tick(fresh, OLD_YEAR.timestamp() - time.offset, NEW_YEAR.timestamp() - time.offset)
    one = replace(pair(UNIT, BELOW, time, bad, (midnight, None), good), year_starts=starts)
    test = Test(f"{BACK}: 1 January is no recovery", put(_world(time), [one]))
    test.firing(BELOW.alert, midnight - 1, [UNIT])
    for tick in range(fresh, time.steps, time.tick(time.collection)):
        test.firing(BACK, tick)
    return test


def _coarse(settings: Alerting, length: timedelta, told: datetime) -> Timeline:
    """One step for each collection: what looks back for days would take minutes in finer ones."""
    whole = Timeline.of(settings, length, told)
    return Timeline(whole.collection, whole.collection, -(-length // whole.collection), told)


def _falling(settings: Alerting) -> Iterator[Test]:
    span = settings.bands.falling_days * DAY
    time = _coarse(settings, span + 5 * DAY, datetime(2024, 9, 16, tzinfo=PROVINCE_TIME))
    fall = time.tick(span + DAY)
    fires = fall + time.tick(settings.cadence.confirmed)
    high, low, little = (1500, 2500), (1375, 2500), (1376, 2500)
    shape = Shape(FALLING, Fraction(1, 2), high, low)
    world = put(_world(time), [pair(UNIT, shape, time, (fall, low))])
    test = Test(f"{FALLING}: not firing one step before, firing one step after", world)
    test.fires(FALLING, fires - 1)
    there = replace(facts(world, shape, UNIT, fires, fall), since=None, met="1/1")
    test.fires(FALLING, fires, [said(FALLING, there, settings)])
    yield test
    pairs = [
        pair("plain", shape, time, (fall, low)),
        pair("a-little-less", shape, time, (fall, little)),
        pair("never-measured", shape, time, (0, None)),
        pair("missing-at-the-second-collection", shape, time, (fall, low), (fall + 1, None)),
        replace(pair("no-target", shape, time, (fall, low)), target=time.always(None)),
        pair("zero-denominator", shape, time, (fall, NOTHING)),
        pair("small-counts", shape, time, (0, (9, 9)), (fall, FEW)),
        replace(pair("one-lost-collection", shape, time, (fall, low)), lost=(fall + 1,)),
        pair("only-one-collection", shape, time, (fall, low), (fall + 1, high)),
    ]
    test = Test(f"{FALLING}: {CASES}", put(_world(time), pairs))
    test.firing(FALLING, fires, ["plain"])
    test.firing(FALLING, fires + 2, ["one-lost-collection", "plain"])
    yield test
    time = replace(time, told=NEW_YEAR - span - DAY)
    starts = time.from_tick(fall, OLD_YEAR.timestamp() - time.offset, NEW_YEAR.timestamp() - time.offset)
    one = replace(pair(UNIT, shape, time, (fall, (100, 1000))), year_starts=starts)
    test = Test(f"{FALLING}: 1 January is no fall", put(_world(time), [one]))
    for tick in range(fall, time.steps):
        test.firing(FALLING, tick)
    yield test


def _long(settings: Alerting) -> Iterator[Test]:
    span = settings.lasting.escalation
    step = timedelta(hours=1)
    time = Timeline(step, settings.cadence.collection, -(-(span + DAY) // step))
    begin = 6
    fires = begin - 1 + time.tick(span)
    world = put(_world(time), [pair(UNIT, FAR, time, (begin, FAR.bad))])
    test = Test(f"{LONG}: not firing one step before, firing one step after", world)
    test.fires(LONG, fires - 1)
    test.fires(LONG, fires, [said(LONG, facts(world, FAR, UNIT, fires, begin), settings)])
    yield test
    bad, some = (begin, FAR.bad), fires - time.tick(2 * DAY)
    pairs = [
        pair("plain", FAR, time, bad),
        pair("missing-for-two-days", FAR, time, bad, (some, None)),
        pair("missing-at-first", FAR, time, (0, None), (time.tick(3 * DAY), FAR.bad)),
        pair("below-but-not-far-for-one-collection", FAR, time, bad, (some, BELOW.bad), (some + 6, FAR.bad)),
        replace(pair("no-target", FAR, time, bad), target=time.always(None)),
        pair("zero-denominator", FAR, time, (0, NOTHING)),
        pair("small-counts", FAR, time, (0, FEW)),
        replace(pair("one-lost-collection", FAR, time, bad), lost=(9,)),
    ]
    test = Test(f"{LONG}: {CASES}", put(_world(time), pairs))
    test.firing(LONG, fires, ["missing-for-two-days", "one-lost-collection", "plain"])
    yield test
    time = replace(time, told=NEW_YEAR - span + 5 * DAY)
    midnight = time.tick(NEW_YEAR - time.told)
    starts = time.from_tick(midnight, OLD_YEAR.timestamp() - time.offset, NEW_YEAR.timestamp() - time.offset)
    one = replace(pair(UNIT, FAR, time, bad), year_starts=starts)
    test = Test(f"{LONG}: 1 January begins anew", put(_world(time), [one]))
    test.firing(LONG, fires)
    test.firing(LONG, time.steps)
    yield test


def measurement(settings: Alerting) -> Iterator[Test]:
    """A target without a figure."""
    time = Timeline.of(settings, LENGTH * settings.cadence.collection)
    m = Moments.of(settings, time)
    gone = (m.trigger, None)
    world = put(_world(time), [pair(UNIT, BELOW, time, gone)])
    test = Test(
        f"{MEASUREMENT}: not firing one step before, firing one step after a missing measurement", world
    )
    test.fires(MEASUREMENT, m.fires - 1)
    there = replace(facts(world, BELOW, UNIT, m.fires, m.trigger), unknown="1")
    test.fires(MEASUREMENT, m.fires, [said(MEASUREMENT, there, settings)])
    yield test
    pairs = [
        pair("plain", BELOW, time, gone),
        pair("measured", BELOW, time),
        pair("back-at-the-second-collection", BELOW, time, gone, (m.second, BELOW.good)),
        replace(pair("no-target", BELOW, time, gone), target=time.always(None)),
        pair("zero-denominator", BELOW, time, (m.trigger, NOTHING)),
        pair("small-counts", BELOW, time, (m.trigger, FEW)),
        replace(pair("one-lost-collection", BELOW, time, gone), lost=(3,)),
        # A portal that does not answer is no reason to write to anybody but the operators.
        replace(pair("portal-down-until-withdrawn", BELOW, time, gone), lost=tuple(range(2, 7))),
    ]
    test = Test(f"{MEASUREMENT}: {CASES}", put(_world(time), pairs))
    test.firing(MEASUREMENT, m.fires - 1)
    test.firing(MEASUREMENT, m.fires, ["plain"])
    late = m.third + (m.fires - m.trigger)
    test.firing(MEASUREMENT, late - 1, ["plain"])
    test.firing(MEASUREMENT, late, ["one-lost-collection", "plain"])
    yield test
    time = eve(settings)
    midnight = time.tick(NEW_YEAR - time.told)
    test = Test(
        f"{MEASUREMENT}: 1 January, no figures of the new year in two collections",
        put(_world(time), [pair(UNIT, BELOW, time, (midnight, None))]),
    )
    test.firing(MEASUREMENT, midnight + (m.fires - m.trigger) - 1)
    test.firing(MEASUREMENT, midnight + (m.fires - m.trigger), [UNIT])
    yield test


def _target(settings: Alerting) -> Iterator[Test]:
    time = Timeline.of(settings, LENGTH * settings.cadence.collection)
    m = Moments.of(settings, time)
    there = float(BELOW.target)
    gone = time.from_tick(m.trigger, there, None)
    world = put(_world(time), [replace(pair(UNIT, BELOW, time), target=gone)])
    test = Test(f"{TARGET}: not firing one step before, firing one step after a missing target", world)
    test.fires(TARGET, m.fires - 1)
    found = replace(facts(world, BELOW, UNIT, m.fires, m.trigger), numerator=BELOW.good[0])
    test.fires(TARGET, m.fires, [said(TARGET, found, settings)])
    yield test

    def without(name: str, *changes: tuple[int, tuple[int, int] | None]) -> Pair:
        return replace(pair(name, BELOW, time, *changes), target=gone)

    pairs = [
        without("plain"),
        without("never-measured", (0, None)),
        without("zero-denominator", (m.trigger, NOTHING)),
        without("small-counts", (m.trigger, FEW)),
        replace(without("exempt"), exempt=time.from_tick(m.trigger, None, 1)),
        replace(without("the-province"), kind="province"),
        replace(without("one-lost-collection"), lost=(3,)),
    ]
    test = Test(f"{TARGET}: {CASES}", put(_world(time), pairs))
    test.firing(TARGET, m.fires, ["plain", "small-counts"])
    late = m.third + (m.fires - m.trigger)
    test.firing(TARGET, late, ["one-lost-collection", "plain", "small-counts"])
    yield test
    time = eve(settings)
    midnight = time.tick(NEW_YEAR - time.told)
    ended = replace(pair(UNIT, BELOW, time), target=time.from_tick(midnight, there, None))
    test = Test(f"{TARGET}: 1 January, a decision that ended with its year", put(_world(time), [ended]))
    test.firing(TARGET, midnight + (m.fires - m.trigger) - 1)
    test.firing(TARGET, midnight + (m.fires - m.trigger), [UNIT])
    yield test


def _silence(settings: Alerting) -> Test:
    """Everything of the exporter goes while an alert fires, and comes back."""
    time = Timeline.of(settings, 12 * settings.cadence.collection)
    m = Moments.of(settings, time)
    silent = range(m.fires + 3, m.fires + 3 + time.tick(2 * settings.cadence.kept))
    world = World(time)
    exporter(world, alive=time.each(lambda tick: None if tick in silent else 1))
    put(world, [pair(UNIT, BELOW, time, (m.trigger, BELOW.bad)), pair("met", BELOW, time)])
    for name, values in world.series.items():
        if not name.startswith("up{"):
            world.series[name] = [None if tick in silent else value for tick, value in enumerate(values)]
    test = Test("DvcExporterDown: its silence neither ends a unit's alert nor starts another", world)
    for tick in (silent.start - 1, silent.start + m.kept + 2, silent.stop - 1, silent.stop + m.kept):
        test.firing(BELOW.alert, tick, [UNIT])
        test.firing(MEASUREMENT, tick)
    test.firing("DvcExporterDown", silent.start + time.tick(settings.cadence.short), [""])
    test.firing("DvcExporterDown", silent.stop)
    return test

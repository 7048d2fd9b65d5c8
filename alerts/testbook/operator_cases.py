"""Tests of the alerts for operators: quiet in a world full of the usual trouble, heard when it is theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from alerts.alertmanager.calendar import Calendar
from alerts.rulebook.annotations import runbook
from alerts.rulebook.operators import calendar_end
from alerts.settings import Alerting
from alerts.testbook.checks import Test
from alerts.testbook.expected import SIMULATED
from alerts.testbook.troubles import PORTAL, Trouble, troubles
from alerts.testbook.unit_cases import CASES, NOTHING, SHAPES, eve, pair, put
from alerts.testbook.world import Labels, Pair, Timeline, Values, World, exporter, source, told
from exporter import vietnamese as vn

SHAPE = SHAPES[0]
ALERTS = (
    "DvcSourceDown",
    "DvcDataStale",
    "DvcFiguresFrozen",
    "DvcTotalsMismatch",
    "DvcReadingsWithheld",
    "DvcUnitsUnmatched",
    "DvcArchiveFailing",
    "DvcExporterDown",
    "DvcConfigReloadFailed",
    "DvcMailNotDelivered",
    "DvcCalendarEnding",
    "DvcRulesFailing",
    "DvcStorageFailing",
)
_AS_OF = (
    f'dvc_source_as_of_timestamp_seconds{{source="{PORTAL}", job="dvc-exporter", instance="127.0.0.1:9805"}}'
)


def tests(settings: Alerting) -> Iterator[Test]:
    """All but that of the calendar, which needs another time."""
    yield _calm(settings)
    yield from _troubled(settings)
    yield _exporter_down(settings)


def _usual_trouble(time: Timeline) -> World:
    """What happens to figures in any week, at the turn of the year."""
    world = World(time)
    exporter(world)
    m = time.tick(2 * time.collection)
    pairs: list[Pair] = [
        pair("met", SHAPE, time),
        pair("missing-measurement", SHAPE, time, (m, None)),
        replace(pair("missing-target", SHAPE, time), target=time.always(None)),
        pair("zero-denominator", SHAPE, time, (m, NOTHING)),
        pair("small-counts", SHAPE, time, (m, (1, 9))),
        replace(pair("one-lost-collection", SHAPE, time), lost=(3,)),
    ]
    put(world, pairs)
    for one in pairs:
        labels = {"source": one.source or ""}
        for outcome in ("accepted", "withheld", "unmatched", "ambiguous"):
            values = time.always(7 if outcome == "accepted" else 0)
            world.add("dvc_source_readings", {**labels, "outcome": outcome}, values)
        world.add(
            "dvc_source_total_mismatch_ratio", {**labels, "indicator": "online_dossier"}, time.always(0.004)
        )
    _machinery(world, {})
    return world


def _machinery(world: World, changed: Mapping[str, Values]) -> None:
    """What the servers say of themselves."""
    time = world.time
    mail = 'alertmanager_notifications_failed_total{integration="email", receiver_name="unit-so-y-te"}'
    for series, usual in (
        (mail, 3),
        ("prometheus_config_last_reload_successful", 1),
        ("alertmanager_config_last_reload_successful", 1),
        ("prometheus_rule_evaluation_failures_total", 0),
        ("prometheus_rule_group_iterations_missed_total", 0),
        ("prometheus_tsdb_compactions_failed_total", 0),
        ("prometheus_tsdb_reloads_failures_total", 0),
        ("prometheus_tsdb_wal_corruptions_total", 0),
        ("prometheus_tsdb_wal_writes_failed_total", 0),
    ):
        world.series[series] = changed.get(series.partition("{")[0], time.always(usual))


def _calm(settings: Alerting) -> Test:
    time = eve(settings)
    world = _usual_trouble(time)
    test = Test(f"{', '.join(ALERTS)}: not firing for {CASES}, 1 January", world)
    ticks = range(0, time.steps, time.tick(time.collection))
    for alert in ALERTS:
        for tick in ticks:
            test.fires(alert, tick)
    always = _said(
        settings,
        "DvcWatchdog",
        {"severity": "info"},
        "Hệ thống cảnh báo đang hoạt động",
        "Cảnh báo này luôn bật và được gửi đến thiết bị giám sát ngoài. Khi quá "
        f"{vn.age(3 * settings.cadence.short)} không nhận được, dây chuyền cảnh báo đã đứt ở đâu đó.",
    )
    for tick in ticks:
        test.fires("DvcWatchdog", tick, [always])
    return test


def _said(  # noqa: PLR0913, PLR0917 - the parts of one alert
    settings: Alerting, alert: str, labels: Labels, summary: str, description: str, as_of: str | None = None
) -> tuple[Labels, Mapping[str, str]]:
    annotations = {
        "summary": summary,
        "description": description,
        **({} if as_of is None else {"as_of": as_of}),
        "runbook_url": runbook(alert, settings),
        "simulated": SIMULATED,
    }
    return {**labels, "audience": "operators"}, annotations


def _troubled(settings: Alerting) -> Iterator[Test]:
    """Every fault in a world that has all other trouble as well; each alert once in a world."""
    time = eve(settings)
    worlds: list[list[Trouble]] = []
    for trouble in troubles(settings, time):
        fitting = (several for several in worlds if all(not _collide(trouble, other) for other in several))
        found = next(fitting, None)
        if found is None:
            worlds.append([trouble])
        else:
            found.append(trouble)
    for several in worlds:
        yield _heard(settings, time, several)


def _collide(one: Trouble, other: Trouble) -> bool:
    """Whether two cannot be told apart in one world."""
    return one.alert == other.alert or {one.alert, other.alert} == {"DvcSourceDown", "DvcDataStale"}


def _heard(settings: Alerting, time: Timeline, several: Sequence[Trouble]) -> Test:
    world = _usual_trouble(time)
    names = [trouble.alert for trouble in several]
    down = {"DvcSourceDown", "DvcDataStale"} & set(names)
    source(world, PORTAL, lost=tuple(range(3, 99)) if down else ())
    for trouble in several:
        for name, values in trouble.changes.items():
            _change(world, name, values)
    test = Test(f"{', '.join(names)}: not firing one step before, firing one step after", world)
    collected = world.series[_AS_OF]
    for trouble in several:
        as_of = vn.moment(told(world, collected[trouble.tick] or 0)) if "source" in trouble.labels else None
        expected = _said(settings, trouble.alert, trouble.labels, trouble.summary, trouble.description, as_of)
        test.fires(trouble.alert, trouble.tick - 1)
        test.fires(trouble.alert, trouble.tick, [expected])
    return test


def _change(world: World, name: str, values: Values) -> None:
    """A series of the portal in trouble or of a server; the labels stand in its name."""
    if name.startswith("dvc_"):
        metric, _, rest = name.partition("{")
        labels = dict(part.split("=") for part in rest.rstrip("}").split(",")) if rest else {}
        world.add(metric, labels, values)
    else:
        world.series[name] = values


def _exporter_down(settings: Alerting) -> Test:
    time = eve(settings, 1)
    world = World(time)
    exporter(world, alive=time.from_tick(1, 1, None))
    test = Test("DvcExporterDown: not firing one step before, firing one step after", world)
    fires = 1 + time.tick(settings.cadence.short)
    test.fires("DvcExporterDown", fires - 1)
    description = (
        "Prometheus không đọc được số liệu từ bộ thu thập, hoặc bộ thu thập chưa có số liệu nào. Không gửi "
        "thông báo cho "
        "thủ trưởng đơn vị trong thời gian này."
    )
    summary = "Bộ thu thập số liệu không trả lời"
    test.fires(
        "DvcExporterDown",
        fires,
        [_said(settings, "DvcExporterDown", {"severity": "critical"}, summary, description)],
    )
    return test


def calendar_test(settings: Alerting, calendar: Calendar) -> Test:
    """Some decades after the beginning of Unix time, in two steps."""
    ends = calendar_end(calendar)
    moment = int((ends - settings.lasting.calendar).timestamp())
    step = timedelta(seconds=moment // 2)
    time = Timeline(step, step, 3)
    test = Test("DvcCalendarEnding: not firing one step before, firing one step after", World(time))
    odd = moment % 2
    test.fires("DvcCalendarEnding", 1)
    summary = f"Lịch nghỉ lễ chỉ có đến hết ngày {vn.day(ends.date() - timedelta(days=1))}"
    description = (
        f"Lịch làm việc chưa có ngày nghỉ của năm {ends.year}; từ ngày {vn.day(ends.date())} không dựng lại "
        "được cấu hình "
        "gửi thư và thư có thể đến vào ngày nghỉ. Bổ sung calendar.yaml theo thông báo nghỉ lễ."
    )
    labels, said = _said(settings, "DvcCalendarEnding", {"severity": "warning"}, summary, description)
    test.fires("DvcCalendarEnding", 2 + odd, [(labels, {**said, "simulated": ""})])
    return test

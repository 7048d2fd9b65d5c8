"""The exporter at work, with a portal and a clock that do as they are told."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from exporter import sources
from exporter.archive.store import Archive, ArchiveError
from exporter.clock import Clock, FixedClock
from exporter.config.faults import ConfigError
from exporter.errors import PortalError, Reason
from exporter.fetch.fetcher import Fetcher
from exporter.periods import Period
from exporter.pipeline import Pipeline
from exporter.settings import FetchSettings, Settings
from exporter.snapshot.model import Figure, Snapshot
from exporter.sources.base import Page, PartReading, PortalUnit, Reading, Request
from tests.builders import at, collection

DECISION = """
decision:
  number: 805/QĐ-UBND
  title: Giao chỉ tiêu
  authority: Chủ tịch Ủy ban nhân dân tỉnh Thái Bình
  issued: 2024-05-24
  period: {start: 2024-01-01, end: 2024-12-31}
  in_force: until_replaced
  monitors: [Sở Nội vụ]
indicators:
  - id: online_dossier
    name: Tỷ lệ hồ sơ trực tuyến
    short_name: Hồ sơ trực tuyến
    counting: flow
    counted: hồ sơ
    applies_to: [department]
    target: 50%
units:
  - {id: so-y-te, number: 1, name: Sở Y tế, kind: department, parent: tinh}
  - {id: so-noi-vu, number: 2, name: Sở Nội vụ, kind: department, parent: tinh}
"""
CONFIG = """
decision: targets.yaml
archive: {directory: archive}
sources:
  - {id: cong, name: Cổng tỉnh, family: told, every: 1h, validity: 26h, read: {}}
responsible:
  - {source: cong, kinds: [department, province], indicators: all}
"""


class Nothing(BaseModel):
    """No options."""

    model_config = ConfigDict(extra="forbid")


class Told:
    """A family whose pages are JSON: rows of name, numerator and denominator."""

    code_system: str | None = None
    address = "http://cong.test/nam"

    def requests(self, today: date) -> tuple[Request, ...]:
        """One page of the year."""
        return (Request("year", Period.year_of(today), self.address, "json"),)

    def next_request(self, pages: object) -> None:
        """There is never another page."""

    def parse(self, pages: Sequence[Page]) -> PartReading:
        """Each row as a reading."""
        page = pages[0]
        return PartReading(
            tuple(
                Reading(
                    PortalUnit(name),
                    "online_dossier",
                    page.request.period,
                    n,
                    d,
                    f"{name}|{n}|{d}",
                    page.sha256,
                )
                for name, n, d in json.loads(page.body)
            )
        )


class Portal(Fetcher):
    """Answers what it was told to; never touches the network."""

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self.told_clock = clock

    def fetch(self, request: Request, *, within: float | None = None) -> Page:
        """The rows of the test, or its failure."""
        del within
        answer = World.answer
        if isinstance(answer, PortalError):
            raise answer
        body = json.dumps(answer).encode()
        return Page(request, request.url, 200, "application/json", body, self.told_clock.now())


class World:
    """What a test says that the portal answers, and what time it is."""

    answer: object = [["Sở Y tế", 40, 100]]
    clock = FixedClock(at("2024-09-16"))


Make = Callable[[], Pipeline]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(sources, "FAMILIES", {"told": sources.Family(Nothing, lambda _: Told())})
    monkeypatch.setattr(World, "answer", [["Sở Y tế", 40, 100]])
    monkeypatch.setattr(World, "clock", FixedClock(at("2024-09-16")))
    (tmp_path / "targets.yaml").write_text(DECISION)
    (tmp_path / "exporter.yaml").write_text(CONFIG)
    made: list[Pipeline] = []

    def clock(_: Settings) -> Clock:
        return World.clock

    def build() -> Pipeline:
        pipeline = Pipeline(tmp_path / "exporter.yaml", make_clock=clock, make_fetcher=Portal)
        pipeline.replay()
        made.append(pipeline)
        return pipeline

    yield build
    for pipeline in made:
        pipeline.stop()


def seen(pipeline: Pipeline) -> Snapshot:
    snapshot = pipeline.snapshot()
    assert snapshot is not None
    return snapshot


def ratio(pipeline: Pipeline, unit: str = "so-y-te") -> float | None:
    m = seen(pipeline).figures.get(Figure(unit, "online_dossier", "year"))
    return m.ratio if m else None


def test_it_is_not_ready_before_the_first_snapshot(make: Make, tmp_path: Path) -> None:
    make()
    fresh = Pipeline(tmp_path / "exporter.yaml", make_fetcher=Portal)
    assert fresh.snapshot() is None
    assert fresh.not_ready_reason() == "Đang đọc lại kho lưu trữ, chưa có số liệu."
    assert b"dvc_config_last_reload_successful 1.0" in fresh.exposition().text.plain
    fresh.replay()
    assert fresh.not_ready_reason() is None


def test_a_collection_becomes_a_snapshot_and_bytes(make: Make) -> None:
    pipeline = make()
    assert ratio(pipeline) is None
    run = pipeline.collect("cong")
    assert run is not None
    assert run.ok
    assert ratio(pipeline) == pytest.approx(0.4)
    line = b'dvc_indicator_ratio{indicator="online_dossier",period="year",unit="so-y-te"} 0.4'
    assert line in pipeline.exposition().text.plain


def test_a_restart_brings_back_figures_and_baselines(make: Make) -> None:
    before = make()
    before.collect("cong")
    after = make()
    assert ratio(after) == pytest.approx(0.4)
    assert after.setup.replay() == before.setup.replay()
    World.answer = [["Sở Y tế", 4, 10]]
    World.clock.moment += timedelta(hours=1)
    after.collect("cong")
    assert [w.reason for w in seen(after).withheld] == ["fell"]


def test_portals_that_fail_are_counted_and_logged_once(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    pipeline = make()
    pipeline.collect("cong")
    caplog.set_level(logging.INFO)
    World.answer = PortalError(Reason.TIMEOUT, "no answer within 60 s")
    for _ in range(3):
        pipeline.collect("cong")
    assert ratio(pipeline) == pytest.approx(0.4)
    source = seen(pipeline).sources[0]
    assert source.up is False
    assert source.failures == {"timeout": 3}
    World.answer = [["Sở Y tế", 41, 100]]
    pipeline.collect("cong")
    lines = [r.message for r in caplog.records if "source cong is" in r.message]
    assert len(lines) == 2
    assert "is down: timeout" in lines[0]
    assert "is back after" in lines[1]


def test_an_unknown_name_is_logged_once_with_the_nearest(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = make()
    World.answer = [["Sở Y tê\n", 1, 2]]
    pipeline.collect("cong")
    pipeline.collect("cong")
    lines = [r.message for r in caplog.records if "matches no unit" in r.message]
    assert len(lines) == 1
    assert "Sở Y tế" in lines[0]
    assert "\n" not in lines[0]


def test_a_full_disk_is_counted_and_figures_go_on(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = make()
    kept = Archive.store

    def full(*_: object, **__: object) -> None:
        message = "no space left on device; free some"
        raise ArchiveError(message)

    monkeypatch.setattr(Archive, "store", full)
    pipeline.collect("cong")
    assert ratio(pipeline) == pytest.approx(0.4)
    assert seen(pipeline).archive_failures == 1
    pipeline.collect("cong")
    assert caplog.text.count("no space left on device; free some") == 1
    assert not seen(pipeline).archive_ok
    assert b"dvc_archive_failures_total 2.0" in pipeline.exposition().text.plain
    monkeypatch.setattr(Archive, "store", kept)
    pipeline.collect("cong")
    assert seen(pipeline).archive_ok


def test_a_reload_takes_the_new_files(make: Make, tmp_path: Path) -> None:
    pipeline = make()
    pipeline.collect("cong")
    (tmp_path / "targets.yaml").write_text(DECISION.replace("target: 50%", "target: 60%"))
    assert pipeline.reload() is None
    assert ratio(pipeline) == pytest.approx(0.4)
    assert (
        b'dvc_target_ratio{indicator="online_dossier",unit="so-y-te"} 0.6' in pipeline.exposition().text.plain
    )


def test_a_bad_file_leaves_the_old_configuration_in_force(make: Make, tmp_path: Path) -> None:
    pipeline = make()
    pipeline.collect("cong")
    (tmp_path / "targets.yaml").write_text(DECISION.replace("target: 50%", "target: 150%"))
    error = pipeline.reload()
    assert error is not None
    assert "150%" in error
    snapshot = seen(pipeline)
    assert (snapshot.reload.successful, snapshot.reload.error) == (False, error)
    assert ratio(pipeline) == pytest.approx(0.4)
    assert b"dvc_config_last_reload_successful 0.0" in pipeline.exposition().text.plain
    (tmp_path / "targets.yaml").write_text(DECISION)
    assert pipeline.reload() is None
    assert seen(pipeline).reload.successful


def test_a_reload_keeps_what_the_archive_could_not(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = make()

    def full(*_: object, **__: object) -> None:
        raise ArchiveError

    monkeypatch.setattr(Archive, "store", full)
    pipeline.collect("cong")
    assert pipeline.reload() is None
    assert ratio(pipeline) == pytest.approx(0.4)
    # Units that are no longer there cannot be kept.
    (tmp_path / "targets.yaml").write_text(DECISION.replace("so-y-te", "so-y"))
    assert pipeline.reload() is None
    assert seen(pipeline).figures == {}


def test_an_operators_word_takes_effect_with_the_reload(make: Make, tmp_path: Path) -> None:
    pipeline = make()
    pipeline.collect("cong")
    World.answer = [["Sở Y tế", 4, 10]]
    World.clock.moment += timedelta(hours=1)
    pipeline.collect("cong")
    assert ratio(pipeline) is None
    accept = (
        "accept:\n  - {unit: so-y-te, indicator: online_dossier, until: 2024-09-20,"
        " reason: cổng sửa, by: An}\n"
    )
    (tmp_path / "exporter.yaml").write_text(CONFIG + accept)
    assert pipeline.reload() is None
    assert ratio(pipeline) == pytest.approx(0.4)
    assert seen(pipeline).figures[Figure("so-y-te", "online_dossier", "year")].denominator == 10


def test_a_collection_of_a_replaced_configuration_is_kept_but_not_published(make: Make) -> None:
    pipeline = make()
    old = pipeline.setup
    page = Portal(old.settings.fetch, old.clock).fetch(Told().requests(date(2024, 9, 16))[0])
    assert pipeline.reload() is None
    assert pipeline.accept(old, collection(page)) is None
    assert ratio(pipeline) is None
    assert pipeline.reload() is None
    assert ratio(pipeline) == pytest.approx(0.4)


def test_figures_end_with_their_validity_without_a_collection(make: Make) -> None:
    pipeline = make()
    pipeline.collect("cong")
    World.clock.moment += timedelta(hours=27)
    pipeline.refresh()
    assert ratio(pipeline) is None


def jobs(pipeline: Pipeline) -> dict[str, datetime]:
    scheduler = pipeline._scheduler  # noqa: SLF001 - the schedule is the point
    assert scheduler is not None
    return {job.id: job.next_run_time for job in scheduler.get_jobs()}


def test_a_source_read_lately_is_left_alone_after_a_restart(make: Make) -> None:
    pipeline = make()
    pipeline.collect("cong")
    World.clock.moment += timedelta(minutes=20)
    again = make()
    state = again.setup.replay()["cong"]
    assert again.setup.due_in("cong", state) == timedelta(minutes=40)
    World.clock.moment += timedelta(hours=5)
    assert again.setup.due_in("cong", state) == timedelta(0)


def test_the_schedule_holds_collections_pruning_and_the_next_change(make: Make) -> None:
    pipeline = make()
    pipeline.collect("cong")
    pipeline.start()
    assert set(jobs(pipeline)) >= {"collect cong 1", "refresh"}
    assert pipeline.reload() is None
    # A run of the configuration before must not keep the new one from its first.
    assert "collect cong 2" in jobs(pipeline)
    pipeline.stop()


def test_who_rejected_us_is_left_alone_after_a_restart(make: Make) -> None:
    pipeline = make()
    until = World.clock.moment + timedelta(hours=1)
    World.answer = PortalError(Reason.REJECTED, f"403; cong.test is left alone until {until.isoformat()}")
    pipeline.collect("cong")
    again = make()
    assert again.setup.fetcher.quiet_until("http://cong.test/nam") == until
    assert seen(again).sources[0].quiet_until == until


def test_a_stopped_fetcher_says_nothing_of_the_portal(make: Make) -> None:
    pipeline = make()
    pipeline.setup.fetcher.stop()
    assert pipeline.collect("cong") is None
    assert seen(pipeline).runs == ()


def test_bad_files_end_the_start(make: Make, tmp_path: Path) -> None:
    (tmp_path / "exporter.yaml").write_text("sources: []\n")
    with pytest.raises(ConfigError):
        make()


def test_a_rehearsal_is_not_replayed_as_if_it_had_been(make: Make) -> None:
    World.clock = FixedClock(at("2024-09-16"), offset_seconds=86_400.0)
    rehearsal = make()
    rehearsal.collect("cong")
    assert ratio(rehearsal) == pytest.approx(0.4)
    World.clock = FixedClock(at("2024-09-16", "10:00"))
    real = make()
    assert seen(real).figures == {}
    assert real.setup.due_in("cong", real.setup.replay()["cong"]) == timedelta(0)


def test_pages_of_another_portal_are_not_replayed(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make().collect("cong")
    monkeypatch.setattr(Told, "address", "https://cong-moi.test/nam")
    moved = make()
    assert seen(moved).figures == {}
    assert moved.setup.due_in("cong", moved.setup.replay()["cong"]) == timedelta(0)


def test_a_collection_that_cannot_be_judged_ends_no_start(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make().collect("cong")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr("exporter.snapshot.replay._step", broken)
    assert seen(make()).figures == {}


def test_where_no_snapshot_can_be_made_the_last_one_stays(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = make()
    pipeline.collect("cong")
    before = seen(pipeline)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr("exporter.pipeline.compose", broken)
    pipeline.refresh()
    assert pipeline.snapshot() is before
    assert "the last one stays" in caplog.text


def test_a_reload_does_not_forget_when_figures_last_moved(make: Make) -> None:
    pipeline = make()
    pipeline.collect("cong")
    moved = World.clock.moment
    for _ in range(12):
        World.clock.moment += timedelta(days=1)
        pipeline.collect("cong")
    assert pipeline.reload() is None
    assert seen(pipeline).sources[0].last_change == moved

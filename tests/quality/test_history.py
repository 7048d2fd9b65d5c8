"""Collections fold into states: what is doubted is withheld until it has stood, or somebody said so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.quality.history import Reader, Seen
from exporter.quality.state import SourceState
from exporter.snapshot.model import Run
from exporter.sources.base import Collection, Page, PartReading, Reading
from tests.builders import YEAR, FakeSource, at, collection, decision, row, settings


class Story:
    """Days of collections of one source, told one after another."""

    def __init__(self, tmp: Path, **more: object) -> None:
        self.source = FakeSource()
        config = settings(tmp, **more)
        self.reader = Reader(config.sources[0], self.source, decision(), config)
        self.state = SourceState()
        self.run: Run | None = None

    def day(self, day: str, *rows: Reading, hour: str = "09:00") -> Story:
        """One good collection with these rows."""
        page = self.source.page(PartReading(tuple(rows)), at(day, hour))
        self.state, self.run = self.reader.step(self.state, collection(page))
        return self

    def accepted(self) -> dict[str, tuple[int, int]]:
        """Counts by unit that were accepted last."""
        return {m.unit: (m.numerator, m.denominator) for p in self.state.parts.values() for m in p.accepted}

    def withheld(self) -> dict[str, str]:
        """Reasons by unit."""
        return {w.unit: w.reason for p in self.state.parts.values() for w in p.withheld}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def test_one_bad_unit_does_not_cost_another_its_figure(story: Story) -> None:
    story.day("2024-09-16", row("Sở Y tế", 3, 2), row("Sở Tài chính", 1, 2), row("Không biết", 1, 2))
    assert story.accepted() == {"so-tai-chinh": (1, 2)}
    assert story.withheld() == {"so-y-te": "above_one"}
    assert story.run is not None
    assert (story.run.accepted, story.run.withheld, story.run.unmatched, story.run.ambiguous) == (1, 1, 1, 0)


def test_a_missing_count_is_neither_a_number_nor_withheld(story: Story) -> None:
    story.day("2024-09-16", row("Sở Y tế", None, 2), row("Sở Tài chính", 1, None))
    assert story.accepted() == {}
    assert story.withheld() == {}


def test_two_rows_for_one_unit_are_both_withheld(story: Story) -> None:
    story.day("2024-09-16", row("Sở Y tế", 1, 2), row("SYT", 1, 2), row("Sở Tài chính", 1, 2))
    assert story.accepted() == {"so-tai-chinh": (1, 2)}
    assert story.withheld() == {"so-y-te": "duplicate"}


def test_what_fell_is_withheld_and_accepted_once_it_has_stood_three_days(story: Story) -> None:
    story.day("2024-09-10", row("Sở Y tế", 500, 1_000))
    for day, expected in (("2024-09-11", "fell"), ("2024-09-12", "fell")):
        story.day(day, row("Sở Y tế", 400, 800)).day(day, row("Sở Y tế", 401, 802), hour="21:00")
        assert story.withheld() == {"so-y-te": expected}
        assert story.accepted() == {}
    assert {w.since for p in story.state.parts.values() for w in p.withheld} == {at("2024-09-11")}
    story.day("2024-09-13", row("Sở Y tế", 405, 806))
    assert story.accepted() == {"so-y-te": (405, 806)}
    assert story.withheld() == {}
    assert story.state.standing == {}
    story.day("2024-09-14", row("Sở Y tế", 406, 810))
    assert story.accepted() == {"so-y-te": (406, 810)}


def test_what_does_not_stand_still_starts_anew(story: Story) -> None:
    story.day("2024-09-10", row("Sở Y tế", 500, 1_000))
    for day, count in (("2024-09-11", 800), ("2024-09-12", 600), ("2024-09-13", 400)):
        story.day(day, row("Sở Y tế", 300, count))
        assert story.withheld() == {"so-y-te": "fell"}
    assert story.accepted() == {}


def test_a_reading_that_returns_is_accepted_at_once(story: Story) -> None:
    story.day("2024-09-10", row("Sở Y tế", 500, 1_000)).day("2024-09-11", row("Sở Y tế", 5, 10))
    assert story.withheld() == {"so-y-te": "fell"}
    story.day("2024-09-12", row("Sở Y tế", 502, 1_003))
    assert story.accepted() == {"so-y-te": (502, 1_003)}
    assert story.state.standing == {}


def test_what_jumped_is_withheld(story: Story) -> None:
    story.day("2024-09-10", row("Sở Y tế", 500, 1_000)).day("2024-09-11", row("Sở Y tế", 5_000, 10_000))
    assert story.withheld() == {"so-y-te": "jumped"}


def test_an_operator_may_say_so(tmp_path: Path) -> None:
    entry = {
        "unit": "so-y-te",
        "indicator": "online_dossier",
        "until": date(2024, 9, 20),
        "reason": "cổng sửa số liệu",
        "by": "Nguyễn Văn An",
    }
    story = Story(tmp_path, accept=[entry])
    story.day("2024-09-10", row("Sở Y tế", 500, 1_000)).day("2024-09-11", row("Sở Y tế", 50, 100))
    assert story.accepted() == {"so-y-te": (50, 100)}
    story.day("2024-09-21", row("Sở Y tế", 5, 10))
    assert story.withheld() == {"so-y-te": "fell"}


def test_the_first_of_january_withholds_nothing(story: Story) -> None:
    new_year = Period("year", date(2025, 1, 1))
    story.day("2024-12-31", row("Sở Y tế", 9_000, 10_000))
    story.day("2025-01-01", row("Sở Y tế", 0, 3, period=new_year))
    assert story.accepted() == {"so-y-te": (0, 3)}
    assert story.withheld() == {}


def test_the_first_of_november_withholds_nothing(story: Story) -> None:
    old = (row("Xã Đô Lương", 200, 400), row("Xã An Châu", 300, 600), row("Thị trấn Đông Hưng", 7, 9))
    story.day("2024-10-31", *old)
    assert story.accepted() == {"xa-2": (200, 400), "xa-3": (300, 600), "xa-1": (7, 9)}
    still_listed = (row("Xã Đô Lương", 201, 402), row("Xã Liên An Đô", 301, 602))
    story.day("2024-11-01", *still_listed, row("Thị trấn Đông Hưng", 7, 9))
    assert story.accepted() == {"xa-3": (502, 1_004), "xa-1": (7, 9)}
    assert story.withheld() == {}
    story.day("2024-11-02", row("Xã Liên An Đô", 503, 1_006), row("Thị trấn Đông Hưng", 7, 9))
    assert story.accepted() == {"xa-3": (503, 1_006), "xa-1": (7, 9)}
    assert story.withheld() == {}


def test_at_a_merger_half_a_commune_cannot_pass_for_the_whole(story: Story) -> None:
    story.day("2024-10-31", row("Xã Đô Lương", 200, 400), row("Xã An Châu", 300, 600))
    story.day("2024-11-01", row("Xã Đô Lươngg", 201, 402), row("Xã Liên An Đô", 301, 602))
    assert story.withheld() == {"xa-3": "fell"}
    assert story.accepted() == {}


def test_the_first_working_days_of_a_year_withhold_nothing(story: Story) -> None:
    new_year = Period("year", date(2025, 1, 1))
    story.day("2024-12-31", row("Sở Y tế", 9_000, 10_000))
    for day, n, d in (("2025-01-01", 0, 3), ("2025-01-02", 150, 300), ("2025-01-03", 400, 700)):
        story.day(day, row("Sở Y tế", n, d, period=new_year))
        assert story.withheld() == {}, day


def test_last_years_counts_are_withheld_for_as_long_as_they_stand(story: Story) -> None:
    new_year = Period("year", date(2025, 1, 1))
    story.day("2024-12-31", row("Sở Y tế", 9_000, 10_000))
    for day in ("2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04", "2025-01-05"):
        story.day(day, row("Sở Y tế", 9_000, 10_000, period=new_year))
        assert story.withheld() == {"so-y-te": "jumped"}, day
    story.day("2025-01-06", row("Sở Y tế", 90, 120, period=new_year))
    assert story.accepted() == {"so-y-te": (90, 120)}


def test_a_fault_of_ours_in_judging_is_a_failure_of_that_part_only(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("oops")

    story.day("2024-09-16", row("Sở Y tế", 1, 2))
    monkeypatch.setattr("exporter.quality.history.assess", broken)
    story.day("2024-09-16", row("Sở Y tế", 2, 2), hour="10:00")
    assert story.accepted() == {"so-y-te": (1, 2)}
    assert story.run is not None
    assert story.run.failures == ("year: schema: RuntimeError: oops",)


def test_a_late_page_is_read_by_its_own_date(story: Story) -> None:
    late = PartReading((row("Xã An Châu", 1, 2), row("Xã Đô Lương", 3, 4)), as_of=at("2024-10-31", "18:00"))
    page = story.source.page(late, at("2024-11-01"))
    story.state, _ = story.reader.step(story.state, collection(page))
    assert story.accepted() == {"xa-3": (4, 6)}


def test_a_failed_part_keeps_what_it_said_before(story: Story) -> None:
    story.day("2024-09-16", row("Sở Y tế", 1, 2))
    page = story.source.page(PortalError(Reason.SCHEMA, "không có bảng"), at("2024-09-16", "10:00"))
    story.state, run = story.reader.step(story.state, collection(page))
    assert story.accepted() == {"so-y-te": (1, 2)}
    assert story.state.up is False
    assert story.state.last_success == at("2024-09-16")
    assert run.reasons == ("schema",)
    assert run.failures == ("year: schema: không có bảng",)
    assert story.state.failed_runs == (run,)


def test_a_fault_of_ours_is_a_failure_of_that_part_only(story: Story) -> None:
    good = story.source.page(PartReading((row("Sở Y tế", 1, 2),)), at("2024-09-16"))
    bad = story.source.page(RuntimeError("oops"), at("2024-09-16"), part="month")
    story.state, run = story.reader.step(story.state, collection(good, bad))
    assert story.accepted() == {"so-y-te": (1, 2)}
    assert run.failures == ("month: schema: RuntimeError: oops",)


def test_when_figures_last_moved(story: Story) -> None:
    for hour in ("01:00", "02:00"):
        story.day("2024-09-16", row("Sở Y tế", 1, 2), hour=hour)
    assert story.state.last_change == at("2024-09-16", "01:00")
    story.day("2024-09-16", row("Sở Y tế", 2, 2), hour="03:00")
    assert story.state.last_change == at("2024-09-16", "03:00")


def test_a_flood_of_successes_does_not_evict_failures(story: Story) -> None:
    page = story.source.page(PortalError(Reason.SCHEMA, "x"), at("2024-09-15"))
    story.state, failed = story.reader.step(story.state, collection(page))
    for hour in range(24):
        story.day("2024-09-16", row("Sở Y tế", 1, 2), hour=f"{hour:02d}:00")
    assert len(story.state.runs) == 20
    assert story.state.failed_runs == (failed,)


def test_portals_own_total_is_held_against_its_rows(story: Story) -> None:
    story.day(
        "2024-09-16",
        row("Sở Y tế", 50, 100, scope="A"),
        row("Sở Tài chính", 40, 100, scope="B"),
        row("Tổng A", 50, 100, scope="A", total=True),
        row("Tổng cộng", 90, 250, total=True),
        row("Tổng cộng", None, None, fault="?", total=True),
    )
    assert story.state.parts["year"].mismatches == {"online_dossier": pytest.approx(0.2)}


def test_a_district_row_that_contains_its_communes_is_not_added_twice(tmp_path: Path) -> None:
    story = Story(tmp_path)
    config = replace_source(story, includes_communes=True)
    story.reader = config
    story.day(
        "2024-09-16",
        row("UBND huyện Đông Hưng", 5, 10),
        row("Thị trấn Đông Hưng", 2, 4),
        row("Tổng cộng", 5, 10, total=True),
    )
    assert story.state.parts["year"].mismatches == {"online_dossier": 0.0}


def replace_source(story: Story, **more: object) -> Reader:
    source = story.reader.settings.model_copy(update=more)
    return replace(story.reader, settings=source)


def test_old_baselines_are_forgotten_after_their_year(story: Story) -> None:
    story.day("2022-12-31", row("Sở Y tế", 1, 2, period=Period("year", date(2022, 1, 1))))
    story.day("2024-09-16", row("Sở Y tế", 1, 2))
    assert {key[2] for key in story.state.baselines} == {YEAR}


def test_unchanged_bytes_of_the_same_day_need_not_be_read_again(story: Story) -> None:
    story.day("2024-09-16", row("Sở Y tế", 1, 2))
    shas = {"year": Seen(story.state.parts["year"].shas, YEAR)}
    today, tomorrow = date(2024, 9, 16), date(2024, 9, 17)
    assert story.reader.brings_nothing_new(story.state, shas, today)
    assert not story.reader.brings_nothing_new(story.state, shas, tomorrow)
    assert not story.reader.brings_nothing_new(story.state, {"year": Seen(("other",), YEAR)}, today)
    assert not story.reader.brings_nothing_new(story.state, {}, today)
    other_year = {"year": Seen(story.state.parts["year"].shas, YEAR.previous())}
    assert not story.reader.brings_nothing_new(story.state, other_year, today)
    assert not story.reader.brings_nothing_new(SourceState(), shas, today)
    later = at("2024-09-16", "12:00")
    after, run = story.reader.step_unchanged(
        story.state, run_id="x", started=later - timedelta(seconds=2), finished=later
    )
    page = Page(story.source.page(PartReading(()), later).request, "http://cong/year", 200, "", b"0", later)
    again, same = story.reader.step(
        story.state, Collection("x", "cong", later - timedelta(seconds=2), later, (page,))
    )
    assert run == same
    assert after.parts["year"].fetched_at == again.parts["year"].fetched_at == later
    assert after.baselines == again.baselines
    assert (after.last_change, after.last_success) == (again.last_change, again.last_success)

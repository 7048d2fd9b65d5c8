"""What reaches a rate: one source's word, sums where it gives none, nothing that is old or held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from exporter.decision import Kind
from exporter.periods import Period
from exporter.quality.history import Reader
from exporter.quality.state import SourceState
from exporter.settings import Settings
from exporter.snapshot.compose import compose
from exporter.snapshot.model import Figure, Snapshot
from exporter.sources.base import PartReading, Reading
from tests.builders import SEPTEMBER, UNITS, FakeSource, at, collection, decision, row, settings

DECISION = decision()
NOW = at("2024-09-16", "10:00")
COMMUNES = (
    row("Thị trấn Đông Hưng", 10, 20),
    row("Xã Đô Lương", 20, 30),
    row("Xã An Châu", 30, 40),
    row("Xã Đông Quang", 1, 10, scope="Huyện Đông Hưng"),
)


def state(config: Settings, *rows: Reading, source: int = 0, when: datetime = NOW) -> SourceState:
    portal = FakeSource()
    reader = Reader(config.sources[source], portal, DECISION, config)
    page = portal.page(PartReading(rows, when - timedelta(hours=3)), when)
    return reader.step(SourceState(), collection(page, source=config.sources[source].id))[0]


def snapshot(config: Settings, states: Mapping[str, SourceState], now: datetime = NOW) -> Snapshot:
    return compose(DECISION, config, states, now)


def ratio(of: Snapshot, unit: str, indicator: str = "online_dossier") -> float | None:
    m = of.figures.get(Figure(unit, indicator, "year"))
    return m.ratio if m else None


def test_groups_and_the_province_are_added_up(tmp_path: Path) -> None:
    config = settings(tmp_path)
    rest = (
        row("Sở Y tế", 5, 10),
        row("Sở Tài chính", 5, 10),
        row("UBND huyện Đông Hưng", 5, 10),
        row("UBND huyện Tiền Hải", 5, 10),
        row("Xã Đông Quang", 0, 0, scope="Huyện Tiền Hải"),
        row("Xã Đông Quý", 5, 10),
    )
    made = snapshot(config, {"cong": state(config, *COMMUNES, *rest)})
    group = made.figures[Figure("xa-dong-hung", "online_dossier", "year")]
    assert (group.numerator, group.denominator, len(group.parts), group.parts_expected) == (61, 100, 4, 4)
    province = made.figures[Figure("tinh", "online_dossier", "year")]
    assert (province.numerator, province.denominator, province.parts_expected) == (86, 150, 6)
    assert province.as_of == NOW - timedelta(hours=3)


def test_the_portals_own_word_comes_before_a_sum(tmp_path: Path) -> None:
    config = settings(tmp_path)
    own = (row("4/4 xã, thị trấn huyện Đông Hưng", 1, 2), row("tinh", 3, 4, total=True))
    made = snapshot(config, {"cong": state(config, *COMMUNES, *own)})
    assert ratio(made, "xa-dong-hung") == pytest.approx(0.5)
    assert ratio(made, "tinh") == pytest.approx(0.75)
    assert not made.figures[Figure("tinh", "online_dossier", "year")].is_sum


def test_a_sum_lacks_what_is_withheld_only_where_that_weighs_little(tmp_path: Path) -> None:
    config = settings(tmp_path)
    portal = FakeSource()
    reader = Reader(config.sources[0], portal, DECISION, config)
    good = portal.page(PartReading(COMMUNES), at("2024-09-15"))
    before, _ = reader.step(SourceState(), collection(good))
    for spoilt, expected in ((3, None), (0, None)):
        rows = list(COMMUNES)
        rows[spoilt] = replace(rows[spoilt], numerator=999)
        page = portal.page(PartReading(tuple(rows)), NOW)
        after, _ = reader.step(before, collection(page))
        assert ratio(snapshot(config, {"cong": after}), "xa-dong-hung") == expected
    lenient = settings(tmp_path, quality={"missing_in_sum": 0.1})
    rows = [*COMMUNES[:3], replace(COMMUNES[3], numerator=999)]
    after, _ = reader.step(before, collection(portal.page(PartReading(tuple(rows)), NOW)))
    group = snapshot(lenient, {"cong": after}).figures[Figure("xa-dong-hung", "online_dossier", "year")]
    assert (group.denominator, len(group.parts), group.parts_expected) == (90, 3, 4)


def test_nothing_to_count_has_counts_but_no_rate(tmp_path: Path) -> None:
    config = settings(tmp_path)
    made = snapshot(config, {"cong": state(config, row("Sở Y tế", 0, 0))})
    m = made.figures[Figure("so-y-te", "online_dossier", "year")]
    assert (m.numerator, m.denominator, m.ratio) == (0, 0, None)


def test_measurements_are_withdrawn_when_their_source_was_not_read_for_too_long(tmp_path: Path) -> None:
    config = settings(tmp_path)
    states = {"cong": state(config, row("Sở Y tế", 1, 2))}
    made = snapshot(config, states)
    assert made.expires == at("2024-09-17", "00:00")
    late = NOW + timedelta(hours=26)
    assert ratio(snapshot(config, states, late), "so-y-te") == pytest.approx(0.5)
    assert snapshot(config, states, late).expires == late + timedelta(seconds=1)
    gone = snapshot(config, states, late + timedelta(seconds=1))
    assert ratio(gone, "so-y-te") is None
    assert gone.sources[0].expired
    assert gone.sources[0].last_success == NOW


def test_last_years_figure_is_not_held_against_this_years_target(tmp_path: Path) -> None:
    config = settings(tmp_path)
    evening = at("2024-12-31", "23:00")
    states = {"cong": state(config, row("Sở Y tế", 1, 2), when=evening)}
    assert ratio(snapshot(config, states, evening), "so-y-te") is not None
    morning = snapshot(config, states, at("2025-01-01", "00:00"))
    assert ratio(morning, "so-y-te") is None
    assert morning.period == Period("year", date(2025, 1, 1))


def test_at_midnight_of_the_merger_counts_pass_on_without_a_new_collection(tmp_path: Path) -> None:
    config = settings(tmp_path)
    evening = at("2024-10-31", "23:00")
    states = {"cong": state(config, *COMMUNES, when=evening)}
    assert ratio(snapshot(config, states, evening), "xa-2") == pytest.approx(2 / 3)
    after = snapshot(config, states, at("2024-11-01", "00:00"))
    assert ratio(after, "xa-2") is None
    assert ratio(after, "xa-3") == pytest.approx(50 / 70)
    group = after.figures[Figure("xa-dong-hung", "online_dossier", "year")]
    assert (group.numerator, group.denominator, group.parts_expected) == (61, 100, 3)


def test_what_an_operator_holds_is_withheld_also_from_sums(tmp_path: Path) -> None:
    hold = {
        "unit": "xa-4",
        "indicator": "online_dossier",
        "until": date(2024, 9, 20),
        "reason": "đang kiểm tra",
        "by": "An",
    }
    config = settings(tmp_path, hold=[hold, {**hold, "unit": "tinh"}])
    made = snapshot(config, {"cong": state(config, *COMMUNES)})
    assert ratio(made, "xa-4") is None
    assert ratio(made, "xa-dong-hung") is None
    assert {(w.unit, w.reason) for w in made.withheld} == {("xa-4", "held"), ("tinh", "held")}
    released = snapshot(config, {"cong": state(config, *COMMUNES)}, at("2024-09-21"))
    assert released.withheld == ()


def test_one_figure_has_one_source_and_others_are_compared(tmp_path: Path) -> None:
    config = settings(tmp_path)
    states = {
        "cong": state(config, row("Sở Y tế", 5, 10), row("Sở Tài chính", 1, 10)),
        "khac": state(config, row("Sở Y tế", 8, 10), row("Sở Tài chính", 10, 100), source=1),
    }
    made = snapshot(config, states)
    assert ratio(made, "so-y-te") == pytest.approx(0.5)
    (difference,) = made.comparisons
    assert (difference.source, difference.unit, difference.theirs) == ("khac", "so-y-te", 0.8)
    assert (difference.published, difference.published_source) == (0.5, "cong")


def test_what_nobody_is_responsible_for_is_not_published(tmp_path: Path) -> None:
    config = settings(
        tmp_path,
        responsible=[
            {
                "source": "none",
                "kinds": [Kind.DEPARTMENT],
                "indicators": ["online_dossier"],
                "reason": "không có",
            }
        ],
    )
    made = snapshot(config, {"cong": state(config, row("Sở Y tế", 5, 10), row("UBND huyện Đông Hưng", 1, 2))})
    assert made.figures == {}


def test_the_same_doubt_of_two_merged_communes_is_one(tmp_path: Path) -> None:
    config = settings(tmp_path)
    bad = (row("Xã Đô Lương", 9, 3), row("Xã Liên An Đô", 9, 3))
    made = snapshot(config, {"cong": state(config, *bad, when=at("2024-11-02"))}, at("2024-11-02"))
    assert [(w.unit, w.reason) for w in made.withheld] == [("xa-3", "above_one")]


def test_a_source_view_holds_its_three_ages_and_what_it_said(tmp_path: Path) -> None:
    config = settings(tmp_path)
    month = row("Sở Y tế", 1, 2, period=SEPTEMBER)
    made = snapshot(config, {"cong": state(config, month, row("Lạ", 1, 2))})
    mine, other = made.sources
    assert (mine.up, mine.last_attempt, mine.as_of) == (True, NOW, NOW - timedelta(hours=3))
    assert mine.readings == {"accepted": 1, "withheld": 0, "unmatched": 1, "ambiguous": 0}
    assert mine.periods == {"month": SEPTEMBER}
    assert [u.name for u in made.unmatched] == ["Lạ"]
    assert (other.up, other.readings, other.last_success, other.expired) == (None, None, None, False)
    assert made.runs[0].source == "cong"
    assert not made.simulated


def test_a_district_that_includes_its_communes_is_the_whole_of_it(tmp_path: Path) -> None:
    config = settings(tmp_path)
    sources = tuple(s.model_copy(update={"includes_communes": True}) for s in config.sources)
    config = config.model_copy(update={"sources": sources})
    rows = (
        row("Sở Y tế", 5, 10),
        row("Sở Tài chính", 5, 10),
        row("UBND huyện Đông Hưng", 50, 100),
        row("UBND huyện Tiền Hải", 5, 10),
    )
    made = snapshot(config, {"cong": state(config, *rows, *COMMUNES)})
    assert made.figures[Figure("tinh", "online_dossier", "year")].denominator == 130


def test_an_exempt_district_does_not_take_its_communes_with_it(tmp_path: Path) -> None:
    config = settings(tmp_path)
    sources = tuple(s.model_copy(update={"includes_communes": True}) for s in config.sources)
    config = config.model_copy(update={"sources": sources})
    exempt = {"online_dossier": "không có thủ tục"}
    units = tuple(replace(u, exempt=exempt) if u.id == "ubnd-dong-hung" else u for u in UNITS)
    other = decision(units)
    portal = FakeSource()
    reader = Reader(config.sources[0], portal, other, config)
    rows = (
        row("Sở Y tế", 5, 10),
        row("Sở Tài chính", 5, 10),
        row("UBND huyện Tiền Hải", 5, 10),
        *COMMUNES,
    )
    after, _ = reader.step(SourceState(), collection(portal.page(PartReading(rows), NOW)))
    made = compose(other, config, {"cong": after}, NOW)
    assert made.figures[Figure("tinh", "online_dossier", "year")].denominator == 130


def test_what_is_held_does_not_return_inside_its_successor(tmp_path: Path) -> None:
    hold = {
        "unit": "xa-2",
        "indicator": "online_dossier",
        "until": date(2024, 11, 20),
        "reason": "đang kiểm tra",
        "by": "An",
    }
    config = settings(tmp_path, hold=[hold])
    rows = (row("Xã Đô Lương", 20, 30), row("Xã Liên An Đô", 30, 40))
    when = at("2024-11-02")
    made = snapshot(config, {"cong": state(config, *rows, when=when)}, when)
    assert ratio(made, "xa-3") is None
    assert [(w.unit, w.reason) for w in made.withheld] == [("xa-3", "held")]


def test_a_row_without_counts_keeps_its_successor_absent_after_midnight(tmp_path: Path) -> None:
    config = settings(tmp_path)
    evening = at("2024-10-31", "23:00")
    rows = (row("Xã Đô Lương", None, None), row("Xã An Châu", 30, 40))
    states = {"cong": state(config, *rows, when=evening)}
    assert ratio(snapshot(config, states, evening), "xa-3") == pytest.approx(0.75)
    assert ratio(snapshot(config, states, at("2024-11-01", "00:00")), "xa-3") is None


def test_what_the_portal_gives_and_is_doubted_is_not_replaced_by_a_sum(tmp_path: Path) -> None:
    config = settings(tmp_path)
    own = row("4/4 xã, thị trấn huyện Đông Hưng", 200, 100)
    made = snapshot(config, {"cong": state(config, *COMMUNES, own)})
    assert ratio(made, "xa-dong-hung") is None
    assert [(w.unit, w.reason) for w in made.withheld] == [("xa-dong-hung", "above_one")]


def test_a_missing_part_weighs_what_it_would_weigh_by_now(tmp_path: Path) -> None:
    config = settings(tmp_path, quality={"missing_in_sum": 0.2})
    portal = FakeSource()
    reader = Reader(config.sources[0], portal, DECISION, config)
    old, _ = reader.step(SourceState(), collection(portal.page(PartReading(COMMUNES), at("2024-02-01"))))
    grown = tuple(
        replace(r, numerator=(r.numerator or 0) * 8, denominator=(r.denominator or 0) * 8)
        for r in COMMUNES[:2]
    )
    rows = (*grown, replace(COMMUNES[3], numerator=8, denominator=80))
    after, _ = reader.step(old, collection(portal.page(PartReading(rows), at("2024-09-16"))))
    # The commune that is missing had 40 of 100 in February; 40 of 520 would be little today.
    assert ratio(snapshot(config, {"cong": after}), "xa-dong-hung") is None


def test_on_1_january_figures_of_both_years_on_one_page_are_told_apart(tmp_path: Path) -> None:
    config = settings(tmp_path)
    new_year = at("2025-01-01", "08:00")
    this = row("Sở Y tế", 0, 0, "online_payment", period=Period("year", date(2025, 1, 1)))
    last = row("Sở Y tế", 9_000, 10_000, period=Period("year", date(2024, 1, 1)))
    states = {"cong": state(config, this, last, when=new_year)}
    made = snapshot(config, states, new_year)
    assert ratio(made, "so-y-te") is None
    assert made.sources[0].periods == {"year": Period("year", date(2025, 1, 1))}

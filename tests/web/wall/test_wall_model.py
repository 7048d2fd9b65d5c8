"""What the wall says of a snapshot, before it is a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.decision import PROVINCE, Kind
from exporter.report.build import build as report
from exporter.snapshot.model import Figure, Snapshot, Withheld
from exporter.web.wall import places, verdicts
from exporter.web.wall.build import wall
from exporter.web.wall.freshness import AS_OF, READ, age, freshness, notice
from exporter.web.wall.model import CommunesScreen, Count, Sign, TableScreen, Wall
from tests.demo_setup import town
from tests.snapshots import NOW, YEAR, make_snapshot
from tests.wall_driver import expired, real_decision, real_snapshot, without


def with_rate(snapshot: Snapshot, unit: str, indicator: str, numerator: int, denominator: int) -> Snapshot:
    figure = Figure(unit, indicator, "year")
    changed = replace(snapshot.figures[figure], numerator=numerator, denominator=denominator)
    return replace(snapshot, figures={**snapshot.figures, figure: changed})


def all_met(snapshot: Snapshot) -> Snapshot:
    return replace(
        snapshot, figures={f: replace(m, numerator=m.denominator) for f, m in snapshot.figures.items()}
    )


def tables(made: Wall) -> dict[str, TableScreen]:
    return {s.id: s for s in made.others if isinstance(s, TableScreen)}


def communes(made: Wall) -> list[CommunesScreen]:
    return [s for s in made.others if isinstance(s, CommunesScreen)]


MET = all_met(real_snapshot())


def test_the_band_counts_the_units_and_targets_of_the_annex() -> None:
    band = wall(MET).band
    assert (band.units, band.targets, band.missing) == (Count("32", "32"), Count("191", "191"), "0")


def test_one_missed_target_costs_one_unit_and_one_target() -> None:
    made = wall(with_rate(MET, "so-y-te", "online_dossier", 499, 1000))
    assert (made.band.units.value, made.band.targets.value, made.band.missing) == ("31", "190", "0")
    assert [(u.name, u.sign, u.value) for column in made.first.columns for u in column] == [
        ("Sở Y tế", Sign.BELOW, "−0,1")
    ]


@pytest.mark.parametrize("how", ["absent", "withheld"])
def test_a_unit_with_a_missing_figure_is_undetermined_whatever_else_it_missed(how: str) -> None:
    snapshot = with_rate(MET, "so-y-te", "online_dossier", 1, 1000)
    snapshot = without(snapshot, ("so-y-te", "online_payment"))
    if how == "withheld":
        doubt = Withheld("cong-tinh-don-vi", "so-y-te", "online_payment", YEAR, "fell", "Giảm.", NOW)
        snapshot = replace(snapshot, withheld=(doubt,))
    made = wall(snapshot)
    assert (made.band.units.value, made.band.targets.value, made.band.missing) == ("31", "189", "1")
    assert (made.first.missed, made.first.unknown) == ("0", "1")
    assert made.first.columns[0][0].value == "thiếu 1 số"
    row = next(r for r in tables(made)["so-nganh"].rows if r.name == "Sở Y tế")
    assert row.sign is Sign.UNKNOWN
    assert [cell.text for cell in row.cells][1:3] == ["0,1", "chưa có"]


def test_where_nobody_has_a_figure_it_is_not_said_that_none_meets() -> None:
    made = wall(
        replace(MET, figures={f: m for f, m in MET.figures.items() if f.indicator != "online_payment"})
    )
    (line,) = [line for line in made.first.indicators if line.name == "Thanh toán trực tuyến"]
    assert (line.met.value, line.sign, line.rate) == ("–", Sign.UNKNOWN, "")


def test_where_there_was_nothing_to_count_a_target_is_neither_met_nor_missing() -> None:
    made = wall(with_rate(MET, "so-y-te", "online_payment", 0, 0))
    assert (made.band.units.value, made.band.targets.value, made.band.missing) == ("31", "190", "0")
    row = next(r for r in tables(made)["so-nganh"].rows if r.name == "Sở Y tế")
    assert (row.cells[2].sign, row.cells[2].text) == (Sign.EMPTY, "không có")


def test_a_unit_for_which_nothing_at_all_was_counted_meets_nothing() -> None:
    figures = {
        f: replace(m, numerator=0, denominator=0) if f.unit == "so-y-te" else m
        for f, m in MET.figures.items()
    }
    made = wall(replace(MET, figures=figures))
    assert made.band.units.value == "31"
    assert made.first.columns[0][0].value == "không phát sinh"


@pytest.mark.parametrize(
    ("numerator", "sign", "text"),
    [
        (4500, Sign.MET, "45,0"),
        (4499, Sign.BELOW, "44,9"),
        (2500, Sign.BELOW, "25,0"),
        (2499, Sign.FAR, "25,0"),
        (2249, Sign.FAR, "22,5"),
    ],
)
def test_a_missed_target_never_prints_as_met_and_far_below_is_told(
    numerator: int, sign: Sign, text: str
) -> None:
    made = wall(with_rate(MET, "so-y-te", "online_payment", numerator, 10_000))
    cell = next(r for r in tables(made)["so-nganh"].rows if r.name == "Sở Y tế").cells[2]
    assert (cell.sign, cell.text) == (sign, text)


def test_far_below_a_small_target_is_under_half_of_it() -> None:
    decision = real_decision()
    units = dict(decision.units)
    units["so-y-te"] = replace(units["so-y-te"], targets={"online_payment": Fraction(1, 10)})
    snapshot = replace(MET, decision=replace(decision, units=units))
    for numerator, sign in ((50, Sign.BELOW), (49, Sign.FAR)):
        made = wall(with_rate(snapshot, "so-y-te", "online_payment", numerator, 1000))
        cell = next(r for r in tables(made)["so-nganh"].rows if r.name == "Sở Y tế").cells[2]
        assert (cell.sign, cell.own_target) == (sign, "10")


def test_the_widest_gap_stands_first_and_the_undetermined_last() -> None:
    snapshot = with_rate(MET, "so-y-te", "online_dossier", 40, 100)
    snapshot = with_rate(snapshot, "so-noi-vu", "online_dossier", 10, 100)
    snapshot = with_rate(snapshot, "so-tu-phap", "online_dossier", 45, 100)
    snapshot = without(snapshot, ("so-xay-dung", "online_dossier"))
    lines = [u for column in wall(snapshot).first.columns for u in column]
    assert [(u.name, u.sign.value, u.value) for u in lines] == [
        ("Sở Nội vụ", "f", "−40,0"),
        ("Sở Y tế", "b", "−10,0"),
        ("Sở Tư pháp", "b", "−5,0"),
        ("Sở Xây dựng", "u", "thiếu 1 số"),
    ]


def test_all_pages_stand_in_the_order_of_the_decision() -> None:
    made = wall(MET)
    assert [s.id for s in made.screens][:5] == ["tinh", "so-nganh", "huyen", "nhom-xa", "xa-dong-hung"]
    assert len(made.screens) == 12
    assert [r.name for r in tables(made)["so-nganh"].rows][:2] == [
        "BQL Khu kinh tế và các KCN",
        "Sở Công Thương",
    ]


def test_a_department_keeps_its_whole_name_where_that_has_room() -> None:
    names = [row.name for row in tables(wall(MET))["so-nganh"].rows]
    assert "Sở Lao động - Thương binh và Xã hội" in names
    assert "Sở Nông nghiệp và Phát triển nông thôn" in names


def test_beside_the_rate_of_a_group_stands_how_many_communes_meet_it() -> None:
    snapshot = with_rate(MET, "xa-12688", "online_payment", 1, 100)
    made = wall(snapshot)
    cell = next(r for r in tables(made)["nhom-xa"].rows if r.name == "Xã, thị trấn Đông Hưng").cells[1]
    assert (cell.sign, cell.text, cell.tally) == (Sign.MET, "100,0", "37/38 xã đạt")
    page = communes(made)[0]
    assert page.met == Count("37", "38")
    assert sum(len(block) for block in page.blocks) == 38
    first = page.blocks[0][0]
    assert (first.name, first.sign, [c.sign.value for c in first.cells]) == (
        "Thị trấn Đông Hưng",
        Sign.FAR,
        ["m", "f", "m", "m", "m", "m"],
    )


def test_a_sum_in_which_parts_are_missing_says_so_wherever_it_stands() -> None:
    figures = dict(MET.figures)
    for unit, have, expected in (("xa-dong-hung", 36, 38), (PROVINCE, 31, 32)):
        figure = Figure(unit, "online_dossier", "year")
        figures[figure] = replace(figures[figure], parts=("a",) * have, parts_expected=expected)
    made = wall(replace(MET, figures=figures))
    assert tables(made)["nhom-xa"].rows[0].note == "thiếu 2 xã ở 1 chỉ tiêu"
    assert communes(made)[0].note == "thiếu 2 xã ở 1 chỉ tiêu"
    assert [line.lacking for line in made.first.indicators] == [0, 1, 0, 0, 0, 0, 0]
    assert made.first.note == "* tổng thiếu 1 đơn vị"
    assert communes(made)[1].note == ""


def test_the_province_itself_is_held_against_nothing_but_its_units_are_counted() -> None:
    snapshot = with_rate(MET, PROVINCE, "online_payment", 1, 1000)
    snapshot = with_rate(snapshot, "so-y-te", "online_payment", 1, 1000)
    line = wall(snapshot).first.indicators[2]
    assert (line.rate, line.target, line.mark, line.met, line.sign) == (
        "0,1",
        "45",
        45.0,
        Count("30", "31"),
        Sign.BELOW,
    )
    missing = wall(without(snapshot, (PROVINCE, "online_payment"))).first.indicators[2]
    assert (missing.rate, missing.share) == ("", 0.0)


def test_a_province_without_districts_and_groups_has_departments_and_communes() -> None:
    decision = real_decision()
    some = [u for u in decision.units.values() if u.kind is Kind.COMMUNE][:102]
    kept = [u for u in decision.units.values() if u.kind in {Kind.PROVINCE, Kind.DEPARTMENT}]
    units = {u.id: u for u in (*kept, *(replace(u, parent=PROVINCE) for u in some))}
    snapshot = replace(MET, decision=replace(decision, units=units))
    made = wall(snapshot)
    assert [s.id for s in made.screens] == ["tinh", "so-nganh", "xa", "xa", "xa"]
    assert made.band.units.of == "118"
    assert [page.part for page in communes(made)] == ["phần 1/3", "phần 2/3", "phần 3/3"]
    names = [row.name for page in communes(made) for block in page.blocks for row in block]
    assert len(names) == len(set(names)) == 102, "two of one name are told apart"


def test_a_decision_without_any_unit_makes_a_wall_too() -> None:
    snapshot = make_snapshot(departments=0, groups=0, communes=0)
    made = wall(snapshot)
    assert [s.id for s in made.screens] == ["tinh"]
    assert made.band.units == Count("0", "0")
    assert made.first.all_met == ""


def test_before_the_decision_is_in_force_nobody_is_judged() -> None:
    decision = replace(real_decision(), in_force_until=date(2024, 6, 30))
    made = wall(replace(MET, decision=decision))
    assert made.notice is not None
    assert made.notice.sentence == "Quyết định 805/QĐ-UBND không áp dụng vào ngày 16/09/2024"
    assert made.others == ()


def test_a_decision_that_goes_on_says_of_which_year_it_is() -> None:
    later = NOW.replace(year=2025)
    assert wall(replace(MET, at=later, period=replace(YEAR, start=date(2025, 1, 1)))).decision == (
        "Quyết định 805/QĐ-UBND (2024), năm 2025"
    )


def test_stale_figures_are_the_last_that_could_be_judged_by() -> None:
    before = wall(MET)
    made = wall(expired(MET, 27), before)
    assert made.notice is not None
    assert made.band == before.band
    assert (made.freshness.label, made.freshness.stamp) == (AS_OF, MET.sources[0].as_of)
    assert made.first.indicators == before.first.indicators
    assert made.first.columns == ()
    assert made.others == ()
    unknown = wall(expired(MET, 27))
    assert (unknown.band.units, unknown.band.targets, unknown.band.missing) == (
        Count("–", "32"),
        Count("–", "191"),
        "–",
    )
    other = replace(MET, decision=replace(real_decision(), number="1/QĐ-UBND"))
    assert wall(expired(other, 27), before).band.units.value == "–", "another decision's figures are not ours"


def test_an_outage_as_the_pipeline_tells_it(tmp_path: Path) -> None:
    """Read, late, not read in time, read again: with the snapshots of the exporter itself."""
    with town(tmp_path) as here:
        for source in ("cong-tinh-don-vi", "cong-tinh-xa"):
            here.collect(source)
        before = wall(here.snapshot)
        assert before.notice is None
        assert before.band.targets.of == "191"
        assert before.simulated
        here.portal.fault("http_500")
        here.set("2024-09-17", "11:01")
        for source in ("cong-tinh-don-vi", "cong-tinh-xa"):
            here.collect(source)
        stale = wall(here.snapshot, before)
        assert stale.notice is not None
        assert stale.notice.since is not None
        assert age(here.snapshot.at - stale.notice.since) == "26 giờ"
        assert stale.band == before.band
        here.portal.clear()
        for source in ("cong-tinh-don-vi", "cong-tinh-xa"):
            here.collect(source)
        assert wall(here.snapshot, before).notice is None


def test_the_oldest_source_that_answers_for_something_gives_the_age() -> None:
    assert freshness(MET).stamp == MET.sources[0].as_of
    assert freshness(MET).label == AS_OF
    old = NOW - timedelta(hours=9)
    first, second, third = MET.sources
    lagging = replace(MET, sources=(first, replace(second, as_of=None, last_success=old), third))
    assert (freshness(lagging).stamp, freshness(lagging).label) == (old, READ)
    compared = replace(MET, sources=(first, second, replace(third, as_of=old - timedelta(days=9))))
    assert freshness(compared).stamp == first.as_of, "nothing that is shown is this source's word"


def test_amber_and_red_follow_from_the_schedule_of_the_sources() -> None:
    first = replace(MET.sources[0], interval_seconds=600.0, validity_seconds=7200.0, as_of=None)
    second = replace(MET.sources[1], interval_seconds=600.0, validity_seconds=3600.0, as_of=None)
    read = first.last_success
    assert read is not None
    found = freshness(replace(MET, sources=(first, second)))
    assert found.late_at == read + timedelta(seconds=1800)
    assert found.old_at == read + timedelta(seconds=3600)
    assert found.over_at == read + timedelta(seconds=7200)
    dated = replace(second, as_of=read - timedelta(seconds=3000))
    assert freshness(replace(MET, sources=(first, dated))).late_at == read + timedelta(seconds=600)


def test_one_source_of_several_that_is_late_greys_nothing() -> None:
    first, second, third = MET.sources
    assert notice(replace(MET, sources=(first, replace(second, expired=True), third))) is None
    both = replace(MET, sources=(replace(first, expired=True), replace(second, expired=True), third))
    assert notice(both) is not None


def test_what_happens_next_is_said_where_it_is_known() -> None:
    made = notice(expired(MET, 27))
    assert made is not None
    assert made.facts == [("Đọc được lần cuối", "16/09/2024 09:08")]
    soon = replace(
        expired(MET, 27),
        sources=tuple(
            replace(
                v, expired=True, last_attempt=NOW + timedelta(hours=26), quiet_until=NOW + timedelta(hours=33)
            )
            for v in MET.sources
        ),
    )
    made = notice(soon)
    assert made is not None
    assert made.facts[1] == ("Thử lại lần tới", "17/09/2024 18:08")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 giây"),
        (59, "59 giây"),
        (60, "1 phút"),
        (3599, "59 phút"),
        (3600, "1 giờ"),
        (172_799, "47 giờ"),
        (172_800, "2 ngày"),
        (86_400 * 1234, "1.234 ngày"),
    ],
)
def test_ages_in_their_largest_unit(seconds: int, text: str) -> None:
    assert age(timedelta(seconds=seconds)) == text


@given(st.lists(st.integers(1, 4), max_size=90), st.integers(1, 16), st.integers(1, 4))
def test_columns_lose_nothing_and_overflow_nowhere(heights: list[int], height: int, most: int) -> None:
    items = list(range(len(heights)))
    columns, left = places.columns(items, heights, height, most)
    shown = [item for column in columns for item in column]
    assert shown == items[: len(items) - left]
    assert len(columns) <= most
    for column in columns:
        assert sum(heights[item] for item in column) <= height or len(column) == 1


@given(st.lists(st.integers(1, 4), min_size=1, max_size=90), st.integers(4, 20))
def test_screens_lose_nothing_and_overflow_nowhere(heights: list[int], room: int) -> None:
    items = list(range(len(heights)))
    found = places.screens(items, heights, room)
    assert [item for screen in found for item in screen] == items
    assert all(screen and sum(heights[item] for item in screen) <= room for screen in found)


@pytest.mark.parametrize(
    ("name", "halves"),
    [
        ("Thanh toán trực tuyến", ("Thanh toán", "trực tuyến")),
        ("Dịch vụ có hồ sơ", ("Dịch vụ", "có hồ sơ")),
        ("Số", ("Số",)),
        ("", ("",)),
    ],
)
def test_a_name_in_two_lines(name: str, halves: tuple[str, ...]) -> None:
    assert places.halves(name) == halves


def test_every_assigned_cell_of_the_report_is_counted_once() -> None:
    table = report(real_snapshot())
    signs = [verdicts.sign(cell) for cell in verdicts.assigned(table.rows)]
    assert len(signs) == 191
    assert set(signs) <= {Sign.MET, Sign.BELOW, Sign.FAR}

"""The exporter against a portal that misbehaves in every way it can: nothing wrong is published."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.periods import Period
from exporter.snapshot.model import Figure
from tests.demo_setup import Town, town

PAGE = "/thong-ke/don-vi"
NATIONAL = "/api/v1/reporting/evaluation"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as made:
        yield made


def test_all_that_the_decision_assigns_has_a_figure_and_a_target(here: Town) -> None:
    for source in ("cong-tinh-don-vi", "cong-tinh-xa", "cong-quoc-gia"):
        assert here.collect(source).failures == ()
    decision = here.snapshot.decision
    assigned = [
        (unit.id, indicator.id)
        for unit in decision.assigned_units
        for indicator in decision.indicators.values()
        if decision.target(unit, indicator) is not None
    ]
    assert len(assigned) == 191
    assert all(Figure(unit, what, "year") in here.snapshot.figures for unit, what in assigned)
    assert here.snapshot.simulated
    communes = [f for f in here.snapshot.figures if f.unit.startswith("xa-1") and f.period == "year"]
    assert len(communes) == 260 * 6
    assert here.snapshot.withheld == ()
    strangers = {u.source for u in here.snapshot.unmatched if not u.ambiguous}
    assert strangers == set()


WIRE_AND_PAGE = [
    ("slow", "timeout", {"seconds": 5}),
    ("drip", "timeout", {"seconds": 0.05}),
    ("drip", "timeout", {"seconds": 0.05, "where": "headers"}),
    ("silent", "timeout", {}),
    ("reset", "connection", {}),
    ("cut", "connection", {}),
    ("cut_quietly", "schema", {}),
    ("wrong_length", "schema", {}),
    ("too_large", "too_large", {}),
    ("gzip_bomb", "too_large", {}),
    ("empty", "decode", {}),
    ("http_401", "rejected", {}),
    ("http_403", "rejected", {}),
    ("http_404", "http_status", {}),
    ("http_429", "rejected", {}),
    ("http_500", "http_status", {}),
    ("http_503", "http_status", {}),
    ("rejected", "rejected", {}),
    ("login_page", "rejected", {}),
    ("redirect_away", "rejected", {}),
    ("redirect_loop", "rejected", {}),
    ("not_utf8", "decode", {}),
    ("no_table", "schema", {}),
    ("renamed_column", "schema", {}),
]


@pytest.mark.parametrize(("fault", "reason", "options"), WIRE_AND_PAGE)
def test_a_page_that_cannot_be_had_costs_no_figure(
    here: Town, fault: str, reason: str, options: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    here.collect()
    good = here.snapshot.figures
    if reason == "timeout":
        here.impatient()
    here.portal.fault(fault, path=PAGE + "?ky=nam", **options)
    run = here.collect()
    assert set(run.reasons) == {reason}
    assert here.snapshot.figures == good
    source = here.snapshot.sources[0]
    assert source.up is False
    assert source.failures[reason] >= 1
    here.collect()
    downs = [r for r in caplog.records if "cong-tinh-don-vi is down" in r.message]
    assert len(downs) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("html_for_json", "rejected"),
        ("broken_json", "decode"),
        ("short_page", "schema"),
        ("renamed_column", "schema"),
    ],
)
def test_an_interface_that_answers_nonsense(here: Town, fault: str, reason: str) -> None:
    here.portal.fault(fault, path=NATIONAL)
    assert reason in here.collect("cong-quoc-gia").reasons


def test_broken_html_gives_right_figures_or_none(here: Town) -> None:
    here.collect()
    good = here.snapshot.figures
    here.portal.fault("broken_html", path=PAGE)
    here.collect()
    assert here.snapshot.figures.items() <= good.items()


def test_a_month_that_fails_costs_the_year_nothing(here: Town) -> None:
    here.portal.fault("http_500", path=PAGE + "?ky=thang")
    run = here.collect()
    assert run.reasons == ("http_status",)
    assert here.ratio("so-cong-thuong") is not None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("nan", "not_a_number"),
        ("above_one", "above_one"),
        ("negative", "negative"),
        ("fell", "fell"),
        ("jumped", "jumped"),
        ("duplicate", "duplicate"),
    ],
)
def test_a_doubtful_figure_is_withheld_and_costs_no_other(here: Town, fault: str, reason: str) -> None:
    here.collect()
    good = here.snapshot.figures
    here.set("2024-09-16", "10:00")
    here.portal.fault(fault, path=PAGE, unit="so-y-te", indicator="online_dossier")
    here.collect()
    year = [w for w in here.snapshot.withheld if w.period.kind == "year"]
    assert {w.reason for w in year} == {reason}
    assert {w.unit for w in year} == {"so-y-te"}
    assert here.ratio("so-y-te") is None
    lost = {f for f in good if f not in here.snapshot.figures}
    # The province is a sum: it is absent where the unit weighs too much in it.
    assert "so-y-te" in {f.unit for f in lost} <= {"so-y-te", "tinh"}
    kept = {f: (m.numerator, m.denominator) for f, m in here.snapshot.figures.items()}
    assert kept.items() <= {f: (m.numerator, m.denominator) for f, m in good.items()}.items()


def test_an_unknown_name_is_counted_with_the_nearest(here: Town) -> None:
    here.portal.fault("unmatched", path=PAGE, unit="so-y-te")
    run = here.collect()
    assert run.unmatched >= 1
    assert all(len(u.candidates) == 3 for u in here.snapshot.unmatched)
    assert here.ratio("so-y-te") is None


def test_communes_without_their_heading_are_ambiguous_where_names_are_not_unique(here: Town) -> None:
    here.portal.fault("ambiguous", path="/thong-ke/xa")
    run = here.collect("cong-tinh-xa")
    assert run.ambiguous > 0
    decision = here.snapshot.decision
    for u in here.snapshot.unmatched:
        assert u.ambiguous
        assert all(here.ratio(unit) is None for unit in u.candidates if unit in decision.units)


def test_a_wrong_total_is_seen_and_told_once(here: Town, caplog: pytest.LogCaptureFixture) -> None:
    here.collect()
    assert set(here.snapshot.sources[0].mismatches.values()) == {0.0}
    here.portal.fault("wrong_total", path=PAGE)
    here.collect()
    assert max(here.snapshot.sources[0].mismatches.values()) > 0.01
    here.collect()
    told = [r.message for r in caplog.records if "is not the sum of its rows" in r.message]
    assert len(told) == len(set(told)) >= 1


def test_missing_rows_are_missing_figures(here: Town) -> None:
    here.portal.fault("missing_rows", path=PAGE)
    here.collect()
    units = {f.unit for f in here.snapshot.figures if f.period == "year"}
    assert 0 < len(units) < 24


def test_figures_of_last_year_are_not_this_years(here: Town) -> None:
    here.portal.fault("old", path=PAGE)
    here.collect()
    assert here.ratio("so-y-te") is None


def test_frozen_figures_are_seen_by_when_they_last_moved(here: Town) -> None:
    here.collect()
    moved = here.snapshot.sources[0].last_change
    here.portal.fault("frozen", path=PAGE)
    here.set("2024-09-18")
    here.collect()
    assert here.snapshot.sources[0].last_change == moved
    assert here.snapshot.sources[0].last_success == here.clock.moment


def test_days_pass_and_nothing_is_withheld(here: Town) -> None:
    for day in ("2024-09-16", "2024-09-17", "2024-09-20", "2024-09-30", "2024-10-01"):
        here.set(day)
        for source in ("cong-tinh-don-vi", "cong-tinh-xa"):
            assert here.collect(source).withheld == 0, day


def test_from_31_december_to_1_january(here: Town) -> None:
    here.set("2024-12-31", "23:30")
    here.collect()
    assert here.ratio("so-y-te") is not None
    here.set("2025-01-01", "00:30")
    here.pipeline.refresh()
    assert here.ratio("so-y-te") is None
    run = here.collect()
    assert run.withheld == 0
    here.set("2025-01-02", "09:00")
    run = here.collect()
    assert (run.withheld, run.failures) == (0, ())
    m = here.snapshot.figures[Figure("so-y-te", "online_dossier", "year")]
    assert m.period == Period.year_of(here.clock.today())
    assert here.snapshot.period == m.period


def test_from_31_october_to_1_november(here: Town) -> None:
    here.set("2024-10-31", "23:30")
    here.collect("cong-tinh-xa")
    before = here.snapshot.figures
    assert Figure("xa-12691", "online_dossier", "year") in before
    here.set("2024-11-01", "00:10")
    here.pipeline.refresh()
    heir = here.snapshot.figures[Figure("xa-12700", "online_dossier", "year")]
    parts = [before[Figure(u, "online_dossier", "year")] for u in ("xa-12691", "xa-12697", "xa-12700")]
    assert heir.denominator == sum(p.denominator for p in parts)
    assert Figure("xa-12691", "online_dossier", "year") not in here.snapshot.figures
    here.set("2024-11-01", "09:00")
    run = here.collect("cong-tinh-xa")
    assert (run.withheld, run.unmatched, run.ambiguous) == (0, 0, 0)
    communes = {f.unit for f in here.snapshot.figures if f.unit.startswith("xa-1") and f.period == "year"}
    assert len(communes) == 242


def test_a_restart_knows_what_was_known(here: Town) -> None:
    for day in ("2024-09-16", "2024-09-17"):
        here.set(day)
        here.collect()
    before = here.snapshot
    states = here.pipeline.setup.replay()
    after = here.restart().snapshot()
    assert after is not None
    assert after.figures == before.figures
    assert here.pipeline.setup.replay() == states
    here.portal.fault("fell", path=PAGE, unit="so-y-te", indicator="online_dossier")
    here.collect()
    assert {w.reason for w in here.snapshot.withheld} == {"fell"}

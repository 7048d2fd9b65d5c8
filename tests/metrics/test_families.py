"""What the snapshot says, as metrics: every rule of the catalogue."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.samples import Sample

from exporter.clock import PROVINCE_TIME
from exporter.decision import PROVINCE
from exporter.errors import Reason
from exporter.metrics import catalogue as metrics
from exporter.metrics.families import families, starting_families
from exporter.periods import Period, PeriodKind
from exporter.snapshot.model import Figure, ReloadState, Snapshot
from tests.snapshots import (
    MONTH,
    NOW,
    RELOAD,
    YEAR,
    make_decision,
    make_measurement,
    make_snapshot,
    make_source,
    make_troubled_snapshot,
)


def samples(snapshot: Snapshot) -> list[Sample]:
    return [sample for family in families(snapshot) for sample in family.samples]


def value(snapshot: Snapshot, metric: metrics.Metric, **labels: str) -> float | None:
    """The one sample of that name with at least these labels; None: there is none."""
    found = [
        sample.value
        for sample in samples(snapshot)
        if sample.name == metric.name and labels.items() <= sample.labels.items()
    ]
    assert len(found) <= 1, f"{metric.name} {labels} stands {len(found)} times"
    return found[0] if found else None


def small(**changes: object) -> Snapshot:
    return make_snapshot(departments=2, groups=1, communes=2, **changes)


def with_figure(numerator: int, denominator: int, **changes: object) -> Snapshot:
    figure = Figure("so-1", "online_payment", "year")
    return small(figures={figure: make_measurement(figure, numerator, denominator, **changes)})


def test_catalogue_is_complete_and_samples_carry_its_labels() -> None:
    catalogue = {metric.name: metric for metric in metrics.CATALOGUE}
    assert len(catalogue) == len(metrics.CATALOGUE)
    seen = set()
    for family in families(make_troubled_snapshot()):
        for sample in family.samples:
            metric = catalogue[sample.name]
            assert tuple(sample.labels) == metric.labels
            assert family.type == metric.type
            assert family.documentation == metric.help
            seen.add(sample.name)
    assert seen == set(catalogue)


DESIGN = """
dvc_indicator_ratio unit indicator period
dvc_indicator_numerator unit indicator period
dvc_indicator_denominator unit indicator period
dvc_sum_parts unit indicator period
dvc_sum_parts_expected unit indicator period
dvc_target_ratio unit indicator
dvc_milestone_ratio unit indicator
dvc_exemption_info unit indicator
dvc_unit_info unit name short_name kind parent number
dvc_indicator_info indicator name short_name counting counted
dvc_indicator_source_info unit indicator source
dvc_decision_info number issued authority
dvc_period_elapsed_ratio
dvc_period_start_timestamp_seconds source period
dvc_source_up source
dvc_source_last_success_timestamp_seconds source
dvc_source_last_attempt_timestamp_seconds source
dvc_source_as_of_timestamp_seconds source
dvc_source_last_change_timestamp_seconds source
dvc_source_collection_interval_seconds source
dvc_source_validity_seconds source
dvc_source_fetch_duration_seconds source
dvc_source_failures_total source reason
dvc_source_readings source outcome
dvc_source_total_mismatch_ratio source indicator
dvc_reading_withheld source unit indicator period reason
dvc_archive_failures_total
dvc_config_last_reload_successful
dvc_config_last_reload_success_timestamp_seconds
dvc_clock_offset_seconds
dvc_exporter_build_info version python
"""
"""The names that alerts, dashboards and other people's queries are built on: changing one breaks them."""


def test_catalogue_is_what_was_agreed() -> None:
    assert [" ".join((m.name, *m.labels)) for m in metrics.CATALOGUE] == DESIGN.split("\n")[1:-1]
    counters = [m.name for m in metrics.CATALOGUE if m.type == "counter"]
    assert counters == ["dvc_source_failures_total", "dvc_archive_failures_total"]


def test_every_help_names_where_it_comes_from_or_what_it_is_of() -> None:
    for metric in metrics.CATALOGUE:
        assert metric.help.endswith("."), metric.name
        assert "\n" not in metric.help
        origin = ("decision", "annex", "portal", "exporter", "Unix time", "collection", "source")
        assert any(word in metric.help for word in origin), metric.name
    for metric in (metrics.INDICATOR_RATIO, metrics.SOURCE_LAST_SUCCESS):
        assert "own schedule" in metric.help


def test_a_rate_is_published_with_its_two_counts() -> None:
    snapshot = with_figure(45, 100)
    labels = {"unit": "so-1", "indicator": "online_payment", "period": "year"}
    assert value(snapshot, metrics.INDICATOR_RATIO, **labels) == 0.45
    assert value(snapshot, metrics.INDICATOR_NUMERATOR, **labels) == 45
    assert value(snapshot, metrics.INDICATOR_DENOMINATOR, **labels) == 100
    assert value(snapshot, metrics.TARGET_RATIO, unit="so-1", indicator="online_payment") == 0.45
    assert value(snapshot, metrics.SUM_PARTS) is None
    assert value(snapshot, metrics.SUM_PARTS_EXPECTED) is None


def test_nothing_to_count_has_counts_and_no_rate() -> None:
    snapshot = with_figure(0, 0)
    assert value(snapshot, metrics.INDICATOR_RATIO) is None
    assert value(snapshot, metrics.INDICATOR_NUMERATOR) == 0
    assert value(snapshot, metrics.INDICATOR_DENOMINATOR) == 0


def test_a_sum_says_how_many_parts_it_has() -> None:
    snapshot = with_figure(1, 2, parts=("a", "b"), parts_expected=3)
    assert value(snapshot, metrics.SUM_PARTS, unit="so-1") == 2
    assert value(snapshot, metrics.SUM_PARTS_EXPECTED, unit="so-1") == 3


def test_targets_of_units_in_force_while_the_decision_holds() -> None:
    snapshot = make_troubled_snapshot()
    assert value(snapshot, metrics.TARGET_RATIO, unit="so-1", indicator="online_dossier") == 0.9
    assert value(snapshot, metrics.TARGET_RATIO, unit="so-2", indicator="online_dossier") == 0.5
    assert value(snapshot, metrics.TARGET_RATIO, unit="so-2", indicator="online_payment") is None
    assert value(snapshot, metrics.EXEMPTION_INFO) == 1
    assert value(snapshot, metrics.EXEMPTION_INFO, unit="so-2", indicator="online_payment") == 1
    assert value(snapshot, metrics.MILESTONE_RATIO) == 0.4
    assert value(snapshot, metrics.TARGET_RATIO, unit="xa-12000", indicator="online_payment") == 0.45
    assert value(snapshot, metrics.TARGET_RATIO, unit="so-1", indicator="electronic_certified_copy") is None
    names = {(s.name, s.labels.get("unit")) for s in samples(snapshot)}
    assert not any(unit == "xa-11999" for _, unit in names)
    assert ("dvc_target_ratio", PROVINCE) not in names


def test_a_commune_carries_its_groups_target() -> None:
    decision = make_decision(1, 1, 1)
    units = dict(decision.units)
    units["xa-1"] = replace(units["xa-1"], targets={"online_payment": Fraction(55, 100)})
    snapshot = small(decision=replace(decision, units=units))
    assert value(snapshot, metrics.TARGET_RATIO, unit="xa-12000", indicator="online_payment") == 0.55


@pytest.mark.parametrize(
    "changes", [{"in_force_until": date(2024, 9, 15)}, {"period_start": date(2025, 1, 1)}]
)
def test_no_target_while_the_decision_does_not_hold(changes: dict[str, object]) -> None:
    snapshot = make_troubled_snapshot()
    snapshot = replace(snapshot, decision=replace(snapshot.decision, **changes))  # type: ignore[arg-type]
    assert value(snapshot, metrics.UNIT_INFO, unit="so-1") == 1
    for metric in (metrics.TARGET_RATIO, metrics.MILESTONE_RATIO, metrics.EXEMPTION_INFO):
        assert value(snapshot, metric) is None


def test_units_bear_the_names_of_the_day() -> None:
    snapshot = make_troubled_snapshot()
    assert (
        value(snapshot, metrics.UNIT_INFO, unit="xa-12001", name="Thị trấn Cũ", short_name="Thị trấn Cũ") == 1
    )
    later = replace(snapshot, at=datetime(2024, 11, 1, tzinfo=PROVINCE_TIME))
    assert value(later, metrics.UNIT_INFO, unit="xa-12001", name="Xã 1", short_name="Xã 1") == 1
    labels = {"kind": "province", "parent": "", "number": "", "name": "Tỉnh Thái Bình"}
    assert value(snapshot, metrics.UNIT_INFO, unit=PROVINCE, **labels) == 1
    labels = {"kind": "commune_group", "parent": "ubnd-1", "number": "4"}
    assert value(snapshot, metrics.UNIT_INFO, unit="xa-1", **labels) == 1


def test_who_is_responsible_stands_there_before_anything_was_read() -> None:
    snapshot = small(figures={}, sources=())
    info = metrics.INDICATOR_SOURCE_INFO
    assert value(snapshot, info, unit="so-1", indicator="online_payment", source="cong-tinh-don-vi") == 1
    assert value(snapshot, info, unit="xa-12000", indicator="online_payment", source="cong-tinh-xa") == 1
    assert value(snapshot, info, unit=PROVINCE, indicator="online_payment", source="cong-tinh-don-vi") == 1
    assert value(snapshot, info, unit="so-1", indicator="electronic_certified_copy") is None
    nobody = small(settings=snapshot.settings.model_copy(update={"responsible": ()}))
    assert value(nobody, info) is None


def test_decision_indicators_and_period() -> None:
    snapshot = small()
    labels = {"number": "805/QĐ-UBND", "issued": "2024-05-24"}
    assert value(snapshot, metrics.DECISION_INFO, **labels) == 1
    labels = {"indicator": "online_payment", "counting": "flow", "counted": "giao dịch"}
    assert value(snapshot, metrics.INDICATOR_INFO, **labels) == 1
    assert value(snapshot, metrics.PERIOD_ELAPSED_RATIO) == pytest.approx(259.38 / 366, abs=1e-4)


def test_times_are_translated_back_to_real_time() -> None:
    offset = -86_400.0 * 800
    snapshot = small(clock_offset_seconds=offset, sources=(make_source("s"),))
    real = (NOW - timedelta(minutes=12)).timestamp() + 86_400 * 800
    assert value(snapshot, metrics.CLOCK_OFFSET) == offset
    assert value(snapshot, metrics.SOURCE_LAST_SUCCESS, source="s") == real
    assert value(snapshot, metrics.SOURCE_LAST_ATTEMPT, source="s") == real
    assert value(snapshot, metrics.CONFIG_RELOAD_TIME) == RELOAD.at.timestamp() - offset
    start = datetime(2024, 9, 1, tzinfo=PROVINCE_TIME).timestamp() - offset
    assert value(snapshot, metrics.PERIOD_START, source="s", period="month") == start


def test_what_a_source_does_not_say_is_absent() -> None:
    silent = make_source(
        "s",
        up=None,
        last_attempt=None,
        last_success=None,
        as_of=None,
        last_change=None,
        fetch_duration_seconds=None,
        readings=None,
        mismatches={},
        periods={},
    )
    found = {s.name for s in samples(small(sources=(silent,))) if "source" in s.labels} - {
        metrics.INDICATOR_SOURCE_INFO.name
    }
    assert found == {
        "dvc_source_collection_interval_seconds",
        "dvc_source_validity_seconds",
        "dvc_source_failures_total",
    }


def test_a_source_that_is_down() -> None:
    snapshot = make_troubled_snapshot()
    assert value(snapshot, metrics.SOURCE_UP, source="cong-tinh-don-vi") == 1
    assert value(snapshot, metrics.SOURCE_UP, source="cong-tinh-xa") == 0
    assert value(snapshot, metrics.SOURCE_FAILURES, source="cong-tinh-xa", reason="timeout") == 3
    for reason in Reason:
        assert value(snapshot, metrics.SOURCE_FAILURES, source="cong-quoc-gia", reason=reason.value) == 0
    assert value(snapshot, metrics.SOURCE_READINGS, source="cong-tinh-don-vi", outcome="withheld") == 7
    labels = {"source": "cong-tinh-don-vi", "indicator": "online_dossier"}
    assert value(snapshot, metrics.SOURCE_TOTAL_MISMATCH, **labels) == 0.0125
    assert value(snapshot, metrics.ARCHIVE_FAILURES) == 2


def test_a_reading_withheld_twice_is_one_series() -> None:
    snapshot = make_troubled_snapshot(doubts=1)
    twice = replace(snapshot, withheld=snapshot.withheld * 2)
    labels = {"unit": "so-1", "indicator": "full_online_provision", "period": "year", "reason": "fell"}
    assert value(twice, metrics.READING_WITHHELD, **labels) == 1


def test_a_configuration_that_was_not_taken() -> None:
    failed = ReloadState(successful=False, at=RELOAD.at, error="dòng 3")
    assert value(small(reload=failed), metrics.CONFIG_RELOAD_SUCCESSFUL) == 0
    assert value(small(), metrics.CONFIG_RELOAD_SUCCESSFUL) == 1


def test_before_the_first_snapshot_the_exporter_speaks_of_itself() -> None:
    found = {s.name: s.value for family in starting_families(RELOAD, -60.0) for s in family.samples}
    assert found == {
        "dvc_config_last_reload_successful": 1,
        "dvc_config_last_reload_success_timestamp_seconds": RELOAD.at.timestamp() + 60,
        "dvc_clock_offset_seconds": -60,
        "dvc_exporter_build_info": 1,
    }


maybe = st.none() | st.floats(allow_nan=True, allow_infinity=True)
moments = st.none() | st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis takes naive bounds and adds the zone
    datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(PROVINCE_TIME),
)
counts = st.integers(0, 10**9)
period_maps: st.SearchStrategy[dict[PeriodKind, Period]] = st.fixed_dictionaries(
    {}, optional={"year": st.just(YEAR), "month": st.just(MONTH)}
)


@given(
    pairs=st.lists(st.tuples(counts, counts), max_size=4),
    parts=st.none() | st.integers(0, 9),
    up=st.none() | st.booleans(),
    moment=moments,
    number=maybe,
    readings=st.none() | st.dictionaries(st.sampled_from(["accepted", "withheld"]), counts),
    mismatches=st.dictionaries(st.sampled_from(["online_payment", "x"]), st.floats()),
    periods=period_maps,
)
def test_a_missing_value_is_never_a_number(
    pairs: list[tuple[int, int]],
    parts: int | None,
    up: bool | None,
    moment: datetime | None,
    number: float | None,
    readings: dict[str, int] | None,
    mismatches: dict[str, float],
    periods: dict[PeriodKind, Period],
) -> None:
    figures = {}
    for n, (numerator, denominator) in enumerate(pairs):
        figure = Figure(f"so-{n + 1}", "online_payment", "year")
        figures[figure] = make_measurement(figure, numerator, denominator, parts_expected=parts)
    source = make_source(
        "s",
        up=up,
        last_attempt=moment,
        last_success=moment,
        as_of=moment,
        last_change=moment,
        fetch_duration_seconds=number,
        readings=readings,
        mismatches=mismatches,
        periods=periods,
    )
    snapshot = replace(_SMALL, figures=figures, sources=(source,))
    found = samples(snapshot)
    assert all(math.isfinite(sample.value) for sample in found)
    by_name: dict[str, list[Sample]] = {}
    for sample in found:
        by_name.setdefault(sample.name, []).append(sample)
    there = {name: len(rows) for name, rows in by_name.items()}
    finite = [r for r in mismatches.values() if math.isfinite(r)]
    known = 0 if moment is None else 1
    assert there.get("dvc_indicator_ratio", 0) == sum(1 for _, denominator in pairs if denominator)
    assert there.get("dvc_indicator_numerator", 0) == len(pairs)
    assert there.get("dvc_sum_parts_expected", 0) == (0 if parts is None else len(pairs))
    assert there.get("dvc_source_up", 0) == (0 if up is None else 1)
    assert there.get("dvc_source_as_of_timestamp_seconds", 0) == known
    assert there.get("dvc_source_last_change_timestamp_seconds", 0) == known
    assert there.get("dvc_source_fetch_duration_seconds", 0) == (number is not None and math.isfinite(number))
    assert there.get("dvc_source_readings", 0) == len(readings or {})
    assert there.get("dvc_source_total_mismatch_ratio", 0) == len(finite)
    assert there.get("dvc_period_start_timestamp_seconds", 0) == len(periods)


_SMALL = small()

"""Sums add counts, and are absent rather than wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.periods import Period
from exporter.snapshot.model import Measurement
from exporter.snapshot.sums import Tolerance, Wanted, add_up, parts_of, wholes
from tests.builders import INDICATORS, SEPTEMBER, YEAR, at, decision

DECISION = decision()
DOSSIER, PAYMENT, _, PROVISION = INDICATORS
DAY = date(2024, 9, 16)
GROUP = DECISION.units["xa-dong-hung"]
PARTS = parts_of(DECISION, GROUP, DOSSIER, DAY)


def m(unit: str, numerator: int, denominator: int, period: Period = YEAR) -> Measurement:
    return Measurement(
        unit,
        "online_dossier",
        period,
        numerator,
        denominator,
        "cong",
        at("2024-09-16"),
        at("2024-09-16", "06:00"),
    )


def total(figures: list[Measurement], last: dict[str, int] | None = None) -> Measurement | None:
    def last_denominator(unit: str, _: str, __: Period) -> int | None:
        return (last or {}).get(unit)

    wanted = Wanted(GROUP, DOSSIER, PARTS, "cong")
    return add_up(wanted, {f.unit: f for f in figures}, Tolerance(last_denominator, 0.05))


def test_the_parts_of_a_group_are_its_communes_in_force() -> None:
    assert [u.id for u in PARTS] == ["xa-1", "xa-2", "xa-3", "xa-4"]
    assert [u.id for u in parts_of(DECISION, GROUP, DOSSIER, date(2024, 11, 1))] == ["xa-1", "xa-3", "xa-4"]


def test_the_parts_of_the_province_are_the_units_of_the_annex_that_have_something_to_count() -> None:
    province = DECISION.units["tinh"]
    ids = [u.id for u in parts_of(DECISION, province, DOSSIER, DAY)]
    assert ids == [
        "so-tai-chinh",
        "so-y-te",
        "ubnd-dong-hung",
        "xa-dong-hung",
        "ubnd-tien-hai",
        "xa-tien-hai",
    ]
    assert [u.id for u in parts_of(DECISION, province, PAYMENT, DAY)] == ids[1:]
    assert [u.id for u in parts_of(DECISION, province, PROVISION, DAY)] == ids[:2]
    included = parts_of(DECISION, province, DOSSIER, DAY, districts_include=True)
    assert [u.id for u in included] == ["so-tai-chinh", "so-y-te", "ubnd-dong-hung", "ubnd-tien-hai"]


def test_groups_come_before_the_province_they_are_part_of() -> None:
    assert [u.id for u in wholes(DECISION, DAY)] == ["xa-dong-hung", "xa-tien-hai", "tinh"]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=4, max_size=4))
def test_a_complete_sum_adds_the_counts(counts: list[tuple[int, int]]) -> None:
    figures = [m(u.id, min(c), max(c)) for u, c in zip(PARTS, counts, strict=True)]
    added = total(figures)
    assert added is not None
    assert added.numerator == sum(min(c) for c in counts)
    assert added.denominator == sum(max(c) for c in counts)
    assert (len(added.parts), added.parts_expected) == (4, 4)
    assert added.is_sum


def test_what_is_missing_may_weigh_little() -> None:
    last = {"xa-1": 500, "xa-2": 300, "xa-3": 160, "xa-4": 40}
    figures = [m("xa-1", 1, 500), m("xa-2", 1, 300), m("xa-3", 1, 160)]
    added = total(figures, last)
    assert added is not None
    assert (len(added.parts), added.parts_expected, added.denominator) == (3, 4, 960)


@pytest.mark.parametrize(
    "last",
    [
        {"xa-1": 500, "xa-2": 300, "xa-3": 100, "xa-4": 100},
        {"xa-1": 500, "xa-2": 300, "xa-3": 160},
        {},
    ],
    ids=["weighs too much", "was never seen", "nothing was ever seen"],
)
def test_a_sum_is_absent_when_too_much_or_unknown_is_missing(last: dict[str, int]) -> None:
    assert total([m("xa-1", 1, 500), m("xa-2", 1, 300), m("xa-3", 1, 160)], last) is None


def test_nothing_adds_up_to_nothing() -> None:
    assert total([]) is None


def test_periods_are_not_mixed() -> None:
    assert total([m("xa-1", 1, 2), m("xa-2", 1, 2, SEPTEMBER), m("xa-3", 1, 2), m("xa-4", 1, 2)]) is None

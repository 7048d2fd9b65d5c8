"""Counts of communes merged away reach their successor whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from exporter.resolve.mergers import Days, merged_since, pass_on
from exporter.snapshot.model import Measurement
from tests.builders import UNITS, YEAR, at, decision

DECISION = decision()
BEFORE, AFTER = date(2024, 10, 31), date(2024, 11, 1)


def m(unit: str, numerator: int, denominator: int) -> Measurement:
    return Measurement(unit, "online_dossier", YEAR, numerator, denominator, "cong", at("2024-11-01"), None)


ROWS = (m("xa-1", 1, 10), m("xa-2", 2, 20), m("xa-3", 3, 30))


def counts(found: tuple[Measurement, ...]) -> dict[str, tuple[int, int]]:
    return {x.unit: (x.numerator, x.denominator) for x in found}


def test_until_the_last_day_each_stands_for_itself() -> None:
    assert pass_on(ROWS, (), DECISION, Days(BEFORE, BEFORE)) == ROWS


def test_from_then_on_the_successor_has_the_counts_of_both() -> None:
    assert counts(pass_on(ROWS, (), DECISION, Days(AFTER, AFTER))) == {"xa-1": (1, 10), "xa-3": (5, 50)}


def test_a_portal_that_merged_its_rows_is_taken_at_its_word() -> None:
    assert counts(pass_on((m("xa-3", 5, 50),), (), DECISION, Days(AFTER, AFTER))) == {"xa-3": (5, 50)}


def test_half_a_commune_is_no_figure() -> None:
    assert counts(pass_on(ROWS[:2], (), DECISION, Days(AFTER, AFTER))) == {"xa-1": (1, 10)}
    doubted = {("xa-2", "online_dossier")}
    assert counts(pass_on(ROWS, doubted, DECISION, Days(AFTER, AFTER))) == {"xa-1": (1, 10)}
    only_successor = (m("xa-1", 1, 10), m("xa-3", 3, 30))
    assert counts(pass_on(only_successor, doubted, DECISION, Days(AFTER, AFTER))) == {"xa-1": (1, 10)}


def test_before_the_day_no_portal_can_have_merged_its_rows() -> None:
    heir_only = (m("xa-1", 1, 10), m("xa-3", 3, 30))
    assert counts(pass_on(heir_only, (), DECISION, Days(BEFORE, AFTER))) == {"xa-1": (1, 10)}


def test_mergers_of_different_days_are_whole_each_for_itself() -> None:
    later = date(2024, 12, 1)
    units = tuple(
        replace(u, until=date(2024, 11, 30), merged_into="xa-3") if u.id == "xa-1" else u for u in UNITS
    )
    twice = decision(units)
    listed = (m("xa-1", 1, 10), m("xa-3", 5, 50))
    assert counts(pass_on(listed, (), twice, Days(later, later))) == {"xa-3": (6, 60)}
    assert merged_since(twice, "xa-3", BEFORE, later) == {"xa-1", "xa-2"}


def test_a_merger_lies_between_two_days() -> None:
    assert merged_since(DECISION, "xa-3", BEFORE, AFTER) == {"xa-2"}
    assert merged_since(DECISION, "xa-3", AFTER, date(2024, 11, 2)) == frozenset()
    assert merged_since(DECISION, "xa-1", BEFORE, AFTER) == frozenset()

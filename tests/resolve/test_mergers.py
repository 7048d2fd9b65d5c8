"""Counts of communes merged away reach their successor whole or not at all."""

from __future__ import annotations

from datetime import date

from exporter.resolve.mergers import merged_between, pass_on
from exporter.snapshot.model import Measurement
from tests.builders import YEAR, at, decision

DECISION = decision()
BEFORE, AFTER = date(2024, 10, 31), date(2024, 11, 1)


def m(unit: str, numerator: int, denominator: int) -> Measurement:
    return Measurement(unit, "online_dossier", YEAR, numerator, denominator, "cong", at("2024-11-01"), None)


ROWS = (m("xa-1", 1, 10), m("xa-2", 2, 20), m("xa-3", 3, 30))


def counts(found: tuple[Measurement, ...]) -> dict[str, tuple[int, int]]:
    return {x.unit: (x.numerator, x.denominator) for x in found}


def test_until_the_last_day_each_stands_for_itself() -> None:
    assert pass_on(ROWS, (), DECISION, BEFORE) == ROWS


def test_from_then_on_the_successor_has_the_counts_of_both() -> None:
    assert counts(pass_on(ROWS, (), DECISION, AFTER)) == {"xa-1": (1, 10), "xa-3": (5, 50)}


def test_a_portal_that_merged_its_rows_is_taken_at_its_word() -> None:
    assert counts(pass_on((m("xa-3", 5, 50),), (), DECISION, AFTER)) == {"xa-3": (5, 50)}


def test_half_a_commune_is_no_figure() -> None:
    assert counts(pass_on(ROWS[:2], (), DECISION, AFTER)) == {"xa-1": (1, 10)}
    doubted = {("xa-2", "online_dossier")}
    assert counts(pass_on(ROWS, doubted, DECISION, AFTER)) == {"xa-1": (1, 10)}
    only_successor = (m("xa-1", 1, 10), m("xa-3", 3, 30))
    assert counts(pass_on(only_successor, doubted, DECISION, AFTER)) == {"xa-1": (1, 10)}


def test_a_merger_lies_between_two_days() -> None:
    assert merged_between(DECISION, "xa-3", BEFORE, AFTER)
    assert not merged_between(DECISION, "xa-3", AFTER, date(2024, 11, 2))
    assert not merged_between(DECISION, "xa-1", BEFORE, AFTER)

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from demo.figures import Counts, Simulation, total
from demo.plan import FALLING_UNIT, NOTHING_TO_PAY, rates
from demo.rhythm import chance, days_in, received
from exporter.decision import Decision, Kind, Unit
from exporter.periods import Period

YEAR = Period.year_of(date(2024, 1, 1))
GROWING = {
    "online",
    "paper",
    "completed",
    "digitised",
    "electronic",
    "payments",
    "paid_online",
    "services_used",
    "provided",
    "offices_offering",
}
PARTS = [
    ("provided", "eligible"),
    ("online", "received"),
    ("paid_online", "payments"),
    ("payments", "received"),
    ("digitised", "completed"),
    ("electronic", "completed"),
    ("completed", "handled"),
    ("services_used", "services"),
    ("offices_offering", "offices"),
]
FIGURES = {
    "full_online_provision": ("provided", "eligible"),
    "online_dossier": ("online", "received"),
    "online_payment": ("paid_online", "payments"),
    "digitised_result": ("digitised", "completed"),
    "electronic_result": ("electronic", "completed"),
    "service_with_dossier": ("services_used", "services"),
    "electronic_certified_copy": ("offices_offering", "offices"),
}


def sample(decision: Decision) -> list[Unit]:
    """All departments and districts, and a few communes."""
    units = [u for u in decision.units.values() if u.kind in (Kind.DEPARTMENT, Kind.DISTRICT)]
    return units + [u for u in decision.units.values() if u.kind is Kind.COMMUNE][::40]


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(decision: Decision) -> None:
    unit = decision.units["so-cong-thuong"]
    day = date(2024, 9, 15)
    one, same, other = (Simulation(decision, seed).counts(unit, YEAR, day) for seed in (805, 805, 806))
    assert one == same
    assert one != other


def test_chance_is_even_and_reproducible() -> None:
    drawn = [chance(1, "a", n) for n in range(1000)]
    assert all(0 <= x < 1 for x in drawn)
    assert 0.45 < sum(drawn) / 1000 < 0.55
    assert chance(1, "a", 7) == drawn[7]


def test_cumulative_counts_never_fall_and_parts_stay_within_their_whole(
    decision: Decision, simulation: Simulation
) -> None:
    for unit in sample(decision):
        before = Counts()
        for offset in range(-1, 366, 2):
            counts = simulation.counts(unit, YEAR, date(2024, 1, 1) + timedelta(days=offset))
            for name in GROWING:
                assert getattr(counts, name) >= getattr(before, name), (unit.id, offset, name)
            for part, whole in PARTS:
                assert 0 <= getattr(counts, part) <= getattr(counts, whole), (unit.id, offset, part)
            before = counts


def test_most_comes_in_on_working_days() -> None:
    day = {n: received(1, "x", 100_000, 2024, n) for n in range(160, 168)}
    monday = date(2024, 6, 10)
    first = (monday - date(2024, 1, 1)).days
    daily = [day[first + n + 1] - day[first + n] for n in range(6)]
    assert min(daily[:5]) > 5 * daily[5]
    assert received(1, "x", 100_000, 2024, 367) == received(1, "x", 100_000, 2024, 366)
    assert received(1, "x", 100_000, 2024, -3) == 0
    assert days_in(2024) == 366


def test_holidays_bring_next_to_nothing() -> None:
    def of(year: int, month: int, day: int) -> int:
        n = (date(year, month, day) - date(year, 1, 1)).days
        return received(1, "x", 1_000_000, year, n + 1) - received(1, "x", 1_000_000, year, n)

    assert of(2024, 2, 12) * 10 < of(2024, 2, 26)
    assert of(2024, 9, 2) * 10 < of(2024, 9, 9)
    # Where the Lunar New Year is not known, only the fixed holidays are quiet.
    assert of(2030, 1, 1) * 10 < of(2030, 1, 8)


def test_months_add_up_to_the_year_and_carry_over(decision: Decision, simulation: Simulation) -> None:
    flows = [f.name for f in fields(Counts)][3:10]
    for unit in sample(decision):
        months = [
            simulation.counts(unit, Period("month", date(2024, month, 1)), date(2025, 1, 5))
            for month in range(1, 13)
        ]
        year = simulation.counts(unit, YEAR, date(2024, 12, 31))
        # A commune that took others in counts them from November on in a month, and whole in the year.
        if unit.kind is not Kind.COMMUNE:
            for name in flows:
                assert sum(getattr(month, name) for month in months) == getattr(year, name)
        assert months[0].carried == year.carried
        for before, after in pairwise(months):
            assert after.carried == before.handled - before.completed
        assert all(month.services_used <= month.services for month in months)


def test_the_year_starts_again_on_the_first_of_january_and_what_is_open_is_carried_over(
    decision: Decision, simulation: Simulation
) -> None:
    unit = decision.units["so-giao-thong-van-tai"]
    old = simulation.counts(unit, YEAR, date(2024, 12, 31))
    fresh = Period.year_of(date(2025, 1, 1))
    none_yet = simulation.counts(unit, fresh, date(2024, 12, 31))
    first_week = simulation.counts(unit, fresh, date(2025, 1, 7))
    assert none_yet.received == none_yet.completed == none_yet.services_used == 0
    assert none_yet.carried == old.handled - old.completed > 0
    assert 0 < first_week.received < old.received / 20
    assert none_yet.provided == old.provided
    assert first_week.eligible == old.eligible


def test_successors_count_what_was_merged_into_them_from_november_on(
    decision: Decision, simulation: Simulation
) -> None:
    successor = decision.units["xa-12700"]
    gone = [u for u in decision.units.values() if u.merged_into == successor.id]
    assert gone
    eve, morning = date(2024, 10, 30), date(2024, 10, 31)
    alone = simulation.counts(successor, YEAR, eve)
    together = simulation.counts(successor, YEAR, morning)
    parts = [alone, *(simulation.counts(u, YEAR, eve) for u in gone)]
    assert together.received >= total(parts).received > alone.received
    assert together.offices == alone.offices == 1
    assert together.services == alone.services
    assert together.services_used >= alone.services_used


def test_the_province_in_mid_september_shows_every_state(decision: Decision, simulation: Simulation) -> None:
    day = date(2024, 9, 16)
    met = missed = nothing = whole = 0
    gaps: list[Fraction] = []
    for unit in decision.assigned_units:
        parts = (
            [u for u in decision.children[unit.id] if u.in_force(day)]
            if unit.kind is Kind.COMMUNE_GROUP
            else [unit]
        )
        counts = total(simulation.counts(u, YEAR, day - timedelta(days=1)) for u in parts)
        states = []
        for indicator in decision.indicators.values():
            target = decision.target(unit, indicator)
            if target is None:
                continue
            numerator, denominator = (getattr(counts, name) for name in FIGURES[indicator.id])
            if denominator == 0:
                nothing += 1
                states.append(False)
                continue
            gaps.append(Fraction(numerator, denominator) - target)
            states.append(gaps[-1] >= 0)
        met += sum(states)
        missed += len(states) - sum(states)
        whole += all(states)
    assert met + missed == 191
    assert nothing == 1
    assert 150 <= met <= 170
    assert 8 <= whole <= 14
    assert any(gap < Fraction(-20, 100) for gap in gaps)
    assert any(Fraction(-2, 100) < gap < 0 for gap in gaps)
    assert any(0 < gap < Fraction(2, 100) for gap in gaps)
    assert any(gap > Fraction(20, 100) for gap in gaps)
    assert sum(gap == 0 for gap in gaps) > 20


def test_one_unit_falls_below_its_target_while_its_counts_grow(
    decision: Decision, simulation: Simulation
) -> None:
    unit = decision.units[FALLING_UNIT]
    weeks = [simulation.counts(unit, YEAR, date(2024, 9, 1) + timedelta(weeks=week)) for week in range(10)]
    shares = [Fraction(week.online, week.received) for week in weeks]
    assert all(later < earlier for earlier, later in pairwise(shares))
    assert shares[0] > Fraction(1, 2) > shares[-1]
    assert weeks[-1].online > weeks[0].online


def test_units_without_fees_have_no_payments_at_all(decision: Decision, simulation: Simulation) -> None:
    for unit_id in NOTHING_TO_PAY:
        counts = simulation.counts(decision.units[unit_id], YEAR, date(2024, 9, 15))
        assert (counts.paid_online, counts.payments) == (0, 0)


def test_a_commune_begins_to_offer_certified_copies(decision: Decision, simulation: Simulation) -> None:
    unit = decision.units["xa-13078"]
    before, after = (simulation.counts(unit, YEAR, date(2024, m, 1)) for m in (9, 10))
    assert (before.offices_offering, after.offices_offering) == (0, 1)
    never = simulation.counts(decision.units["xa-13072"], YEAR, date(2024, 12, 31))
    assert (never.offices_offering, never.offices) == (0, 1)


def test_a_province_that_the_plan_does_not_know_has_figures_as_well(decision: Decision) -> None:
    department = replace(decision.units["so-y-te"], id="so-la")
    district = replace(decision.units["ubnd-vu-thu"], id="huyen-la")
    assert rates(1, department).eligible > 0
    assert rates(1, district).eligible == 0
    strange = replace(decision, units={"tinh": decision.units["tinh"], "so-la": department})
    counts = Simulation(strange, 1).counts(department, YEAR, date(2024, 9, 1))
    assert counts.digitised <= counts.completed > 0


def test_what_was_computed_once_is_forgotten_before_it_fills_the_memory(
    decision: Decision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.figures._KEPT_IN_MEMORY", 2)
    simulation = Simulation(decision, 805)
    unit = decision.units["so-y-te"]
    first = simulation.counts(unit, YEAR, date(2024, 3, 1))
    for day in range(2, 9):
        simulation.counts(unit, YEAR, date(2024, 3, day))
    assert simulation.counts(unit, YEAR, date(2024, 3, 1)) == first

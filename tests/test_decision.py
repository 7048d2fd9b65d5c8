"""Everything asked of a decision is asked as of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from exporter.decision import Kind, Milestone
from exporter.periods import Period
from tests.builders import INDICATORS, LAST, UNITS, decision

DECISION = decision()
DOSSIER, PAYMENT, RESULT, PROVISION = INDICATORS
AFTER = date(2024, 11, 1)


def test_targets_are_assigned_exempt_or_not_at_all() -> None:
    units = DECISION.units
    assert DECISION.target(units["so-y-te"], PAYMENT) == Fraction(45, 100)
    assert DECISION.target(units["so-tai-chinh"], PAYMENT) is None
    assert DECISION.target(units["ubnd-dong-hung"], PROVISION) is None
    assert DECISION.target(units["tinh"], DOSSIER) is None


def test_communes_carry_their_groups_target() -> None:
    own = {"online_dossier": Fraction(55, 100)}
    units = tuple(replace(u, targets=own) if u.id == "xa-dong-hung" else u for u in UNITS)
    different = decision(units)
    assert different.target(different.units["xa-1"], DOSSIER) == Fraction(55, 100)
    assert different.target(different.units["xa-5"], DOSSIER) == Fraction(1, 2)
    assert different.target(different.units["xa-1"], PROVISION) is None


def test_communes_directly_under_the_province_are_units_of_the_annex() -> None:
    units = (UNITS[0], UNITS[2], replace(UNITS[5], parent="tinh"))
    flat = decision(units)
    assert [u.id for u in flat.assigned_units] == ["so-y-te", "xa-1"]
    assert flat.target(flat.units["xa-1"], DOSSIER) == Fraction(1, 2)


def test_units_are_in_force_as_of_the_day() -> None:
    communes = [u.id for u in DECISION.in_force(LAST, Kind.COMMUNE)]
    assert communes == ["xa-1", "xa-2", "xa-3", "xa-4", "xa-5", "xa-6"]
    assert [u.id for u in DECISION.in_force(AFTER, Kind.COMMUNE)] == [c for c in communes if c != "xa-2"]
    assert DECISION.successor(DECISION.units["xa-2"], LAST).id == "xa-2"
    assert DECISION.successor(DECISION.units["xa-2"], AFTER).id == "xa-3"


def test_a_renamed_unit_bears_its_old_name_until_it_ends() -> None:
    unit = DECISION.units["xa-3"]
    assert (unit.name_on(LAST), unit.short_name_on(LAST)) == ("Xã An Châu", "Xã An Châu")
    assert (unit.name_on(AFTER), unit.short_name_on(AFTER)) == ("Xã Liên An Đô", "Xã Liên An Đô")
    assert unit.named_since == AFTER
    assert DECISION.units["xa-1"].named_since is None


def test_a_milestone_is_in_force_from_its_date_until_the_next_and_within_its_year() -> None:
    road = (Milestone(date(2024, 6, 30), Fraction(2, 5)), Milestone(date(2024, 9, 30), Fraction(9, 20)))
    unit = replace(DECISION.units["so-y-te"], milestones={"online_dossier": road})
    expected = [
        (date(2024, 6, 29), None),
        (date(2024, 6, 30), Fraction(2, 5)),
        (date(2024, 9, 29), Fraction(2, 5)),
        (date(2024, 12, 31), Fraction(9, 20)),
        (date(2025, 1, 1), None),
    ]
    assert [(day, DECISION.milestone(unit, DOSSIER, day)) for day, _ in expected] == expected
    assert DECISION.milestone(unit, RESULT, date(2024, 12, 31)) is None


def test_a_decision_in_force_until_replaced_holds_for_the_current_year() -> None:
    assert DECISION.holds_on(date(2026, 5, 1))
    assert not DECISION.holds_on(date(2023, 12, 31))
    assert DECISION.period_on(date(2026, 5, 1)) == Period("year", date(2026, 1, 1))
    ending = replace(DECISION, in_force_until=date(2025, 6, 30))
    assert ending.holds_on(date(2025, 6, 30))
    assert not ending.holds_on(date(2025, 7, 1))

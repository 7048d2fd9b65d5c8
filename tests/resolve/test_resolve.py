"""Readings are tied to units within their scope: by code, by name, by alias, and never by guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.resolve.match import directory, resolve
from exporter.sources.base import PortalUnit
from tests.builders import UNITS, decision, row

DECISION = decision()
SEPTEMBER = date(2024, 9, 16)
NOVEMBER = date(2024, 11, 2)


def find(
    name: str, *, scope: str | None = None, code: str | None = None, day: date = SEPTEMBER
) -> tuple[str, ...]:
    return directory(DECISION, day).find(PortalUnit(name, code, scope), "official")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sở Y tế", "so-y-te"),
        ("SYT", "so-y-te"),
        ("SỞ Y TẾ - Tỉnh Thái Bình", "so-y-te"),
        ("UBND huyện Đông Hưng", "ubnd-dong-hung"),
        ("Thị trấn Đông Hưng", "xa-1"),
        ("UBND thị trấn Đông Hưng", "xa-1"),
        ("UBND tỉnh Thái Bình", "tinh"),
        ("4/4 xã, thị trấn huyện Đông Hưng", "xa-dong-hung"),
    ],
)
def test_by_name_or_alias(name: str, expected: str) -> None:
    assert find(name) == (expected,)


def test_the_code_comes_before_the_name() -> None:
    assert find("Xã Đô Lương", code="6") == ("xa-6",)
    assert find("Xã Đô Lương", code="no such code") == ("xa-2",)


def test_a_code_of_another_system_is_no_code() -> None:
    assert directory(DECISION, SEPTEMBER).find(PortalUnit("Xã Đô Lương", "6"), "national") == ("xa-2",)


def test_a_name_in_two_districts_is_never_guessed() -> None:
    assert find("Xã Đông Quang") == ("xa-4", "xa-5")
    assert find("Xã Đông Quang", scope="Huyện Tiền Hải") == ("xa-5",)
    assert find("Xã Đông Quang", scope="UBND HUYỆN ĐÔNG HƯNG") == ("xa-4",)


def test_a_commune_of_another_district_does_not_fit_its_scope() -> None:
    assert find("Xã Đô Lương", scope="Huyện Tiền Hải") == ()


def test_a_heading_that_is_no_district_is_no_scope() -> None:
    assert find("Sở Y tế", scope="Sở, ban, ngành") == ("so-y-te",)
    assert find("Xã Đông Quang", scope="Ủy ban nhân dân huyện, thành phố") == ("xa-4", "xa-5")


def test_a_district_that_is_none_of_ours_has_no_unit_of_ours() -> None:
    assert find("Thị trấn Đông Hưng", scope="Huyện Khoái Châu") == ()
    assert find("Xã Đông Quang", scope="TP. Hưng Yên") == ()


def test_a_code_given_anew_belongs_to_who_bears_it_now() -> None:
    old = replace(UNITS[6], codes={"official": "3"})
    who = directory(decision((*UNITS[:6], *UNITS[7:], old)), NOVEMBER)
    assert who.find(PortalUnit("?", "3"), "official") == ("xa-3",)


def test_an_heir_that_took_the_name_of_what_it_took_in_is_meant() -> None:
    renamed = tuple(replace(u, name="Xã Đô Lương", aliases=()) if u.id == "xa-3" else u for u in UNITS)
    who = directory(decision(renamed), NOVEMBER)
    assert who.find(PortalUnit("Xã Đô Lương")) == ("xa-3",)
    assert len(directory(decision(renamed), SEPTEMBER).find(PortalUnit("Xã Đô Lương"))) == 2


def test_an_old_name_holds_until_its_date_and_the_new_one_from_then_on() -> None:
    assert find("Xã An Châu", day=date(2024, 10, 31)) == ("xa-3",)
    assert find("Xã An Châu", day=date(2024, 11, 1)) == ()
    assert find("Xã Liên An Đô", day=date(2024, 10, 31)) == ()
    assert find("Xã Liên An Đô", day=date(2024, 11, 1)) == ("xa-3",)


def test_a_merged_commune_keeps_its_name_as_long_as_a_portal_lists_it() -> None:
    assert find("Xã Đô Lương", day=NOVEMBER) == ("xa-2",)


def test_a_unit_that_does_not_exist_yet_has_no_name() -> None:
    later = tuple(replace(u, since=NOVEMBER) if u.id == "so-y-te" else u for u in UNITS)
    who = directory(decision(later), SEPTEMBER)
    assert who.find(PortalUnit("Sở Y tế")) == ()


def test_unmatched_and_ambiguous_names_are_listed_once_with_help() -> None:
    readings = [
        row("Sở Y tê", 1, 2),
        row("Sở Y tê", 1, 2, "online_payment"),
        row("Xã Đông Quang", 1, 2),
        row("Sở Tài chính", 1, 2),
    ]
    resolved = resolve(readings, "cong", directory(DECISION, SEPTEMBER))
    assert [unit for unit, _ in resolved.matched] == ["so-tai-chinh"]
    strange, ambiguous = resolved.unmatched
    assert not strange.ambiguous
    assert strange.candidates[0] == "Sở Y tế"
    assert len(strange.candidates) == 3
    assert ambiguous.ambiguous
    assert ambiguous.candidates == ("xa-4", "xa-5")


def test_a_totals_row_is_the_province_only_where_code_or_source_says_so() -> None:
    readings = [
        row("Tổng cộng", 1, 2, total=True),
        row("Tỉnh Thái Bình", 3, 4, total=True),
        row("tinh", 5, 6, total=True),
        row("Toàn tỉnh", 7, 8, code="34", total=True),
    ]
    resolved = resolve(readings, "cong", directory(DECISION, SEPTEMBER), "official")
    assert [(unit, r.numerator) for unit, r in resolved.matched] == [("tinh", 5), ("tinh", 7)]
    assert resolved.unmatched == ()


def test_looking_for_near_names_is_bounded() -> None:
    readings = [row(f"Đơn vị lạ {i}", 1, 2) for i in range(60)]
    unmatched = resolve(readings, "cong", directory(DECISION, SEPTEMBER)).unmatched
    assert len(unmatched) == 60
    assert sum(1 for u in unmatched if u.candidates) == 50


@given(st.text(max_size=60), st.one_of(st.none(), st.text(max_size=30)))
def test_whatever_a_portal_writes_fits_units_that_exist_or_none(name: str, scope: str | None) -> None:
    assert set(find(name, scope=scope)) <= set(DECISION.units)

"""config/targets.yaml against the annex of the decision."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.config.decision_file import load_decision
from exporter.decision import PROVINCE, Counting, Decision, Kind

TARGETS = Path(__file__).parents[2] / "config" / "targets.yaml"
with (Path(__file__).parent / "annex.csv").open(encoding="utf-8", newline="") as file:
    ANNEX = list(csv.DictReader(file))
INDICATORS = (
    "full_online_provision",
    "online_dossier",
    "online_payment",
    "digitised_result",
    "electronic_result",
    "service_with_dossier",
    "electronic_certified_copy",
)
ISSUED = date(2024, 5, 24)
LAST_DAY, FIRST_DAY = date(2024, 10, 31), date(2024, 11, 1)


@pytest.fixture(scope="module")
def decision() -> Decision:
    return load_decision(TARGETS)


def test_head(decision: Decision) -> None:
    assert (decision.number, decision.issued) == ("805/QĐ-UBND", ISSUED)
    assert (decision.period_start, decision.period_end) == (date(2024, 1, 1), date(2024, 12, 31))
    assert decision.in_force_until is None
    assert decision.authority == "Chủ tịch Ủy ban nhân dân tỉnh Thái Bình"
    assert len(decision.monitors) == 3
    assert "24/05/2024" in decision.note
    assert "27/05/2024" in decision.note
    assert tuple(decision.indicators) == INDICATORS


def test_rows_of_the_annex_in_its_order(decision: Decision) -> None:
    ours = [(str(u.number), u.id, u.kind.value, u.name) for u in decision.assigned_units]
    assert ours == [(r["stt"], r["unit_id"], r["kind"], r["unit_name"]) for r in ANNEX]


@pytest.mark.parametrize("row", ANNEX, ids=lambda row: row["unit_id"])
def test_cells_of_the_annex(decision: Decision, row: dict[str, str]) -> None:
    unit = decision.units[row["unit_id"]]
    ours = {name: decision.target(unit, entry) for name, entry in decision.indicators.items()}
    assert ours == {name: Fraction(int(row[name]), 100) if row[name] else None for name in INDICATORS}


def test_notes_of_the_annex(decision: Decision) -> None:
    reasons = [
        f"{decision.indicators[name].name} {reason}"
        for unit in decision.assigned_units
        for name, reason in unit.exempt.items()
    ]
    notes = [row["note"] for row in ANNEX if row["note"]]
    assert [unit.id for unit in decision.assigned_units if unit.exempt] == ["so-tai-chinh"]
    assert notes == ["Tỷ lệ thanh toán trực tuyến không đăng ký do các thủ tục không thu phí"]
    (reason,) = reasons
    assert reason.startswith("Tỷ lệ thanh toán trực tuyến")
    assert reason.lower().endswith("không đăng ký do các thủ tục không thu phí")


def test_191_targets_80_of_them_in_full(decision: Decision) -> None:
    targets = [decision.target(u, i) for u in decision.assigned_units for i in decision.indicators.values()]
    assert len(decision.assigned_units) == 32
    assert sum(target is not None for target in targets) == 191
    assert sum(target == 1 for target in targets) == 80


def test_counting(decision: Decision) -> None:
    counting = {name: entry.counting for name, entry in decision.indicators.items()}
    assert counting == {
        "full_online_provision": Counting.CATALOGUE,
        "online_dossier": Counting.FLOW,
        "online_payment": Counting.FLOW,
        "digitised_result": Counting.BACKLOG,
        "electronic_result": Counting.BACKLOG,
        "service_with_dossier": Counting.CATALOGUE,
        "electronic_certified_copy": Counting.CATALOGUE,
    }
    assert "xác nhận" in decision.indicators["electronic_certified_copy"].note
    assert all("Phụ lục" in entry.article for entry in decision.indicators.values())


def test_communes_until_and_after_the_mergers(decision: Decision) -> None:
    assert sum(1 for _ in decision.in_force(LAST_DAY, Kind.COMMUNE)) == 260
    assert sum(1 for _ in decision.in_force(FIRST_DAY, Kind.COMMUNE)) == 242


@pytest.mark.parametrize(
    "row", [r for r in ANNEX if r["kind"] == "commune_group"], ids=lambda r: r["unit_id"]
)
def test_communes_of_a_group_are_as_many_as_it_says(decision: Decision, row: dict[str, str]) -> None:
    communes = decision.children[row["unit_id"]]
    assert sum(1 for unit in communes if unit.in_force(ISSUED)) == int(row["unit_name"].split("/")[0])
    assert decision.units[row["unit_id"]].parent == row["unit_id"].replace("xa-", "ubnd-", 1)
    assert all(unit.id == f"xa-{unit.codes['official']}" for unit in communes)


def test_communes_carry_the_targets_of_their_group(decision: Decision) -> None:
    dossier = decision.indicators["online_dossier"]
    assert {decision.target(u, dossier) for u in decision.children["xa-tp-thai-binh"]} == {Fraction(55, 100)}
    assert {decision.target(u, dossier) for u in decision.children["xa-vu-thu"]} == {Fraction(1, 2)}


RENAMED = {
    "xa-12577": ("Xã Quỳnh Trang", "Xã Trang Bảo Xá", {"xa-12556", "xa-12568"}),
    "xa-12589": ("Xã Điệp Nông", "Xã Quang Trung", {"xa-12598", "xa-12607"}),
    "xa-12700": ("Xã An Châu", "Xã Liên An Đô", {"xa-12691", "xa-12697"}),
    "xa-12736": ("Xã Hợp Tiến", "Xã Phong Dương Tiến", {"xa-12727", "xa-12733"}),
    "xa-12775": ("Xã Đông Động", "Xã Xuân Quang Động", {"xa-12796", "xa-12799"}),
    "xa-12997": ("Xã Đông Trung", "Xã Đông Quang", {"xa-12982", "xa-13009"}),
    "xa-13030": ("Xã Tây Phong", "Xã Ái Quốc", {"xa-13033"}),
    "xa-13057": ("Xã Nam Thanh", "Xã Nam Tiến", {"xa-13042"}),
    "xa-13120": ("Xã Nam Cao", "Xã Thống Nhất", {"xa-13117", "xa-13123"}),
    "xa-13159": ("Xã Vũ Hòa", "Xã Hồng Vũ", {"xa-13153", "xa-13174"}),
}


@pytest.mark.parametrize(("unit", "names"), RENAMED.items())
def test_renamed_communes(decision: Decision, unit: str, names: tuple[str, str, set[str]]) -> None:
    old, new, taken_in = names
    commune = decision.units[unit]
    assert (commune.name_on(LAST_DAY), commune.name_on(FIRST_DAY)) == (old, new)
    assert (commune.short_name_on(LAST_DAY), commune.short_name_on(FIRST_DAY)) == (old, new)
    assert commune.named_since == FIRST_DAY
    assert {u.id for u in decision.units.values() if u.merged_into == unit} == taken_in
    assert set(decision.absorbed(unit)) == {FIRST_DAY}


def test_nothing_else_merged_or_renamed(decision: Decision) -> None:
    assert {u.id for u in decision.units.values() if u.named_since} == set(RENAMED)
    merged = [u for u in decision.units.values() if u.merged_into]
    assert len(merged) == 18
    assert all(u.until == LAST_DAY and decision.successor(u, FIRST_DAY).id == u.merged_into for u in merged)


def test_the_file_says_how_sure_each_merger_is() -> None:
    lines = TARGETS.read_text("utf-8").splitlines()
    merged = [number for number, line in enumerate(lines) if "merged_into: xa-" in line]
    assert len(merged) == 18
    assert all("# merged: " in lines[number - 1] for number in merged)
    assert sum("Resolution 1201/NQ-UBTVQH15" in line for line in lines) == 7


def test_short_names_are_unique_and_short(decision: Decision) -> None:
    names = [unit.short_name for unit in decision.assigned_units]
    assert len(set(names)) == 32
    assert max(map(len, names)) <= 34


def test_the_province_comes_first_and_communes_behind_their_group(decision: Decision) -> None:
    order = list(decision.units.values())
    assert (order[0].id, order[0].kind, order[0].parent) == (PROVINCE, Kind.PROVINCE, None)
    for before, unit in pairwise(order):
        if unit.kind is Kind.COMMUNE:
            assert unit.parent in {before.id, before.parent}

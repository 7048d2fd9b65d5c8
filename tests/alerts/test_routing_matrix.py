"""Every unit and commune, every severity, every kind of hour: exactly the receivers that are meant.

What is expected is said here from the contacts and from days looked up on paper, not from the calendar
or the tree of routes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from alerts.alertmanager.walk import Stop, is_open, recipients, stops
from alerts.contacts import Contacts
from exporter.clock import PROVINCE_TIME
from exporter.decision import PROVINCE, Decision, Kind, Unit
from tests.alerts.routing import ALWAYS, DECISION, DEMO, EXAMPLE, Made, made

MADE = {
    "example": made(EXAMPLE),
    "everybody": made(DEMO),
    "always": made(EXAMPLE, ALWAYS),
    "rehearsal": made(EXAMPLE.model_copy(update={"rehearsal": True})),
}
HEADS, WEEKLY = "heads", "weekly"
MOMENTS: Mapping[str, frozenset[str]] = {
    # 2024-09-16 is a Monday without anything particular, the 17th the day after.
    "2024-09-17 08:30": frozenset({HEADS}),
    "2024-09-17 08:00": frozenset({HEADS}),
    "2024-09-17 08:59": frozenset({HEADS}),
    "2024-09-17 07:59": frozenset(),
    "2024-09-17 09:00": frozenset(),
    "2024-09-17 14:00": frozenset(),
    "2024-09-17 02:00": frozenset(),  # 19:00 UTC of the day before
    "2024-09-17 15:30": frozenset(),  # 08:30 UTC
    "2024-09-16 08:30": frozenset({HEADS, WEEKLY}),
    "2024-09-16 10:00": frozenset(),
    "2024-09-14 08:30": frozenset(),  # Saturday
    "2024-09-15 08:30": frozenset(),  # Sunday
    "2024-09-02 08:30": frozenset(),  # National Day, a Monday
    "2024-09-03 08:30": frozenset(),  # its second day
    "2024-09-04 08:30": frozenset({HEADS, WEEKLY}),  # the first working day of that week
    "2024-02-12 08:30": frozenset(),  # Tết, a Monday
    "2024-02-14 08:30": frozenset(),  # its last day
    "2024-02-15 08:30": frozenset({HEADS, WEEKLY}),
    "2024-04-29 08:30": frozenset(),  # Monday, worked on Saturday 4 May instead
    "2024-05-02 08:30": frozenset({HEADS, WEEKLY}),
    "2024-05-04 08:30": frozenset({HEADS}),
    "2024-05-04 09:30": frozenset(),
    "2025-01-27 08:30": frozenset(),  # Tết of 2025, a week without a working day
    "2025-01-31 08:30": frozenset(),
    "2025-02-03 08:30": frozenset({HEADS, WEEKLY}),
    "2025-04-26 08:30": frozenset({HEADS}),  # Saturday, for Friday 2 May
    "2025-05-02 08:30": frozenset(),
    "2026-01-02 08:30": frozenset(),
    "2026-01-10 08:30": frozenset({HEADS}),
    "2026-08-22 08:30": frozenset({HEADS}),
    "2026-08-31 08:30": frozenset(),
    "2026-09-03 08:30": frozenset({HEADS, WEEKLY}),
}
SEVERITIES = {
    "critical": "DvcUnitFarBelowTarget",
    "warning": "DvcUnitBelowTarget",
    "info": "DvcUnitBackOnTarget",
}
UNITS = [unit for unit in DECISION.units.values() if unit.id != PROVINCE]


def labels(unit: Unit, severity: str, alert: str = "") -> Mapping[str, str]:
    return {
        "alertname": alert or SEVERITIES[severity],
        "severity": severity,
        "audience": "unit",
        "unit": unit.id,
        "kind": unit.kind.value,
        "parent": unit.parent or "",
        "indicator": "online_payment",
        "source": "cong-tinh-don-vi",
    }


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PROVINCE_TIME)


def open_receivers(of: Made, alert: Mapping[str, str], moment: datetime) -> set[str]:
    return {stop.receiver for stop in stops(of.config, alert) if is_open(of.config, stop, moment)}


def expected(contacts: Contacts, unit: Unit, hours: frozenset[str]) -> set[str]:
    found = set()
    if unit.kind is not Kind.COMMUNE:
        if HEADS in hours:
            found.add(f"unit-{unit.id}" if unit.id in contacts.units else "operators-for-units")
        if WEEKLY in hours:
            found.add("monitors")
    elif unit.id in contacts.units:
        if HEADS in hours:
            found.add(f"unit-{unit.id}")
    elif WEEKLY in hours:
        claimed = unit.parent in contacts.units
        found.add(f"communes-{unit.parent}" if claimed else "operators-for-communes")
    return {f"rehearsal-{name}" for name in found} if contacts.rehearsal else found


def hours(of: Made, moment: str) -> frozenset[str]:
    return MOMENTS[moment] if of.mailing.hours else frozenset({HEADS, WEEKLY})


def test_the_matrix_is_that_of_the_whole_decision() -> None:
    kinds = [unit.kind for unit in UNITS]

    assert len([kind for kind in kinds if kind is not Kind.COMMUNE]) == 32
    assert kinds.count(Kind.COMMUNE) == 260
    assert {unit.id for unit in DECISION.assigned_units} == {
        u.id for u in UNITS if u.kind is not Kind.COMMUNE
    }
    assert set(DEMO.units) == {unit.id for unit in DECISION.assigned_units}


@pytest.mark.parametrize("name", MADE)
def test_every_unit_at_every_severity_and_hour_has_exactly_its_receivers(name: str) -> None:
    of = MADE[name]
    wrong = []

    @cache
    def lets_through(active: tuple[str, ...], mute: tuple[str, ...], moment: str) -> bool:
        return is_open(of.config, Stop("", "", (), active, mute), at(moment))

    for unit in UNITS:
        for severity in SEVERITIES:
            taken = stops(of.config, labels(unit, severity))
            for moment in MOMENTS:
                found = {stop.receiver for stop in taken if lets_through(stop.active, stop.mute, moment)}
                if found != expected(of.contacts, unit, hours(of, moment)):
                    wrong.append((unit.id, severity, moment, found))

    assert wrong == []


def test_a_units_alerts_of_every_severity_are_one_group_and_two_units_never_are() -> None:
    of = MADE["everybody"]
    seen: dict[str, str] = {}
    for unit in DECISION.assigned_units:
        groups = {
            stop.group(labels(unit, severity))
            for severity in SEVERITIES
            for stop in stops(of.config, labels(unit, severity))
            if stop.receiver == f"unit-{unit.id}"
        }
        assert len(groups) == 1
        assert seen.setdefault(groups.pop(), unit.id) == unit.id
        assert recipients(of.config, f"unit-{unit.id}") == [f"{unit.id}@example.vn"]


def operator_alerts() -> Iterator[Mapping[str, str]]:
    for severity in ("critical", "warning", "info"):
        for name in ("DvcSourceDown", "DvcMailNotDelivered", "DvcCalendarEnding"):
            yield {"alertname": name, "severity": severity, "audience": "operators", "source": "x"}


@pytest.mark.parametrize("moment", MOMENTS)
def test_operators_are_told_at_any_time_and_nobody_else_is(moment: str) -> None:
    for alert in operator_alerts():
        assert open_receivers(MADE["example"], alert, at(moment)) == {"operators"}
        assert open_receivers(MADE["rehearsal"], alert, at(moment)) == {"rehearsal-operators"}


@pytest.mark.parametrize("moment", ["2024-09-17 08:30", "2024-09-17 02:00", "2024-09-02 08:30"])
def test_what_no_rule_of_ours_makes_is_an_operators_business(moment: str) -> None:
    assert open_receivers(MADE["example"], {"alertname": "Strange"}, at(moment)) == {"operators"}
    assert open_receivers(MADE["example"], {}, at(moment)) == {"operators"}


def test_a_unit_that_the_decision_does_not_know_is_nobodys_but_the_operators() -> None:
    alert = {**labels(UNITS[0], "critical"), "unit": "so-la"}

    assert open_receivers(MADE["everybody"], alert, at("2024-09-17 08:30")) == {"operators-for-units"}


def test_a_commune_without_its_info_metric_never_reaches_a_head_nor_those_above() -> None:
    commune = next(unit for unit in UNITS if unit.kind is Kind.COMMUNE)
    bare = {**labels(commune, "critical"), "kind": "", "parent": ""}
    escalated = {**bare, "alertname": "DvcUnitFarBelowTargetLong"}

    assert open_receivers(MADE["everybody"], bare, at("2024-09-17 08:30")) == {"operators-for-units"}
    assert open_receivers(MADE["everybody"], escalated, at("2024-09-17 08:30")) == {"nobody"}


def long_standing(unit: Unit) -> Mapping[str, str]:
    return labels(unit, "critical", "DvcUnitFarBelowTargetLong")


@pytest.mark.parametrize(("moment", "open_"), [("2024-09-17 08:30", True), ("2024-09-15 08:30", False)])
def test_what_has_stood_for_long_goes_to_those_above_of_units_whose_head_was_told(
    moment: str, *, open_: bool
) -> None:
    own = EXAMPLE.units["so-tai-chinh"].model_copy(update={"escalation": EXAMPLE.escalation})
    contacts = EXAMPLE.model_copy(update={"units": {**EXAMPLE.units, "so-tai-chinh": own}})
    of = made(contacts)
    for unit in UNITS:
        contact = contacts.units.get(unit.id)
        above = "nobody"
        if contact is not None and contact.escalation is None and unit.kind is not Kind.COMMUNE:
            above = "escalation"
        elif contact is not None and contact.escalation:
            above = f"escalation-{unit.id}"
        found = open_receivers(of, long_standing(unit), at(moment))
        assert found - {"nobody"} == ({above} - {"nobody"} if open_ else set()), unit.id


def test_those_above_get_one_mail_about_all_units() -> None:
    of = MADE["everybody"]
    groups = {
        stop.group(long_standing(unit))
        for unit in DECISION.assigned_units
        for stop in stops(of.config, long_standing(unit))
    }

    assert len(groups) == 1


def test_without_anybody_above_long_standing_alerts_go_to_nobody() -> None:
    of = made(EXAMPLE.model_copy(update={"escalation": ()}))

    assert {stop.receiver for unit in UNITS for stop in stops(of.config, long_standing(unit))} == {"nobody"}
    assert recipients(of.config, "nobody") == []


def test_the_watchdog_goes_to_the_dead_mans_switch_where_there_is_one() -> None:
    alert = {"alertname": "DvcWatchdog", "severity": "info", "audience": "operators"}
    wired = made(EXAMPLE.model_copy(update={"watchdog": "https://ping.example.vn/x"}))

    assert open_receivers(MADE["example"], alert, at("2024-09-02 03:00")) == {"nobody"}
    assert open_receivers(wired, alert, at("2024-09-02 03:00")) == {"watchdog"}
    (stop,) = stops(wired.config, alert)
    assert stop.options == {"group_wait": "0s", "group_interval": "5m", "repeat_interval": "5m"}


def test_a_decision_without_groups_routes_its_communes_as_units() -> None:
    flat = [unit for unit in UNITS if unit.kind is Kind.COMMUNE][:3]
    units = {unit.id: Unit(unit.id, unit.name, unit.name, Kind.COMMUNE, PROVINCE) for unit in flat}
    decision = Decision(
        **{
            **{name: getattr(DECISION, name) for name in DECISION.__dataclass_fields__},
            "units": {PROVINCE: DECISION.units[PROVINCE], **units},
        }
    )
    one, other = list(units.values())[:2]
    contacts = EXAMPLE.model_copy(update={"units": {one.id: EXAMPLE.units["so-xay-dung"]}})
    of = made(contacts, decision=decision)
    monday = at("2024-09-16 08:30")

    assert open_receivers(of, labels(one, "warning"), monday) == {f"unit-{one.id}", "monitors"}
    assert open_receivers(of, labels(other, "warning"), monday) == {"operators-for-units", "monitors"}


def amtool_receivers(amtool: Path, config: Path, alert: Mapping[str, str]) -> list[str]:
    done = subprocess.run(
        [
            amtool,
            "config",
            "routes",
            "test",
            f"--config.file={config}",
            *(f"{k}={v}" for k, v in alert.items()),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().split(",")


@pytest.mark.parametrize("name", ["example", "rehearsal"])
def test_amtool_takes_the_same_routes(name: str, amtool: Path, tmp_path: Path) -> None:
    of = MADE[name]
    path = tmp_path / "alertmanager.yml"
    path.write_text(of.text, "utf-8")
    communes = [unit for unit in UNITS if unit.kind is Kind.COMMUNE]
    samples = [
        *(labels(unit, "critical") for unit in DECISION.assigned_units),
        *(labels(unit, "warning") for unit in (DECISION.units["xa-12688"], *communes[::40])),
        *(long_standing(unit) for unit in (*DECISION.assigned_units[:4], communes[0], communes[-1])),
        {**labels(communes[5], "info"), "kind": "", "parent": ""},
        *list(operator_alerts())[:2],
        {"alertname": "DvcWatchdog"},
        {"alertname": "Strange"},
    ]

    for alert in samples:
        alone = {key: value for key, value in alert.items() if value}
        assert amtool_receivers(amtool, path, alone) == [stop.receiver for stop in stops(of.config, alert)]

"""The generated configuration: receivers, memory, secrets, and that Alertmanager takes it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
import requests

from alerts.alertmanager import build
from alerts.alertmanager.calendar import CalendarMissingError
from alerts.alertmanager.inhibition import inhibit_rules
from alerts.alertmanager.receivers import mailbox
from alerts.alertmanager.walk import stops
from alerts.contacts import Contacts, Person, UnitContact
from alerts.mailing import Mailing
from alerts.record.distil import distil
from exporter.decision import PROVINCE
from tests.alerts.routing import ALWAYS, CALENDAR, DECISION, DEMO, EXAMPLE, ROOT, TODAY, Made, made
from tests.stack import eventually

FEATURES = f"--enable-feature={build.FEATURES}"


def person(*addresses: str) -> Person:
    return Person(title="Giám đốc", addresses=addresses)


def with_unit(unit: str, contact: UnitContact, contacts: Contacts = EXAMPLE) -> Contacts:
    return contacts.model_copy(update={"units": {**contacts.units, unit: contact}})


def receivers(of: Made) -> dict[str, list[dict[str, Any]]]:
    return {entry["name"]: entry.get("email_configs", []) for entry in of.config["receivers"]}


def routes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("routes", ()):
        yield from routes(child)


VARIANTS = {
    "example": (EXAMPLE, Mailing()),
    "everybody": (DEMO, Mailing()),
    "always": (DEMO, ALWAYS),
    "rehearsal": (EXAMPLE.model_copy(update={"rehearsal": True}), Mailing()),
    "nobody but operators": (
        EXAMPLE.model_copy(update={"units": {}, "monitors": (), "escalation": ()}),
        Mailing(),
    ),
    "watchdog": (EXAMPLE.model_copy(update={"watchdog": "https://ping.example.vn/x"}), Mailing()),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_alertmanager_accepts_every_variant(name: str, amtool: Path, tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    path.write_text(made(*VARIANTS[name]).text, "utf-8")

    done = subprocess.run(
        [amtool, FEATURES, "check-config", path], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", VARIANTS)
def test_every_receiver_is_named_by_a_route_and_the_other_way_round(name: str) -> None:
    of = made(*VARIANTS[name])
    named = {node["receiver"] for node in routes(of.config["route"])}

    # Without anybody above, or without a dead-man's switch, somebody is still nobody.
    assert named <= set(receivers(of))
    assert set(receivers(of)) - named <= {"nobody"}


def test_one_setting_for_each_address_so_that_a_refused_one_costs_no_other_his_mail() -> None:
    mails = receivers(made())["unit-so-cong-thuong"]

    assert [mail["to"] for mail in mails] == [
        "giam-doc.sct@example.vn",
        "pho-giam-doc.sct@example.vn",
        "van-phong.sct@example.vn",
    ]
    for mail in mails:
        assert mail["send_resolved"] is False
        assert mail["headers"]["Subject"] == '{{ template "dvc.unit.subject" . }}'
        assert mail["html"] == '{{ template "dvc.unit.html" . }}'
        assert mail["text"] == '{{ template "dvc.unit.text" . }}'
        assert mail["headers"]["Reply-To"] == "ttcds@example.vn"
        assert mail["headers"]["Auto-Submitted"] == "auto-generated"


def test_only_operators_are_told_when_an_alert_is_over() -> None:
    told = {name for name, mails in receivers(made()).items() for mail in mails if mail["send_resolved"]}

    assert told == {"operators"}


@pytest.mark.parametrize(
    "name",
    ["", "Giám đốc", "Nguyễn Văn Mẫu, Phó Chủ tịch Ủy ban nhân dân tỉnh", "Ế" * 120, "Sở A, B (C): D; E"],
)
def test_a_vietnamese_name_before_an_address_survives_in_ascii(name: str) -> None:
    header = mailbox(name, "a@example.vn")

    assert header.isascii()
    assert all(len(word) <= 75 for word in header.split())
    shown, address = parseaddr(str(make_header(decode_header(header))) if not name else header)
    assert address == "a@example.vn"
    assert str(make_header(decode_header(shown))) == name


def test_answers_go_to_the_operators_where_nothing_else_is_said() -> None:
    contacts = EXAMPLE.model_copy(update={"mail": EXAMPLE.mail.model_copy(update={"reply_to": None})})
    mails = receivers(made(contacts))["unit-so-tai-chinh"]

    assert mails[0]["headers"]["Reply-To"] == "truc-van-hanh@example.vn"


def test_mails_in_place_of_missing_contacts_say_so() -> None:
    of = receivers(made())

    for name in ("operators-for-units", "operators-for-communes"):
        assert [mail["to"] for mail in of[name]] == ["truc-van-hanh@example.vn", "ttcds@example.vn"]
        assert all(mail["headers"]["Subject"].startswith("[Chưa có đầu mối] {{") for mail in of[name])


def test_without_monitors_the_weekly_mail_goes_to_the_operators() -> None:
    of = receivers(made(EXAMPLE.model_copy(update={"monitors": ()})))

    assert [mail["to"] for mail in of["monitors"]] == ["truc-van-hanh@example.vn", "ttcds@example.vn"]


def test_a_rehearsal_writes_to_operators_only_and_names_the_true_addressees() -> None:
    contacts = with_unit(
        "so-y-te", UnitContact(head=person("a@b.vn", "b@b.vn", "c@b.vn", "d@b.vn", "e@b.vn"))
    ).model_copy(update={"rehearsal": True})
    of = receivers(made(contacts))
    operators = {"truc-van-hanh@example.vn", "ttcds@example.vn"}

    assert {mail["to"] for mails in of.values() for mail in mails} == operators
    assert all(name.startswith("rehearsal-") for name in of if name != "nobody")
    subjects = {name: mails[0]["headers"]["Subject"] for name, mails in of.items() if mails}
    assert subjects["rehearsal-unit-so-tai-chinh"] == (
        '[DIỄN TẬP] (gửi giam-doc.stc@example.vn) {{ template "dvc.unit.subject" . }}'
    )
    assert "(gửi a@b.vn, b@b.vn, c@b.vn và 2 địa chỉ khác)" in subjects["rehearsal-unit-so-y-te"]
    assert subjects["rehearsal-operators"] == '[DIỄN TẬP] {{ template "dvc.operators.subject" . }}'


def test_addresses_stand_in_receivers_and_nowhere_else() -> None:
    of = made()
    rest = {key: value for key, value in of.config.items() if key not in {"receivers", "global"}}

    assert "@" not in json.dumps(rest)
    assert "smtp_auth_password" not in of.config["global"]
    assert of.config["global"]["smtp_auth_password_file"] == str(EXAMPLE.mail.password_file)
    for entry in of.config["receivers"]:
        assert "@" not in entry["name"]


def memory(of: Made) -> set[tuple[str, str, int, str]]:
    """By what Alertmanager remembers that an address was told: group, receiver and place in it."""
    found = set()
    for unit in DECISION.units.values():
        if unit.id == PROVINCE:
            continue
        alert = {
            "alertname": "DvcUnitBelowTarget",
            "audience": "unit",
            "unit": unit.id,
            "kind": unit.kind.value,
            "parent": unit.parent or "",
        }
        for alertname in ("DvcUnitBelowTarget", "DvcUnitFarBelowTargetLong"):
            labels = {**alert, "alertname": alertname}
            for stop in stops(of.config, labels):
                for place, mail in enumerate(receivers(of)[stop.receiver]):
                    found.add((stop.group(labels), stop.receiver, place, mail["to"]))
    return found


def test_a_contact_that_is_added_or_changed_repeats_nobody_elses_mail() -> None:
    before = memory(made())
    new_unit = with_unit("so-y-te", UnitContact(head=person("giam-doc.syt@example.vn")))
    new_group = with_unit("xa-thai-thuy", UnitContact(head=person("thaithuy@example.vn")))
    new_commune = with_unit("xa-12691", UnitContact(head=person("xa@example.vn")))
    new_head = with_unit("so-xay-dung", UnitContact(head=person("moi.sxd@example.vn")))

    for contacts, gone in (
        (new_unit, set()),
        (new_group, {"operators-for-communes"}),
        (new_commune, set()),
        (new_head, {"unit-so-xay-dung"}),
    ):
        lost = before - memory(made(contacts))
        assert {receiver for _, receiver, _, _ in lost} <= gone


def test_the_order_in_which_addresses_are_written_down_does_not_matter() -> None:
    one = with_unit("so-y-te", UnitContact(head=person("a@b.vn"), deputies=(person("c@b.vn", "b@b.vn"),)))
    other = with_unit("so-y-te", UnitContact(head=person("a@b.vn"), deputies=(person("b@b.vn", "c@b.vn"),)))

    assert memory(made(one)) == memory(made(other))


def test_a_head_who_is_named_for_the_first_time_is_told_what_the_operators_were_told() -> None:
    before = memory(made())
    after = memory(made(with_unit("so-y-te", UnitContact(head=person("moi@example.vn")))))
    (new,) = {entry for entry in after - before if entry[1] == "unit-so-y-te"}

    assert not {entry for entry in before if entry[:2] == new[:2]}


def test_a_rehearsal_leaves_no_memory_that_keeps_the_heads_from_being_told() -> None:
    rehearsal = made(EXAMPLE.model_copy(update={"rehearsal": True}))

    assert not {entry[:3] for entry in memory(rehearsal)} & {
        e[:3] for e in memory(made()) if e[1] != "nobody"
    }


def test_every_inhibition_demands_the_labels_that_must_be_equal() -> None:
    for rule in inhibit_rules():
        targets = rule["target_matchers"]
        equal = rule.get("equal", [])
        assert isinstance(targets, list)
        assert isinstance(equal, list)
        for label in equal:
            assert f'{label}=~".+"' in targets


def test_every_child_route_with_mails_to_heads_carries_its_own_hours() -> None:
    for node in routes(made().config["route"]):
        name = node["receiver"]
        if name.startswith(("unit-", "communes-", "escalation", "monitors", "operators-for-")):
            assert node["mute_time_intervals"] == ["holidays"], node
            assert len(node["active_time_intervals"]) == 1


def test_the_build_refuses_a_year_without_holidays_except_where_the_hours_are_always() -> None:
    later = date(2027, 1, 1)

    with pytest.raises(CalendarMissingError, match="no holidays of 2027"):
        build.configuration(DECISION, EXAMPLE, Mailing(), CALENDAR, later)
    assert build.configuration(DECISION, EXAMPLE, ALWAYS, CALENDAR, later)["route"]


def test_alertmanager_is_started_with_a_memory_longer_than_every_repeat() -> None:
    mailing = Mailing()
    arguments = build.arguments(mailing)
    (retention,) = (text.partition("=")[2] for text in arguments if text.startswith("--data.retention="))

    assert timedelta(hours=int(retention.removesuffix("h"))) > mailing.repeat
    assert "--data.maintenance-interval=1m" in arguments


@contextmanager
def running(binary: Path, folder: Path, arguments: Sequence[str], port: int) -> Iterator[None]:
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                binary,
                f"--config.file={folder / 'alertmanager.yml'}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                *arguments,
            ],
            cwd=folder,
            stderr=log,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


def test_the_real_server_starts_with_it_and_keeps_its_record(alertmanager: Path, tmp_path: Path) -> None:
    of = made(DEMO, ALWAYS)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        free_port = bound.getsockname()[1]
    (tmp_path / "alertmanager.yml").write_text(of.text, "utf-8")
    url = f"http://127.0.0.1:{free_port}"

    with running(alertmanager, tmp_path, build.arguments(of.mailing), free_port):
        status = _ask(f"{url}/api/v2/status", tmp_path)
        # Taken away while it runs: from then on it writes into a new one.
        distil(tmp_path / "events.jsonl", tmp_path / "told.jsonl")
        now = datetime.now(UTC)
        silence = {
            "matchers": [{"name": "unit", "value": "so-y-te", "isRegex": False}],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(days=1)).isoformat(),
            "createdBy": "Nguyễn Văn A",
            "comment": "Đang đối chiếu",
        }
        assert requests.post(f"{url}/api/v2/silences", json=silence, timeout=10).ok
        eventually(lambda: "silenceCreated" in _text(tmp_path / "events.jsonl"), "it is written down")
        distil(tmp_path / "events.jsonl", tmp_path / "told.jsonl")

    assert "unit-so-cong-thuong" in status["config"]["original"]
    lines = (tmp_path / "told.jsonl").read_text("utf-8").splitlines()
    assert [next(iter(json.loads(line)["data"])) for line in lines] == [
        "alertmanagerStartupEvent",
        "silenceCreated",
    ]


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _ask(url: str, folder: Path) -> dict[str, Any]:
    for _ in range(100):
        try:
            return dict(requests.get(url, timeout=5).json())
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError((folder / "log").read_text("utf-8"))


def test_the_committed_files_are_those_of_the_example() -> None:
    files = build.files(DECISION, EXAMPLE, Mailing(), CALENDAR, TODAY)

    assert (ROOT / "alerts/alertmanager/alertmanager.yml").read_text("utf-8") == files["alertmanager.yml"]
    assert (ROOT / "docs/who-gets-what.md").read_text("utf-8") == files["who-gets-what.md"]

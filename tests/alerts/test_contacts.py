from __future__ import annotations

from pathlib import Path

import pytest

from alerts.contacts import Contacts, addresses, load_contacts, missing
from exporter.config.faults import ConfigError
from tests.alerts.routing import DECISION, DEMO, EXAMPLE

WHOLE = """\
mail: {smarthost: "mail.example.vn:25", sender: dvc@example.vn}
operators:
  - {title: Tổ vận hành, addresses: van-hanh@example.vn}
"""


def load(folder: Path, text: str) -> Contacts:
    path = folder / "contacts.yaml"
    path.write_text(text, "utf-8")
    return load_contacts(path, DECISION)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return [f"{fault.line}: {fault.message}" for fault in caught.value.faults]


def test_the_least_that_is_needed_is_a_mail_server_and_an_operator(tmp_path: Path) -> None:
    contacts = load(tmp_path, WHOLE)

    assert addresses(contacts.operators) == ("van-hanh@example.vn",)
    assert contacts.mail.require_tls
    assert not contacts.rehearsal
    assert contacts.units == {}


def test_the_example_has_heads_deputies_monitors_and_a_commune() -> None:
    head = EXAMPLE.units["so-cong-thuong"]

    assert head.head.shown == "Trần Thị Ví Dụ, Giám đốc Sở Công Thương"
    assert addresses(head.people) == (
        "giam-doc.sct@example.vn",
        "pho-giam-doc.sct@example.vn",
        "van-phong.sct@example.vn",
    )
    assert "xa-12688" in EXAMPLE.units
    assert missing(EXAMPLE, DECISION).monitors == ()


def test_every_address_of_example_and_demo_is_invented() -> None:
    for contacts in (EXAMPLE, DEMO):
        people = [
            *contacts.operators,
            *contacts.monitors,
            *contacts.escalation,
            *(person for contact in contacts.units.values() for person in contact.people),
        ]
        assert all(address.endswith("@example.vn") for address in addresses(people))


def test_whoever_has_no_contact_is_named() -> None:
    assert len(missing(EXAMPLE, DECISION).units) == 32 - 8
    assert missing(DEMO, DECISION).units == ()
    assert missing(EXAMPLE.model_copy(update={"monitors": ()}), DECISION).monitors == DECISION.monitors


def test_an_address_at_several_units_is_shown_since_it_may_be_a_slip() -> None:
    assert EXAMPLE.shared() == {"chu-tich.donghung@example.vn": ("ubnd-dong-hung", "xa-dong-hung")}
    assert DEMO.shared() == {}


def test_heads_are_written_to_by_their_title() -> None:
    assert EXAMPLE.salutations()["so-tai-chinh"] == "Đồng chí Giám đốc Sở Tài chính"


def test_addresses_are_sorted_and_each_stands_once(tmp_path: Path) -> None:
    text = WHOLE + (
        "units:\n"
        "  so-y-te:\n"
        "    head: {title: Giám đốc, addresses: [z@example.vn, b@example.vn]}\n"
        "    deputies: [{title: Văn phòng, addresses: [b@example.vn, a@example.vn]}]\n"
    )

    people = load(tmp_path, text).units["so-y-te"].people

    assert addresses(people) == ("a@example.vn", "b@example.vn", "z@example.vn")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "units: {so-cong-thuog: {head: {title: A, addresses: a@example.vn}}}",
            "unknown unit 'so-cong-thuog'; did you mean 'so-cong-thuong'?",
        ),
        ("units: {tinh: {head: {title: A, addresses: a@example.vn}}}", "unknown unit 'tinh'"),
        ("units: {so-y-te: {head: {title: A, addresses: []}}}", "this list is empty"),
        ("units: {so-y-te: {head: {title: A}}}", "key 'addresses' is missing here"),
        (
            "units: {so-y-te: {head: {title: A, addresses: a@b.vn}, deputy: []}}",
            "unknown key 'deputy'; did you mean",
        ),
        ('units: {so-y-te: {head: {title: "A {{ B", addresses: a@b.vn}}}', "a name may not hold '{'"),
        ("units: {so-y-te: {head: {title: A <b>, addresses: a@b.vn}}}", "a name may not hold '<'"),
        (f"units: {{so-y-te: {{head: {{title: {'A' * 121}, addresses: a@b.vn}}}}}}", "longer than 120"),
        (
            "monitors: [{body: Sở Y tế, title: A, addresses: a@example.vn}]",
            "unknown body 'Sở Y tế'; known here: Sở Thông tin",
        ),
        (
            "monitors: [&a {body: Sở Nội vụ, title: A, addresses: a@b.vn}, *a]",
            "'Sở Nội vụ' is already given",
        ),
        ("watchdog: http://ping.example.vn/x", "this is no https address"),
        ("rehearsal: maybe", "'rehearsal' must be true or false"),
    ],
)
def test_every_slip_is_named_with_its_line(lines: str, said: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, f"{WHOLE}{lines}\n")

    assert fault.startswith("4: ")
    assert said in fault


@pytest.mark.parametrize(
    "address",
    [
        "giam-doc",
        "giam-doc@example",
        "a b@example.vn",
        '"Giám đốc <a@example.vn>"',
        "giám-đốc@example.vn",
        '"a@example.vn, b@example.vn"',
        '"{{ .GroupLabels.unit }}@example.vn"',
        '"a@example.vn\\nBcc: b@example.vn"',
        "a..b@example.vn",
        "a@-example.vn",
        f"a@{'b' * 250}.vn",
    ],
)
def test_what_is_no_plain_address_is_refused(address: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, f"{WHOLE}escalation:\n  - {{title: A, addresses: {address}}}\n")

    assert "is no mail address" in fault


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("smarthost: mail.example.vn, sender: a@example.vn", "write it with its port"),
        ("smarthost: 'm.vn:25', sender: a@example.vn, username: x", "add 'password_file'"),
        ("smarthost: 'm.vn:25', sender: a@example.vn, password_file: /x", "add 'username'"),
        (
            "smarthost: 'm.vn:25', sender: a@b.vn, username: x, password_file: /x, require_tls: false",
            "would cross the network in the clear",
        ),
    ],
)
def test_a_mail_server_that_cannot_work_is_refused(mail: str, said: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, f"mail: {{{mail}}}\noperators: [{{title: A, addresses: a@b.vn}}]\n")

    assert said in fault


def test_all_faults_of_the_file_are_told_at_once(tmp_path: Path) -> None:
    text = (
        "units:\n  so-x: {head: {title: A, addresses: a@b.vn}}\n  so-y-te: {head: {title: A, addresses: a}}\n"
    )

    said = " ".join(faults(tmp_path, text))

    for part in ("'mail' is missing", "'operators' is missing", "no mail address", "unknown unit 'so-x'"):
        assert part in said


def test_units_that_are_no_mapping_leave_nothing_to_check(tmp_path: Path) -> None:
    assert "'units' must be a mapping" in " ".join(faults(tmp_path, f"{WHOLE}units: [a]\n"))


def test_a_file_that_is_no_mapping_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, "- a\n")


@pytest.mark.parametrize(
    "url", ["https://ping.example.vn/abc", "http://127.0.0.1:9000/x", "http://localhost"]
)
def test_the_dead_mans_switch_is_reached_safely(url: str, tmp_path: Path) -> None:
    assert load(tmp_path, f"{WHOLE}watchdog: {url}\n").watchdog == url

"""contacts.yaml -> who is written to. Private: no address ever becomes a label or a metric."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from exporter.config.advice import suggest
from exporter.config.faults import ConfigError, Fault
from exporter.config.fields import Filled, Text
from exporter.config.yamlfile import read_document
from exporter.config.yamlmodel import Checked, Model, check
from exporter.config.yamltree import Items
from exporter.decision import PROVINCE, Decision, Unit

MAX_ADDRESS = 254
"""Characters of an address, RFC 5321."""
MAX_NAME = 120
"""Characters of a name or title: they stand in one line of a mail's header."""
_ADDRESS = re.compile(r"[A-Za-z0-9._+%-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
_SMARTHOST = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}")
_WEBHOOK = re.compile(r"https://[^\s{}]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:/[^\s{}]*)?")
_REFUSED = '{}<>"\\'
"""Alertmanager runs headers as templates, and mail programs read these signs as their own."""


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or len(text) > MAX_ADDRESS or ".." in text:
        raise ValueError(f"'{text}' is no mail address; write it like giam-doc@example.vn, without a name")
    return text


def _plain(text: str) -> str:
    if len(text) > MAX_NAME:
        raise ValueError(f"this name is longer than {MAX_NAME} characters; shorten it")
    refused = next((char for char in text if char in _REFUSED), None)
    if refused:
        raise ValueError(f"a name may not hold '{refused}'; leave it out")
    return text


def _smarthost(text: str) -> str:
    if not _SMARTHOST.fullmatch(text):
        raise ValueError(f"'{text}' is no mail server; write it with its port, like mail.example.vn:587")
    return text


def _webhook(text: str) -> str:
    if not _WEBHOOK.fullmatch(text):
        raise ValueError("this is no https address; write it like https://example.vn/ping/so-bi-mat")
    return text


def _listed(value: object) -> object:
    """One address in the form of a list."""
    return (value,) if isinstance(value, str) else value


Address = Annotated[str, AfterValidator(_address)]
Name = Annotated[Text, AfterValidator(_plain)]


class Person(Model):
    """Somebody, or an office, with all addresses that get each mail."""

    title: Name
    """Office and unit: "Giám đốc Sở Công Thương"."""
    name: Name | None = None
    addresses: Annotated[tuple[Address, ...], BeforeValidator(_listed), Filled]

    @property
    def shown(self) -> str:
        """For people: `Nguyễn Văn A, Giám đốc Sở Công Thương`."""
        return f"{self.name}, {self.title}" if self.name else self.title


class UnitContact(Model):
    """One entry of `units:`: who answers for a unit."""

    head: Person
    deputies: tuple[Person, ...] = ()
    """Get every mail that the head gets."""
    escalation: tuple[Person, ...] | None = None
    """Told when the unit is far below for long; absent: those of the file (for a commune: nobody)."""

    @property
    def people(self) -> tuple[Person, ...]:
        """Whoever gets the mails of the unit."""
        return (self.head, *self.deputies)


class Monitor(Person):
    """One of the bodies that watch over the decision (Article 2.2), by its name there."""

    body: Text


class MailServer(Model):
    """`mail:` - how mail leaves."""

    smarthost: Annotated[str, AfterValidator(_smarthost)]
    sender: Address
    sender_name: Name = "Theo dõi chỉ tiêu dịch vụ công"
    reply_to: Address | None = None
    """Where answers go; absent: to the operators' first address."""
    require_tls: StrictBool = True
    username: Annotated[str, Field(min_length=1)] | None = None
    password_file: Path | None = None
    """On the machine of Alertmanager: the password itself stands in no file made here."""


class Contacts(Model):
    """contacts.yaml whole."""

    mail: MailServer
    rehearsal: StrictBool = False
    """Everything goes to the operators, with the true addressees in the subject."""
    operators: Annotated[tuple[Person, ...], Filled]
    monitors: tuple[Monitor, ...] = ()
    escalation: tuple[Person, ...] = ()
    watchdog: Annotated[str, AfterValidator(_webhook)] | None = None
    """Address of the dead-man's switch, which rings when it is *not* called."""
    units: dict[str, UnitContact] = Field(default_factory=dict)

    def salutations(self) -> Mapping[str, str]:
        """How the head of each unit is written to: `Đồng chí Giám đốc Sở Công Thương`."""
        return {unit: f"Đồng chí {contact.head.title}" for unit, contact in self.units.items()}

    def shared(self) -> Mapping[str, tuple[str, ...]]:
        """Addresses that stand at several units, with these: rightly so, or copied by mistake."""
        found: dict[str, list[str]] = {}
        for unit, contact in self.units.items():
            for address in addresses(contact.people):
                found.setdefault(address, []).append(unit)
        return {address: tuple(units) for address, units in sorted(found.items()) if len(units) > 1}


@dataclass(frozen=True)
class Missing:
    """Who is not written to for want of a contact."""

    units: tuple[Unit, ...]
    """Units of the annex; their mails go to the operators."""
    monitors: tuple[str, ...]


def addresses(people: Iterable[Person]) -> tuple[str, ...]:
    """All addresses, each once, sorted: Alertmanager keeps what it told whom by the place in this list."""
    return tuple(sorted({address for person in people for address in person.addresses}))


def missing(contacts: Contacts, decision: Decision) -> Missing:
    """Who has no contact."""
    bodies = {monitor.body for monitor in contacts.monitors}
    return Missing(
        tuple(unit for unit in decision.assigned_units if unit.id not in contacts.units),
        tuple(body for body in decision.monitors if body not in bodies),
    )


STAND_INS = {
    "mail": {"smarthost": "localhost:25", "sender": "khong-co@example.vn"},
    "operators": Items([], cut=True),
}


def load_contacts(path: Path, decision: Decision) -> Contacts:
    """The contacts in the file at `path`, held against a decision. Raises ConfigError with all faults."""
    document = read_document(path)
    checked = check(document, Contacts, stand_ins=STAND_INS)
    found = checked.model
    faults = [*document.faults, *checked.faults, *(_faults(checked, found, decision) if found else ())]
    if faults or found is None:
        raise ConfigError(faults)
    return found


def _faults(c: Checked[Contacts], file: Contacts, decision: Decision) -> Iterator[Fault]:
    """What is wrong beyond the shape of the file."""
    for unit in file.units:
        if unit == PROVINCE or unit not in decision.units:
            known = [name for name in decision.units if name != PROVINCE]
            yield c.fault(("units", unit), f"unknown unit '{unit}'{suggest(unit, known)}", key=True)
    bodies: set[str] = set()
    for i, monitor in enumerate(file.monitors):
        at = ("monitors", i, "body")
        if monitor.body not in decision.monitors:
            yield c.fault(at, f"unknown body '{monitor.body}'{suggest(monitor.body, decision.monitors)}")
        elif monitor.body in bodies:
            yield c.fault(at, f"'{monitor.body}' is already given; put all its addresses into one entry")
        bodies.add(monitor.body)
    mail = file.mail
    if (mail.username is None) != (mail.password_file is None):
        wanted = "password_file" if mail.password_file is None else "username"
        yield c.fault(("mail",), f"username and password_file go together; add '{wanted}'", key=True)
    if mail.username is not None and not mail.require_tls:
        yield c.fault(
            ("mail", "require_tls"),
            "a password would cross the network in the clear; write require_tls: true",
        )

"""Contacts -> receivers: one mail setting for each address, so that a refused one costs no other his mail."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from alerts.alertmanager import routes
from alerts.alertmanager.intervals import Node
from alerts.contacts import Contacts, Person, addresses
from exporter.decision import Decision

REHEARSAL = "[DIỄN TẬP]"
NO_CONTACT = "[Chưa có đầu mối]"
_SHOWN = 3
"""So many true addressees stand in the subject of a rehearsal; the rest is counted."""
_LONGEST = 120
"""Characters of these addresses: a subject is sent as one line, of which mail servers take 998 bytes."""
_WORD = 45
"""Bytes of one encoded word: 60 characters of base64, of the 75 that RFC 2047 allows."""
_WORDS = 9
"""Encoded words of a name: with the longest address they are one line that mail servers take."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One receiver of mails, before it is known whether this is a rehearsal."""

    name: str
    template: str
    """`dvc.unit`, `dvc.communes`, `dvc.monitors` …: each with .subject, .html and .text."""
    people: tuple[Person, ...]
    prefix: str = ""
    resolved: bool = False
    """Whether the end of an alert is told. Heads never: recovery is an alert of its own."""


def receivers(decision: Decision, contacts: Contacts) -> list[Node]:
    """`receivers:` of the configuration: those that its routes name, and no other."""
    found = [_mails(letter, contacts) for letter in letters(decision, contacts)]
    if contacts.watchdog:
        found.append(
            {
                "name": routes.WATCHDOG,
                "webhook_configs": [{"url": contacts.watchdog, "send_resolved": False, "max_alerts": 1}],
            }
        )
    return [*found, {"name": routes.NOBODY}]


def letters(decision: Decision, contacts: Contacts) -> Iterator[Letter]:
    """Every receiver of mails, in the order of the decision."""
    yield Letter(routes.OPERATORS, "dvc.operators", contacts.operators, resolved=True)
    yield Letter(routes.MONITORS, "dvc.monitors", contacts.monitors or contacts.operators)
    yield Letter(routes.UNCLAIMED, "dvc.operators", contacts.operators, NO_CONTACT)
    claimed = routes.claimed(decision, contacts)
    own = {unit.id for unit in claimed}
    if routes.unclaimed_groups(decision, contacts):
        yield Letter(routes.UNCLAIMED_COMMUNES, "dvc.communes", contacts.operators, NO_CONTACT)
    for unit in claimed:
        yield Letter(routes.unit_receiver(unit.id), "dvc.unit", contacts.units[unit.id].people)
    for group in routes.groups(decision):
        if group.id in own:
            people = contacts.units[group.id].people
            yield Letter(routes.communes_receiver(group.id), "dvc.communes", people)
    if contacts.escalation:
        yield Letter(routes.ESCALATION, "dvc.escalation", contacts.escalation)
    for unit in claimed:
        above = contacts.units[unit.id].escalation
        if above:
            yield Letter(routes.escalation_receiver(unit.id), "dvc.escalation", above)


def receiver_name(name: str, *, rehearsal: bool) -> str:
    """The name of a receiver; another one in a rehearsal.

    Alertmanager remembers by this name what was told: under one name the heads would not be told after
    the rehearsal what the operators were told during it.
    """
    return f"rehearsal-{name}" if rehearsal and name not in {routes.NOBODY, routes.WATCHDOG} else name


def _mails(letter: Letter, contacts: Contacts) -> Node:
    subject = f'{{{{ template "{letter.template}.subject" . }}}}'
    subject = " ".join(part for part in (letter.prefix, subject) if part)
    people = letter.people
    if contacts.rehearsal:
        to = addressees(addresses(letter.people))
        meant = "" if letter.people == contacts.operators else f"(gửi {to}) "
        subject, people = f"{REHEARSAL} {meant}{subject}", contacts.operators
    reply = contacts.mail.reply_to or addresses(contacts.operators)[0]
    return {
        "name": receiver_name(letter.name, rehearsal=contacts.rehearsal),
        "email_configs": [
            {
                "to": address,
                "send_resolved": letter.resolved,
                "html": f'{{{{ template "{letter.template}.html" . }}}}',
                "text": f'{{{{ template "{letter.template}.text" . }}}}',
                "headers": {
                    "Subject": subject,
                    "To": mailbox(_whose(address, people), address),
                    "Reply-To": reply,
                    # Holiday notices and delivery reports of machines stay away.
                    "Auto-Submitted": "auto-generated",
                },
            }
            for address in addresses(people)
        ],
    }


def addressees(to: Sequence[str]) -> str:
    """`a@example.vn, b@example.vn và 2 địa chỉ khác`."""
    fitting = [", ".join(to[:count]) for count in range(1, _SHOWN + 1)]
    shown = sum(len(text) <= _LONGEST for text in fitting[: len(to)]) or 1
    rest = len(to) - shown
    return ", ".join(to[:shown]) + (f" và {rest} địa chỉ khác" if rest else "")


def _whose(address: str, people: Iterable[Person]) -> str:
    return next((person.shown for person in people if address in person.addresses), "")


def mailbox(name: str, address: str) -> str:
    """`name <address>` for a header, all in ASCII.

    Alertmanager would encode a Vietnamese header whole, with the address in it, which then is none.
    """
    return f"{' '.join(islice(_encoded(name), _WORDS))} <{address}>" if name else address


def _encoded(text: str) -> Iterator[str]:
    """Encoded words of RFC 2047, none of which breaks a character or is longer than allowed."""
    word = b""
    for char in text:
        if len(word) + len(char.encode()) > _WORD:
            yield f"=?utf-8?b?{b64encode(word).decode()}?="
            word = b""
        word += char.encode()
    yield f"=?utf-8?b?{b64encode(word).decode()}?="

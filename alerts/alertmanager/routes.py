"""Decision and contacts -> the tree of routes: which receiver an alert goes to, how it is grouped, and when.

What is grouped under which route is the key of Alertmanager's memory of what it told whom. No matcher
here depends on the contacts, so that a changed contact makes nobody else's mail go out again.
"""

from __future__ import annotations

from collections.abc import Sequence

from alerts.alertmanager import intervals
from alerts.alertmanager.intervals import Node
from alerts.contacts import Contacts
from alerts.mailing import Mailing, duration
from exporter.decision import Decision, Kind, Unit

OPERATORS = "operators"
MONITORS = "monitors"
ESCALATION = "escalation"
"""Those above all units; a unit may have an escalation of its own."""
WATCHDOG = "watchdog"
NOBODY = "nobody"
"""Explicitly nobody: the one receiver without an address."""
UNCLAIMED = "operators-for-units"
"""What is said of units without contact, in one mail to the operators."""
UNCLAIMED_COMMUNES = "operators-for-communes"
WATCHDOG_ALERT = "DvcWatchdog"
ESCALATION_ALERT = "DvcUnitFarBelowTargetLong"
"""A critical that has stood for 14 days; tells the escalation addresses, in addition to the head."""


def unit_receiver(unit: str) -> str:
    """The receiver of a unit's own mails."""
    return f"unit-{unit}"


def communes_receiver(group: str) -> str:
    """The receiver of the weekly mail about a group's communes."""
    return f"communes-{group}"


def escalation_receiver(unit: str) -> str:
    """The receiver of what has stood for too long, where a unit has one of its own."""
    return f"escalation-{unit}"


def communes_of(decision: Decision, group: Unit) -> Sequence[Unit]:
    """The communes of a group, also those that were merged away."""
    return [unit for unit in decision.children.get(group.id, ()) if unit.kind is Kind.COMMUNE]


def groups(decision: Decision) -> Sequence[Unit]:
    """The commune groups that have communes."""
    return [
        unit
        for unit in decision.assigned_units
        if unit.kind is Kind.COMMUNE_GROUP and communes_of(decision, unit)
    ]


def claimed(decision: Decision, contacts: Contacts) -> Sequence[Unit]:
    """Units with receivers of their own, in the decision's order: of the annex, and named communes."""
    assigned = {unit.id for unit in decision.assigned_units}
    return [
        unit
        for unit in decision.units.values()
        if unit.id in contacts.units and (unit.id in assigned or unit.kind is Kind.COMMUNE)
    ]


def unclaimed_groups(decision: Decision, contacts: Contacts) -> Sequence[Unit]:
    """The commune groups whose communes nobody is written to about."""
    return [group for group in groups(decision) if group.id not in contacts.units]


def route(decision: Decision, contacts: Contacts, mailing: Mailing) -> Node:
    """`route:` of the configuration.

    The root is for alerts that no rule of ours makes; they are an operator's business, too.
    """
    return {
        "receiver": OPERATORS,
        "group_by": ["alertname"],
        "group_wait": duration(mailing.operators_wait),
        "group_interval": duration(mailing.operators_interval),
        "repeat_interval": duration(mailing.operators_repeat),
        "routes": [
            _watchdog(contacts, mailing),
            {"matchers": ['audience="operators"'], "receiver": OPERATORS},
            _escalations(decision, contacts, mailing),
            _monitors(decision, mailing),
            _units(decision, contacts, mailing),
        ],
    }


def _watchdog(contacts: Contacts, mailing: Mailing) -> Node:
    every = duration(mailing.watchdog_repeat)
    return {
        "matchers": [f'alertname="{WATCHDOG_ALERT}"'],
        "receiver": WATCHDOG if contacts.watchdog else NOBODY,
        "group_wait": "0s",
        "group_interval": every,
        "repeat_interval": every,
    }


def _pace(mailing: Mailing) -> Node:
    return {
        "group_wait": duration(mailing.wait),
        "group_interval": duration(mailing.window),
        "repeat_interval": duration(mailing.repeat),
    }


def _weekly(mailing: Mailing) -> Node:
    """What a route of weekly mails carries."""
    return {
        "group_wait": duration(mailing.weekly_wait),
        "group_interval": duration(mailing.weekly_window),
        "repeat_interval": duration(mailing.repeat),
        **intervals.weekly(mailing),
    }


def _escalations(decision: Decision, contacts: Contacts, mailing: Mailing) -> Node:
    """The head has been told of the same figure; this is for those above, or for nobody.

    Whoever stands above all units gets one mail about all of them; a unit with an escalation of its own,
    without any, or whose head nobody wrote to, has a route of its own.
    """
    own = [unit for unit in claimed(decision, contacts) if contacts.units[unit.id].escalation is not None]
    ids = {unit.id for unit in claimed(decision, contacts)}
    below = [Kind.COMMUNE.value, ""] if groups(decision) else [""]
    return {
        "matchers": [f'alertname="{ESCALATION_ALERT}"'],
        "receiver": ESCALATION if contacts.escalation else NOBODY,
        "group_by": ["alertname"],
        **_pace(mailing),
        **intervals.on_working_days(mailing),
        "routes": [
            *(_escalation(unit, contacts, mailing) for unit in own),
            *(
                {"matchers": [f'unit="{unit.id}"'], "receiver": NOBODY}
                for unit in decision.assigned_units
                if unit.id not in ids
            ),
            # A commune is not for those above unless they asked for it; nor is what nobody can name.
            *({"matchers": [f'kind="{kind}"'], "receiver": NOBODY} for kind in below),
        ],
    }


def _escalation(unit: Unit, contacts: Contacts, mailing: Mailing) -> Node:
    return {
        "matchers": [f'unit="{unit.id}"'],
        "receiver": escalation_receiver(unit.id) if contacts.units[unit.id].escalation else NOBODY,
        **intervals.on_working_days(mailing),
    }


def _monitors(decision: Decision, mailing: Mailing) -> Node:
    """One group, hence one mail: everything about the units of the annex, once a week.

    Communes are told of by their groups; where there are none, they are units of the annex themselves.
    """
    above = "|".join(group.id for group in groups(decision))
    return {
        "matchers": ['audience="unit"', *([f'parent!~"{above}"'] if above else [])],
        "receiver": MONITORS,
        "group_by": ["audience"],
        "continue": True,
        **_weekly(mailing),
    }


def _units(decision: Decision, contacts: Contacts, mailing: Mailing) -> Node:
    """One route and one group for each unit with a contact.

    Whatever has none is one mail to the operators: a mail for each would be dozens while the contacts
    are still being collected. So are units that the decision does not know.
    """
    own = claimed(decision, contacts)
    ids = {unit.id for unit in own}
    return {
        "matchers": ['audience="unit"'],
        "receiver": UNCLAIMED,
        "group_by": ["audience"],
        **_pace(mailing),
        **intervals.on_working_days(mailing),
        "routes": [
            *(_unit(unit, mailing) for unit in own),
            *(_communes(group, mailing) for group in groups(decision) if group.id in ids),
            *([_unclaimed_communes(mailing)] if unclaimed_groups(decision, contacts) else []),
        ],
    }


def _unit(unit: Unit, mailing: Mailing) -> Node:
    return {
        "matchers": [f'unit="{unit.id}"'],
        "receiver": unit_receiver(unit.id),
        "group_by": ["unit"],
        **intervals.on_working_days(mailing),
    }


def _communes(group: Unit, mailing: Mailing) -> Node:
    """Where a commune's info metric was missing, its alert has no parent, and goes to the operators."""
    return {
        "matchers": [f'parent="{group.id}"'],
        "receiver": communes_receiver(group.id),
        "group_by": ["parent"],
        **_weekly(mailing),
    }


def _unclaimed_communes(mailing: Mailing) -> Node:
    return {
        "matchers": [f'kind="{Kind.COMMUNE.value}"'],
        "receiver": UNCLAIMED_COMMUNES,
        "group_by": ["parent"],
        **_weekly(mailing),
    }

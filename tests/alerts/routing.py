"""The generated configuration of the example and of the demo, for tests of routing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from alerts.alertmanager.build import configuration, render
from alerts.alertmanager.calendar import load_calendar
from alerts.alertmanager.walk import Tree
from alerts.contacts import Contacts, load_contacts
from alerts.mailing import Mailing
from exporter.config.decision_file import load_decision
from exporter.decision import Decision

ROOT = Path(__file__).resolve().parents[2]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TODAY = date(2026, 11, 23)
DECISION = load_decision(ROOT / "config/targets.yaml")
CALENDAR = load_calendar()
EXAMPLE = load_contacts(ROOT / "config/contacts.example.yaml", DECISION)
DEMO = load_contacts(ROOT / "demo/contacts.yaml", DECISION)
ALWAYS = Mailing.model_validate({"hours": "always", "interval": "10s"})


@dataclass(frozen=True)
class Made:
    """A configuration as Alertmanager reads it, with what it was made from."""

    contacts: Contacts
    mailing: Mailing
    text: str
    config: Tree


def made(contacts: Contacts = EXAMPLE, mailing: Mailing | None = None, decision: Decision = DECISION) -> Made:
    mailing = mailing or Mailing()
    text = render(configuration(decision, contacts, mailing, CALENDAR, TODAY))
    config = yaml.load(text, Loader=LOADER)  # noqa: S506 - the safe one, faster
    return Made(contacts, mailing, text, config)

"""What the programs on a stage are told: the shipped configuration, with ports and quick steps of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import yaml

from alerts.alertmanager import build as alertmanager
from alerts.alertmanager.calendar import load_calendar
from alerts.contacts import load_contacts
from alerts.mailing import Mailing
from alerts.rulebook import book
from alerts.rulebook.common import Alert, Group, Recording, Rule
from dashboards.inputs import ROOT, Inputs

STEP = timedelta(seconds=5)
"""How often Prometheus scrapes and evaluates on a stage: nobody wants to wait for minutes."""
_SHIPPED_PORTAL = "http://127.0.0.1:9808"
_SHIPPED_FETCH = "fetch: {cool_down: 1m, deadline: 2s, pause: 0s, retries: 0}"
_SHIPPED_DATE = "clock: {date: 2024-09-16}"
_SHIPPED_VALIDITY = "validity: 26h"
_SHIPPED_SLOWEST = "every: 5m"
_SHIPPED_ARCHIVE = "../var/archive"
_SHIPPED_SMTP = "smarthost: 127.0.0.1:1025"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens."""

    portal: int
    exporter: int
    prometheus: int
    alertmanager: int
    smtp: int
    inbox: int


def exporter_file(folder: Path, ports: Ports, told: date, validity: str) -> Path:
    """The exporter's configuration beside its decision; `validity` as exporter.yaml writes it."""
    text = (ROOT / "config/exporter.yaml").read_text("utf-8")
    for shipped, here in (
        (_SHIPPED_PORTAL, f"http://127.0.0.1:{ports.portal}"),
        (_SHIPPED_FETCH, "fetch: {pause: 0s, retries: 0, deadline: 10s}"),
        (_SHIPPED_DATE, f"clock: {{date: {told.isoformat()}}}"),
        (_SHIPPED_VALIDITY, f"validity: {validity}"),
        (_SHIPPED_SLOWEST, "every: 1m"),
        (_SHIPPED_ARCHIVE, "archive"),
    ):
        text = _replaced(text, shipped, here)
    path = folder / "exporter.yaml"
    path.write_text(text, "utf-8")
    (folder / "targets.yaml").write_text((ROOT / "config/targets.yaml").read_text("utf-8"), "utf-8")
    return path


def _replaced(text: str, shipped: str, here: str) -> str:
    """A text with another in place of what is shipped. Raises ValueError when that is not there."""
    if shipped not in text:
        raise ValueError(f"the shipped configuration no longer has '{shipped}'")
    return text.replace(shipped, here)


def recordings(inputs: Inputs) -> list[Recording]:
    """Every recording rule."""
    groups = book.groups(inputs.alerting, load_calendar())
    return [
        rule
        for several in groups.values()
        for group in several
        for rule in group.rules
        if isinstance(rule, Recording)
    ]


def rule_files(folder: Path, inputs: Inputs) -> None:
    """The shipped rules, evaluated every few seconds, alerts without waiting."""
    for name, several in book.groups(inputs.alerting, load_calendar()).items():
        quick = [Group(group.name, STEP, [_at_once(rule) for rule in group.rules]) for group in several]
        (folder / name).write_text(book.render(quick), "utf-8")


def _at_once(rule: Rule) -> Rule:
    return replace(rule, wait=timedelta(), keep=timedelta()) if isinstance(rule, Alert) else rule


def prometheus_file(folder: Path, ports: Ports, inputs: Inputs) -> Path:
    """Scrapes the exporter, itself and Alertmanager, and sends alerts to the latter."""

    def job(name: str, port: int) -> Mapping[str, object]:
        return {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}

    every = f"{STEP.seconds}s"
    mailer = {"static_configs": [{"targets": [f"127.0.0.1:{ports.alertmanager}"]}]}
    config = {
        "global": {"scrape_interval": every, "evaluation_interval": every},
        "rule_files": [str(folder / "rules/*.yaml")],
        "alerting": {"alertmanagers": [mailer]},
        "scrape_configs": [
            job(inputs.alerting.job, ports.exporter),
            job("prometheus", ports.prometheus),
            job("alertmanager", ports.alertmanager),
        ],
    }
    (folder / "rules").mkdir()
    rule_files(folder / "rules", inputs)
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(config), "utf-8")
    return path


def alertmanager_file(folder: Path, ports: Ports, inputs: Inputs, today: date) -> Path:
    """Mails to the demo's invented contacts, at any hour and soon, all into an inbox of this machine."""
    text = (ROOT / "demo/contacts.yaml").read_text("utf-8")
    contacts = folder / "contacts.yaml"
    contacts.write_text(_replaced(text, _SHIPPED_SMTP, f"smarthost: 127.0.0.1:{ports.smtp}"), "utf-8")
    soon = Mailing(hours=None, interval=2 * STEP, wait=STEP, operators_wait=STEP, operators_interval=2 * STEP)
    people = load_contacts(contacts, inputs.decision)
    made = alertmanager.files(inputs.decision, people, soon, load_calendar(), today)
    path = folder / "alertmanager.yml"
    path.write_text(made["alertmanager.yml"], "utf-8")
    templates = folder / "templates"
    templates.mkdir()
    for template in sorted((ROOT / "alerts/alertmanager/templates").glob("*.tmpl")):
        (templates / template.name).write_text(template.read_text("utf-8"), "utf-8")
    return path

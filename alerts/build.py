"""What `python -m alerts build` writes: rules, their tests, Alertmanager's configuration, who gets what."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from alerts import boards, prometheus
from alerts.alertmanager import build as alertmanager
from alerts.alertmanager.calendar import Calendar
from alerts.contacts import Contacts
from alerts.mail.names import Addresses, name_tables
from alerts.rulebook import book
from alerts.settings import Alerting, Links
from alerts.testbook import files as tests
from exporter.config.settings_checks import shown
from exporter.decision import Decision
from exporter.settings import Settings
from exporter.setup import told_clock

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "alerts/alertmanager/templates"
NAMES = "names.tmpl"


class CadenceError(Exception):
    """The cadence does not fit the portals; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the files are made from."""

    alerting: Alerting
    decision: Decision
    settings: Settings
    contacts: Contacts
    calendar: Calendar
    dashboards: str


def check_cadence(alerting: Alerting, settings: Settings) -> None:
    """Raises CadenceError when a source that is responsible is read less often than the rules suppose."""
    responsible = {entry.source for entry in settings.responsible}
    for source in settings.sources:
        if source.id in responsible and source.every > alerting.cadence.collection:
            raise CadenceError(
                f"source {source.id} is read every {shown(source.every)}, but cadence.collection is "
                f"{shown(alerting.cadence.collection)}: two collections would never agree in time; "
                "write the longest `every` there"
            )


def led(alerting: Alerting, dashboards: str) -> Alerting:
    """The settings, with mails that lead to the runbooks in this Grafana unless they name another place."""
    if "runbooks" in alerting.links.model_fields_set:
        return alerting
    return alerting.model_copy(update={"links": Links(runbooks=boards.runbooks(dashboards))})


def rule_files(alerting: Alerting, calendar: Calendar) -> Iterator[tuple[Path, str]]:
    """The rules: they depend on neither decision nor contacts."""
    for name, groups in book.groups(alerting, calendar).items():
        yield Path("rules", name), book.render(groups)


def promtool_files(alerting: Alerting, calendar: Calendar) -> Iterator[tuple[Path, str]]:
    """The rules' tests for promtool, which last for weeks of the cadence: of use where they are run."""
    for name, text in tests.files(alerting, calendar):
        yield Path("tests", name), text


def built(inputs: Inputs, today: date) -> Mapping[Path, str]:
    """All that servers read, by its path in the folder that is built.

    Raises CadenceError, and CalendarMissingError when the holidays of this year are not known.
    """
    check_cadence(inputs.alerting, inputs.settings)
    found = dict(rule_files(led(inputs.alerting, inputs.dashboards), inputs.calendar))
    private = alertmanager.files(
        inputs.decision, inputs.contacts, inputs.alerting.mailing, inputs.calendar, today
    )
    for name, text in private.items():
        found[Path("alertmanager" if name.endswith(".yml") else "", name)] = text
    found[Path("prometheus.yml")] = prometheus.configuration(inputs.alerting)
    found[Path("prometheus.flags")] = prometheus.prometheus_flags(inputs.alerting)
    found[Path("alertmanager/alertmanager.flags")] = prometheus.alertmanager_flags(inputs.alerting)
    addresses = Addresses(inputs.dashboards, inputs.contacts.salutations())
    told = told_clock(inputs.settings).today()
    names = name_tables(inputs.decision, inputs.settings, addresses, told)
    found[Path("alertmanager/templates", NAMES)] = names
    for template in sorted(TEMPLATES.glob("*.tmpl")):
        if template.name != NAMES:
            found[Path("alertmanager/templates", template.name)] = template.read_text("utf-8")
    return found


def write(files: Mapping[Path, str], out: Path) -> Iterator[Path]:
    """Writes what differs, and removes rules and tests that are no longer made; gives what changed."""
    for folder in ("rules", "tests"):
        for old in sorted((out / folder).glob("*.yaml")):
            if old.relative_to(out) not in files:
                old.unlink()
                yield old
    for name, text in files.items():
        path = out / name
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
        yield path


def _replace(path: Path, text: str) -> None:
    """In one step: a server that looks at any moment finds the whole file, old or new."""
    beside = path.parent / f".{path.name}.new"
    beside.unlink(missing_ok=True)
    beside.touch(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666)
    beside.write_text(text, "utf-8")
    beside.replace(path)

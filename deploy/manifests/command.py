"""`python -m deploy.manifests build` and `secret`."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from alerts.alertmanager.calendar import CalendarMissingError, calendar_beside, load_calendar
from alerts.boards import LOCAL
from alerts.build import CadenceError
from alerts.build import Inputs as MailInputs
from alerts.contacts import load_contacts
from alerts.settings import load_alerting
from dashboards.inputs import load as load_boards
from deploy.manifests import secrets
from deploy.manifests.build import ROOT, Inputs, LayoutError, built, keys, render, stale
from deploy.manifests.mail import SecretError
from deploy.manifests.mail import secret as make_secret
from exporter.clock import PROVINCE_TIME
from exporter.config.faults import ConfigError
from exporter.settings import load_config

FOLDER = ROOT / "deploy/kubernetes"
SECRET = ROOT / "var/kubernetes/alertmanager-secret.yaml"
"""In a folder that git ignores."""
BAD_CONFIGURATION = 2
"""Exit code when a file cannot be used."""
DIFFERS = 1
"""Exit code of --check when something is not as it would be written."""
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

exporter_option = click.option(
    "--exporter", type=_FILE, default=ROOT / "config/exporter.yaml", help="The exporter's configuration."
)
alerts_option = click.option(
    "--alerts", type=_FILE, default=ROOT / "config/alerts.yaml", help="Cadence, bands, hours."
)
dashboards_option = click.option(
    "--dashboards", default=LOCAL, show_default=True, help="Grafana, as readers reach it."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Make what `kubectl apply` takes."""


@main.command()
@exporter_option
@alerts_option
@dashboards_option
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, help="Where to write."
)
@click.option("--check", is_flag=True, help="Write nothing; fail when something would change.")
def build(
    exporter: Path,
    alerts: Path,
    dashboards: str,
    out: Path,
    check: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Write the manifests; those that hold nothing private."""
    try:
        load_config(exporter)
        calendar = load_calendar(calendar_beside(alerts))
        boards = load_boards(exporter, alerts)
        inputs = Inputs(exporter, load_alerting(alerts), calendar, boards, dashboards)
        files = built(inputs)
        needed = list(secrets.to_make(inputs.alerting, keys(exporter)))
    except (ConfigError, LayoutError) as error:
        _refuse(error)
    wrong = list(stale(files, out))
    if check:
        for path in wrong:
            click.echo(f"{path} differs; run: python -m deploy.manifests build")
        raise SystemExit(DIFFERS if wrong else 0)
    out.mkdir(parents=True, exist_ok=True)
    for path in wrong:
        if path.name in files:
            path.write_text(files[path.name], "utf-8")
        else:
            path.unlink()
        click.echo(path)
    if needed:
        click.echo("These Secrets must be there before; each file stands here under its own name:", err=True)
    for command in needed:
        click.echo(f"  {command}", err=True)


@main.command()
@exporter_option
@alerts_option
@click.option("--contacts", type=_FILE, default=ROOT / "config/contacts.yaml", help="Who is written to.")
@click.option("--password-file", type=_FILE, help="Its first line is the mail server's password.")
@dashboards_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=SECRET, help="The file.")
def secret(  # noqa: PLR0913, PLR0917 - one parameter for each option
    exporter: Path, alerts: Path, contacts: Path, password_file: Path | None, dashboards: str, out: Path
) -> None:
    """Write the private Secret of Alertmanager, for its owner alone to read. Prints its path."""
    password = password_file.read_text("utf-8").partition("\n")[0] if password_file else None
    try:
        decision, settings = load_config(exporter)
        people = load_contacts(contacts, decision)
        calendar = load_calendar(calendar_beside(alerts))
        inputs = MailInputs(load_alerting(alerts), decision, settings, people, calendar, dashboards)
        made = make_secret(inputs, password, datetime.now(PROVINCE_TIME).date())
    except (ConfigError, CadenceError, CalendarMissingError, SecretError) as error:
        _refuse(error)
    out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(render([made]))
    click.echo(out)


def _refuse(error: Exception) -> NoReturn:
    click.echo(str(error), err=True)
    raise SystemExit(BAD_CONFIGURATION) from None

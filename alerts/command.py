"""`python -m alerts build`: writes everything that is generated from the files an operator edits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from alerts import boards
from alerts.alertmanager.calendar import CalendarMissingError, calendar_beside, load_calendar
from alerts.build import ROOT, CadenceError, Inputs, built, promtool_files, write
from alerts.contacts import load_contacts
from alerts.settings import load_alerting
from exporter.clock import PROVINCE_TIME
from exporter.config.faults import ConfigError
from exporter.settings import load_config

BAD_CONFIGURATION = 2
"""Exit code when a file cannot be used."""
DIFFERS = 1
"""Exit code of --check when something is not as it would be written."""
PAGE = Path("who-gets-what.md")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--config", type=_FILE, default=ROOT / "config/alerts.yaml", help="Cadence, bands, hours.")
@click.option(
    "--place",
    type=_FILE,
    help="A second file like alerts.yaml with what differs in the place where this runs: addresses, paths.",
)
@click.option(
    "--exporter",
    type=_FILE,
    default=ROOT / "config/exporter.yaml",
    help="The exporter's configuration; it names the decision.",
)
@click.option(
    "--contacts",
    type=_FILE,
    help="Who is written to; config/contacts.yaml where it is, else the example.",
)
@click.option("--dashboards", default=boards.LOCAL, show_default=True, help="The address of Grafana.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write; without it the committed files, made from the example contacts.",
)
@click.option("--check", is_flag=True, help="Write nothing; fail when something would change.")
def build(  # noqa: PLR0913, PLR0917 - one parameter for each option
    config: Path,
    place: Path | None,
    exporter: Path,
    contacts: Path | None,
    dashboards: str,
    out: Path | None,
    check: bool,  # noqa: FBT001
) -> None:
    """Write rules, their tests, Alertmanager's configuration and who gets what."""
    today = datetime.now(PROVINCE_TIME).date()
    try:
        calendar = load_calendar(calendar_beside(config))
        decision, settings = load_config(exporter)
        people = load_contacts(contacts or _contacts(out), decision)
        inputs = Inputs(load_alerting(config, place), decision, settings, people, calendar, dashboards)
        files = dict(built(inputs, today))
    except (ConfigError, CadenceError, CalendarMissingError) as error:
        click.echo(str(error), err=True)
        raise SystemExit(BAD_CONFIGURATION) from None
    folder = out or ROOT / "alerts"
    if out is None:
        # The page for people stands with the other documents, and the rules' tests beside the rules.
        files[Path("../docs") / PAGE] = files.pop(PAGE)
        files |= promtool_files(inputs.alerting, calendar)
    if check:
        stale = [name for name, text in files.items() if _differs(folder / name, text)]
        for name in stale:
            click.echo(f"{(folder / name).resolve()} differs; run: python -m alerts build")
        raise SystemExit(DIFFERS if stale else 0)
    for path in write(files, folder):
        click.echo(path.resolve())


def _contacts(out: Path | None) -> Path:
    """Real contacts make private files, which are never written among the committed ones."""
    private = ROOT / "config/contacts.yaml"
    return private if out is not None and private.is_file() else ROOT / "config/contacts.example.yaml"


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text("utf-8") != text

"""`python -m alerts mail so-cong-thuong`: one sample of what a unit is sent, from the real Alertmanager."""

from __future__ import annotations

import smtplib
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from alerts import boards
from alerts.contacts import load_contacts
from alerts.mail.names import Addresses, name_tables
from alerts.mail.rendering import FAMILIES, RenderingError, render
from alerts.mail.samples import kinds
from exporter.config.advice import suggest
from exporter.config.faults import ConfigError
from exporter.decision import Decision, Unit
from exporter.settings import Settings, load_config
from exporter.setup import told_clock
from tools.binaries import ToolError, installed
from tools.postbox import Letter

ROOT = Path(__file__).resolve().parent.parent.parent
DASHBOARDS = boards.LOCAL
"""Where Grafana is when nothing else is said."""
_SECONDS = 30.0


def name_table_text(
    decision: Decision, settings: Settings, contacts: Path | None = None, dashboards: str = DASHBOARDS
) -> str:
    """The name tables of a configuration; heads as the contacts have them. Raises ConfigError."""
    heads: Mapping[str, str] = {}
    if contacts is not None:
        heads = load_contacts(contacts, decision).salutations()
    return name_tables(decision, settings, Addresses(dashboards, heads), told_clock(settings).today())


def unit_or_refuse(decision: Decision, unit: str) -> Unit:
    """The unit of an id. Raises click's UsageError with a suggestion."""
    if unit not in decision.units:
        raise click.UsageError(f"there is no unit {unit!r} in the decision{suggest(unit, decision.units)}")
    return decision.units[unit]


@click.command()
@click.argument("unit")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=ROOT / "config/exporter.yaml",
    help="The exporter's configuration: names of units and portals.",
)
@click.option(
    "--contacts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="contacts.yaml: how heads are written to.",
)
@click.option("--dashboards", default=DASHBOARDS, show_default=True, help="The address of Grafana.")
@click.option("--kind", type=click.Choice(list(FAMILIES)), default="unit", show_default=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/mail"),
    show_default=True,
    help="Where the mail is written, as .eml, .html and .txt.",
)
@click.option("--send-to", metavar="ADDRESS", help="Send it to this address as well (needs --smarthost).")
@click.option("--smarthost", metavar="HOST:PORT", help="The mail server for --send-to.")
def mail(  # noqa: PLR0913, PLR0917 - one parameter for each option
    unit: str,
    config: Path,
    contacts: Path | None,
    dashboards: str,
    kind: str,
    out: Path,
    send_to: str | None,
    smarthost: str | None,
) -> None:
    """Write one sample mail for UNIT, with invented figures, rendered by the real Alertmanager."""
    if bool(send_to) != bool(smarthost):
        raise click.UsageError("--send-to and --smarthost go together")
    try:
        decision, settings = load_config(config)
        names = name_table_text(decision, settings, contacts, dashboards)
        whose = unit_or_refuse(decision, unit)
        sets = kinds(decision, whose, settings.sources[0].id, datetime.now(UTC))
        if kind not in sets:
            raise click.ClickException(f"there is nothing to say to {unit} in a mail of kind {kind}")
        letter = render(installed("alertmanager"), names, {kind: sets[kind]})[kind]
    except (ConfigError, RenderingError, ToolError) as error:
        raise click.ClickException(str(error)) from error
    for path in written(letter, out, f"{unit}-{kind}"):
        click.echo(path)
    if send_to and smarthost:
        send(letter, send_to, smarthost)
        click.echo(f"sent to {send_to}", file=sys.stderr)


def written(letter: Letter, folder: Path, name: str) -> tuple[Path, ...]:
    """Writes a letter as it came and as its two parts; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    whole, page, plain = (folder / f"{name}.{ending}" for ending in ("eml", "html", "txt"))
    whole.write_bytes(letter.raw)
    page.write_text(letter.html, "utf-8")
    plain.write_text(f"{letter.subject}\n\n{letter.text}", "utf-8")
    return whole, page, plain


def send(letter: Letter, address: str, smarthost: str) -> None:
    """Hands a sample to a mail server, to one address and no other. Raises click's ClickException."""
    message = letter.message
    del message["To"]
    message["To"] = address
    host, _, port = smarthost.rpartition(":")
    try:
        with smtplib.SMTP(host, int(port), timeout=_SECONDS) as server:
            server.send_message(message, to_addrs=[address])
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise click.ClickException(f"{smarthost} did not take the mail: {error}") from error

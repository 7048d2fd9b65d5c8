"""`dvc-exporter discover`: reads a portal and writes the units of a new province."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import click
from pydantic import ValidationError

from exporter import logs
from exporter.clock import Clock
from exporter.commands.dates import Day
from exporter.commands.options import load_or_refuse, refuse
from exporter.discover.skeleton import skeleton
from exporter.discover.survey import survey
from exporter.fetch.collect import run_collection
from exporter.fetch.fetcher import Fetcher
from exporter.fetch.secret import WithSecrets
from exporter.sanitise import safe
from exporter.settings import FetchSettings
from exporter.sources import FAMILIES
from exporter.sources.base import Source
from exporter.sources.national_portal import NationalPortal, NationalPortalOptions

_NOTHING = 1
# \b: click leaves the lines as they are.
_EXAMPLES = """\b
Examples:
  dvc-exporter discover cong-tinh-don-vi > targets.yaml
  dvc-exporter discover --url https://dichvucong.gov.vn --root 019d2be3-… > targets.yaml
"""


class _Asked(NamedTuple):
    """Which portal is read, and how."""

    name: str
    source: Source
    fetch: FetchSettings
    clock: Clock
    secrets: Mapping[str, Path] = MappingProxyType({})


@click.command(short_help="Write the units of a new province.", epilog=_EXAMPLES)
@click.argument("source_id", required=False)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="DVC_CONFIG",
    default=Path("config/exporter.yaml"),
    show_default=True,
    help="Where SOURCE_ID is described; not needed with --url.",
)
@click.option("--url", help="Address of the National Portal; needs no configuration.")
@click.option("--root", help="With --url: the province's id there, a UUID.")
@click.option(
    "--date",
    "day",
    type=Day(),
    help="Ask as if it were this day; the National Portal is asked for the month before it.",
)
def discover(
    source_id: str | None, config: Path, url: str | None, root: str | None, day: date | None
) -> None:
    """Read a portal and write the units of a new province.

    Prints a targets.yaml with the province, its units and their codes, and no targets: it works at
    once, and an official completes it.

    What was read and what failed goes to standard error. Exit code 0 when units were found, 1 when
    the portal gave none, 2 when the options or the configuration cannot be used.
    """
    logs.configure("warning")
    asked = _from_options(url, root) if url or root else _from_config(config, source_id)
    clock = asked.clock
    if day is not None:
        clock = Clock.starting_on(day)
    collection = run_collection(
        asked.name,
        asked.source,
        WithSecrets(Fetcher(asked.fetch, clock), asked.secrets),
        clock,
        logging.getLogger("exporter.discover"),
        note=lambda line: click.echo(line, err=True),
    )
    found = survey(asked.source, collection.parts.values())
    if not found.units:
        click.echo(f"{asked.name} shows no units; nothing is written", err=True)
        sys.exit(_NOTHING)
    click.echo(f"{len(found.units)} units", err=True)
    click.echo(skeleton(found, clock.today().year, asked.name), nl=False)


def _from_options(url: str | None, root: str | None) -> _Asked:
    if not url or not root:
        refuse("--url and --root belong together: the portal's address, and the province's id there")
    try:
        options = NationalPortalOptions(url=url, root=root)
    except ValidationError as error:
        faults = "; ".join(str(fault.get("ctx", {}).get("error", fault["msg"])) for fault in error.errors())
        refuse(faults)
    return _Asked(safe(options.url), NationalPortal(options), FetchSettings(), Clock())


def _from_config(config: Path, source_id: str | None) -> _Asked:
    _, settings = load_or_refuse(config)
    known = {source.id: source for source in settings.sources}
    if source_id is None:
        refuse(f"which source? Name one of {', '.join(known)}, or give --url and --root")
    if source_id not in known:
        refuse(f"{config} has no source '{safe(source_id)}'; it has {', '.join(known)}")
    chosen = known[source_id]
    source = FAMILIES[chosen.family].build(chosen.read)
    clock = Clock.starting_on(settings.clock.date if settings.clock else None)
    return _Asked(chosen.id, source, settings.fetch, clock, chosen.secret_headers)

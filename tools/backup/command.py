"""`python -m tools.backup save` and `restore`: the two commands of a bad day."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import click

from exporter.clock import PROVINCE_TIME
from exporter.version import exporter_version
from tools.backup import collect, running
from tools.backup.manifest import Manifest
from tools.backup.pack import pack
from tools.backup.places import LAYOUTS, BackupError, Name, Places, Servers, places
from tools.backup.putback import put_back
from tools.backup.unpack import verify

ROOT = Path(__file__).resolve().parent.parent.parent
_DATABASE = "grafana.db"

layout_option = click.option(
    "--layout",
    type=click.Choice(list(LAYOUTS)),
    default="checkout",
    show_default=True,
    help="Where things are: as `make run` or as the systemd units lay them out, or nowhere but --place.",
)
place_option = click.option(
    "--place", "given", multiple=True, metavar="NAME=PATH", help="Where one is; no path leaves it out."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Keep everything that cannot be made again in one file, and put it back."""


@main.command()
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "var/backups",
    help="Folder for the backup.",
)
@layout_option
@place_option
@click.option("--prometheus-url", default=Servers().prometheus, show_default=True, help="Where it listens.")
@click.option(
    "--alertmanager-url", default=Servers().alertmanager, show_default=True, help="Where it listens."
)
@click.option(
    "--patience",
    type=float,
    default=running.PATIENCE,
    show_default=True,
    help="Seconds that Alertmanager may take to write its memory.",
)
def save(  # noqa: PLR0913, PLR0917 - one parameter for each option
    into: Path,
    layout: str,
    given: tuple[str, ...],
    prometheus_url: str,
    alertmanager_url: str,
    patience: float,
) -> None:
    """Make a backup; servers may go on running. Prints its path."""
    now = datetime.now(PROVINCE_TIME)
    target = into / f"dvc-monitor-{now:%Y%m%dT%H%M%S}.tar.gz"
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = places(layout, ROOT, given)
        manifest = _save(found, Servers(prometheus_url, alertmanager_url), target, now, patience)
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for note in manifest.notes:
        click.echo(note, err=True)
    click.echo(target)


@main.command()
@click.argument("backup", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@layout_option
@place_option
@click.option("--replace", is_flag=True, help="Move aside what is in the way (it is kept, not deleted).")
@click.option("--check", is_flag=True, help="Only read the backup whole and say what is in it.")
def restore(backup: Path, layout: str, given: tuple[str, ...], replace: bool, check: bool) -> None:  # noqa: FBT001 - click passes them by name
    """Put a backup back where nothing is, with the servers stopped."""
    try:
        manifest = verify(backup)
        for line in _about(manifest):
            click.echo(line)
        if not check:
            stamp = f"{datetime.now(PROVINCE_TIME):%Y%m%dT%H%M%S}"
            done = put_back(backup, manifest, places(layout, ROOT, given), stamp=stamp, replace=replace)
            click.echo("\n".join(done))
    except BackupError as error:
        raise click.ClickException(str(error)) from error


def _save(found: Places, servers: Servers, target: Path, now: datetime, patience: float) -> Manifest:
    collect.require(found)
    asked = {
        "dvc-monitor": exporter_version(),
        "prometheus": running.version(servers.prometheus, "/api/v1/status/buildinfo"),
        "alertmanager": running.version(servers.alertmanager, "/api/v2/status"),
    }
    versions = {name: said for name, said in asked.items() if said is not None}
    notes: list[str] = []
    with ExitStack() as stack:
        sources = dict(found)
        if Name.PROMETHEUS in sources:
            taken = running.prometheus_files(servers.prometheus, sources[Name.PROMETHEUS])
            sources[Name.PROMETHEUS], note = stack.enter_context(taken)
            notes.append(note)
        if Name.ALERTMANAGER in sources:
            # After Prometheus: whoever is told of what the history holds is then known to have been told.
            data, begun = sources[Name.ALERTMANAGER], datetime.now(PROVINCE_TIME).timestamp()
            notes.append(running.fresh_memory(servers.alertmanager, data, begun, patience))
        if Name.GRAFANA in sources:
            copy = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dvc-backup-")))
            database = sources.pop(Name.GRAFANA) / _DATABASE
            if database.is_file():
                running.copy_database(database, copy / _DATABASE)
                sources[Name.GRAFANA] = copy
                notes.append("grafana: a copy of its database")
            else:
                notes.append(f"grafana: left out, there is no {database}")
        return pack(_all(sources), target, made=now, versions=versions, notes=notes)


def _all(sources: Places) -> Iterator[tuple[str, Path]]:
    for name in Name:
        if name in sources:
            yield from collect.files(name, sources[name])


def _about(manifest: Manifest) -> Iterator[str]:
    yield f"made {manifest.made:%d/%m/%Y %H:%M:%S} by " + ", ".join(
        f"{name} {version}" for name, version in manifest.versions.items()
    )
    yield from manifest.notes
    yield f"whole: {len(manifest.files)} files as they were"

"""`python -m tools.backup save` and `restore`: the two commands of a bad day."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from exporter.clock import PROVINCE_TIME
from tools.backup import running, standing
from tools.backup.layouts import LAYOUTS
from tools.backup.manifest import Manifest
from tools.backup.places import BackupError, Name, with_places
from tools.backup.putback import put_back
from tools.backup.taking import take
from tools.backup.unpack import first, verify

ROOT = Path(__file__).resolve().parent.parent.parent
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

layout_option = click.option(
    "--layout",
    type=click.Choice(list(LAYOUTS)),
    default="checkout",
    show_default=True,
    help="Where things are: as `make run`, the systemd units or docker-compose.yml lay them out, or nowhere "
    "but --place.",
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
@click.option("--prometheus-url", help="Where it listens, if not where its layout says (port 9090).")
@click.option("--alertmanager-url", help="Where it listens, if not where its layout says (port 9093).")
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
    prometheus_url: str | None,
    alertmanager_url: str | None,
    patience: float,
) -> None:
    """Make a backup; servers may go on running. Prints its path."""
    now = datetime.now(PROVINCE_TIME)
    target = into / f"dvc-monitor-{now:%Y%m%dT%H%M%S}.tar.gz"
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = with_places(LAYOUTS[layout], ROOT, given)
        asked = known.servers.instead(prometheus_url, alertmanager_url)
        manifest = take(dataclasses.replace(known, servers=asked), target, now, patience)
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
            known = with_places(LAYOUTS[layout], ROOT, given)
            done = put_back(backup, manifest, known, stamp=stamp, replace=replace)
            click.echo("\n".join(done))
    except BackupError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("data", nargs=-1, required=True, type=_FOLDER)
def hold(data: tuple[Path, ...]) -> None:
    """Link the files of a Prometheus that was paused for it, so that a backup can be made of them."""
    try:
        for one in data:
            standing.hold(one)
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("data", nargs=-1, required=True, type=_FOLDER)
def release(data: tuple[Path, ...]) -> None:
    """Remove what `hold` made."""
    for one in data:
        standing.release(one)


@main.command()
@click.argument("backup", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def settings(backup: Path) -> None:
    """Read a backup whole, and print the `.env` that is in it, if one is."""
    try:
        verify(backup)
        click.echo(first(backup, f"{Name.SETTINGS}/.env") or b"", nl=False)
    except BackupError as error:
        raise click.ClickException(str(error)) from error


def _about(manifest: Manifest) -> Iterator[str]:
    yield f"made {manifest.made:%d/%m/%Y %H:%M:%S} by " + ", ".join(
        f"{name} {version}" for name, version in manifest.versions.items()
    )
    yield from manifest.notes
    yield f"whole: {len(manifest.files)} files as they were"

"""Puts together, on a volume, the files that this start of the stack goes by.

    python -m deploy.settings layer ha --out FOLDER --merge deploy/compose/place-ha.yaml
    python -m deploy.settings assemble --out FOLDER --take config --merge deploy/compose/place.yaml
    python -m deploy.settings leave ha --out FOLDER

Each profile of docker-compose.yml leaves what it adds in a step of its own, so that profiles can be combined.
What it added stays until the profile is left: `docker compose restart` runs all steps at once in any order,
and no step can tell that from a start without the profile. What is put together is checked before it counts.
"""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click
import yaml

from alerts.alertmanager.calendar import CalendarMissingError, calendar_beside, load_calendar
from alerts.build import CadenceError, check_cadence
from alerts.settings import load_alerting
from deploy.volume import TRIAL, Volume
from exporter.clock import PROVINCE_TIME
from exporter.config.faults import ConfigError
from exporter.settings import load_config

PLACE = "place.yaml"
"""What differs from alerts.yaml in this place, of all layers together."""
PRIVATE = "contacts"
"""How the names of files begin that are not taken from the operator's folder: they hold addresses."""
ORDER = (TRIAL, "ha", "remote")
"""Layers, each above the one before."""
_LISTED, _RAN = "listed", "ran"
"""Notes in a layer: COMPOSE_PROFILES named its profile; its step has run since somebody last asked."""
OPERATION = (
    "These volumes are those of real operation, where simulated figures do not belong. A trial has a project "
    "name of its own: docker compose -p dvc-trial --profile demo up -d"
)
WITHOUT_TRIAL = (
    "These volumes are those of a trial, and this start is without it, or its step has failed. Nothing was "
    "changed, nobody real is written to. To go on with it: docker compose … --profile demo up -d. For real "
    "operation remove it with all its figures: docker compose … --profile '*' down -v"
)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_ANY = click.Path(path_type=Path)
_BAD_CONFIGURATION = 2


def merged(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    """Both mappings, key by key down to the leaves; a list is replaced whole."""
    found = dict(below)
    for key, value in above.items():
        under = found.get(key)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        found[key] = merged(under, value) if both else value  # type: ignore[arg-type] # both are mappings here
    return found


def written(text: str) -> dict[str, object]:
    """`servers.remote_write.url=https://…` as a mapping. Raises ValueError."""
    path, sign, value = text.partition("=")
    if not sign or not all(path.split(".")):
        raise ValueError(f"'{text}' sets nothing; write it like servers.replica=a")
    found: object = value
    for key in reversed(path.split(".")):
        found = {key: found}
    return found  # type: ignore[return-value] # a path has at least one key


def taken(sources: Iterable[Path]) -> dict[str, bytes]:
    """The YAML files that are named, and those in the folders that are named, by file name."""
    found = {}
    for source in sources:
        # Not by glob: to it a folder that may not be read is an empty one.
        inside = sorted(source.iterdir()) if source.is_dir() else [source]
        for path in inside:
            if (path == source or path.suffix == ".yaml") and path.name != PLACE:
                found[path.name] = path.read_bytes()
    return found


def operators(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without what is private."""
    return {name: content for name, content in files.items() if not name.startswith(PRIVATE)}


def listed(name: str, profiles: str) -> bool:
    """Whether COMPOSE_PROFILES names a profile. It does not show what was given as --profile."""
    return not {name, "*"}.isdisjoint(word.strip() for word in profiles.split(","))


def faults(made: Path) -> Iterator[str]:
    """What is wrong with what was put together: as `dvc-exporter check` and the build of alerts say it."""
    try:
        _, settings = load_config(made / "exporter.yaml")
    except ConfigError as error:
        settings = None
        yield str(error)
    try:
        load_calendar(calendar_beside(made / "alerts.yaml")).require(datetime.now(PROVINCE_TIME).date())
        alerting = load_alerting(made / "alerts.yaml", made / PLACE)
        if settings is not None:
            check_cadence(alerting, settings)
    except (ConfigError, CadenceError, CalendarMissingError) as error:
        yield str(error)


out_option = click.option("--out", type=_FOLDER, required=True, help="The volume with the settings.")
profiles_option = click.option("--profiles", default="", help="What COMPOSE_PROFILES holds.")
take_option = click.option(
    "--take", type=_ANY, multiple=True, help="A YAML file, or a folder of such, to copy."
)
merge_option = click.option("--merge", type=_ANY, multiple=True, help="A file to merge into place.yaml.")


@click.group()
def main() -> None:
    """Put together the settings of this start."""


@main.command()
@click.argument("name", type=click.Choice(ORDER))
@out_option
@profiles_option
@take_option
@merge_option
@click.option("--set", "single", multiple=True, metavar="KEY.KEY=VALUE", help="One value to merge into it.")
def layer(  # noqa: PLR0913, PLR0917 - one parameter for each option
    name: str,
    out: Path,
    profiles: str,
    take: tuple[Path, ...],
    merge: tuple[Path, ...],
    single: tuple[str, ...],
) -> None:
    """Leave what a profile adds."""
    volume = Volume(out)
    if name == TRIAL:
        # Before anything can fail: compose goes on without a step of a profile that failed.
        with volume.locked():
            if not volume.begin_trial():
                _refuse(OPERATION)
    try:
        place = _place(merge, map(written, single))
        notes = {_RAN: b"", **({_LISTED: b""} if listed(name, profiles) else {})}
        files = taken(take) | {PLACE: _yaml(place)} | notes
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        _refuse(_unreadable(error, "deploy"))
    with volume.locked():
        volume.put_layer(name, volume.made(files))
    click.echo(f"the profile {name} adds {', '.join(sorted(set(files) - set(notes)))}")


@main.command()
@click.argument("name", type=click.Choice([name for name in ORDER if name != TRIAL]))
@out_option
def leave(name: str, out: Path) -> None:
    """Forget what a profile added; the next start goes without it."""
    volume = Volume(out)
    with volume.locked():
        volume.drop_layer(name)
    click.echo(f"the profile {name} is left; now: docker compose up -d")


@main.command()
@out_option
@profiles_option
@take_option
@merge_option
@click.option("--shown", default="config", help="What the operator's folder is called outside.")
@click.option("--patience", default=15.0, help="Seconds in which a trial's own step may still run.")
def assemble(  # noqa: PLR0913, PLR0917 - one parameter for each option
    out: Path, profiles: str, take: tuple[Path, ...], merge: tuple[Path, ...], shown: str, patience: float
) -> None:
    """Put the operator's files and all layers together, and offer them if they are good."""
    volume = Volume(out)
    _expect_trial(volume, patience)
    try:
        files, place = operators(taken(take)), _place(merge, ())
    except OSError as error:
        _refuse(_unreadable(error, shown, "deploy"))
    with volume.locked():
        found = []
        for name in ORDER:
            layer = volume.layer(name)
            if name != TRIAL and (layer / _LISTED).exists() and not listed(name, profiles):
                volume.drop_layer(name)
                click.echo(f"the profile {name} is left: COMPOSE_PROFILES named it, and no longer does")
            if layer.exists():
                files |= taken([layer])
                place = merged(place, _place([layer / PLACE], ()))
                found.append(name)
        made = volume.made(files | {PLACE: _yaml(place)})
        wrong = list(faults(made))
        if wrong:
            shutil.rmtree(made)
            said = "\n".join(wrong).replace(f"{os.path.normpath(made)}/", f"{shown.removeprefix('./')}/")
            _refuse(f"{said}\nNothing was changed: what was in force before stays.")
        volume.offer(made)
    click.echo(f"profiles: {', '.join(found) or 'none that add settings'}; files: {', '.join(sorted(files))}")


def _expect_trial(volume: Volume, patience: float) -> None:
    """In a trial wait until its own step has run, which `restart` begins at the same time; or refuse."""
    end = time.monotonic() + patience
    while True:
        with volume.locked():
            if volume.refused_trial():
                _refuse(OPERATION)
            ran = volume.layer(TRIAL) / _RAN
            if not volume.trial or ran.exists():
                ran.unlink(missing_ok=True)
                return
        if time.monotonic() > end:
            _refuse(WITHOUT_TRIAL)
        time.sleep(0.2)


def _place(paths: Iterable[Path], more: Iterable[Mapping[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for above in [*(yaml.safe_load(path.read_text("utf-8")) or {} for path in paths), *more]:
        found = merged(found, above)
    return found


def _yaml(place: Mapping[str, object]) -> bytes:
    return yaml.safe_dump(dict(place), allow_unicode=True, sort_keys=True).encode()


def _unreadable(error: OSError, *folders: str) -> str:
    """What to do where our user may not read what it was given, as after a clone under `umask 077`."""
    if not isinstance(error, PermissionError):
        return f"{error.filename}: {error.strerror}"
    return (
        f"{Path(error.filename).name} may not be read by the user of our image, as after a clone under umask "
        f"077; on the host: chmod -R a+rX {shlex.join(folders)}"
    )


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(_BAD_CONFIGURATION)


if __name__ == "__main__":
    main(prog_name="python -m deploy.settings")

"""Puts together, on a volume, the files that this start of the stack goes by.

    python -m deploy.settings --out FOLDER --fresh --take config --merge deploy/compose/place.yaml
    python -m deploy.settings --out FOLDER --merge deploy/compose/place-ha.yaml

Each profile of docker-compose.yml adds its own in a step of its own, so that profiles can be combined.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click
import yaml

PLACE = "place.yaml"
"""What differs from alerts.yaml in this place, of all steps together."""
PRIVATE = "contacts"
"""How the names of files begin that are not taken from the operator's folder: they hold addresses."""
_FOLDER = click.Path(file_okay=False, path_type=Path)
_ANY = click.Path(exists=True, path_type=Path)


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
        inside = sorted(source.glob("*.yaml")) if source.is_dir() else [source]
        for path in inside:
            if path.name != PLACE:
                found[path.name] = path.read_bytes()
    return found


def operators(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without what is private."""
    return {name: content for name, content in files.items() if not name.startswith(PRIVATE)}


@click.command()
@click.option("--out", type=_FOLDER, required=True, help="The folder that is put together.")
@click.option("--fresh", is_flag=True, help="The first step: nothing of an earlier start stays.")
@click.option("--take", type=_ANY, multiple=True, help="A YAML file, or a folder of such, to copy.")
@click.option("--merge", type=_ANY, multiple=True, help="A file to merge into place.yaml.")
@click.option("--set", "single", multiple=True, metavar="KEY.KEY=VALUE", help="One value to merge into it.")
def main(
    out: Path,
    fresh: bool,  # noqa: FBT001 - click passes it by name
    take: tuple[Path, ...],
    merge: tuple[Path, ...],
    single: tuple[str, ...],
) -> None:
    """Put together the settings of this start."""
    out.mkdir(parents=True, exist_ok=True)
    files = taken(take)
    if fresh:
        files = operators(files)
        for old in out.glob("*.yaml"):
            if old.name not in files:
                old.unlink()
    place: dict[str, object] = {}
    if not fresh and (out / PLACE).is_file():
        place = yaml.safe_load((out / PLACE).read_text("utf-8")) or {}
    try:
        for above in [
            *(yaml.safe_load(path.read_text("utf-8")) or {} for path in merge),
            *map(written, single),
        ]:
            place = merged(place, above)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for name, content in files.items():
        (out / name).write_bytes(content)
    (out / PLACE).write_text(yaml.safe_dump(place, allow_unicode=True, sort_keys=True), "utf-8")
    click.echo(f"{out}: {', '.join(sorted(path.name for path in out.glob('*.yaml')))}")


if __name__ == "__main__":
    main(prog_name="python -m deploy.settings")

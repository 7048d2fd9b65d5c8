"""Which files of a place are kept, as they lie on the disk now."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterator
from pathlib import Path

from tools.backup.places import SINGLE, BackupError, Name, Places

PARTIAL = ".partial"
"""How folders of the archive end that are being written or deleted: what is in them did not happen."""
_CONFIG = {".yaml", ".yml"}
_SECRET = {"smtp-password", "portal-token"}
"""Kept with the configuration they belong to: a backup is as private as they are."""
_PASSING = {
    "prometheus": {"lock", "queries.active", "snapshots"},
    "archive": {"leader.lock"},
}
"""By server: what only holds while it runs, and what earlier snapshots left."""
_LEFT = re.compile(r"before-\d{8}T\d{6}|\.[\w-]+\.restoring-\w+")
"""What putting back left in a volume."""


def files(name: Name, path: Path) -> Iterator[tuple[str, Path]]:
    """The files of a place by their path in a backup, sorted. Links to elsewhere are no files of it."""
    if name in SINGLE:
        if path.is_file():
            yield f"{name}/{path.name}", path
        return
    for folder, below, found in os.walk(path):
        here = Path(folder)
        inside = here.relative_to(path)
        below[:] = sorted(one for one in below if _enters(name, inside, one))
        for file in sorted(found):
            if _keeps(name, inside, file) and not (here / file).is_symlink() and (here / file).is_file():
                yield "/".join((str(name), *inside.parts, file)), here / file


def require(places: Places, volumes: Container[Name] = ()) -> None:
    """Raises BackupError where what must be there is not: a backup without it would be none."""
    for name in (Name.CONFIG, Name.ARCHIVE, Name.PROMETHEUS):
        path = places.get(name)
        # A volume is made by being mounted: also that of a project which never ran.
        if name in volumes and path is not None and next(files(name, path), None) is None:
            raise BackupError(f"the volume of {name} is empty: is it the right project (-p), and did it run?")
        if path is not None and not path.is_dir():
            raise BackupError(
                f"{name} should be in {path}, but there is no such folder; say where it is with "
                f"--place {name}=PATH, or leave it out with --place {name}="
            )


def _enters(name: Name, inside: Path, folder: str) -> bool:
    if name == Name.CONFIG:
        return False
    if name == Name.ARCHIVE and folder.endswith(PARTIAL):
        return False
    return inside.parts != () or not (_LEFT.fullmatch(folder) or folder in _PASSING.get(name.kind, ()))


def _keeps(name: Name, inside: Path, file: str) -> bool:
    if name == Name.CONFIG:
        return Path(file).suffix in _CONFIG or file in _SECRET
    return inside.parts != () or file not in _PASSING.get(name.kind, ())

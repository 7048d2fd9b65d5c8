"""Which files of a place are kept, as they lie on the disk now."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tools.backup.places import SINGLE, BackupError, Name, Places

PARTIAL = ".partial"
"""How folders of the archive end that are being written or deleted: what is in them did not happen."""
_CONFIG = {".yaml", ".yml"}
_SECRET = {"smtp-password", "portal-token"}
"""Kept with the configuration they belong to: a backup is as private as they are."""
_PASSING = {"lock", "queries.active", "snapshots"}
"""Of Prometheus: what only holds while it runs, and what earlier snapshots left."""


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


def require(places: Places) -> None:
    """Raises BackupError where what must be there is not: a backup without it would be none."""
    for name in (Name.CONFIG, Name.ARCHIVE, Name.PROMETHEUS):
        path = places.get(name)
        if path is not None and not path.is_dir():
            raise BackupError(
                f"{name} should be in {path}, but there is no such folder; say where it is with "
                f"--place {name}=PATH, or leave it out with --place {name}="
            )


def _enters(name: Name, inside: Path, folder: str) -> bool:
    if name == Name.CONFIG:
        return False
    if name == Name.ARCHIVE:
        return not folder.endswith(PARTIAL)
    return name != Name.PROMETHEUS or inside.parts != () or folder not in _PASSING


def _keeps(name: Name, inside: Path, file: str) -> bool:
    if name == Name.CONFIG:
        return Path(file).suffix in _CONFIG or file in _SECRET
    return name != Name.PROMETHEUS or inside.parts != () or file not in _PASSING

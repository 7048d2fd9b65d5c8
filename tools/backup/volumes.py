"""Fills a folder that is mounted: it cannot be moved away itself, and knows no owner while it is new."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tools.backup.places import Volume

ASIDE = "before-"
"""How the folder in a volume begins that keeps what was in the way."""
_FOLDERS = 0o700
_DISK = "lost+found"
"""Lies at the top of a volume that is a disk of its own."""


def occupied(volume: Path) -> Sequence[Path]:
    """What is in the way in a volume."""
    if not volume.is_dir():
        return []
    return sorted(one for one in volume.iterdir() if not _stays(one.name))


def fill(staged: Path, volume: Path, about: Volume, stamp: str) -> None:
    """Moves what lies in `staged`, itself a folder in the volume's folder `staged.parent`, to the top of it.

    What is there already is kept in a folder of the volume, `before-<stamp>`.
    """
    taken = [one for one in occupied(volume) if one != staged.parent]
    if taken:
        aside = volume / f"{ASIDE}{stamp}"
        aside.mkdir(_FOLDERS)
        _own(aside, about)
        for one in taken:
            one.rename(aside / one.name)
    _own(volume, about, folder=True)
    for one in sorted(staged.iterdir()):
        one.rename(volume / one.name)


def give(staged: Path, about: Volume) -> None:
    """Gives all that lies in a folder to whom it belongs in a volume."""
    for top, below, files in os.walk(staged):
        for one in below:
            _own(Path(top, one), about, folder=True)
        for one in files:
            _own(Path(top, one), about)


def _own(path: Path, about: Volume, *, folder: bool = False) -> None:
    if folder and about.folders is not None:
        path.chmod(about.folders)
    # Nobody else can.
    if os.geteuid() == 0:
        os.chown(path, about.user, about.group, follow_symlinks=False)


def _stays(name: str) -> bool:
    return name == _DISK or name.startswith(ASIDE)

"""Puts the files of a backup where they belong: never over anything, unless that is said."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.backup.manifest import Manifest
from tools.backup.places import SHARED, SINGLE, BackupError, Name, Places
from tools.backup.running import locked
from tools.backup.unpack import unpack


def put_back(backup: Path, manifest: Manifest, places: Places, *, stamp: str, replace: bool) -> Sequence[str]:
    """Puts back every place that the backup has; a sentence for each. `manifest` is what `verify` gave.

    Each place is written beside its goal first and moved there whole. With `replace` what is in the way is
    kept under its name with `.before-<stamp>`. Raises BackupError before anything is moved when something is
    in the way, when a place is not known, or while Prometheus runs.
    """
    unknown = [name for name in manifest.names if name not in places]
    if unknown:
        raise BackupError(
            f"the backup holds {', '.join(unknown)}, and it is not said where that belongs; say it with "
            f"--place {unknown[0]}=PATH, or take another --layout"
        )
    staged: list[tuple[Name, Path]] = []
    try:
        for name in manifest.names:
            if name == Name.PROMETHEUS:
                with locked(places[name]):
                    pass
            staged.append((name, _staged(backup, manifest, name, places[name])))
        moves = [move for name, folder in staged for move in _moves(name, folder / name, places[name])]
        taken = [goal for _, goal in moves if _in_the_way(goal)]
        if taken and not replace:
            raise BackupError(
                "in the way: " + ", ".join(str(path) for path in taken) + "; nothing was changed. "
                "Put it back into a fresh place, or say --replace: what is there is then kept beside it"
            )
        for source, goal in moves:
            _move(source, goal, stamp)
        return [f"{name}: {_count(manifest, name)} -> {places[name]}" for name, _ in staged]
    except OSError as error:
        raise BackupError(f"the backup could not be put back: {error}") from error
    finally:
        for _, folder in staged:
            shutil.rmtree(folder, ignore_errors=True)


def _staged(backup: Path, manifest: Manifest, name: Name, goal: Path) -> Path:
    # On the same disk as its goal, so that the last step is a single move.
    home = goal if name in SHARED else goal.parent
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{name}.restoring-", dir=home))
    try:
        unpack(backup, manifest, name, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _moves(name: Name, staged: Path, goal: Path) -> Iterator[tuple[Path, Path]]:
    """What is moved where; a file that is there already with the same content needs no move."""
    if name not in SHARED | SINGLE:
        yield staged, goal
        return
    for file in sorted(staged.iterdir()):
        target = goal if name in SINGLE else goal / file.name
        if not (target.is_file() and target.read_bytes() == file.read_bytes()):
            yield file, target


def _in_the_way(goal: Path) -> bool:
    return any(goal.iterdir()) if goal.is_dir() and not goal.is_symlink() else os.path.lexists(goal)


def _move(source: Path, goal: Path, stamp: str) -> None:
    there = os.path.lexists(goal)
    # A service finds what is put into a folder of its own as its own.
    owner = (goal if there else goal.parent).lstat()
    if _in_the_way(goal):
        goal.rename(goal.with_name(f"{goal.name}.before-{stamp}"))
    elif there:
        goal.rmdir()
    if os.geteuid() == 0:
        _give(source, owner.st_uid, owner.st_gid)
    source.rename(goal)


def _give(path: Path, user: int, group: int) -> None:
    os.chown(path, user, group, follow_symlinks=False)
    for folder, below, files in os.walk(path):
        for one in (*below, *files):
            os.chown(Path(folder, one), user, group, follow_symlinks=False)


def _count(manifest: Manifest, name: Name) -> str:
    several = sum(1 for kept in manifest.files if kept.path.split("/")[0] == name)
    return f"{several} file" if several == 1 else f"{several} files"

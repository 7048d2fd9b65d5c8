"""Puts the files of a backup where they belong: never over anything, unless that is said."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.backup.layouts import CHECKOUT, LAYOUTS
from tools.backup.manifest import Manifest
from tools.backup.places import SHARED, SINGLE, BackupError, Layout, Name
from tools.backup.running import locked
from tools.backup.unpack import unpack
from tools.backup.volumes import fill, give, occupied


def put_back(backup: Path, manifest: Manifest, layout: Layout, *, stamp: str, replace: bool) -> Sequence[str]:
    """Puts back every place that the backup has; a sentence for each. `manifest` is what `verify` gave.

    Each place is written beside its goal first and moved there whole. With `replace` what is in the way is
    kept under its name with `.before-<stamp>`, in a volume in its folder `before-<stamp>`. Raises
    BackupError before anything is changed when something is in the way, when a place is not known, or while
    Prometheus runs.
    """
    places = layout.places
    _fits(manifest, layout)
    names = [name for name in manifest.names if name not in layout.apart]
    unknown = [name for name in names if name not in places]
    if unknown:
        raise BackupError(
            f"the backup holds {', '.join(unknown)}, and it is not said where that belongs; say it with "
            f"--place {unknown[0]}=PATH, or take another --layout"
        )
    for name in names:
        if name.kind == Name.PROMETHEUS:
            with locked(places[name]):
                pass
    try:
        # Before anything is unpacked: it may be years.
        taken = [path for name in names for path in _taken(manifest, name, layout)]
        if taken and not replace:
            raise BackupError(
                "in the way: " + ", ".join(str(path) for path in taken) + "; nothing was changed. "
                "Put it back into a fresh place, or say --replace: what is there is then kept beside it"
            )
        with _staged(backup, manifest, names, layout) as staged:
            for name, folder in staged.items():
                _settle(name, folder, layout, stamp)
    except OSError as error:
        raise BackupError(f"the backup could not be put back: {error}") from error
    return [f"{name}: {_count(manifest, name)} -> {places[name]}" for name in names]


@contextmanager
def _staged(
    backup: Path, manifest: Manifest, names: Sequence[Name], layout: Layout
) -> Iterator[Mapping[Name, Path]]:
    """All that belongs into each place, in a folder on its disk, so that the last step is a single move."""
    staged: dict[Name, Path] = {}
    try:
        for name in names:
            goal = layout.places[name]
            home = goal if name in SHARED or name in layout.volumes else goal.parent
            home.mkdir(parents=True, exist_ok=True)
            staged[name] = Path(tempfile.mkdtemp(prefix=f".{name}.restoring-", dir=home))
        unpack(backup, manifest, staged)
        for name in layout.volumes.keys() & staged.keys():
            give(staged[name] / name, layout.volumes[name])
            _give_each(manifest, name, staged[name])
        yield staged
    finally:
        for folder in staged.values():
            shutil.rmtree(folder, ignore_errors=True)


def _settle(name: Name, folder: Path, layout: Layout, stamp: str) -> None:
    goal = layout.places[name]
    if name in layout.volumes:
        fill(folder / name, goal, layout.volumes[name], stamp)
        return
    for source, target in _moves(name, folder / name, goal):
        _move(source, target, stamp)


def _fits(manifest: Manifest, layout: Layout) -> None:
    """Raises BackupError where the same names mean other folders: a volume holds files of several places."""
    made_of = LAYOUTS.get(manifest.layout, CHECKOUT)
    if bool(layout.volumes) != bool(made_of.volumes) and layout.name != "none":
        raise BackupError(
            f"this backup was made with --layout {manifest.layout or 'checkout or system'}, and --layout "
            f"{layout.name} keeps its files in other folders; put it back where it came from"
        )


def _taken(manifest: Manifest, name: Name, layout: Layout) -> Iterator[Path]:
    """What is in the way of a place; a file that is there already with the same content is in nobody's."""
    goal = layout.places[name]
    if name in layout.volumes:
        yield from occupied(goal)
    elif name in SHARED | SINGLE:
        for kept in manifest.files:
            if kept.path.split("/")[0] == name:
                target = goal if name in SINGLE else goal / kept.path.partition("/")[2]
                if _in_the_way(target) and not (target.is_file() and _digest(target) == kept.sha256):
                    yield target
    elif _in_the_way(goal):
        yield goal


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _give_each(manifest: Manifest, name: Name, folder: Path) -> None:
    if os.geteuid() == 0:
        for kept in manifest.files:
            if kept.owner is not None and kept.path.split("/")[0] == name:
                os.chown(folder / kept.path, *kept.owner, follow_symlinks=False)


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

"""Prometheus's files while it stands still: linked beside themselves in a moment, packed at leisure.

Where its admin API is off, nobody makes a snapshot. Whoever pauses it for a moment can have one all the same:
its blocks, and all but the newest file of each log, are written once and never again, so that a hard link
keeps them whatever it does later. What is taken is what a Prometheus finds at its start that was killed at
that moment: its log is there for that.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.backup.places import BackupError

HELD = Path("snapshots/dvc-backup")
"""Within its data: a folder that Prometheus itself does not look at."""
_BLOCK = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_LOGS = {"wal", "wbl", "chunks_head"}
"""Of each the newest file is written on: it is copied."""
_UNFINISHED = ".tmp"
"""What is being written or deleted; it did not happen."""


def hold(data: Path) -> None:
    """Links the data of a Prometheus that stands still. What an earlier, aborted backup left is removed.

    Raises BackupError where it does not stand still.
    """
    release(data)
    held = data / HELD
    before = _seen(data)
    try:
        newest = _newest(data, before)
        for file in sorted(before):
            target = held / file.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            if file in newest:
                shutil.copy2(file, target)
            else:
                target.hardlink_to(file)
    except BaseException:
        release(data)
        raise
    if _seen(data) != before:
        release(data)
        raise BackupError(f"the Prometheus on {data} does not stand still")


def release(data: Path) -> None:
    """Removes what `hold` made."""
    shutil.rmtree(data / HELD, ignore_errors=True)


def _seen(data: Path) -> dict[Path, tuple[int, int, int]]:
    """What Prometheus reads at its start, with what changes whenever a file does."""
    found = {}
    for file in _files(data):
        about = file.stat()
        found[file] = (about.st_ino, about.st_size, about.st_mtime_ns)
    return found


def _files(data: Path) -> Iterator[Path]:
    for top in data.iterdir():
        if top.is_dir() and (top.name in _LOGS or _BLOCK.fullmatch(top.name)):
            for folder, below, files in os.walk(top):
                below[:] = [one for one in below if _UNFINISHED not in one]
                yield from (Path(folder, one) for one in files if _UNFINISHED not in one)


def _newest(data: Path, found: Iterable[Path]) -> set[Path]:
    """The newest file of each log; their names are numbers, padded to one width."""
    logs = [[file for file in found if file.parent == data / log] for log in _LOGS]
    return {max(files) for files in logs if files}

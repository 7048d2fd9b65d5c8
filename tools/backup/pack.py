"""Places -> one file, written beside its name and moved there when it is whole."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from tools.backup.manifest import FILE, Kept, Manifest, encode
from tools.backup.places import OWNED, BackupError

_PRIVATE = 0o600
_LEVEL = 1
"""Pages and blocks are compressed already: gzip is there for its checksum and for the configuration."""


class _Hashing(io.RawIOBase):
    """Reads a file and remembers the checksum of what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        part = self._file.read(size)
        self.digest.update(part)
        return part


def pack(found: Iterable[tuple[str, Path]], target: Path, head: Manifest) -> Manifest:
    """Writes a backup of files by their path in it, readable by its owner alone; its manifest.

    The manifest is `head` and what was written. A file that is gone when its turn comes is left out: the
    archive deletes what has become too old. Raises BackupError when the target is there already or cannot be
    written.
    """
    if target.exists():
        raise BackupError(f"{target} is there already: a backup overwrites nothing")
    partial = target.with_name(f".{target.name}.partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
        with (
            os.fdopen(handle, "wb") as file,
            tarfile.open(
                fileobj=file, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=_LEVEL, dereference=True
            ) as tar,
        ):
            manifest = replace(head, files=list(_added(tar, found)))
            text = encode(manifest)
            tar.addfile(_header(FILE, len(text), _PRIVATE, head.made.timestamp()), io.BytesIO(text))
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.rename(target)
    except OSError as error:
        raise BackupError(f"the backup could not be written to {target}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _added(tar: tarfile.TarFile, found: Iterable[tuple[str, Path]]) -> Iterable[Kept]:
    # By place, device and inode: hard links stay one file on the disk, also where they are put back.
    first: dict[tuple[str, int, int], Kept] = {}
    for name, path in found:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        place = name.split("/")[0]
        with file:
            about = os.fstat(file.fileno())
            owner = (about.st_uid, about.st_gid) if place in OWNED else None
            inode = (place, about.st_dev, about.st_ino)
            earlier = first.get(inode) if about.st_nlink > 1 else None
            header = _header(name, about.st_size, about.st_mode & 0o777, about.st_mtime)
            if earlier is not None:
                header.type, header.linkname, header.size = tarfile.LNKTYPE, earlier.path, 0
                tar.addfile(header)
                yield replace(earlier, path=name, same_as=earlier.path)
                continue
            hashing = _Hashing(file)
            tar.addfile(header, hashing)
            kept = Kept(name, about.st_size, header.mode, hashing.digest.hexdigest(), owner)
            first[inode] = kept
            yield kept


def _header(name: str, size: int, mode: int, modified: float) -> tarfile.TarInfo:
    # Without owners: the accounts of another machine mean nothing here. Where they do, the manifest has them.
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, mode, int(modified)
    return header

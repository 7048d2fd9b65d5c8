"""A backup -> its files in a folder, once every byte of it has been held against its manifest."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.backup.manifest import FILE, LARGEST, Kept, Manifest, check_path, decode
from tools.backup.places import BackupError, Name

_CHUNK = 1 << 20
_PRIVATE = 0o700


def verify(backup: Path) -> Manifest:
    """Reads a backup whole. Raises BackupError unless it holds exactly what its manifest says."""
    found: dict[str, tuple[str | None, int, str]] = {}
    text: bytes | None = None
    with _opened(backup) as tar:
        for member in tar:
            if text is not None:
                raise BackupError(f"{backup} goes on after its manifest: it was changed after it was made")
            if member.name == FILE:
                text = _read(tar, member)
                continue
            name = check_path(member.name)
            if name in found:
                raise BackupError(f"{backup} holds {name} twice: it was changed after it was made")
            if member.islnk():
                found[name] = (member.linkname, 0, "")
            elif member.isreg():
                found[name] = (None, member.size, _digest(_content(tar, member)))
            else:
                raise BackupError(f"{backup} holds {name}, which is no file: it is not to be trusted")
    if text is None:
        raise BackupError(
            f"{backup} has no manifest: it is no backup of dvc-monitor, or only the start of one"
        )
    manifest = decode(text)
    _compare(manifest, found, backup)
    return manifest


def unpack(backup: Path, manifest: Manifest, folders: Mapping[Name, Path]) -> None:
    """Writes the files of each place into its folder, links as links, and sees them onto the disk.

    Only what the manifest of `verify` says is written, and each file is held against it once more. One pass
    for all places: a backup may hold years.
    """
    wanted = {kept.path: kept for kept in manifest.files if kept.path.split("/")[0] in folders}
    with _opened(backup) as tar:
        for member in tar:
            kept = wanted.get(member.name)
            if kept is None:
                continue
            into = folders[Name(kept.path.split("/")[0])]
            path = into / kept.path
            _make(path.parent)
            if kept.same_as is not None:
                os.link(into / kept.same_as, path)
                continue
            _write(_content(tar, member), path, kept)
            os.utime(path, (member.mtime, member.mtime))


def first(backup: Path, path: str) -> bytes | None:
    """One file of a backup that `verify` has read, where it is among those that stand before all others."""
    place, _, _ = path.partition("/")
    with _opened(backup) as tar:
        for member in tar:
            if member.name == path:
                return _read(tar, member)
            if not member.name.startswith(f"{place}/"):
                break
    return None


@contextmanager
def _opened(backup: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(backup, "r|gz") as tar:
            yield tar
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise BackupError(f"{backup} cannot be read as a backup: {error}") from error


def _compare(manifest: Manifest, found: dict[str, tuple[str | None, int, str]], backup: Path) -> None:
    said = {kept.path: kept for kept in manifest.files}
    if len(said) != len(manifest.files) or set(said) != set(found):
        odd = sorted(set(said) ^ set(found)) or ["a file twice"]
        raise BackupError(f"{backup} does not hold what its manifest says ({odd[0]}): it is broken")
    for path, kept in said.items():
        link, size, digest = found[path]
        if link != kept.same_as:
            raise BackupError(f"{path} in {backup} is not what the manifest says: the backup is broken")
        if kept.same_as is not None:
            first = said.get(kept.same_as)
            if first is None or first.same_as is not None or first.sha256 != kept.sha256:
                raise BackupError(f"{path} in {backup} shares a file that is not there: the backup is broken")
        elif (size, digest) != (kept.size, kept.sha256):
            raise BackupError(f"{path} in {backup} has another checksum than when it was made: it is broken")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise BackupError(f"{member.name} has no content: the backup is broken")
    return file


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if not member.isreg() or member.size > LARGEST:
        raise BackupError("the manifest of this backup is no file that can be read: it is broken")
    return _content(tar, member).read()


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := file.read(_CHUNK):
        digest.update(part)
    return digest.hexdigest()


def _make(folder: Path) -> None:
    # `parents=True` would leave those above open to everybody.
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(_PRIVATE)


def _write(file: IO[bytes], path: Path, kept: Kept) -> None:
    digest = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        while part := file.read(_CHUNK):
            digest.update(part)
            out.write(part)
        out.flush()
        os.fsync(out.fileno())
    if digest.hexdigest() != kept.sha256:
        raise BackupError(
            f"{kept.path} changed between two readings of the backup; try again from a sound disk"
        )
    path.chmod(kept.mode)

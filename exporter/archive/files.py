"""The disk under the archive: files that are there whole or not at all, and nothing else is touched.

Symbolic links below the archive's own directory are never followed, neither to read nor to delete.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from exporter.archive.layout import (
    MANIFEST,
    DamagedError,
    is_page_file,
    is_partial,
    partial_name,
)

DIRECTORY_MODE: Final = 0o750
FILE_MODE: Final = 0o640
ABANDONED_SECONDS: Final = 3600.0
"""A writer that has not touched its directory for this long was killed."""
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a pipe in the place of a file must not hold the start up for ever.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_GZIP = 31
"""zlib's word for "with gzip's header and trailer"."""

_ADVICE = {
    errno.ENOSPC: "Free space there, or point archive.directory in exporter.yaml to another disk.",
    errno.EROFS: "Mount it writable, or point archive.directory in exporter.yaml to another disk.",
    errno.EACCES: "Give the exporter's user write access to it.",
    errno.EIO: "The disk reports errors: check it, and replace it.",
    errno.ENOTDIR: "A file stands where a directory should be: move it away.",
    errno.EEXIST: "Something of that name is there already: move it away.",
    errno.ELOOP: "A symbolic link stands where a directory should be: move it away.",
}
_SAME_ADVICE = {
    errno.EDQUOT: errno.ENOSPC,
    errno.EFBIG: errno.ENOSPC,
    errno.EPERM: errno.EACCES,
    errno.ENOTEMPTY: errno.EEXIST,
}


def advice(fault: OSError) -> str:
    """What went wrong on the disk, and one sentence that says what to do."""
    number = fault.errno or 0
    todo = _ADVICE.get(_SAME_ADVICE.get(number, number), "Check the disk and archive.directory.")
    return f"{(fault.strerror or type(fault).__name__).lower()}. {todo}"


def make_directory(path: Path) -> None:
    """Make a directory with its parents, durably and closed to the world; one that is there is fine.

    Raises OSError, also when a symbolic link stands there: what is kept would end up elsewhere.
    """
    try:
        path.mkdir(DIRECTORY_MODE)
    except FileNotFoundError:
        make_directory(path.parent)
        make_directory(path)
    except FileExistsError:
        _require_directory(path)
    else:
        sync_directory(path.parent)


def write_file(path: Path, content: bytes) -> None:
    """Write a new file and see it onto the disk. Raises OSError, also when it exists."""
    descriptor = os.open(path, _WRITE, FILE_MODE)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """See a directory's entries onto the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_file(path: str, cap: int) -> bytes:
    """A regular file of at most `cap` bytes. Raises DamagedError, and OSError when it is not there."""
    descriptor = os.open(path, _READ)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise DamagedError("is not a regular file")
        if state.st_size > cap:
            raise DamagedError(f"has {state.st_size} bytes on disk, more than the {cap} that are credible")
        content = b""
        while len(content) < state.st_size:
            more = os.read(descriptor, state.st_size - len(content))
            if not more:
                raise DamagedError("became shorter while it was read")
            content += more
    finally:
        os.close(descriptor)
    return content


def read_body(path: str, size: int) -> bytes:
    """The body in a compressed file, which must have exactly `size` bytes.

    However far the file would unpack, no more than that is unpacked. Raises DamagedError, OSError.
    """
    packed = read_file(path, size + size // 1000 + 1024)
    unpacker = zlib.decompressobj(_GZIP)
    try:
        body = unpacker.decompress(packed, size + 1)
    except zlib.error as fault:
        raise DamagedError("is not what gzip wrote") from fault
    if not unpacker.eof or unpacker.unused_data or len(body) != size:
        raise DamagedError(f"does not unpack to the {size} bytes that its manifest says")
    return body


def subdirectories(path: str) -> list[str]:
    """Names of the directories in a directory (links do not count), sorted; none when it is not there.

    Raises OSError when it cannot be read.
    """
    try:
        with os.scandir(path) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError:
        return []


def discard(source: Path, *inside: str, collection: str) -> bool:
    """Delete one collection's directory, `inside` its source's; False when it is not one of ours.

    Ours is: a real directory with a manifest (unless it is a partial one) and otherwise only files
    of pages. It is first moved out of every reader's sight, so that being killed midway leaves
    nothing that counts. All steps go by open directories, so that none can be swapped for a link.
    Raises OSError.
    """
    with contextlib.ExitStack() as stack:
        try:
            home = parent = stack.enter_context(_opened(source))
            for name in inside:
                parent = stack.enter_context(_opened(name, parent))
            own = stack.enter_context(_opened(collection, parent))
            with os.scandir(own) as entries:
                names = [entry.name for entry in entries]
            if not _is_ours(own, names, partial=is_partial(collection)):
                return False
            grave = partial_name(collection.partition(".")[0])
            os.rename(collection, grave, src_dir_fd=parent, dst_dir_fd=home)
        except FileNotFoundError:
            return True  # another process deleted it meanwhile
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=own)
        with contextlib.suppress(FileNotFoundError):
            os.rmdir(grave, dir_fd=home)
    return True


def abandoned(source: Path) -> list[str]:
    """Names of partial directories in a source's that a killed process left behind. Raises OSError."""
    left = []
    for name in subdirectories(str(source)):
        if is_partial(name):
            with contextlib.suppress(FileNotFoundError):
                # The machine's own time: file times know nothing of the clock of a rehearsal.
                if time.time() - (source / name).lstat().st_mtime > ABANDONED_SECONDS:
                    left.append(name)
    return left


@contextlib.contextmanager
def _opened(name: str | Path, inside: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, _OPEN_DIRECTORY, dir_fd=inside)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_ours(directory: int, names: list[str], *, partial: bool) -> bool:
    if not partial and MANIFEST not in names:
        return False
    if not all(name == MANIFEST or is_page_file(name) for name in names):
        return False
    return all(stat.S_ISREG(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode) for name in names)


def _require_directory(path: Path) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if not stat.S_ISDIR(mode):
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))

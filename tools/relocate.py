"""Runs a program unpacked anywhere although its files are looked for where its package installs them.

Debian's Alertmanager opens its own templates under the folder that is compiled into it, and will not start
without them. In the unpacked copy that folder's name is replaced, byte for byte and as long as it was,
by the name of a file descriptor, and a small script opens the true folder under that descriptor
before it becomes the program. Nothing needs to be installed, and the checkout may lie anywhere.
"""

from __future__ import annotations

import shutil
from pathlib import Path

DESCRIPTOR = 9
"""Which file descriptor the folder is opened under; shells can name those up to 9."""

_SCRIPT = """#!/bin/sh
# Opens the folder of the program's own files where the program will look for it; see tools/relocate.py.
set -eu
own=$(dirname "$(readlink -f "$0")")/../lib/{name}
exec {descriptor}<"$own/share"
exec "$own/{name}" "$@"
"""


class RelocationError(Exception):
    """The program does not name the folder it was said to, or by too short a name."""


def relocated(program: bytes, folder: str) -> bytes:
    """The program with `folder`, an absolute path compiled into it, replaced. Raises RelocationError.

    Longer paths below that folder are replaced as well, which is what they need.
    """
    old = folder.encode()
    new = f"/proc/self/fd/{DESCRIPTOR}".encode()
    if len(old) < len(new) or old not in program:
        raise RelocationError(f"the program does not look for its files in {folder}")
    return program.replace(old, new.ljust(len(old), b"/"))


def place(binary: Path, share: Path, folder: str, target: Path) -> None:
    """Puts a program at `target` (in a folder bin), and it and its files in the folder lib beside that.

    `share` holds its files, which it looks for in `folder`. Raises RelocationError.
    """
    own = target.parent.parent / "lib" / target.name
    fresh = own.with_name(f"{own.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    shutil.copytree(share, fresh / "share")
    (fresh / target.name).write_bytes(relocated(binary.read_bytes(), folder))
    (fresh / target.name).chmod(0o755)
    shutil.rmtree(own, ignore_errors=True)
    fresh.rename(own)
    target.parent.mkdir(parents=True, exist_ok=True)
    script = target.with_name(f"{target.name}.new")
    script.write_text(_SCRIPT.format(name=target.name, descriptor=DESCRIPTOR), "utf-8")
    script.chmod(0o755)
    # What stands there may be a link to a program elsewhere: the link is replaced, never what it points to.
    script.replace(target)

"""Programs that cannot live in the project's folder: installed into the system, where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence

from tools.binaries import ToolError

SECONDS = 900.0
"""How long apt-get may take."""

Run = Callable[[Sequence[str]], object]
Say = Callable[[str], object]


def bring_package(program: str, packages: Sequence[str], say: Say, run: Run | None, advice: str = "") -> None:
    """Sees to it that a program is on PATH; the last package is the one that has it.

    Raises ToolError where it is not to be had; `advice` is what else can be done.
    """
    if shutil.which(program) is not None:
        return
    package = packages[-1]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ToolError(f"{program} is missing; on Debian: sudo apt-get install {package}{advice}")
    say(f"{program}: installing Debian's package")
    for command in (
        ("apt-get", "-qq", "update"),
        ("apt-get", "-qq", "install", "--yes", "--no-install-recommends", *packages),
    ):
        (run or _run)(command)


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(
            command,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        said = " / ".join(error.stderr.strip().splitlines()[-3:])
        raise ToolError(f"`{' '.join(command[:3])}` failed: {said}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(f"`{' '.join(command[:3])}` failed: {error}") from error

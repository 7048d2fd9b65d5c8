"""The browser in which tests look at the wall: Debian's Chromium, installed where it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.binaries import ToolError

VARIABLE = "DVC_CHROMIUM"
"""The environment variable that points to one."""
NAME = "chromium"
FONTS = "fonts-liberation"
"""What stands in for Arial, as on most screens: Chromium by itself brings no font at all."""
SECONDS = 900.0
"""How long apt-get may take."""

Run = Callable[[Sequence[str]], object]


def installed_browser() -> Path:
    """The browser to use: what the variable points to, else what PATH has. Raises ToolError without one."""
    chosen = os.environ.get(VARIABLE)
    if chosen and shutil.which(chosen) is None:
        raise ToolError(f"{VARIABLE}={chosen} is no program that runs here")
    found = chosen or shutil.which(NAME)
    if found is None:
        raise ToolError(
            f"{NAME} is missing: run `make tools` as root, which installs Debian's package, or set {VARIABLE}"
        )
    return Path(found)


def bring_browser(say: Callable[[str], object], run: Run | None = None) -> Path:
    """Sees to it that there is a browser, and says where it came from.

    Its many libraries are the system's, so unlike the other tools it cannot live in the project's folder.
    Raises ToolError where none is to be had.
    """
    if not os.environ.get(VARIABLE) and shutil.which(NAME) is None:
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise ToolError(f"{NAME} is missing; on Debian: sudo apt-get install {NAME}, or set {VARIABLE}")
        say(f"{NAME}: installing Debian's package")
        for command in (
            ("apt-get", "-qq", "update"),
            ("apt-get", "-qq", "install", "--yes", "--no-install-recommends", FONTS, NAME),
        ):
            (run or _run)(command)
    browser = installed_browser()
    say(f"{NAME}: {browser}")
    return browser


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

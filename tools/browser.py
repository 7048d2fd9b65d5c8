"""The browser in which tests look at the wall: Debian's Chromium, installed where it is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.binaries import ToolError
from tools.system import Run, Say, bring_package

VARIABLE = "DVC_CHROMIUM"
"""The environment variable that points to one."""
NAME = "chromium"
FONTS = "fonts-liberation"
"""What stands in for Arial, as on most screens: Chromium by itself brings no font at all."""


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


def bring_browser(say: Say, run: Run | None = None) -> Path:
    """Sees to it that there is a browser, and says where it came from.

    Its many libraries are the system's, so unlike the other tools it cannot live in the project's folder.
    Raises ToolError where none is to be had.
    """
    if not os.environ.get(VARIABLE):
        bring_package(NAME, (FONTS, NAME), say, run, f", or set {VARIABLE}")
    browser = installed_browser()
    say(f"{NAME}: {browser}")
    return browser

"""systemd's own checker of units: of the system, installed where it is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.binaries import ToolError
from tools.system import Run, Say, bring_package

NAME = "systemd-analyze"
PACKAGE = "systemd"


def installed_analyser() -> Path:
    """Where it is. Raises ToolError without one."""
    found = shutil.which(NAME)
    if found is None:
        raise ToolError(f"{NAME} is missing: run `make tools` as root, which installs Debian's {PACKAGE}")
    return Path(found)


def bring_analyser(say: Say, run: Run | None = None) -> Path:
    """Sees to it that there is one, and says where. Raises ToolError where none is to be had."""
    bring_package(NAME, (PACKAGE,), say, run)
    found = installed_analyser()
    say(f"{NAME}: {found}")
    return found

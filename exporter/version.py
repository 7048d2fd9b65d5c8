"""Which version of the exporter runs, and on which Python."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PYTHON = platform.python_version()
"""Version of the interpreter, e.g. `3.11.7`."""


@cache
def exporter_version(distribution: str = "dvc-monitor") -> str:
    """Version of the installed package; `unknown` when it runs from a bare checkout."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"

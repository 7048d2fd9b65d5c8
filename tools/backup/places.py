"""Where on this machine the things are that cannot be made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class BackupError(Exception):
    """A backup cannot be made or put back; the message says why and what to do."""


class Name(StrEnum):
    """What is kept; also the first folder of every path in a backup."""

    CONFIG = "config"
    """What operators edit, with the private contacts."""
    ARCHIVE = "archive"
    """Every page that was read: the proof of every figure."""
    PROMETHEUS = "prometheus"
    """The history of all series."""
    ALERTMANAGER = "alertmanager"
    """Whom it told what, and the silences."""
    RECORD = "record"
    """The record of every mail, which is only ever written on; a single file."""
    GRAFANA = "grafana"
    """Its database: accounts, the walls' organisation, what people made by hand."""


SHARED = {Name.CONFIG}
"""Folders that a fresh checkout already has files in: they are put back file by file."""
SINGLE = {Name.RECORD}
"""Places that are one file."""

Places = Mapping[Name, Path]

CHECKOUT: Places = {
    Name.CONFIG: Path("config"),
    Name.ARCHIVE: Path("var/archive"),
    Name.PROMETHEUS: Path("var/prometheus"),
    Name.ALERTMANAGER: Path("var/alertmanager"),
    Name.RECORD: Path("var/run/alertmanager/told.jsonl"),
}
"""As `make run` lays things out, against the root of the checkout."""
SYSTEM: Places = {
    Name.CONFIG: Path("/etc/dvc-monitor"),
    Name.ARCHIVE: Path("/var/lib/dvc-monitor/archive"),
    Name.PROMETHEUS: Path("/var/lib/dvc-prometheus/data"),
    Name.ALERTMANAGER: Path("/var/lib/dvc-alertmanager/data"),
    Name.RECORD: Path("/var/lib/dvc-alertmanager/told.jsonl"),
    Name.GRAFANA: Path("/var/lib/grafana"),
}
"""As the units in deploy/systemd lay things out; Grafana as Debian users know it."""
LAYOUTS: Mapping[str, Places] = {"checkout": CHECKOUT, "system": SYSTEM, "none": {}}
"""By the name that the command knows them by."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are asked while they run."""

    prometheus: str = "http://127.0.0.1:9090"
    alertmanager: str = "http://127.0.0.1:9093"


def places(layout: str, root: Path, given: Iterable[str]) -> Places:
    """The places of a layout against `root`, some of them given as `name=path`; an empty path leaves one out.

    Raises BackupError for a name that is none.
    """
    found = {name: root / path for name, path in LAYOUTS[layout].items()}
    for text in given:
        word, sign, path = text.partition("=")
        if not sign or word not in set(Name):
            raise BackupError(f"'{text}' names no place; write NAME=PATH with one of: {', '.join(Name)}")
        if path:
            found[Name(word)] = Path(path)
        else:
            found.pop(Name(word), None)
    return found

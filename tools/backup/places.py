"""Where on this machine the things are that cannot be made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path


class BackupError(Exception):
    """A backup cannot be made or put back; the message says why and what to do."""


class Name(StrEnum):
    """What is kept; also the first folder of every path in a backup."""

    SETTINGS = "settings"
    """`.env`, which says how a stack of containers is started: first, since the rest is put back by it."""
    SECRETS = "secrets"
    """Files that no service but one may read: contacts, passwords, keys; each with its owner."""
    CONFIG = "config"
    """What operators edit, with the private contacts."""
    ARCHIVE = "archive"
    """Every page that was read: the proof of every figure."""
    PROMETHEUS = "prometheus"
    """The history of all series."""
    PROMETHEUS_B = "prometheus-b"
    ALERTMANAGER = "alertmanager"
    """Whom it told what, and the silences."""
    ALERTMANAGER_B = "alertmanager-b"
    ALERTMANAGER_C = "alertmanager-c"
    RECORD = "record"
    """The record of every mail, which is only ever written on; a single file."""
    GRAFANA = "grafana"
    """Its database: accounts, the walls' organisation, what people made by hand."""

    @property
    def kind(self) -> str:
        """Which server's it is, whichever one of several."""
        return self.value.partition("-")[0]


SHARED = {Name.CONFIG}
"""Folders that a fresh checkout already has files in: they are put back file by file."""
SINGLE = {Name.SETTINGS, Name.RECORD}
"""Places that are one file."""
OWNED = {Name.SECRETS}
"""Places whose files belong to several users, by numbers that mean the same on every machine."""

Places = Mapping[Name, Path]


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are asked while they run."""

    prometheus: str = "http://127.0.0.1:9090"
    alertmanagers: Mapping[Name, str] = field(
        default_factory=lambda: {Name.ALERTMANAGER: "http://127.0.0.1:9093"}
    )

    def instead(self, prometheus: str | None, alertmanager: str | None) -> Servers:
        """These, but for what is said."""
        given = {Name.ALERTMANAGER: alertmanager} if alertmanager else {}
        return Servers(prometheus or self.prometheus, {**self.alertmanagers, **given})


@dataclass(frozen=True, slots=True)
class Volume:
    """A folder that is mounted: what is in it is put back, never the folder itself."""

    user: int
    """Whose it is in the container that works with it, also when it is new."""
    group: int
    folders: int | None = None
    """The mode of it and of the folders in it; None: closed to all others, and itself as it is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is in one way of running the stack."""

    name: str
    places: Places
    servers: Servers = field(default_factory=Servers)
    volumes: Mapping[Name, Volume] = field(default_factory=dict)
    """Places that are mounted."""
    apart: frozenset[Name] = frozenset()
    """Places that whoever calls puts back."""


def with_places(layout: Layout, root: Path, given: Iterable[str]) -> Layout:
    """A layout against `root`, some of its places given as `name=path`; an empty path leaves one out.

    Raises BackupError for a name that is none.
    """
    found = {name: root / path for name, path in layout.places.items()}
    for text in given:
        word, sign, path = text.partition("=")
        if not sign or word not in set(Name):
            raise BackupError(f"'{text}' names no place; write NAME=PATH with one of: {', '.join(Name)}")
        if path:
            found[Name(word)] = Path(path)
        else:
            found.pop(Name(word), None)
    return replace(layout, places=found)

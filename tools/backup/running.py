"""What is asked of the servers, so that what is copied while they run is whole."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests

from tools.backup.places import BackupError

SECONDS = 300.0
"""How long Prometheus may take for a snapshot of years."""
PATIENCE = 150.0
"""How long is waited for Alertmanager to write its memory; it does so every `maintenance`."""
_ASK = 10.0


def version(url: str, path: str) -> str | None:
    """What a server says it is; None where nobody listens. Raises BackupError for a strange answer."""
    try:
        answer = requests.get(url + path, timeout=_ASK)
        answer.raise_for_status()
        data = answer.json()
        found = data.get("data", data.get("versionInfo"))["version"]
    except requests.ConnectionError:
        return None
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{url} does not answer as it should: {error}") from error
    return str(found)


@contextmanager
def prometheus_files(url: str, data: Path) -> Iterator[tuple[Path, str]]:
    """A folder in which Prometheus's data stand still, and how they were taken.

    Running: a snapshot, hard links that it makes itself and that are removed afterwards. Stopped: its
    folder. Raises BackupError where neither is to be had.
    """
    if version(url, "/api/v1/status/buildinfo") is None:
        with locked(data):
            yield data, "the folder of a Prometheus that was stopped"
        return
    snapshot = data / "snapshots" / _snapshot(url)
    if not snapshot.is_dir():
        raise BackupError(
            f"the Prometheus at {url} made a snapshot, but not in {snapshot}: it keeps its data elsewhere; "
            "say where with --place prometheus=PATH"
        )
    try:
        yield snapshot, "a snapshot of a Prometheus that was running"
    finally:
        shutil.rmtree(snapshot, ignore_errors=True)


def _snapshot(url: str) -> str:
    try:
        answer = requests.post(f"{url}/api/v1/admin/tsdb/snapshot", timeout=SECONDS)
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise BackupError(f"the Prometheus at {url} made no snapshot: {error}") from error
    if "admin APIs disabled" in str(said.get("error")):
        raise BackupError(
            f"the Prometheus at {url} makes no snapshots: start it with --web.enable-admin-api on a loopback "
            "address, or stop it and make the backup then"
        )
    if not answer.ok:
        raise BackupError(f"the Prometheus at {url} made no snapshot: {said.get('error')}")
    name = str(said["data"]["name"])
    if not name or "/" in name or name.startswith("."):
        raise BackupError(f"the Prometheus at {url} names a snapshot {name!r}, which is no name")
    return name


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Keeps Prometheus from starting on a folder. Raises BackupError while one runs on it."""
    lock = data / "lock"
    if not lock.is_file():
        yield
        return
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupError(
                f"a Prometheus runs on {data}, but not where it is asked; say where with --prometheus-url; "
                "of containers, deploy/backup.sh makes it stand still first"
            ) from error
        yield


def fresh_memory(
    url: str,
    data: Path,
    begun: float,
    patience: float = PATIENCE,
    pause: Callable[[float], object] = time.sleep,
) -> str:
    """Waits until Alertmanager has written down what it told until `begun` (Unix seconds).

    Says how its memory was taken. Raises BackupError when it does not write.
    """
    if version(url, "/api/v2/status") is None:
        return "the memory of an Alertmanager that was stopped"
    memory = data / "nflog"
    waited = 0.0
    while not memory.is_file() or memory.stat().st_mtime < begun:
        if waited >= patience:
            raise BackupError(
                f"the Alertmanager at {url} has not written {memory} for {patience:.0f} s: it keeps its "
                "memory elsewhere (--place alertmanager=PATH), or its --data.maintenance-interval is longer "
                "(--patience)"
            )
        pause(0.2)
        waited += 0.2
    return "its memory, written while the backup was made"


def copy_database(source: Path, target: Path) -> None:
    """A whole copy of an SQLite database that may be in use. Raises BackupError where it is none."""
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise BackupError(f"{source} is no database that can be copied: {error}") from error
    target.chmod(0o600)

"""Who was told what, out of everything that Alertmanager writes down.

Its event recorder cannot be told what to leave out: an alert that stands is a line of 2 kB at every
evaluation, some hundred gigabytes a year where many stand, against a few lines for mails. So what it
writes is taken away from time to time, and the lines about mails and silences are kept for good.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

logger = logging.getLogger(__name__)

TAKEN = ".taken-"
"""Begins the ending of the file that is being worked on; behind it stands how long the record was before."""
SETTLED = 2.0
"""Seconds after which Alertmanager no longer writes into a file that was renamed: it notices by itself."""
KEPT = frozenset(
    {
        "notification",
        "silenceCreated",
        "silenceUpdated",
        "alertmanagerStartupEvent",
        "alertmanagerShutdownEvent",
    }
)
"""Whom it told, who silenced what, and when it did not run."""


def distil(events: Path, record: Path, *, settled: float = SETTLED) -> int:
    """Moves what is to be kept from Alertmanager's events to the end of the record; gives how many lines.

    Killed at any moment, the next call begins again where this one began: what was taken is put away only
    when its lines are on the disk, and none is written twice. A line that is no event (torn by a crash) is
    logged and dropped. Raises OSError, with everything still there.
    """
    taken = _left(events)
    if taken is None:
        before = record.stat().st_size if record.exists() else 0
        taken = events.with_name(f"{events.name}{TAKEN}{before}")
        try:
            events.rename(taken)
        except FileNotFoundError:
            return 0
    time.sleep(settled)
    before = int(taken.name.rpartition(TAKEN)[2])
    count = 0
    with record.open("ab") as file:
        if file.tell() > before:
            file.truncate(before)
        for line in _kept(taken):
            file.write(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    taken.unlink()
    return count


def waiting_since(events: Path) -> datetime | None:
    """When the oldest event was written down that nobody has looked at; None: there is none to be read."""
    for path in (_left(events) or events, events):
        try:
            with path.open("rb") as file:
                return datetime.fromisoformat(json.loads(file.readline())["@timestamp"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _left(events: Path) -> Path | None:
    """What a call that was ended has left behind."""
    return next(events.parent.glob(f"{events.name}{TAKEN}*"), None)


def _kept(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                data = json.loads(line)["data"]
                wanted = not KEPT.isdisjoint(data)
            except (ValueError, KeyError, TypeError):
                logger.warning("%s, line %d: no event; it is dropped", path.name, number)
                continue
            if wanted:
                yield line if line.endswith(b"\n") else line + b"\n"

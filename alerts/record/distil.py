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

TAKEN = ".taken"
"""Ending of the file that is being worked on."""
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

    Killed at any moment, the next call goes on: what was taken is put away only when its lines are on
    the disk, and none is written twice. A line that is no event (torn by a crash) is logged and dropped.
    Raises OSError, with everything still there.
    """
    taken = events.with_name(events.name + TAKEN)
    again = taken.exists()
    if not again:
        try:
            events.rename(taken)
        except FileNotFoundError:
            return 0
        time.sleep(settled)
    known = _mended(record, taken.stat().st_size) if again else frozenset()
    count = 0
    with record.open("ab") as file:
        for line in _kept(taken):
            if line not in known:
                file.write(line)
                count += 1
        file.flush()
        os.fsync(file.fileno())
    taken.unlink()
    return count


def waiting_since(events: Path) -> datetime | None:
    """When the oldest event was written down that nobody has looked at; None: there is none to be read."""
    for path in (events.with_name(events.name + TAKEN), events):
        try:
            with path.open("rb") as file:
                return datetime.fromisoformat(json.loads(file.readline())["@timestamp"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


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


def _mended(record: Path, reach: int) -> frozenset[bytes]:
    """The whole lines at the end of the record, at least `reach` bytes; a torn last one is cut off."""
    if not record.exists():
        return frozenset()
    with record.open("r+b") as file:
        begin = max(record.stat().st_size - 2 * reach, 0)
        file.seek(begin)
        text = file.read()
        whole = text.rfind(b"\n") + 1
        file.truncate(begin + whole)
    return frozenset(text[:whole].splitlines(keepends=True))

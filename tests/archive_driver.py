"""Processes that are killed, limited or run side by side, for tests/test_archive_faults.py.

Run as a program of its own: forking is safe here, since there are no threads.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from exporter.archive.store import Archive, ArchiveError
from tests.archive_builders import HTML, NOON, run

STEPS = ("mkdir", "open", "write", "fsync", "link", "rename", "unlink", "rmdir")
BEFORE = run(NOON, [HTML, b"old"], id_="before")
DURING = run(NOON + timedelta(hours=1), [HTML, b"new" * 5000, b"more"], id_="during")


def kill_before_step(number: int) -> None:
    """From now on the process dies by SIGKILL before its n-th step on the disk; writing, halfway."""
    taken = 0

    def hooked(name: str, really: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **named: object) -> object:
            nonlocal taken
            taken += 1
            if taken == number:
                if name == "write":
                    content = bytes(args[1])  # type: ignore[call-overload]
                    really(args[0], content[: len(content) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return really(*args, **named)

        return step

    for name in STEPS:
        setattr(os, name, hooked(name, getattr(os, name)))


def survive(work: Path, prepare: Callable[[Archive], None], act: Callable[[Archive], object]) -> None:
    """Do it again and again in a new archive, killed one step later each time, until it is not killed."""
    number, killed = 0, True
    while killed:
        number += 1
        directory = work / f"{number:03d}"
        prepare(Archive(directory))
        child = os.fork()
        if child == 0:
            archive = Archive(directory)
            kill_before_step(number)
            act(archive)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status)
        if not killed and os.waitstatus_to_exitcode(status):
            sys.exit("the child failed")
    sys.stdout.write(str(number - 1))


def store_killed(work: Path) -> None:
    """Killed at every step of storing a second collection."""
    survive(work, lambda archive: archive.store(BEFORE), lambda archive: archive.store(DURING))


def prune_killed(work: Path) -> None:
    """Killed at every step of pruning three days to one collection each, or none."""

    def prepare(archive: Archive) -> None:
        for day in (NOON, NOON - timedelta(days=1), NOON - timedelta(days=2000)):
            for hour in range(3):
                moment = day + timedelta(hours=hour)
                archive.store(run(moment, [HTML], id_=f"{moment:%Y%m%dT%H}"))

    survive(work, prepare, lambda archive: archive.prune(date(2025, 3, 1)))


def killed_while_busy(work: Path) -> None:
    """A writer in a loop, killed from outside somewhere after it said that it stored its k-th."""
    chance = random.Random(805)  # noqa: S311 - the places where it is killed need only differ
    said: dict[str, list[str]] = {}
    for number in range(12):
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            archive = Archive(work / str(number))
            for turn in range(10_000):
                body = chance.randbytes(chance.randrange(20_000))
                archive.store(run(NOON + timedelta(seconds=turn), [HTML, body], id_=f"t{turn}"))
                os.write(theirs, b"x")
            os._exit(0)
        os.close(theirs)
        heard = 0
        while heard < 1 + number:
            heard += len(os.read(ours, 100))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while more := os.read(ours, 100):
            heard += len(more)
        os.close(ours)
        said[str(number)] = [f"t{turn}" for turn in range(heard)]
    sys.stdout.write(json.dumps(said))


def limited(work: Path) -> None:
    """The system lets no file grow beyond 4 KiB, as a full disk would."""
    archive = Archive(work)
    archive.store(BEFORE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    large = run(NOON + timedelta(hours=1), [random.Random(1).randbytes(100_000)])  # noqa: S311
    try:
        archive.store(large)
    except ArchiveError as error:
        sys.stdout.write(str(error))
    finally:
        # What else the process writes when it ends (such as its coverage) is not to be cut off.
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def busy(work: Path) -> None:
    """One of several writers: the first page is the same for all, the second is of this one."""
    archive = Archive(work)
    for turn in range(25):
        archive.store(run(NOON + timedelta(seconds=turn), [HTML, f"{os.getpid()} {turn}".encode()]))
        if turn % 5 == 0:
            archive.prune(NOON.date())


if __name__ == "__main__":
    MODES = {f.__name__: f for f in (store_killed, prune_killed, killed_while_busy, limited, busy)}
    MODES[sys.argv[1]](Path(sys.argv[2]))

"""Keeps the doors in step with their file, while the server runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from exporter.config.faults import ConfigError, Fault
from exporter.web.security.door import Door, Doors, Reader

EVERY_SECONDS = 1.0
"""How often the files are looked at: a few calls of `stat`, and never by whoever asks for a page."""

log = logging.getLogger(__name__)

Told = Callable[[str | None], object]
"""Hears what is wrong with the file in its newest form; None: nothing."""


def _untold(_: str | None) -> None:
    """Nobody listens."""


class Keeper:
    """Holds what the file says; a new form of it that is wrong or weaker leaves the old one in force.

    Raises ConfigError where the file cannot be used at start.
    """

    def __init__(self, path: Path, told: Told = _untold) -> None:
        self._path = path
        self._told = told
        self._reader = Reader(path)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._doors = self._reader.read()
        self._fault: str | None = None
        self._thread: threading.Thread | None = None

    @property
    def doors(self) -> Doors:
        """What is in force."""
        return self._doors

    @property
    def fault(self) -> str | None:
        """What is wrong with the newest form of the file; None: it is in force."""
        return self._fault

    def main(self) -> Door:
        """The exporter's own."""
        return self._doors.main

    def public(self) -> Door:
        """The one without passwords."""
        return self._doors.public

    def look(self) -> None:
        """Takes the file anew where it (or a file that it names) was changed since it was read."""
        with self._lock:
            before = self._fault
            # What failed is tried again: it may have been the machine's fault and not the file's.
            if before is None and not self._reader.changed():
                return
            try:
                fresh = self._fresh()
            except ConfigError as error:
                self._fault = str(error)
                if self._fault == before:
                    return
                log.error("web configuration not reloaded, the old one stays in force:\n%s", error)  # noqa: TRY400 - the text says it all
            else:
                self._doors, self._fault = fresh, None
                log.info("web configuration reloaded")
        self._told(self._fault)

    def start(self) -> None:
        """Looks from now on, in a thread of its own."""
        self._thread = threading.Thread(target=self._watch, name="web.config.file", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _fresh(self) -> Doors:
        """What the file says now. Raises ConfigError, also where it asks for less than before."""
        fresh = self._reader.read()
        if weaker := [*_weaker(str(self._path), self._doors.main, fresh.main)]:
            raise ConfigError(weaker)
        return fresh

    def _watch(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            try:
                self.look()
            except Exception:
                log.exception("the web configuration could not be looked at")


def _weaker(path: str, old: Door, new: Door) -> Iterator[Fault]:
    """What a running server does not give up: half a file, saved by an editor, must open no door."""
    for was, stays, what in (
        (old.tls is not None, new.tls is not None, "TLS"),
        (bool(old.users), bool(new.users), "passwords"),
        (
            old.tls is not None and old.tls.verifies,
            new.tls is not None and new.tls.verifies,
            "client certificates",
        ),
    ):
        if was and not stays:
            yield Fault(path, 0, 0, 0, "", f"no longer asks for {what}; if that is meant, restart")
    if old.tls is None and new.tls is not None:
        yield Fault(path, 0, 0, 0, "", "now asks for TLS, which takes a restart of the exporter")

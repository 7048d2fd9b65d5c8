"""What the log says of a source: once when it goes down, once when it is back."""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from exporter.sanitise import safe


class Transitions:
    """Turns the outcomes of collections into log lines at their changes. Used from several threads."""

    def __init__(self, log: logging.Logger | None = None) -> None:
        self._log = log if log is not None else logging.getLogger(__name__)
        self._lock = threading.Lock()
        self._down_since: dict[str, datetime] = {}

    def failed(self, source: str, reason: str, detail: str, at: datetime) -> None:
        """A collection failed at `at` (told time): a warning with the reason, unless it was down before."""
        with self._lock:
            if source in self._down_since:
                return
            self._down_since[source] = at
        self._log.warning("source %s is down: %s: %s", source, reason, safe(detail))

    def succeeded(self, source: str, at: datetime) -> None:
        """A collection succeeded at `at` (told time): when it was down, an info with for how long."""
        with self._lock:
            since = self._down_since.pop(source, None)
        if since is not None:
            span = timedelta(seconds=round((at - since).total_seconds()))
            self._log.info("source %s is back after %s", source, span)

    def down_since(self, source: str) -> datetime | None:
        """Told time of the first failure in a row; None while the source is up."""
        with self._lock:
            return self._down_since.get(source)

"""A deadline over everything that one request does, however slowly the other side drips."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


class DeadlinePassedError(Exception):
    """The time for the request is used up."""


class StoppedError(Exception):
    """The process is stopping: what was under way is given up."""


class Deadline:
    """Seconds from now within which name lookup, connect, TLS, headers and body must be done.

    Whatever waits asks `remaining` before each wait and never waits longer. `stop` ends such a wait
    from another thread, at once. Used as a context manager: on exit nothing it watched stays open.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._until = monotonic() + seconds
        self._lock = threading.Lock()
        self._stopped = False
        self._twins: list[socket.socket] = []
        self._waiters: list[threading.Event] = []
        self._closers: list[Callable[[], object]] = []

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self._monotonic() >= self._until

    def remaining(self) -> float:
        """Seconds left, above 0. Raises DeadlinePassedError or StoppedError when there are none."""
        if self._stopped:
            raise StoppedError
        left = self._until - self._monotonic()
        if left <= 0:
            raise DeadlinePassedError
        return left

    def watch(self, connection: socket.socket) -> None:
        """Let `stop` end the connection, also when TLS has taken the socket over."""
        # A duplicate of the descriptor stays ours and valid whatever happens to the original, so
        # another thread can shut the connection down without ever touching a descriptor used anew.
        twin = connection.dup()
        with self._lock:
            self._twins.append(twin)
            if self._stopped:
                _shut(twin)

    def close_at_end(self, close: Callable[[], object]) -> None:
        """Call `close` on exit, whether or not it was closed before."""
        # Not every path through urllib3 and http.client closes what it opened (a header that makes
        # no sense leaves it to the garbage collector).
        self._closers.append(close)

    def wait(self, event: threading.Event) -> None:
        """Wait until the event is set. Raises DeadlinePassedError or StoppedError when it was not."""
        with self._lock:
            self._waiters.append(event)
        if not event.wait(self.remaining()):
            raise DeadlinePassedError
        if self._stopped:
            raise StoppedError

    def stop(self) -> None:
        """End whatever waits on this deadline."""
        with self._lock:
            self._stopped = True
            for twin in self._twins:
                _shut(twin)
            for waiter in self._waiters:
                waiter.set()

    def __enter__(self) -> Self:
        """The deadline itself; it already runs."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close everything."""
        for close in reversed(self._closers):
            with suppress(OSError):
                close()
        self._closers.clear()
        with self._lock:
            for twin in self._twins:
                twin.close()
            self._twins.clear()
            self._waiters.clear()


def _shut(connection: socket.socket) -> None:
    """Shut both directions; one that is not (or no longer) connected is no fault."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

"""A portal that turned us away is left alone: one breaker for each host."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from exporter.clock import Clock
from exporter.errors import PortalError, Reason

LONGEST = timedelta(hours=24)
"""No host is left alone for longer without another try."""

_UNTIL = " is left alone until "


@dataclass
class _Host:
    """Until when a host is left alone (told time), and how often in a row it turned us away."""

    until: datetime
    rejections: int = 0


class Breaker:
    """Which hosts are left alone, and until when. Used from several threads.

    A rejection opens it for `cool_down`, the next one in a row for twice as long, up to 24 hours.
    When that time is over the next request is the one probe: a rejection opens it again, an answer
    forgets everything.
    """

    def __init__(self, clock: Clock, cool_down: timedelta) -> None:
        self._clock = clock
        self._cool_down = cool_down
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def check(self, host: str) -> None:
        """Raise PortalError (rejected) while the host is left alone; it says until when."""
        until = self.quiet_until(host)
        if until is not None:
            raise PortalError(
                Reason.REJECTED,
                f"nothing was asked: {left_alone(host, until)}",
                retry_after=(until - self._clock.now()).total_seconds(),
            )

    def quiet_until(self, host: str) -> datetime | None:
        """Told time until which nothing is asked; None when the next request goes out."""
        with self._lock:
            state = self._hosts.get(host)
            return state.until if state is not None and state.until > self._clock.now() else None

    def quiet_hosts(self) -> Mapping[str, datetime]:
        """Every host that is left alone at this moment, with the told time until when."""
        now = self._clock.now()
        with self._lock:
            return {host: state.until for host, state in self._hosts.items() if state.until > now}

    def probing(self, host: str) -> bool:
        """Whether the next request is the one probe after a rejection: it is not tried twice."""
        with self._lock:
            state = self._hosts.get(host)
            return state is not None and state.rejections > 0 and state.until <= self._clock.now()

    def reject(self, host: str, at_least: float | None = None) -> datetime:
        """The host turned us away: leave it alone, `at_least` as many seconds as it asked for."""
        with self._lock:
            before = self._hosts.get(host)
            rejections = (before.rejections if before is not None else 0) + 1
            # 2**20 cool-downs of a second are longer than 24 hours already.
            pause = min(self._cool_down * 2 ** min(rejections - 1, 20), LONGEST)
            if at_least is not None:
                pause = max(pause, _seconds(at_least))
            state = self._hosts[host] = _Host(self._clock.now() + pause, rejections)
            return state.until

    def rest(self, host: str, seconds: float) -> datetime:
        """The host asked for a rest without turning us away (Retry-After of a 503)."""
        with self._lock:
            before = self._hosts.get(host)
            until = self._clock.now() + _seconds(seconds)
            self._hosts[host] = _Host(until, before.rejections if before is not None else 0)
            return until

    def accept(self, host: str) -> None:
        """The host answered: what was is forgotten."""
        with self._lock:
            self._hosts.pop(host, None)

    def seed(self, host: str, until: datetime) -> None:
        """Carry on from before a restart or a reload, for one cool-down at most.

        So whoever shortens `cool_down` and reloads is heard, and an archive cannot silence us for long.
        """
        with self._lock:
            self._hosts[host] = _Host(min(until, self._clock.now() + self._cool_down), 1)


def left_alone(host: str, until: datetime) -> str:
    """The end of every detail that tells of an open breaker; `left_alone_until` reads it back."""
    return f"{host}{_UNTIL}{until.isoformat(timespec='seconds')}"


def left_alone_until(detail: str) -> datetime | None:
    """Until when a host is left alone by the detail of a failure (told time); None if it does not say.

    With it a restart takes over from the archive what the breaker had decided.
    """
    try:
        until = datetime.fromisoformat(detail.rpartition(_UNTIL)[2])
    except ValueError:
        return None
    return until if until.tzinfo is not None else None


def _seconds(asked: float) -> timedelta:
    """What a portal asked for, up to 24 hours."""
    return timedelta(seconds=min(asked, LONGEST.total_seconds()))

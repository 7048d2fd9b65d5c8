"""Asking portals like a good guest: one request at a time, with a total deadline, never too often."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from exporter.clock import Clock
from exporter.errors import PortalError, Reason
from exporter.fetch.breaker import Breaker, left_alone
from exporter.fetch.deadline import Deadline
from exporter.fetch.dial import Resolver
from exporter.fetch.exchange import Exchange, user_agent
from exporter.fetch.judge import PassingError, host_of
from exporter.sanitise import safe
from exporter.settings import FetchSettings
from exporter.sources.base import Page, Request

MAX_REDIRECTS = 5
SHORT_WAIT = 60.0
"""Seconds: a Retry-After up to this is waited for; a longer one leaves the host alone until then."""
LONGEST_BACKOFF = 300.0
"""Seconds between two tries at most, where the portal does not ask for more."""

logger = logging.getLogger(__name__)


@dataclass
class _Host:
    """What the fetcher knows of a host: who asks it now, and from when on it may be asked again."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    not_before: float = float("-inf")
    """Monotonic seconds."""


class Fetcher:
    """Fetches pages for several threads at once, but from each host one after the other.

    Proxies, passwords (.netrc) and certificate paths from the environment are ignored; cookies are
    not kept. TLS is always verified: against the usual certificates, or those in the file `verify`.

    `sleep` waits a number of seconds; the usual one ends early on `stop`. `chance` gives numbers
    from 0 to 1 for the jitter. `monotonic` is seconds on a clock that never jumps.
    """

    def __init__(  # noqa: PLR0913 - what a test puts in the machine's place
        self,
        settings: FetchSettings,
        clock: Clock,
        *,
        sleep: Callable[[float], object] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] | None = None,
        verify: Path | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._stopping = threading.Event()
        self._sleep = sleep if sleep is not None else self._stopping.wait
        self._monotonic = monotonic
        self._chance = chance if chance is not None else random.SystemRandom().random
        self._exchange = Exchange(user_agent(settings.contact), settings.max_bytes, clock, Resolver(), verify)
        self._breaker = Breaker(clock, settings.cool_down)
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._under_way: set[Deadline] = set()
        # urllib3 writes whole URLs, with whatever secret they hold, into its own log.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)

    def fetch(self, request: Request, *, within: float | None = None) -> Page:
        """The page that answers the request, after as many tries as the settings allow.

        Each try has the settings' `deadline` for everything from the name lookup to the last byte.
        `within` is how many seconds the whole may take, waiting for other requests to the same host
        included; without it there is no such limit. A POST is only a question here, so it is tried
        again like a GET.

        Raises PortalError with a reason of the closed list (never `schema`); after `stop` with
        reason `connection`. Nothing else is raised.
        """
        host = host_of(request.url)
        give_up = float("inf") if within is None else self._monotonic() + within
        self._breaker.check(host)
        with self._lock:
            state = self._hosts.setdefault(host, _Host())
        if not state.lock.acquire(timeout=-1 if within is None else max(within, 0.0)):
            raise _out_of_time()
        try:
            return self._tries(request, host, state, give_up)
        finally:
            state.lock.release()

    def quiet_until(self, url: str) -> datetime | None:
        """Told time until which the URL's host is left alone; None when it is not."""
        return self._breaker.quiet_until(host_of(url))

    def quiet_hosts(self) -> Mapping[str, datetime]:
        """Every host that is left alone at this moment, with the told time until when."""
        return self._breaker.quiet_hosts()

    def seed(self, host: str, until: datetime) -> None:
        """Leave a host (or the host of a URL) alone as was decided before a restart."""
        self._breaker.seed(host_of(host) if "//" in host else host.lower().rstrip("."), until)

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called: failures since then say nothing of a portal."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Give up all that is under way or waiting, at once and for good."""
        self._stopping.set()
        with self._lock:
            for deadline in self._under_way:
                deadline.stop()

    def _tries(self, request: Request, host: str, state: _Host, give_up: float) -> Page:
        """Ask until there is an answer or no sense in asking on; the host is ours alone meanwhile."""
        # While this thread waited for the host, another may have been turned away by it.
        self._breaker.check(host)
        tries = 1 if self._breaker.probing(host) else self._settings.retries + 1
        for number in range(tries):
            try:
                page = self._try(request, state, give_up)
            except PassingError as error:
                logger.debug("%s: try %d failed: %s", safe(request.url), number + 1, error)
                wait = self._wait_after(error, host, state, number)
                if number + 1 == tries or self._monotonic() + wait >= give_up:
                    raise
                self._pause(wait)
            except PortalError as error:
                logger.debug("%s failed: %s", safe(request.url), error)
                if error.reason is Reason.REJECTED:
                    raise self._rejected(error, host) from error
                raise
            else:
                self._breaker.accept(host)
                return page
        raise AssertionError  # pragma: no cover - the last try returns or raises

    def _wait_after(self, error: PassingError, host: str, state: _Host, number: int) -> float:
        """Seconds until the next try. Raises PortalError when the portal asks to be left alone for long."""
        wait = min(self._settings.backoff.total_seconds() * (1 << number), LONGEST_BACKOFF)
        wait *= 0.5 + self._chance()
        if error.retry_after is None:
            return wait
        if error.retry_after > SHORT_WAIT:
            until = self._breaker.rest(host, error.retry_after)
            raise self._left_alone(error, host, until) from error
        # Holds also for whoever asks this host next, if this was the last try.
        state.not_before = max(state.not_before, self._monotonic() + error.retry_after)
        return max(wait, error.retry_after)

    def _rejected(self, error: PortalError, host: str) -> PortalError:
        """The rejection, with the breaker opened."""
        return self._left_alone(error, host, self._breaker.reject(host, error.retry_after))

    def _left_alone(self, error: PortalError, host: str, until: datetime) -> PortalError:
        """The failure, with the detail saying until when its host is left alone."""
        seconds = (until - self._clock.now()).total_seconds()
        # Shortened, so that the end is still there where details are cut.
        detail = f"{safe(error.detail, 150)}; {left_alone(host, until)}"
        return PortalError(error.reason, detail, retry_after=seconds)

    def _try(self, request: Request, state: _Host, give_up: float) -> Page:
        """One try: the request and the redirects it leads through, under one deadline."""
        self._wait_turn(state, give_up)
        seconds = min(self._settings.deadline.total_seconds(), give_up - self._monotonic())
        with Deadline(seconds, self._monotonic) as deadline, self._listed(deadline):
            url, posted = request.url, request.json
            for _ in range(MAX_REDIRECTS + 1):
                try:
                    found = self._exchange.ask(request, url, posted, deadline)
                finally:
                    pause = self._settings.pause.total_seconds()
                    state.not_before = max(state.not_before, self._monotonic() + pause)
                if isinstance(found, Page):
                    return found
                url = found.url
                # As every client does: 307 and 308 repeat the question, the others ask by GET.
                posted = posted if found.status in {307, 308} else None
                self._wait_turn(state, give_up)
        raise PortalError(Reason.REJECTED, f"redirected more than {MAX_REDIRECTS} times, last to {safe(url)}")

    @contextmanager
    def _listed(self, deadline: Deadline) -> Iterator[None]:
        """Where `stop` finds the deadline."""
        with self._lock:
            self._under_way.add(deadline)
            if self._stopping.is_set():
                deadline.stop()
        try:
            yield
        finally:
            with self._lock:
                self._under_way.discard(deadline)

    def _wait_turn(self, state: _Host, give_up: float) -> None:
        """Wait until the host may be asked again. Raises PortalError (timeout) when that is too late."""
        now = self._monotonic()
        if max(now, state.not_before) >= give_up:
            raise _out_of_time()
        if state.not_before > now:
            self._pause(state.not_before - now)

    def _pause(self, seconds: float) -> None:
        """Sleep. Raises PortalError (connection) when that was ended by `stop`."""
        if not self._stopping.is_set():
            self._sleep(seconds)
        if self._stopping.is_set():
            raise PortalError(Reason.CONNECTION, "given up: the exporter is stopping")


def _out_of_time() -> PortalError:
    """The caller's own limit, not the portal's deadline."""
    return PortalError(Reason.TIMEOUT, "no time was left for this request")

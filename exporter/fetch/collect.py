"""One run of one source: ask, follow its pages, prove that they can be read."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from exporter.clock import Clock
from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.sanitise import redact, safe
from exporter.sources.base import Collection, Page, PartFailure, Request, Source

MAX_PAGES = 200
"""Pages of one part; a portal that offers more is leading us in circles."""
DEADLINE = timedelta(minutes=30)
"""For a whole collection."""
WHOLE = "*"
"""The part under which a failure stands that is of no one part."""


class Fetching(Protocol):
    """As much of a Fetcher as a collection uses."""

    def fetch(self, request: Request, *, within: float | None = None) -> Page:
        """The page. Raises PortalError."""
        ...


def run_collection(  # noqa: PLR0913 - the parts of the machine it runs on
    source_id: str,
    source: Source,
    fetcher: Fetching,
    clock: Clock,
    log: logging.Logger,
    *,
    deadline: timedelta = DEADLINE,
    monotonic: Callable[[], float] = time.monotonic,
    note: Callable[[str], object] | None = None,
) -> Collection:
    """Everything the source offers today, with a failure for each part that could not be had.

    A part that fails does not cost another; its pages so far are kept as evidence. Every complete
    part is parsed once to prove that it can be: what the source raises then is the part's failure,
    and an exception that no source should raise is logged with its traceback and counted as
    `schema`. `note` is called with each line of the collection's own log as it is written, without
    control characters. Raises nothing.
    """
    until = monotonic() + deadline.total_seconds()
    return _Run(source_id, source, fetcher, clock, log, until, monotonic, note).run()


@dataclass
class _Run:
    """The state of one collection while it runs."""

    source_id: str
    source: Source
    fetcher: Fetching
    clock: Clock
    log: logging.Logger
    until: float
    monotonic: Callable[[], float]
    note: Callable[[str], object] | None
    pages: list[Page] = field(default_factory=list)
    failures: list[PartFailure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self) -> Collection:
        """The collection, whatever happens."""
        started = self.clock.now()
        try:
            for requests in self._asked(started.date()):
                self._part(requests)
        except Exception as error:  # noqa: BLE001 - whatever a source does, there is a collection
            self._fail(WHOLE, Period.year_of(started.date()), "", self._as_portal_error(error))
        return Collection(
            id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}",
            source=self.source_id,
            started=started,
            finished=self.clock.now(),
            pages=tuple(self.pages),
            failures=tuple(self.failures),
            log=tuple(self.notes),
        )

    def _asked(self, today: date) -> Sequence[Sequence[Request]]:
        """The source's requests by part, in its order. Raises PortalError when there are none."""
        parts: dict[str, list[Request]] = {}
        for request in self.source.requests(today):
            parts.setdefault(request.part, []).append(request)
        if not parts:
            raise PortalError(Reason.SCHEMA, f"there is nothing to ask on {today.isoformat()}")
        return tuple(parts.values())

    def _part(self, requests: Sequence[Request]) -> None:
        """One part: its pages, and its failure if there is one."""
        asking = requests[0]
        begun = self.monotonic()
        pages: list[Page] = []
        try:
            for request in requests:
                asking = request
                pages.append(self._fetch(request))
            while (following := self.source.next_request(tuple(pages))) is not None:
                asking = following
                pages.append(self._next(following, pages))
            self.source.parse(tuple(pages))
        except Exception as error:  # noqa: BLE001 - one part's fault must not cost another
            self._fail(asking.part, asking.period, asking.url, self._as_portal_error(error))
        else:
            size = sum(len(page.body) for page in pages)
            self._note(f"{asking.part}: {len(pages)} pages, {size} bytes in {self.monotonic() - begun:.1f} s")

    def _next(self, request: Request, pages: Sequence[Page]) -> Page:
        """A following page. Raises PortalError (schema) when the paging does not end."""
        if len(pages) >= MAX_PAGES:
            raise PortalError(Reason.SCHEMA, f"the part has more than {MAX_PAGES} pages")
        if any((request.url, request.json) == (page.request.url, page.request.json) for page in pages):
            raise PortalError(Reason.SCHEMA, f"page {len(pages) + 1} would be one that was asked for before")
        page = self._fetch(request)
        for number, earlier in enumerate(pages, start=1):
            if page.sha256 == earlier.sha256:
                raise PortalError(Reason.SCHEMA, f"page {len(pages) + 1} repeats page {number}")
        return page

    def _fetch(self, request: Request) -> Page:
        """One page, kept whatever comes of its part."""
        left = self.until - self.monotonic()
        if left <= 0:
            raise PortalError(Reason.TIMEOUT, "the time for the whole collection is used up")
        page = self.fetcher.fetch(request, within=left)
        self.pages.append(page)
        return page

    def _as_portal_error(self, error: Exception) -> PortalError:
        """The error itself, or the `schema` that an exception stands for which should not happen."""
        if isinstance(error, PortalError):
            return error
        said = safe(f"{type(error).__name__}: {error}")
        # Only the frames as they are: the exception's own text may be the portal's.
        frames = "".join(traceback.format_tb(error.__traceback__))
        self.log.error(
            "source %s raised what no source should: %s\nTraceback (most recent call last):\n%s",
            self.source_id,
            said,
            frames,
        )
        return PortalError(Reason.SCHEMA, said)

    def _fail(self, part: str, period: Period, url: str, error: PortalError) -> None:
        detail = safe(error.detail)
        self.failures.append(
            PartFailure(part, period, redact(url), error.reason.value, detail, self.clock.now())
        )
        self._note(f"{part}: {error.reason.value}: {detail}")

    def _note(self, line: str) -> None:
        shown = safe(line, 400)
        self.notes.append(shown)
        self.log.debug("%s: %s", self.source_id, shown)
        if self.note is not None:
            self.note(shown)

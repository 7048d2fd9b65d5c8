"""What every portal family has in common: what it asks, what comes back, what that says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Literal, Protocol

from exporter.periods import Period

Expected = Literal["html", "json"]


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a portal. Pages of one `part` are parsed together and fail together."""

    part: str
    period: Period
    url: str
    expect: Expected
    json: Mapping[str, object] | None = None
    """Body of a POST; None asks by GET."""
    secrets: Mapping[str, str] | None = field(default=None, repr=False, compare=False)
    """Headers that only the portal may see: on its way to the portal a request has them, and nowhere else."""


@dataclass(frozen=True)
class Page:
    """One response, as it came: the evidence behind every figure."""

    request: Request
    url: str
    """Where the answer came from (after redirects within the host)."""
    status: int
    content_type: str
    body: bytes
    """After transfer and content decoding, before any decoding of characters."""
    fetched_at: datetime
    """Told time, aware."""

    @cached_property
    def sha256(self) -> str:
        """Of the body, in hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class PortalUnit:
    """A unit as the portal names it: not yet one of ours."""

    name: str
    code: str | None = None
    scope: str | None = None
    """What the row stands in: the district heading above it, its district column, or the page's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one row says of one indicator.

    `numerator` and `denominator` are counts; None: the portal gives none (a missing value is never
    a number). `fault` quotes what stood where a number should be and is none; the counts are then
    None. `total` marks a totals row: it is held against the sum of the rows, and is the province's
    own figure where its unit resolves to the province.
    """

    unit: PortalUnit
    indicator: str
    period: Period
    numerator: int | None
    denominator: int | None
    row: str
    """The row as the portal printed it, cells joined by " | "."""
    page: str
    """sha256 of the page it stands on."""
    fault: str | None = None
    total: bool = False


@dataclass(frozen=True, slots=True)
class PartReading:
    """All that one part of a collection says, with the time the portal says its figures are of."""

    readings: tuple[Reading, ...]
    as_of: datetime | None = None


class Source(Protocol):
    """One portal family with its options: says what to ask, and reads what came back.

    Pure: no method touches the network, the disk or the clock.
    """

    code_system: str | None
    """Which of a unit's `codes` the portal's codes belong to; None where it gives none."""

    def requests(self, today: date) -> Sequence[Request]:
        """What to ask on `today`, one or more requests for each part, in order."""
        ...

    def next_request(self, pages: Sequence[Page]) -> Request | None:
        """The next page of the part that `pages` are the first of; None when it is complete.

        Raises PortalError (decode, schema) when the last page cannot be understood.
        """
        ...

    def parse(self, pages: Sequence[Page]) -> PartReading:
        """What the pages of one part say.

        Raises PortalError (decode, schema) with a sentence that says what was expected.
        """
        ...


@dataclass(frozen=True, slots=True)
class PartFailure:
    """A part that could not be had, with the reason from the closed list."""

    part: str
    period: Period
    url: str
    reason: str
    detail: str
    at: datetime


@dataclass(frozen=True)
class Collection:
    """One run of one source: its pages and what failed. What the archive keeps and replays."""

    id: str
    source: str
    started: datetime
    finished: datetime
    pages: tuple[Page, ...]
    failures: tuple[PartFailure, ...] = ()
    log: tuple[str, ...] = ()
    """What the collector noted on the way, for the landing page."""

    @cached_property
    def parts(self) -> Mapping[str, tuple[Page, ...]]:
        """Its pages by part, without the parts that failed."""
        failed = {f.part for f in self.failures}
        found: dict[str, list[Page]] = {}
        for page in self.pages:
            if page.request.part not in failed:
                found.setdefault(page.request.part, []).append(page)
        return {part: tuple(pages) for part, pages in found.items()}

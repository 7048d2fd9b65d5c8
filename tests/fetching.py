"""What the tests of fetching share: a fetcher that sleeps for nobody, requests, and failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from exporter.clock import PROVINCE_TIME, FixedClock
from exporter.errors import PortalError
from exporter.fetch.fetcher import Fetcher
from exporter.periods import Period
from exporter.settings import FetchSettings
from exporter.sources.base import Expected, Page, Request

NOON = datetime(2024, 9, 16, 12, tzinfo=PROVINCE_TIME)
YEAR = Period.year_of(date(2024, 9, 16))


def request(url: str, expect: Expected = "json", json: Mapping[str, object] | None = None) -> Request:
    return Request("năm 2024", YEAR, url, expect, json)


@dataclass
class Bench:
    """A fetcher with everything around it that a test sets or looks at."""

    deadline: float = 2.0
    max_bytes: int = 100_000
    pause: float = 1.0
    retries: int = 0
    contact: str = ""
    verify: Path | None = None
    monotonic: Callable[[], float] = time.monotonic
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = FetchSettings(
            contact=self.contact,
            deadline=timedelta(seconds=self.deadline),
            max_bytes=self.max_bytes,
            pause=timedelta(seconds=self.pause),
            retries=self.retries,
            backoff=timedelta(seconds=5),
            cool_down=timedelta(hours=1),
        )
        self.fetcher = Fetcher(
            settings,
            self.clock,
            sleep=self.slept.append,
            monotonic=self.monotonic,
            chance=lambda: 0.5,
            verify=self.verify,
        )

    def get(self, url: str, expect: Expected = "json", json: Mapping[str, object] | None = None) -> Page:
        return self.fetcher.fetch(request(url, expect, json))

    def failure(
        self, url: str, expect: Expected = "json", json: Mapping[str, object] | None = None
    ) -> PortalError:
        with pytest.raises(PortalError) as caught:
            self.get(url, expect, json)
        return caught.value

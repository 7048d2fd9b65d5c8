"""A token bucket: so many requests at once, and one more in every interval."""

from __future__ import annotations

import time
from collections.abc import Callable

from exporter.web.security.door import Rate


class Bucket:
    """Full at first. `monotonic` is seconds on a clock that never jumps."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._rate: Rate | None = None
        self._tokens = 0.0
        self._at = 0.0

    def take(self, rate: Rate) -> bool:
        """Whether one more request is allowed at this rate. A rate that is new begins with a full bucket."""
        now = self._monotonic()
        if rate != self._rate:
            self._rate, self._tokens, self._at = rate, float(rate.burst), now
        self._tokens = min(self._tokens + (now - self._at) / rate.interval, float(rate.burst))
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

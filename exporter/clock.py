"""The one clock: time in the province, which for a demo or a rehearsal may run in another year."""

from __future__ import annotations

import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

PROVINCE_TIME = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock:
    """Tells the time in the province, `offset_seconds` away from real time (0 in real operation).

    Everything in the product asks a clock it was given and never the machine, so that tests set
    the time instead of waiting for it.
    """

    def __init__(self, offset_seconds: float = 0.0) -> None:
        self.offset_seconds = offset_seconds

    @classmethod
    def starting_on(cls, day: date | None) -> Clock:
        """A clock that tells `day` at today's time of day, and runs on from there; None: real time.

        The offset is a whole number of days, so a restart on the same day gives the same clock.
        """
        if day is None:
            return cls()
        today = datetime.now(PROVINCE_TIME).date()
        return cls((day - today).total_seconds())

    def now(self) -> datetime:
        """The told time, aware, in the province's zone."""
        return datetime.fromtimestamp(time.time() + self.offset_seconds, PROVINCE_TIME)

    def today(self) -> date:
        """The told date in the province."""
        return self.now().date()

    def unix(self, moment: datetime) -> float:
        """Real Unix time (seconds) of a told moment, so that ages computed by PromQL are right."""
        return moment.timestamp() - self.offset_seconds


class FixedClock(Clock):
    """A clock that stands until it is set: for tests, and for the figures of a past day."""

    def __init__(self, moment: datetime, offset_seconds: float = 0.0) -> None:
        super().__init__(offset_seconds)
        self.moment = moment

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.moment

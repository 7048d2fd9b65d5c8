"""When mails go out: the part `mailing:` of alerts.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import PlainValidator, model_validator

from exporter.config.fields import Duration
from exporter.config.yamlmodel import Model

ALWAYS = "always"
"""In place of working hours: mails go out at any time (demo, tests)."""
WEEK = timedelta(days=7)
EVENTS = "events.jsonl"
"""What Alertmanager itself writes down: everything it does, also what only fills a disk."""
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s?[-–]\s?([01]\d|2[0-3]):([0-5]\d)")

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday"]


@dataclass(frozen=True, slots=True)
class Hours:
    """The time of a working day in which heads are written to, in the province's zone."""

    first: time
    last: time
    """Exclusive: a mail at this very minute is too late."""

    @property
    def span(self) -> timedelta:
        """How long it is."""
        minutes = (self.last.hour - self.first.hour) * 60 + self.last.minute - self.first.minute
        return timedelta(minutes=minutes)

    def __str__(self) -> str:
        """`08:00-09:00`."""
        return f"{self.first:%H:%M}-{self.last:%H:%M}"


def parse_hours(value: object) -> Hours | None:
    """`08:00-09:00`, or `always` (None). Raises ValueError with advice."""
    if value is None or isinstance(value, Hours):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if text == ALWAYS:
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' are no hours; write them like 08:00-09:00, or always")
    first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if last <= first:
        raise ValueError(f"the hours {text} end before they begin; write them like 08:00-09:00")
    return Hours(first, last)


class Mailing(Model):
    """How often whom is written to. The defaults are those of real operation."""

    hours: Annotated[Hours | None, PlainValidator(parse_hours)] = Hours(time(8), time(9))
    """On working days; None: always. Heads get at most one mail in it, since it is one interval long."""
    interval: Duration = timedelta(hours=1)
    """Between two looks at what is new for a head when the hours are always; else they are as long."""
    wait: Duration = timedelta(minutes=1)
    """How long the first alert of a unit waits for the others, so that they are one mail."""
    repeat: Duration = timedelta(days=6, hours=12)
    """After which an unchanged state is told again; below 7 days, so that it is due on the same weekday."""
    digest: Duration = timedelta(hours=1)
    """Between two looks at what is new for a weekly mail when the hours are always."""
    weekday: Weekday = "monday"
    """Of the weekly mails; where it is a day off, the next working day of that week."""
    operators_wait: Duration = timedelta(seconds=30)
    operators_interval: Duration = timedelta(minutes=5)
    operators_repeat: Duration = timedelta(days=1)
    watchdog_repeat: Duration = timedelta(minutes=5)
    """How often the dead-man's switch is told that the chain is alive."""
    retention: Duration = timedelta(days=30)
    """How long Alertmanager remembers what it told whom; must exceed every repeat."""
    maintenance: Duration = timedelta(minutes=1)
    """How often that memory is written to disk; what was told since is told again after a `kill -9`."""
    record: Path = Path("told.jsonl")
    """Where the record of who was told what and when is kept; against the folder of Alertmanager's
    configuration. Beside it Alertmanager itself writes, into EVENTS, what the record is made from."""

    @property
    def window(self) -> timedelta:
        """The group interval of mails to heads."""
        return self.hours.span if self.hours else self.interval

    @property
    def weekly_wait(self) -> timedelta:
        """How long a weekly mail waits for what else is new."""
        return self.wait if self.hours else self.digest

    @property
    def weekly_window(self) -> timedelta:
        """The group interval of weekly mails."""
        return self.hours.span if self.hours else self.digest

    @model_validator(mode="after")
    def _as_meant(self) -> Self:
        """Refuses what Alertmanager would silently do otherwise than written."""
        if self.retention <= max(self.repeat, self.operators_repeat, self.watchdog_repeat):
            raise ValueError("retention must exceed every repeat: what is forgotten is told again")
        if self.hours and self.repeat + self.window > WEEK:
            raise ValueError(
                "repeat and the hours together exceed 7 days, so a weekly mail would slip to the eighth; "
                "write repeat like 6d12h"
            )
        return self


def duration(span: timedelta) -> str:
    """A span as Alertmanager writes it: `6d12h`, `90s` as `1m30s`."""
    seconds = int(span.total_seconds())
    parts = []
    for letter, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts) or "0s"

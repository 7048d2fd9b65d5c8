"""The shape of exporter.yaml."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from exporter.config.fields import Count, CountOrNone, Day, Duration, Filled, Pause, Share, Text, UnitId
from exporter.config.yamlmodel import Model
from exporter.config.yamltree import Items
from exporter.decision import Kind

_OURS = frozenset(
    {
        *("host", "connection", "content-length", "content-type", "transfer-encoding"),
        *("accept", "accept-encoding", "user-agent"),
    }
)
"""Headers that say what the exporter is and does."""
ALL = "all"
"""In place of a list of indicators: every one that applies to the kinds named."""
NOBODY = "none"
"""In place of a source: nobody publishes these figures."""


class ClockSettings(Model):
    """`clock:` - the day a demo or a rehearsal starts on; absent in real operation."""

    date: Day


class ArchiveSettings(Model):
    """`archive:` - where collections are kept, and for how long whole."""

    directory: Path
    keep_days: Count = 90
    replay_days: Count = 10
    """How many days of collections are read again at start."""


class FetchSettings(Model):
    """`fetch:` - how the exporter behaves as a guest of the portals."""

    contact: str = ""
    """E-mail or URL of whoever runs this, for the User-Agent."""
    deadline: Duration = timedelta(seconds=60)
    """For one request, from the first byte sent to the last received."""
    max_bytes: Count = 20_000_000
    """Size above which an answer is refused, also after decompression."""
    pause: Pause = timedelta(seconds=1)
    """Between two requests to one host."""
    retries: Annotated[CountOrNone, Field(le=10)] = 2
    backoff: Pause = timedelta(seconds=5)
    """Before the first retry; doubled before each further one."""
    cool_down: Duration = timedelta(hours=1)
    """How long a portal that rejected us is left alone."""


class QualitySettings(Model):
    """`quality:` - tolerances of the checks that withhold a reading."""

    fall: Share = 0.05
    """Share of a count that may be lost between two collections (ratio 0-1)."""
    jump: Share = 0.5
    """Share by which a count may exceed its expected growth (ratio 0-1)."""
    jump_at_least: CountOrNone = 50
    """Growth up to this count is never a jump."""
    standing_days: Count = 3
    """Days of collections after which a fallen or jumped reading that stands is accepted."""
    missing_in_sum: Share = 0.05
    """Share of the last complete denominator that may be missing from a sum (ratio 0-1)."""


def _header_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", name):
        raise ValueError(f"'{name}' is no name of a header; write it like X-Api-Key")
    if name.lower() in _OURS:
        raise ValueError(f"header {name} is the exporter's own; delete it here")
    return name


HeaderName = Annotated[str, AfterValidator(_header_name)]


class SourceSettings(Model):
    """One entry of `sources:`. `read` is the family's own options model once the file is loaded."""

    id: UnitId
    name: Text
    family: str
    every: Duration = timedelta(hours=6)
    validity: Duration = timedelta(hours=26)
    includes_communes: StrictBool = False
    """Whether a district's row already contains its communes."""
    simulated: StrictBool = False
    secret_headers: dict[HeaderName, Path] = Field(default_factory=dict)
    """By header: the file with its value, for a portal that demands a key. Never a part of the URL."""
    differs: dict[str, Text] = Field(default_factory=dict)
    """By indicator: how the portal's formula differs from the decision's (Vietnamese)."""
    read: Annotated[object, "the family's options"]


def _all(value: object) -> object:
    """`all` in the form of a list."""
    return (ALL,) if value == ALL else value


class Responsibility(Model):
    """One entry of `responsible:`; `source: none` says with its reason that nobody publishes it."""

    source: str
    kinds: Annotated[tuple[Kind, ...], Filled]
    indicators: Annotated[tuple[str, ...], Filled, BeforeValidator(_all)]
    """Indicator ids; `all` in the file stands for every one that applies to the kinds."""
    reason: str = ""


class Override(Model):
    """One entry of `accept:` or `hold:`: an operator's word on one figure."""

    unit: str
    indicator: str
    since: Day | None = None
    """From which day on it holds; without it past days are judged by it as well."""
    until: Day
    reason: Text
    by: Text


class Settings(Model):
    """exporter.yaml whole."""

    decision: Path = Path("targets.yaml")
    clock: ClockSettings | None = None
    archive: ArchiveSettings
    fetch: FetchSettings = FetchSettings()
    quality: QualitySettings = QualitySettings()
    sources: Annotated[tuple[SourceSettings, ...], Filled]
    responsible: Annotated[tuple[Responsibility, ...], Filled]
    accept: tuple[Override, ...] = ()
    hold: tuple[Override, ...] = ()

    def source_of(self, kind: Kind, indicator: str) -> str | None:
        """Id of the one source whose word is published for this kind and indicator; None: nobody's."""
        for entry in self.responsible:
            if kind in entry.kinds and indicator in entry.indicators:
                return None if entry.source == NOBODY else entry.source
        return None


STAND_INS = {
    "archive": {"directory": "."},
    "sources": Items([], cut=True),
    "responsible": Items([], cut=True),
}
"""In place of what is missing or wrong at the top of the file, so that the rest can be checked."""

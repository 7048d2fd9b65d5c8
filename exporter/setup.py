"""Everything that follows from the configuration files: built whole, before anything is replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from exporter.archive.store import Archive
from exporter.clock import Clock
from exporter.decision import Decision
from exporter.fetch.breaker import left_alone_until
from exporter.fetch.fetcher import Fetcher
from exporter.quality.history import Reader
from exporter.quality.state import SourceState
from exporter.settings import FetchSettings, Settings, load_config
from exporter.snapshot.replay import open_archive, readers, replay_source

MakeFetcher = Callable[[FetchSettings, Clock], Fetcher]
MakeClock = Callable[[Settings], Clock]


def told_clock(settings: Settings) -> Clock:
    """The clock that the settings ask for."""
    return Clock.starting_on(settings.clock.date if settings.clock else None)


@dataclass(frozen=True)
class Setup:
    """One configuration at work."""

    decision: Decision
    settings: Settings
    clock: Clock
    readers: Mapping[str, Reader]
    archive: Archive
    fetcher: Fetcher

    @classmethod
    def load(
        cls, config: Path, make_clock: MakeClock = told_clock, make_fetcher: MakeFetcher = Fetcher
    ) -> Setup:
        """Reads the files and builds all that they ask for. Raises ConfigError; touches nothing else."""
        decision, settings = load_config(config)
        clock = make_clock(settings)
        return cls(
            decision,
            settings,
            clock,
            readers(decision, settings),
            open_archive(settings),
            make_fetcher(settings.fetch, clock),
        )

    def replay(self) -> dict[str, SourceState]:
        """The states that follow from the archive; portals that rejected us are left alone still."""
        now = self.clock.now()
        told = self.clock.offset_seconds != 0
        states = {
            name: replay_source(reader, self.archive, now, told=told) for name, reader in self.readers.items()
        }
        for name in states:
            self._leave_alone(name)
        return states

    def _leave_alone(self, source: str) -> None:
        newest = self.archive.latest(source)
        for failure in newest.failures if newest else ():
            until = left_alone_until(failure.detail)
            if until is not None and failure.url and until > self.clock.now():
                self.fetcher.seed(failure.url, until)

    def due_in(self, source: str, state: SourceState) -> timedelta:
        """How long until a source should be read: a restart is no reason to ask a portal again."""
        if state.last_attempt is None:
            return timedelta(0)
        every = self.readers[source].settings.every
        wait = state.last_attempt + every - self.clock.now()
        return min(max(wait, timedelta(0)), every)

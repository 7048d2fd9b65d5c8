"""The exporter at work: reads each source on its schedule and swaps in a new snapshot after it."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from exporter.archive.store import ArchiveError
from exporter.clock import Clock
from exporter.config.faults import ConfigError
from exporter.fetch.collect import run_collection
from exporter.fetch.fetcher import Fetcher
from exporter.fetch.secret import WithSecrets
from exporter.metrics.exposition import Exposition, render, render_starting
from exporter.news import News
from exporter.quality.state import SourceState
from exporter.settings import Settings
from exporter.setup import MakeClock, MakeFetcher, Setup, told_clock
from exporter.snapshot.compose import compose
from exporter.snapshot.model import ReloadState, Run, Snapshot
from exporter.sources.base import Collection

log = logging.getLogger(__name__)

_PRUNE_EVERY = timedelta(days=1)
_STARTING = "Đang đọc lại kho lưu trữ, chưa có số liệu."


class Pipeline:
    """Holds the live configuration, the states of the sources and the newest snapshot.

    Safe to use from several threads. Raises ConfigError when the files cannot be used at start.
    """

    def __init__(
        self, config: Path, *, make_clock: MakeClock = told_clock, make_fetcher: MakeFetcher = Fetcher
    ) -> None:
        self._config = config
        self._make_clock, self._make_fetcher = make_clock, make_fetcher
        self._setup = Setup.load(config, make_clock, make_fetcher)
        self._lock = threading.RLock()
        self._states: dict[str, SourceState] = {}
        self._failures: dict[str, Counter[str]] = {}
        self._archive_failures = 0
        self._archive_ok = True
        self._reload = ReloadState(successful=True, at=self._setup.clock.now())
        self._beside: str | None = None
        self._snapshot: Snapshot | None = None
        self._exposition = render_starting(self._reload, self._setup.clock.offset_seconds)
        self._news = News()
        self._scheduler: BackgroundScheduler | None = None
        self._generation = 0

    @property
    def clock(self) -> Clock:
        """The clock of the configuration in force."""
        return self._setup.clock

    @property
    def setup(self) -> Setup:
        """The configuration in force."""
        return self._setup

    def settings(self) -> Settings:
        """What is in its file."""
        return self._setup.settings

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot; None before the first."""
        return self._snapshot

    def exposition(self) -> Exposition:
        """The newest snapshot's exposition."""
        return self._exposition

    def not_ready_reason(self) -> str | None:
        """Why it is too early to rely on the figures; None when it is not."""
        return None if self._snapshot is not None else _STARTING

    def replay(self) -> None:
        """Brings back what the archive knows, and publishes it."""
        with self._lock:
            self._states = self._setup.replay()
            self._publish()

    def start(self) -> None:
        """Reads each source from now on when it is due."""
        workers = ThreadPoolExecutor(max(len(self._setup.readers), 1) + 2)
        self._scheduler = BackgroundScheduler(
            executors={"default": workers},
            # A late job is run late, once: a schedule that silently skips is worse than a late one.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._schedule()
        self._scheduler.start()

    def stop(self) -> None:
        """Ends what is under way; nothing is lost, for a collection without manifest did not happen."""
        self._setup.fetcher.stop()
        # Taken away first: a job that wants to schedule another would wait for the end of itself.
        with self._lock:
            scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.shutdown(wait=True)

    def collect(self, source: str, note: Callable[[str], object] | None = None) -> Run | None:
        """Reads one source once; None when its configuration was replaced meanwhile. Raises nothing.

        `note` is called with each line of the collection's own log.
        """
        setup = self._setup
        reader = setup.readers[source]
        fetcher = WithSecrets(setup.fetcher, reader.settings.secret_headers)
        collection = run_collection(source, reader.source, fetcher, setup.clock, log, note=note)
        if setup.fetcher.stopped:
            return None
        return self.accept(setup, collection)

    def accept(self, setup: Setup, collection: Collection) -> Run | None:
        """Keeps a collection and publishes what follows from it."""
        self._keep(setup, collection)
        with self._lock:
            if setup is not self._setup:
                return None
            source = collection.source
            state, run = setup.readers[source].step(self._states.get(source, SourceState()), collection)
            self._states[source] = state
            self._failures.setdefault(source, Counter()).update(run.reasons)
            self._news.tell(source, state, run)
            self._publish()
        return run

    def reload(self) -> str | None:
        """Reads the configuration again: None when it is in force, else what is wrong with it."""
        try:
            fresh = Setup.load(self._config, self._make_clock, self._make_fetcher)
        except ConfigError as error:
            with self._lock:
                self._reload = ReloadState(successful=False, at=self._reload.at, error=str(error))
                self._publish()
            log.error("configuration not reloaded, the old one stays in force:\n%s", error)  # noqa: TRY400 - the text says it all
            return str(error)
        states = fresh.replay()
        with self._lock:
            old, self._setup = self._setup, fresh
            for host, until in old.fetcher.quiet_hosts().items():
                fresh.fetcher.seed(host, until)
            self._states = {name: self._newer(old, fresh, name, state) for name, state in states.items()}
            self._reload = ReloadState(successful=True, at=fresh.clock.now())
            self._publish()
            self._schedule()
        old.fetcher.stop()
        log.info("configuration reloaded")
        return None

    def report(self, fault: str | None) -> None:
        """What is wrong with a configuration file that others keep; None: nothing (any more).

        Told wherever a fault of our own is: a person looks in one place, one alert rings.
        """
        with self._lock:
            self._beside = fault
            if self._snapshot is not None:
                self._publish()

    def _reloaded(self) -> ReloadState:
        """How reading the configuration went, with what stands beside it."""
        if self._beside is None:
            return self._reload
        said = [text for text in (self._reload.error, self._beside) if text]
        return ReloadState(successful=False, at=self._reload.at, error="\n\n".join(said))

    def _newer(self, old: Setup, fresh: Setup, name: str, replayed: SourceState) -> SourceState:
        """The replayed state, unless what was known is newer and still means the same.

        The archive may lack a collection: it finished a moment ago, or the disk is full.
        """
        known = self._states.get(name)
        same_source = name in old.readers and old.readers[name].settings == fresh.readers[name].settings
        same_units = old.decision.units == fresh.decision.units
        same_time = old.clock.offset_seconds == fresh.clock.offset_seconds
        if known is None or known.last_attempt is None or not (same_source and same_units and same_time):
            return replayed
        if replayed.last_attempt is None or replayed.last_attempt < known.last_attempt:
            return known
        # The replay begins some days back and takes its first figures for new ones.
        return replace(replayed, last_change=known.last_change)

    def refresh(self) -> None:
        """Publishes anew without a collection: a validity has ended, or a day."""
        with self._lock:
            self._publish()

    def _keep(self, setup: Setup, collection: Collection) -> None:
        try:
            setup.archive.store(collection, clock_offset_seconds=setup.clock.offset_seconds)
        except ArchiveError as error:
            with self._lock:
                self._archive_failures += max(len(collection.pages), 1)
                was_ok, self._archive_ok = self._archive_ok, False
            if was_ok:
                log.error("%s", error)  # noqa: TRY400 - an expected fault, told once
        else:
            with self._lock:
                was_ok, self._archive_ok = self._archive_ok, True
            if not was_ok:
                log.info("collections are kept again")

    def _publish(self) -> None:
        """Swaps in what is known now; where that fails the last snapshot stays, and grows old visibly."""
        try:
            self._compose(self._setup)
        except Exception:
            log.exception("no new snapshot could be made, the last one stays")

    def _compose(self, setup: Setup) -> None:
        snapshot = compose(
            setup.decision,
            setup.settings,
            self._states,
            setup.clock.now(),
            clock_offset_seconds=setup.clock.offset_seconds,
            failures=self._failures,
            archive_failures=self._archive_failures,
            archive_ok=self._archive_ok,
            reload=self._reloaded(),
            quiet_until=self._quiet(setup),
        )
        # The exposition first: whoever sees the new snapshot finds its bytes.
        self._exposition = render(snapshot)
        self._snapshot = snapshot
        self._wake_up_at(snapshot.expires)

    def _quiet(self, setup: Setup) -> dict[str, datetime]:
        found = {}
        for name, reader in setup.readers.items():
            asked = reader.source.requests(setup.clock.today())
            until = [setup.fetcher.quiet_until(request.url) for request in asked]
            latest = max((u for u in until if u is not None), default=None)
            if latest is not None:
                found[name] = latest
        return found

    def _schedule(self) -> None:
        if self._scheduler is None:
            return
        for job in self._scheduler.get_jobs():
            job.remove()
        self._generation += 1
        now = datetime.now(UTC)
        for name, reader in self._setup.readers.items():
            state = self._states.get(name, SourceState())
            self._scheduler.add_job(
                self.collect,
                "interval",
                args=[name],
                # A run of the configuration before may still be under way, and is no reason to skip.
                id=f"collect {name} {self._generation}",
                seconds=reader.settings.every.total_seconds(),
                next_run_time=now + self._setup.due_in(name, state),
            )
        self._scheduler.add_job(
            self._prune, "interval", id="prune", seconds=_PRUNE_EVERY.total_seconds(), next_run_time=now
        )
        if self._snapshot is not None:
            self._wake_up_at(self._snapshot.expires)

    def _wake_up_at(self, moment: datetime | None) -> None:
        if self._scheduler is None or moment is None:
            return
        wait = max(moment - self._setup.clock.now(), timedelta(seconds=1))
        real = datetime.now(UTC) + wait
        self._scheduler.add_job(self.refresh, "date", run_date=real, id="refresh", replace_existing=True)

    def _prune(self) -> None:
        if self._setup.clock.offset_seconds > 0:
            return  # a rehearsal of a later day must not take today's evidence for old
        try:
            self._setup.archive.prune(self._setup.clock.today())
        except (ArchiveError, OSError) as error:
            with self._lock:
                self._archive_failures += 1
            log.error("old collections could not be removed: %s", error)  # noqa: TRY400 - an expected fault

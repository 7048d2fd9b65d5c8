"""Brings back from the archive what was known: at start, after a reload, or as of a past day."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from exporter import sources
from exporter.archive.reader import MAX_PAGE_BYTES
from exporter.archive.store import Archive, StoredCollection
from exporter.decision import Decision
from exporter.quality.history import Reader, Seen
from exporter.quality.state import SourceState
from exporter.sanitise import redact
from exporter.settings import Settings
from exporter.snapshot.compose import compose
from exporter.snapshot.model import Snapshot

log = logging.getLogger(__name__)


def readers(decision: Decision, settings: Settings) -> Mapping[str, Reader]:
    """A reader for each configured source, by its id."""
    return {
        source.id: Reader(source, sources.FAMILIES[source.family].build(source.read), decision, settings)
        for source in settings.sources
    }


def open_archive(settings: Settings) -> Archive:
    """The archive that the settings name."""
    return Archive(
        settings.archive.directory,
        keep_days=settings.archive.keep_days,
        max_page_bytes=max(settings.fetch.max_bytes, MAX_PAGE_BYTES),
    )


def replay_source(reader: Reader, archive: Archive, until: datetime, *, told: bool) -> SourceState:
    """The state of one source after its archived collections of the last days up to `until`.

    Collections later than `until` are left alone: a demo that starts again begins its day anew. So
    are those of another time (`told`: the clock is set to another day) and those of other pages
    than the source asks for now: what they say is not what it would say.
    """
    since = until - timedelta(days=reader.config.archive.replay_days)
    state = SourceState()
    for stored in archive.collections(reader.settings.id, since, until):
        if (stored.clock_offset_seconds != 0) == told and _asked_the_same(reader, stored):
            try:
                state = _step(reader, state, stored)
            except Exception:  # one collection that cannot be read must not cost the others
                log.exception("source %s: collection %s could not be replayed", reader.settings.id, stored.id)
    return state


def _asked_the_same(reader: Reader, stored: StoredCollection) -> bool:
    """Whether the source would have asked these questions on that day."""
    asked = {(r.part, redact(r.url)) for r in reader.source.requests(stored.started.date())}
    hosts = {urlsplit(url).netloc for _, url in asked}
    first = {page.request.part: redact(page.request.url) for page in reversed(stored.pages)}
    failed = {urlsplit(failure.url).netloc for failure in stored.failures if failure.url}
    return set(first.items()) <= asked and failed <= hosts


def _step(reader: Reader, state: SourceState, stored: StoredCollection) -> SourceState:
    day = stored.finished.date()
    seen = {
        part: Seen(tuple(page.sha256 for page in pages), pages[0].request.period)
        for part, pages in stored.parts.items()
    }
    if not stored.failures and reader.brings_nothing_new(state, seen, day):
        after, _ = reader.step_unchanged(
            state, run_id=stored.id, started=stored.started, finished=stored.finished
        )
        return after
    collection = stored.load()
    if collection is None:
        return state
    after, _ = reader.step(state, collection)
    return after


def snapshot_at(decision: Decision, settings: Settings, moment: datetime) -> Snapshot:
    """The snapshot as it was at `moment`, derived anew from the archived bytes and nothing else."""
    archive = open_archive(settings)
    told = settings.clock is not None
    states = {
        name: replay_source(reader, archive, moment, told=told)
        for name, reader in readers(decision, settings).items()
    }
    return compose(decision, settings, states, moment)

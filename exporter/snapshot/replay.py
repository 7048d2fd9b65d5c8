"""Brings back from the archive what was known: at start, after a reload, or as of a past day."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from exporter import sources
from exporter.archive.reader import MAX_PAGE_BYTES
from exporter.archive.store import Archive, StoredCollection
from exporter.decision import Decision
from exporter.quality.history import Reader
from exporter.quality.state import SourceState
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


def replay_source(reader: Reader, archive: Archive, until: datetime) -> SourceState:
    """The state of one source after its archived collections of the last days up to `until`.

    Collections later than `until` are left alone: a demo that starts again begins its day anew.
    """
    since = until - timedelta(days=reader.config.archive.replay_days)
    state = SourceState()
    for stored in archive.collections(reader.settings.id, since, until):
        state = _step(reader, state, stored)
    return state


def _step(reader: Reader, state: SourceState, stored: StoredCollection) -> SourceState:
    day = stored.finished.date()
    if not stored.failures and reader.brings_nothing_new(state, stored.shas, day):
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
    states = {
        name: replay_source(reader, archive, moment) for name, reader in readers(decision, settings).items()
    }
    return compose(decision, settings, states, moment)

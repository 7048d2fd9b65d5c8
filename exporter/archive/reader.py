"""Reading the archive: what is damaged is logged once, counted and left out, and never stops the rest."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from exporter.archive import files, layout
from exporter.archive.format import Manifest, StoredPage, decode
from exporter.archive.layout import MANIFEST, DamagedError
from exporter.clock import PROVINCE_TIME
from exporter.sources.base import Collection, Page, PartFailure

MAX_PAGE_BYTES: Final = 64_000_000
"""Larger bodies are neither written nor unpacked, unless the archive is told otherwise."""
MAX_MANIFEST_BYTES: Final = 8_000_000
_logger = logging.getLogger(__name__)


class Damage:
    """What was found damaged: each place is logged and counted once, however often it is met."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    @property
    def count(self) -> int:
        """How many collections, pages or folders could not be read."""
        return len(self._seen)

    def note(self, where: str, what: str) -> None:
        """Remember, and log unless that was done before."""
        if where not in self._seen:
            self._seen.add(where)
            _logger.warning("archive: %s %s; it is skipped", where, what)


@dataclass(frozen=True, slots=True)
class StoredCollection:
    """A collection in the archive: its manifest in memory, its bodies on disk until asked for."""

    manifest: Manifest
    directory: str
    """Where it is kept."""
    damage: Damage
    max_page_bytes: int

    @property
    def id(self) -> str:
        """Its id."""
        return self.manifest.id

    @property
    def source(self) -> str:
        """Id of the source it is of."""
        return self.manifest.source

    @property
    def started(self) -> datetime:
        """When it was begun, told time."""
        return self.manifest.started

    @property
    def finished(self) -> datetime:
        """When it was done, told time."""
        return self.manifest.finished

    @property
    def clock_offset_seconds(self) -> float:
        """How far told time was from real time then (seconds; 0: real operation)."""
        return self.manifest.clock_offset_seconds

    @property
    def pages(self) -> tuple[StoredPage, ...]:
        """What is known of its pages without their bodies, in the order they came."""
        return self.manifest.pages

    @property
    def failures(self) -> tuple[PartFailure, ...]:
        """The parts that could not be had."""
        return self.manifest.failures

    @property
    def log(self) -> tuple[str, ...]:
        """What the collector noted on the way."""
        return self.manifest.log

    @property
    def parts(self) -> Mapping[str, tuple[StoredPage, ...]]:
        """Its pages by part, without the parts that failed: `Collection.parts` without bodies."""
        failed = {failure.part for failure in self.failures}
        found: dict[str, list[StoredPage]] = {}
        for page in self.pages:
            if page.request.part not in failed:
                found.setdefault(page.request.part, []).append(page)
        return {part: tuple(pages) for part, pages in found.items()}

    @property
    def shas(self) -> Mapping[str, tuple[str, ...]]:
        """By part, without those that failed: the sha256 of each page, to know what was seen before."""
        return {part: tuple(page.sha256 for page in pages) for part, pages in self.parts.items()}

    def load(self) -> Collection | None:
        """The whole collection, every body unpacked and held against its sha256.

        None when one is not what was kept; that is logged and counted.
        """
        kept = self.manifest
        pages: list[Page] = []
        for stored in kept.pages:
            page = self.load_page(stored)
            if page is None:
                return None
            pages.append(page)
        return Collection(
            id=kept.id,
            source=kept.source,
            started=kept.started,
            finished=kept.finished,
            pages=tuple(pages),
            failures=kept.failures,
            log=kept.log,
        )

    def load_page(self, page: StoredPage) -> Page | None:
        """One of `pages` with its body; None when that is not what was kept (logged and counted)."""
        path = f"{self.directory}/{page.file}"
        try:
            return self._load(path, page)
        except DamagedError as fault:
            what = str(fault)
        except OSError as fault:
            what = f"cannot be read: {files.advice(fault)}"
        # Gone as a whole: deleted by a running prune after it was listed, which is no damage.
        if os.path.lexists(self.directory):
            self.damage.note(path, what)
        return None

    def is_intact(self) -> bool:
        """Whether every body can be had. One at a time is held in memory."""
        return all(self.load_page(page) is not None for page in self.pages)

    def _load(self, path: str, page: StoredPage) -> Page:
        if page.size > self.max_page_bytes:
            raise DamagedError(f"has {page.size} bytes, more than the {self.max_page_bytes} allowed")
        loaded = page.with_body(files.read_body(path, page.size))
        if loaded.sha256 != page.sha256:
            raise DamagedError("does not have the sha256 that its manifest says")
        return loaded


class ArchiveReader:
    """What is kept under `directory`, which need not exist; bodies over `max_page_bytes` are refused."""

    def __init__(self, directory: Path, *, max_page_bytes: int = MAX_PAGE_BYTES) -> None:
        self.directory = directory
        self.max_page_bytes = max_page_bytes
        self.damage = Damage()

    @property
    def damaged(self) -> int:
        """How many damaged collections, pages or folders were met so far."""
        return self.damage.count

    def collections(
        self, source: str, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[StoredCollection]:
        """Collections begun from `since` to `until` (both included), oldest first.

        Lazy: a day's manifests are read when it is reached, and no other day's. What is damaged is
        logged, counted and left out.
        """
        first = since.astimezone(PROVINCE_TIME).date() if since else date.min
        last = until.astimezone(PROVINCE_TIME).date() if until else date.max
        for day, folder in self.days(source):
            if first <= day <= last:
                for stored in self._of_day(source, folder):
                    if (since is None or since <= stored.started) and (
                        until is None or stored.started <= until
                    ):
                        yield stored

    def latest(self, source: str) -> StoredCollection | None:
        """The collection that was begun last; None when there is none."""
        for _, folder in reversed(self.days(source)):
            if found := self._of_day(source, folder):
                return found[-1]
        return None

    def sources(self) -> tuple[str, ...]:
        """Ids of all sources that something is kept of, configured or not."""
        return tuple(name for name in self._list(str(self.directory)) if layout.is_source(name))

    def find(self, source: str, sha256: str) -> Page | None:
        """The page with that sha256, as it was last fetched; None when it is not (or no longer) kept."""
        wanted = sha256.encode()
        for _, folder in reversed(self.days(source)):
            for stored in reversed(self._of_day(source, folder, containing=wanted)):
                for page in stored.pages:
                    if page.sha256 == sha256 and (loaded := stored.load_page(page)):
                        return loaded
        return None

    def days(self, source: str) -> list[tuple[date, str]]:
        """The days that something of a source is kept of, with the names of their folders, oldest first."""
        if not layout.is_source(source):
            return []
        names = self._list(f"{self.directory}/{source}")
        return [(day, name) for name in names if (day := layout.day_of(name))]

    def names(self, source: str, folder: str) -> list[str]:
        """What in a day's folder is named as a collection is."""
        return [
            name for name in self._list(f"{self.directory}/{source}/{folder}") if layout.is_collection(name)
        ]

    def read(self, source: str, folder: str, name: str) -> StoredCollection:
        """One collection. Raises DamagedError, and OSError (where it has no manifest: FileNotFoundError)."""
        directory = f"{self.directory}/{source}/{folder}/{name}"
        return self._understand(self._raw(directory), directory, (source, folder, name))

    def _of_day(self, source: str, folder: str, *, containing: bytes = b"") -> list[StoredCollection]:
        found = []
        for name in self.names(source, folder):
            directory = f"{self.directory}/{source}/{folder}/{name}"
            try:
                raw = self._raw(directory)
                if containing in raw:
                    found.append(self._understand(raw, directory, (source, folder, name)))
            except FileNotFoundError:
                continue  # without a manifest it did not happen
            except DamagedError as fault:
                self.damage.note(directory, str(fault))
            except OSError as fault:
                self.damage.note(directory, f"cannot be read: {files.advice(fault)}")
        return sorted(found, key=lambda stored: (stored.started, stored.id))

    def _raw(self, directory: str) -> bytes:
        return files.read_file(f"{directory}/{MANIFEST}", MAX_MANIFEST_BYTES)

    def _understand(self, raw: bytes, directory: str, place: tuple[str, str, str]) -> StoredCollection:
        manifest = decode(raw)
        if place != (manifest.source, layout.day_folder(manifest.started), manifest.id):
            raise DamagedError("has the manifest of another collection")
        return StoredCollection(manifest, directory, self.damage, self.max_page_bytes)

    def _list(self, path: str) -> list[str]:
        try:
            return files.subdirectories(path)
        except OSError as fault:
            self.damage.note(path, f"cannot be read: {files.advice(fault)}")
            return []

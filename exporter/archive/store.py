"""The archive: the only state on disk. It keeps collections, and gives them back as they were.

    <directory>/<source>/<YYYY-MM-DD>/<id>/manifest.json
                                           00-<part>.html.gz

A collection is written beside its day's folder and moved there when it is whole, the manifest last;
what has no manifest did not happen. A page that has not changed since the source's previous
collection is a hard link to the file there, so that deleting either leaves the other.
"""

from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from exporter.archive import files, layout
from exporter.archive.format import StoredPage, encode
from exporter.archive.layout import MANIFEST, ArchiveError, DamagedError, new_collection_id
from exporter.archive.reader import MAX_MANIFEST_BYTES, MAX_PAGE_BYTES, ArchiveReader, StoredCollection
from exporter.archive.retention import Keep, by_worth, end_of_next_year, keep
from exporter.sources.base import Collection

__all__ = [
    "Archive",
    "ArchiveError",
    "DamagedError",
    "StoredCollection",
    "StoredPage",
    "end_of_next_year",
    "new_collection_id",
]

_LEVEL: Final = 6


class Archive(ArchiveReader):
    """Keeps collections under `directory`, which is made when the first is stored.

    `keep_days`: for how many days before today every collection is kept. `keep_daily_until`: the
    last day on which one collection per day is still kept, or a function that says it for each day.
    `max_page_bytes`: larger bodies are refused, when written and when read. Any number of processes
    may use one directory at a time.
    """

    def __init__(
        self,
        directory: Path,
        *,
        keep_days: int = 90,
        keep_daily_until: date | Callable[[date], date] = end_of_next_year,
        max_page_bytes: int = MAX_PAGE_BYTES,
    ) -> None:
        super().__init__(directory, max_page_bytes=max_page_bytes)
        self._keep_days = keep_days
        if isinstance(keep_daily_until, date):
            last = keep_daily_until
            self._keep_daily_until: Callable[[date], date] = lambda _: last
        else:
            self._keep_daily_until = keep_daily_until
        # By source: sha256 -> file, of the pages of the collection that was stored last.
        self._newest: dict[str, dict[str, Path]] = {}

    def store(self, collection: Collection, *, clock_offset_seconds: float = 0.0) -> None:
        """Keep a collection: afterwards it is on the disk as a whole, also if the power fails.

        Raises ArchiveError with a sentence that says what to do; then nothing of it counts, unless
        only the last step failed (seeing the move onto the disk), after which it may be there.
        """
        try:
            manifest = self._accept(collection, clock_offset_seconds)
            known = self._newest_of(collection.source)
            self._newest[collection.source] = self._write(collection, manifest, known)
        except OSError as fault:
            raise ArchiveError(
                f"the archive in {self.directory} could not keep collection {collection.id} of "
                f"{collection.source}: {files.advice(fault)}"
            ) from fault

    def prune(self, today: date) -> int:
        """Delete what need not be kept any longer; returns how many collections that were.

        Of a day that is no longer kept whole the last complete collection stays, provided that it is
        undamaged; else the next best. Deletes only what it recognises as its own: whatever else
        somebody put there stays. May be killed and run again at any time. Raises ArchiveError when
        something could not be deleted, after trying everything else.
        """
        deleted = 0
        faults: list[OSError] = []
        for source in self.sources():
            try:
                self._discard_abandoned(source)
            except OSError as fault:
                faults.append(fault)
            for day, folder in self.days(source):
                verdict = keep(day, today, keep_days=self._keep_days, keep_daily_until=self._keep_daily_until)
                if verdict is Keep.WHOLE:
                    continue
                for name in self._expendable(source, folder, verdict):
                    try:
                        deleted += self._discard(source, folder, name)
                    except OSError as fault:
                        faults.append(fault)
                with contextlib.suppress(OSError):
                    (self.directory / source / folder).rmdir()  # which it does only when it is empty
        if faults:
            raise ArchiveError(
                f"the archive in {self.directory} could not delete old collections: {files.advice(faults[0])}"
            ) from faults[0]
        return deleted

    def _accept(self, collection: Collection, clock_offset_seconds: float) -> bytes:
        if not layout.is_source(collection.source) or not layout.is_collection(collection.id):
            raise ArchiveError(
                f"{collection.source!r}/{collection.id!r} cannot name directories: use lower-case letters, "
                "digits and hyphens for the source, and new_collection_id() for the collection."
            )
        for page in collection.pages:
            if len(page.body) > self.max_page_bytes:
                raise ArchiveError(
                    f"a page of {collection.source} has {len(page.body)} bytes, more than the "
                    f"{self.max_page_bytes} that the archive keeps: lower fetch.max_bytes in exporter.yaml."
                )
        try:
            manifest = encode(collection, clock_offset_seconds=clock_offset_seconds)
        except (TypeError, ValueError, RecursionError) as fault:
            raise ArchiveError(f"collection {collection.id} cannot be written as JSON: {fault}") from fault
        if len(manifest) > MAX_MANIFEST_BYTES:
            raise ArchiveError(
                f"the manifest of {collection.id} would have {len(manifest)} bytes, more than the "
                f"{MAX_MANIFEST_BYTES} that are read again: collect less at a time."
            )
        return manifest

    def _write(self, collection: Collection, manifest: bytes, known: Mapping[str, Path]) -> dict[str, Path]:
        home = self.directory / collection.source
        folder = home / layout.day_folder(collection.started)
        goal = folder / collection.id
        partial = home / layout.partial_name(collection.id)
        files.make_directory(home)
        try:
            partial.mkdir(files.DIRECTORY_MODE)
            here = dict(known)
            for index, page in enumerate(collection.pages):
                path = partial / layout.page_file(index, page.request)
                if not _link(here.get(page.sha256), path, page.body):
                    files.write_file(path, gzip.compress(page.body, _LEVEL, mtime=0))
                here[page.sha256] = path
            files.write_file(partial / MANIFEST, manifest)
            files.sync_directory(partial)
            files.make_directory(folder)
            partial.rename(goal)
        except BaseException:
            # Also when the process is told to stop: what is left here would only take up space.
            with contextlib.suppress(OSError):
                files.discard(home, collection=partial.name)
            raise
        files.sync_directory(folder)
        files.sync_directory(home)
        return {page.sha256: goal / here[page.sha256].name for page in collection.pages}

    def _newest_of(self, source: str) -> Mapping[str, Path]:
        if source not in self._newest:
            with contextlib.suppress(OSError):  # what cannot be tidied up need not hold up what is new
                self._discard_abandoned(source)
            last = self.latest(source)
            pages = {page.sha256: Path(last.directory, page.file) for page in last.pages} if last else {}
            self._newest[source] = pages
        return self._newest[source]

    def _expendable(self, source: str, folder: str, verdict: Keep) -> list[str]:
        names = self.names(source, folder)
        if verdict is Keep.ONE and len(names) <= 1:
            return []  # thinned out before: a year of such days is not read again every night
        readable: list[StoredCollection] = []
        damaged: list[str] = []
        for name in names:
            try:
                readable.append(self.read(source, folder, name))
            except DamagedError as fault:
                if not fault.newer:
                    damaged.append(name)
            except OSError:
                continue  # what cannot be opened cannot be recognised
        if verdict is Keep.NOTHING:
            return [*damaged, *(stored.id for stored in readable)]
        survivor = next((stored for stored in by_worth(readable) if stored.is_intact()), None)
        if survivor is None:
            return []  # a damaged one may still be all the evidence there is of this day
        return [*damaged, *(stored.id for stored in readable if stored is not survivor)]

    def _discard_abandoned(self, source: str) -> None:
        for name in files.abandoned(self.directory / source):
            self._discard(source, name)

    def _discard(self, source: str, *place: str) -> bool:
        *inside, collection = place
        done = files.discard(self.directory / source, *inside, collection=collection)
        if not done:
            path = "/".join((str(self.directory), source, *place))
            self.damage.note(path, "holds something else than a collection and is not deleted")
        return done


def _link(earlier: Path | None, path: Path, body: bytes) -> bool:
    """Have `path` share the file of an earlier page, if that still holds `body`; whether that worked."""
    if earlier is None:
        return False
    try:
        # Read again, so that a damaged file is not handed on from one collection to the next.
        if files.read_body(str(earlier), len(body)) != body:
            return False
        os.link(earlier, path, follow_symlinks=False)
    except (DamagedError, OSError):
        return False  # deleted, damaged, too many links, or a disk that has none: written anew
    return True

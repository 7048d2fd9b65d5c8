"""Collections to keep, for the tests of the archive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from exporter.archive.store import Archive, StoredCollection, new_collection_id
from exporter.clock import PROVINCE_TIME
from exporter.periods import Period
from exporter.sources.base import Collection, Page, PartFailure, Request

SOURCE = "cong-tinh"
YEAR = Period("year", date(2024, 1, 1))
NOON = datetime(2024, 9, 16, 12, 0, tzinfo=PROVINCE_TIME)
HTML = "<table><tr><td>Xã Đô Lương</td><td>1.234</td></tr></table>".encode()


def page(body: bytes = HTML, part: str = "year", at: datetime = NOON) -> Page:
    """A page of a part."""
    url = "http://127.0.0.1:9808/thong-ke/don-vi?ky=nam&nam=2024"
    return Page(Request(part, YEAR, url, "html"), url, 200, "text/html; charset=utf-8", body, at)


def failure(part: str = "month", at: datetime = NOON) -> PartFailure:
    """A part that did not come."""
    return PartFailure(part, YEAR, "http://127.0.0.1:9808/", "timeout", "không trả lời trong 60 giây", at)


def run(
    at: datetime = NOON,
    bodies: Iterable[bytes] = (HTML,),
    *,
    failed: bool = False,
    id_: str = "",
    source: str = SOURCE,
) -> Collection:
    """A collection begun at a moment, one part for each body."""
    pages = tuple(page(body, f"part {number}", at) for number, body in enumerate(bodies))
    failures = (failure(at=at),) if failed else ()
    log = ("đã đọc",)
    return Collection(
        id_ or new_collection_id(at), source, at, at + timedelta(seconds=3), pages, failures, log
    )


def kept(archive: Archive, collection: Collection) -> StoredCollection:
    """Store, and take from the archive again."""
    archive.store(collection)
    return next(stored for stored in archive.collections(collection.source) if stored.id == collection.id)


def ids(archive: Archive, source: str = SOURCE) -> list[str]:
    """What readers see."""
    return [stored.id for stored in archive.collections(source)]


def folder(archive: Archive, collection: Collection) -> Path:
    """Where a collection stands."""
    return archive.directory / collection.source / f"{collection.started:%Y-%m-%d}" / collection.id


def tree(directory: Path) -> set[str]:
    """Every path below a directory."""
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}

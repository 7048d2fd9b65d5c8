"""The manifest of a collection: what is kept of it beside the bodies, as JSON and back.

Pure: nothing here touches the disk. A manifest is read as if a stranger had written it, since disks
fail and people edit: whatever does not fit raises DamagedError.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NoReturn

from exporter.archive.layout import DamagedError, is_page_file, page_file
from exporter.clock import PROVINCE_TIME
from exporter.periods import Period
from exporter.sanitise import redact
from exporter.sources.base import Collection, Page, PartFailure, Request

FORMAT: Final = 1
"""Version of the manifest. Raised when an older reader would misunderstand a newer file."""
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoredPage:
    """What the manifest says of one page; the body stays on disk until it is asked for."""

    request: Request
    url: str
    status: int
    content_type: str
    fetched_at: datetime
    """Told time, in the province's zone."""
    sha256: str
    """Of the body, in hexadecimal."""
    size: int
    """Bytes of the body, uncompressed."""
    file: str
    """Name beside the manifest."""

    def with_body(self, body: bytes) -> Page:
        """The page as it came."""
        return Page(self.request, self.url, self.status, self.content_type, body, self.fetched_at)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything of a collection but the bodies."""

    id: str
    source: str
    started: datetime
    """Told time, in the province's zone; so is `finished`."""
    finished: datetime
    pages: tuple[StoredPage, ...]
    failures: tuple[PartFailure, ...]
    log: tuple[str, ...]
    clock_offset_seconds: float
    """How far the told time was from real time (seconds; 0 in real operation)."""


def encode(collection: Collection, *, clock_offset_seconds: float) -> bytes:
    """The manifest of a collection, as it is written.

    Raises ValueError or TypeError for what JSON cannot say, and for a time without a zone.
    """
    content = {
        "format": FORMAT,
        "id": collection.id,
        "source": collection.source,
        "started": _told(collection.started),
        "finished": _told(collection.finished),
        "clock_offset_seconds": clock_offset_seconds,
        "pages": [_page(index, page) for index, page in enumerate(collection.pages)],
        "failures": [_failure(failure) for failure in collection.failures],
        "log": list(collection.log),
    }
    try:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        # Half a surrogate pair, quoted from a portal's JSON: escaped it stays what it was.
        return json.dumps(content, allow_nan=False, indent=1).encode() + b"\n"


def decode(raw: bytes) -> Manifest:
    """A manifest as it was written. Raises DamagedError."""
    try:
        content = _DECODER.decode(raw.decode())
        version = _count(content["format"])
        if version > FORMAT:
            what = f"was written by a newer version of the exporter (format {version}, known: {FORMAT})"
            raise DamagedError(what, newer=True)
        return Manifest(
            id=_text(content["id"]),
            source=_text(content["source"]),
            started=_moment(content["started"]),
            finished=_moment(content["finished"]),
            pages=tuple(_stored_page(entry) for entry in _items(content["pages"])),
            failures=tuple(_part_failure(entry) for entry in _items(content["failures"])),
            log=tuple(_text(line) for line in _items(content["log"])),
            clock_offset_seconds=_seconds(content["clock_offset_seconds"]),
        )
    except (LookupError, TypeError, ValueError, OverflowError, RecursionError) as fault:
        what = f"has a manifest that cannot be read ({type(fault).__name__})"
        raise DamagedError(what) from fault


def _told(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a collection's times must have a time zone")
    return moment.astimezone(PROVINCE_TIME).isoformat()


def _period(period: Period) -> dict[str, str]:
    return {"kind": period.kind, "start": period.start.isoformat()}


def _page(index: int, page: Page) -> dict[str, object]:
    request = page.request
    return {
        "file": page_file(index, request),
        "sha256": page.sha256,
        "bytes": len(page.body),
        "part": request.part,
        "period": _period(request.period),
        "request": {
            "url": redact(request.url),
            "expect": request.expect,
            "json": None if request.json is None else dict(request.json),
        },
        "url": page.url,
        "status": page.status,
        "content_type": page.content_type,
        "fetched_at": _told(page.fetched_at),
    }


def _failure(failure: PartFailure) -> dict[str, object]:
    return {
        "part": failure.part,
        "period": _period(failure.period),
        "url": failure.url,
        "reason": str(failure.reason),
        "detail": failure.detail,
        "at": _told(failure.at),
    }


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if type(value) is not int:  # bool is an int to isinstance
        raise TypeError
    if value < 0:
        raise ValueError
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not math.isfinite(value):
        raise ValueError
    return float(value)


def _items(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _fields(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(PROVINCE_TIME)


@functools.lru_cache(maxsize=256)
def _period_of(kind: str, start: str) -> Period:
    if kind not in ("year", "month"):
        raise ValueError
    return Period("year" if kind == "year" else "month", date.fromisoformat(start))


def _read_period(value: object) -> Period:
    fields = _fields(value)
    return _period_of(_text(fields["kind"]), _text(fields["start"]))


def _stored_page(entry: object) -> StoredPage:
    page = _fields(entry)
    asked = _fields(page["request"])
    expect, sha256, file = asked["expect"], _text(page["sha256"]), _text(page["file"])
    if expect not in ("html", "json") or not is_page_file(file) or not _SHA256.fullmatch(sha256):
        raise ValueError
    body = asked["json"]
    request = Request(
        part=_text(page["part"]),
        period=_read_period(page["period"]),
        url=_text(asked["url"]),
        expect="html" if expect == "html" else "json",
        json=None if body is None else _fields(body),
    )
    return StoredPage(
        request=request,
        url=_text(page["url"]),
        status=_count(page["status"]),
        content_type=_text(page["content_type"]),
        fetched_at=_moment(page["fetched_at"]),
        sha256=sha256,
        size=_count(page["bytes"]),
        file=file,
    )


def _part_failure(entry: object) -> PartFailure:
    failure = _fields(entry)
    return PartFailure(
        part=_text(failure["part"]),
        period=_read_period(failure["period"]),
        url=_text(failure["url"]),
        reason=_text(failure["reason"]),
        detail=_text(failure["detail"]),
        at=_moment(failure["at"]),
    )

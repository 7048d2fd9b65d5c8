"""What stands where in the archive and how it is named, and the errors that it knows. Pure."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import date, datetime
from typing import Final

from exporter.clock import PROVINCE_TIME
from exporter.sources.base import Request

MANIFEST: Final = "manifest.json"
PARTIAL: Final = ".partial"
"""How directories end that are being written or being deleted: no reader looks at them."""

_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,99}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]{0,99}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PAGE_FILE = re.compile(r"\d{2,6}-[a-z0-9-]{1,60}\.(?:html|json)\.gz", re.ASCII)
_PARTIAL_NAME = re.compile(rf"{_ID.pattern}\.[0-9a-f]{{8}}{re.escape(PARTIAL)}", re.ASCII)
_NOT_IN_FILE_NAMES = re.compile(r"[^a-z0-9]+")
_PART_LENGTH = 60


class ArchiveError(Exception):
    """The archive could not do what was asked; the message says in one sentence or two what to do."""


class DamagedError(ArchiveError):
    """A kept collection is not (or no longer) what its manifest says.

    `newer` marks one that a newer version of the exporter wrote: not damaged, but not for us.
    """

    def __init__(self, what: str, *, newer: bool = False) -> None:
        super().__init__(what)
        self.newer = newer


def new_collection_id(started: datetime) -> str:
    """An id that no other process makes, and that sorts by time: `20240916T081500-1f0c9a2e`."""
    return f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def is_source(name: str) -> bool:
    """Whether `name` may be the folder of a source."""
    return _SOURCE.fullmatch(name) is not None


def is_collection(name: str) -> bool:
    """Whether `name` may be the id of a collection, and so the name of its folder."""
    return _ID.fullmatch(name) is not None


def is_page_file(name: str) -> bool:
    """Whether `name` may be the file of a page."""
    return _PAGE_FILE.fullmatch(name) is not None


def is_partial(name: str) -> bool:
    """Whether `name` is a directory that was being written or being deleted."""
    return _PARTIAL_NAME.fullmatch(name) is not None


def partial_name(collection: str) -> str:
    """A fresh name for a directory that is being written or deleted."""
    return f"{collection}.{secrets.token_hex(4)}{PARTIAL}"


def day_of(name: str) -> date | None:
    """The day a folder is named after; None for any other name."""
    if _DAY.fullmatch(name) is None:
        return None
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def day_folder(started: datetime) -> str:
    """The folder of a collection: the day it started on in the province."""
    return started.astimezone(PROVINCE_TIME).date().isoformat()


def page_file(index: int, request: Request) -> str:
    """A file name that a person can read, whatever the part is called: `03-nam-2024.html.gz`."""
    plain = unicodedata.normalize("NFKD", request.part.lower().replace("đ", "d"))
    ascii_only = plain.encode("ascii", "ignore").decode("ascii")
    safe = _NOT_IN_FILE_NAMES.sub("-", ascii_only)[:_PART_LENGTH].strip("-")
    return f"{index:02d}-{safe or 'page'}.{request.expect}.gz"

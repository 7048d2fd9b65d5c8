"""The body of an answer: no larger than allowed, on the wire and after decompression."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Protocol

from exporter.errors import PortalError, Reason
from exporter.sanitise import safe

ACCEPTED_ENCODINGS = "gzip, deflate"
"""What is asked for: the encodings that can be undone within a bound."""

MAX_MEMBERS = 100
"""A gzip body may be several joined; a great many of them only cost time."""

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class _Decoder(Protocol):
    """Undoes a content encoding, never giving more than it is asked for."""

    def feed(self, data: bytes, room: int) -> bytes:
        """What the data says, at most `room` + 1 bytes of it (one more says that it is too much)."""
        ...

    def finish(self) -> None:
        """Raise PortalError (decode) when the body is not at its end."""
        ...


class _Identity:
    """No encoding."""

    def feed(self, data: bytes, room: int) -> bytes:
        return data[: room + 1]

    def finish(self) -> None:
        """Whether anything is missing is told by the transfer, not by the bytes."""


class _Inflater:
    """gzip (with joined members) or deflate (with or without the zlib header)."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._machine = zlib.decompressobj(_GZIP if kind == "gzip" else _ZLIB)
        self._members = 1
        self._begun = False

    def feed(self, data: bytes, room: int) -> bytes:
        found = bytearray()
        while data and len(found) <= room:
            if self._machine.eof:
                self._next_member()
            found += self._inflate(data, room + 1 - len(found))
            data = self._machine.unconsumed_tail or self._machine.unused_data
        return bytes(found)

    def _inflate(self, data: bytes, at_most: int) -> bytes:
        begun, self._begun = self._begun, True
        try:
            return self._machine.decompress(data, at_most)
        except zlib.error as error:
            if self._kind == "deflate" and not begun:
                # "deflate" means the zlib format, but some servers send it without its header.
                self._machine = zlib.decompressobj(_RAW)
                return self._inflate(data, at_most)
            raise PortalError(Reason.DECODE, f"the {self._kind} body is broken: {error}") from error

    def _next_member(self) -> None:
        self._members += 1
        if self._kind != "gzip" or self._members > MAX_MEMBERS:
            raise PortalError(Reason.DECODE, f"the {self._kind} body goes on after its end")
        self._machine = zlib.decompressobj(_GZIP)

    def finish(self) -> None:
        if not self._machine.eof:
            raise PortalError(Reason.DECODE, f"the {self._kind} body ends before its end")


def _decoder(encoding: str) -> _Decoder:
    """For a Content-Encoding header. Raises PortalError (decode) for one that was not asked for."""
    names = [name.strip().lower() for name in encoding.split(",")]
    match [name for name in names if name not in {"", "identity"}]:
        case []:
            return _Identity()
        case ["gzip" | "x-gzip"]:
            return _Inflater("gzip")
        case ["deflate"]:
            return _Inflater("deflate")
        case _:
            raise PortalError(
                Reason.DECODE,
                f"the body is encoded as {safe(encoding, 40)}, and only {ACCEPTED_ENCODINGS} was asked for",
            )


def read_body(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The decoded body of at most `limit` bytes, from raw chunks as they come.

    Raises PortalError: too_large as soon as the wire or the decoded bytes pass the limit, decode
    for a broken or unknown encoding. What the chunks themselves raise passes through.
    """
    decoder = _decoder(encoding)
    body = bytearray()
    wire = 0
    for chunk in chunks:
        wire += len(chunk)
        body += decoder.feed(chunk, limit - len(body))
        if max(wire, len(body)) > limit:
            raise PortalError(Reason.TOO_LARGE, f"the body is larger than {limit} bytes")
    # An empty body is reported as such, not as a gzip that ends too early.
    if wire:
        decoder.finish()
    return bytes(body)


def check_announced(length: str | None, limit: int) -> None:
    """Raise PortalError (too_large) when Content-Length already says that the body is over the limit."""
    if (
        length is not None
        and length.isascii()
        and length.isdecimal()
        and (len(length) > len(str(limit)) + 20 or int(length) > limit)
    ):
        raise PortalError(Reason.TOO_LARGE, f"the portal announces more than {limit} bytes")

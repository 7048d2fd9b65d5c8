"""Answers to what never becomes a request, given by the connection itself, with the usual headers."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from exporter.web.secured import secure
from exporter.web.security.door import Door
from exporter.web.security.headers import put


def refusal(status: int, door: Door) -> bytes:
    """The whole answer, after which the connection ends."""
    body = STATUS_LINE[status].removeprefix(b"HTTP/1.1 ")
    headers = MutableHeaders(
        {
            "content-type": "text/plain; charset=utf-8",
            "content-length": str(len(body)),
            "connection": "close",
        }
    )
    secure(headers)
    put(door, headers)
    lines = (b"%s: %s\r\n" % header for header in headers.raw)
    return b"".join((STATUS_LINE[status], *lines, b"\r\n", body))

"""`GET /metrics`, straight on ASGI: ready bytes plus what the process says of itself right now."""

from __future__ import annotations

from datetime import datetime

from starlette.types import Receive, Scope, Send

from exporter.metrics.exposition import ProcessMetrics
from exporter.web.negotiation import accepts_gzip, choose_format
from exporter.web.state import WebState

PATH = "/metrics"
METHODS = ("GET", "HEAD")

_PROMETHEUS = b"Prometheus/"

_HEADERS = (
    (b"vary", b"accept, accept-encoding"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Scrape:
    """An ASGI application for one path. Always 200: what a portal does is in the figures."""

    def __init__(self, state: WebState) -> None:
        self._state = state
        self._process = ProcessMetrics()
        self.last: datetime | None = None
        """Told time at which a Prometheus last asked."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers GET and HEAD (the caller has seen to the method)."""
        del receive
        accept = accept_encoding = b""
        for name, value in scope["headers"]:
            if name == b"accept":
                accept = value
            elif name == b"accept-encoding":
                accept_encoding = value
            elif name == b"user-agent" and value.startswith(_PROMETHEUS):
                self.last = self._state.clock.now()
        choice = choose_format(accept)
        rendered = self._state.exposition().in_format(choice.format)
        tail = self._process.tail(choice.format)
        headers = [(b"content-type", choice.content_type), *_HEADERS]
        if accepts_gzip(accept_encoding):
            headers.append((b"content-encoding", b"gzip"))
            body = rendered.gzip(tail)
        else:
            body = rendered.answer(tail)
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

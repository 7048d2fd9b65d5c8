"""Server-sent events for open walls: bounded in number and in time, so that they cost nobody a scrape."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from exporter.web.wall.board import Board

_FULL = "Đã có quá nhiều màn hình nhận số liệu trực tiếp. Trang tự hỏi lại định kỳ.\n"
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
    (b"connection", b"close"),
)


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How many streams one server carries, and for how long each. Times in seconds."""

    streams: int = 64
    seconds: float = 900.0
    """After which a stream ends and its page asks for a new one: what is half open does not stay for ever."""
    look_seconds: float = 1.0
    """How often a new snapshot is looked for."""
    retry_seconds: float = 3.0
    """After which a page whose stream ended asks again."""


class Events:
    """An ASGI application for one path. Belongs to one event loop."""

    def __init__(self, board: Board, limits: StreamLimits, closing: threading.Event) -> None:
        self._board, self._limits, self._closing = board, limits, closing
        self.open = 0
        """Streams that are open now."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers GET and HEAD (the caller has seen to the method)."""
        if self.open >= self._limits.streams or self._closing.is_set():
            headers = {"retry-after": str(round(self._board.beat_seconds))}
            await PlainTextResponse(_FULL, 503, headers)(scope, receive, send)
            return
        self.open += 1
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            if scope["method"] != "HEAD":
                await self._tell(send, gone)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.open -= 1
            gone.cancel()

    async def _tell(self, send: Send, gone: asyncio.Future[None]) -> None:
        """Says what is new when it is new, and at each beat that it is there."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limits.seconds
        text = f"retry: {round(self._limits.retry_seconds * 1000)}\n"
        said, due = "", 0.0
        while loop.time() < end and not gone.done() and not self._closing.is_set():
            page = self._board.drawn()
            if page is None:  # drawn off the loop: that takes a moment, and others wait for their answers
                page = await run_in_threadpool(self._board.page)
            if page.id != said or loop.time() >= due:
                said, due = page.id, loop.time() + self._board.beat_seconds
                text += f"event: state\ndata: {self._board.told()}\n\n"
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
                text = ""
            await asyncio.wait({gone}, timeout=self._limits.look_seconds)


async def _gone(receive: Receive) -> None:
    """Returns when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass

"""An HTTP connection that a slow or hostile client cannot hold on to, nor many of them together.

uvicorn by itself waits for ever for a request's head and for a client to take its answer. Here each
connection has a deadline, looked at once a second, and when there are too many the one that has been
silent longest makes room, so that whoever asks properly is always heard.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from exporter.web.refusal import refusal
from exporter.web.security.door import Door, DoorOf

_births = count()


class Guest(ABC):
    """A connection that is looked after: of the server's connections every one."""

    @property
    @abstractmethod
    def gives_way(self) -> bool:
        """Whether it may be ended to make room: nothing is being done for its client."""

    @property
    @abstractmethod
    def patience(self) -> tuple[float, int]:
        """What comes first makes room first: by deadline, then by age."""

    @abstractmethod
    def enforce(self, now: float) -> None:
        """Ends the connection where its deadline (loop time, seconds) has passed."""

    @abstractmethod
    def abort(self) -> None:
        """Ends the connection at once."""


def next_birth() -> int:
    """Numbers connections in the order in which they came."""
    return next(_births)


def make_room(guests: Iterable[object]) -> bool:
    """Ends the one of the guests that has been silent longest; False: all of them are busy."""
    others = [guest for guest in guests if isinstance(guest, Guest) and guest.gives_way]
    if others:
        min(others, key=lambda guest: guest.patience).abort()
    return bool(others)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client, and all of them together, may take. Times in seconds."""

    connections: int = 512
    head_seconds: float = 10.0
    """From the connection (or the first byte of a further request) to the end of the head."""
    answer_seconds: float = 30.0
    """From the end of the head until the client has taken the whole answer."""
    idle_seconds: float = 75.0
    """Between two requests: longer than Prometheus's usual interval, so that it can keep its connection."""
    head_bytes: int = 32_768
    look_seconds: float = 1.0
    """How often deadlines are looked at, in tenths of a second."""


class GuardedProtocol(HttpToolsProtocol, Guest):
    """uvicorn's protocol with deadlines, a limited head, and a place to give up."""

    limits: ClassVar[Limits] = Limits()
    door: ClassVar[DoorOf] = Door
    """Asked for the headers of answers that are given here and not by the application."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.deadline = 0.0
        """Loop time (seconds) after which its client has had its chance."""
        self._born = next_birth()
        self._head_due = True
        """Whether the client owes us (the rest of) a request's head."""
        self._head_bytes = 0
        self._answered = 0.0
        self._silent = True
        """Whether nothing is being done for the client right now."""
        self._answering: RequestResponseCycle | None = None
        """The request that is being answered; uvicorn knows the last that came, which may wait behind it."""

    # What the loop tells.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Counts the time for the first head; makes room where there is none."""
        super().connection_made(transport)
        self.deadline = self.loop.time() + self.limits.head_seconds
        if len(self.connections) > self.limits.connections and not make_room(self.connections - {self}):
            self._refuse(503)

    def data_received(self, data: bytes) -> None:
        """Feeds the parser. The time for a head runs from its first byte, however the rest drips."""
        if self._silent and not self._head_due:
            self._head_due = True
            self._answered = 0.0
            self._head_bytes = 0
            self.deadline = min(self.deadline, self.loop.time() + self.limits.head_seconds)
        if self._head_due:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_due and self._head_bytes > self.limits.head_bytes and not self.transport.is_closing():
            self.send_400_response("")

    # What the parser tells.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes note of a header, unless the head has grown too large with it.

        Raises ValueError then, which ends the connection with 431.
        """
        if self._head_bytes > self.limits.head_bytes:
            raise ValueError(self._head_bytes)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here: from now on the client must take its answer in time.

        Raises ValueError where it does not say for which host it is, or says two, which ends the connection
        with 400 (RFC 9112, 3.2).
        """
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise ValueError(hosts)
        self._head_due = self._silent = False
        self._head_bytes = 0
        self.deadline = self.loop.time() + self.limits.answer_seconds
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The answer is written; what the client has not taken yet stays under the deadline."""
        self._silent = True
        self._answered = self.loop.time()
        self.deadline = self._answered + self.limits.answer_seconds
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is not HTTP (400) or has no end (431)."""
        del msg
        status = 431 if self._head_bytes > self.limits.head_bytes else 400
        self._refuse(status)

    # What the server does once a second.

    def enforce(self, now: float) -> None:
        """Ends the connection where its deadline (loop time, seconds) has passed."""
        if now < self.deadline:
            return
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            self.transport.abort()
        elif self._head_due and self._head_bytes:
            self._refuse(408)
        elif self._silent and self._answered and now < self._answered + self.limits.idle_seconds:
            # The client took its answer: now it may be idle.
            self.deadline = self._answered + self.limits.idle_seconds
        elif self._silent:
            self.transport.close()

    @property
    def gives_way(self) -> bool:
        """Whether it may be ended to make room: nothing is being done for its client."""
        return self._silent and not self.transport.is_closing()

    @property
    def patience(self) -> tuple[float, int]:
        """What comes first makes room first: by deadline, then by age."""
        return self.deadline, self._born

    # How it ends.

    def abort(self) -> None:
        """Ends the connection at once."""
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Takes note of the end, also of one that came before there was a connection to serve."""
        self._give_up()
        if self.transport is not None:
            super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _give_up(self) -> None:
        """Nothing more is written for requests that are here: their client is gone, or was refused."""
        self.pipeline.clear()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def _refuse(self, status: int) -> None:
        answering = self._answering
        begun = answering is not None and answering.response_started and not answering.response_complete
        self._give_up()
        if not begun:  # else it would stand in the midst of another answer
            self.transport.write(refusal(status, type(self).door()))
        self.transport.close()

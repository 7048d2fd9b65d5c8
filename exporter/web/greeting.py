"""The beginning of a TLS connection, which a slow or hostile client cannot hold on to either.

Where a library wraps the listening socket, one client that connects and says nothing stops every scrape.
Here each connection is greeted by itself, counted from its first moment among all others, under the same
deadline as the head of a request, with the certificate that is in force at that moment.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import TYPE_CHECKING, Any, ClassVar, cast

from exporter.web.guard import GuardedProtocol, Guest, Limits, make_room, next_birth
from exporter.web.security.door import DoorOf
from exporter.web.security.tls import Tls

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

log = logging.getLogger(__name__)

_FAREWELL_SECONDS = 2.0
"""For a client to say its goodbye, after which the connection is ended without it."""


class GreetedProtocol(asyncio.Protocol, Guest):
    """Stands in for the guarded protocol until client and server have agreed on their keys."""

    limits: ClassVar[Limits] = Limits()
    door: ClassVar[DoorOf]
    guarded: ClassVar[type[GuardedProtocol]] = GuardedProtocol

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.loop = _loop or asyncio.get_running_loop()
        self._connections = cast("set[object]", server_state.connections)
        self._inner = self.guarded(config, server_state, app_state, self.loop)
        self._born = next_birth()
        self._deadline = 0.0
        self._early = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins the handshake; makes room where there is none."""
        self._transport = cast("asyncio.Transport", transport)
        self._deadline = self.loop.time() + self.limits.head_seconds
        self._connections.add(self)
        if len(self._connections) > self.limits.connections and not make_room(self._connections - {self}):
            self.abort()
        tls = type(self).door().tls
        if tls is None:
            self.abort()  # unreachable while the keeper holds on to TLS; never plain text instead
        else:
            self._task = self.loop.create_task(self._greet(self._transport, tls))

    def data_received(self, data: bytes) -> None:
        """Keeps what the client says before the handshake has begun to listen."""
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went before the handshake began."""
        del exc
        self._connections.discard(self)

    @property
    def gives_way(self) -> bool:
        """Whether it may be ended to make room."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def patience(self) -> tuple[float, int]:
        """By deadline, then by age."""
        return self._deadline, self._born

    def enforce(self, now: float) -> None:
        """Ends the connection where its deadline (loop time, seconds) has passed."""
        if now >= self._deadline:
            self.abort()

    def abort(self) -> None:
        """Ends the connection at once; it takes nobody's room any more."""
        self._connections.discard(self)
        if self._transport is not None:
            self._transport.abort()

    def shutdown(self) -> None:
        """The server stops."""
        self.abort()

    def _hand_on(self) -> None:
        """Gives what came early to the protocol that has taken this one's place."""
        if self._transport is None or not self._early or self._transport.is_closing():
            return
        # uvloop's is one in all but name.
        protocol = cast("asyncio.BufferedProtocol", self._transport.get_protocol())
        while self._early:
            room = memoryview(protocol.get_buffer(len(self._early)))
            size = min(len(room), len(self._early))
            room[:size], self._early = self._early[:size], self._early[size:]
            protocol.buffer_updated(size)

    async def _greet(self, transport: asyncio.Transport, tls: Tls) -> None:
        if transport.is_closing():  # made room already
            return
        # By two turns of the loop: behind the beginning of the handshake, before anything is read for it.
        self.loop.call_soon(self.loop.call_soon, self._hand_on)
        try:
            secured = await self.loop.start_tls(
                transport,
                self._inner,
                tls.context,
                server_side=True,
                ssl_handshake_timeout=self.limits.head_seconds,
                ssl_shutdown_timeout=_FAREWELL_SECONDS,
            )
        except (OSError, ssl.CertificateError, asyncio.CancelledError) as error:
            # Their doing, not ours: a line for each would let anybody fill the log.
            log.debug("no handshake: %s", type(error).__name__)
            self.abort()
            return
        finally:
            self._connections.discard(self)
        if secured is None or transport.is_closing():
            return  # uvloop gives a transport also where the client went before the end of the handshake
        if tls.admits(secured.get_extra_info("peercert")):
            # Before any further turn of the loop, and so before the first byte of a request.
            self._inner.connection_made(secured)
        else:
            log.debug("a client's certificate bears none of client_allowed_sans")
            secured.abort()

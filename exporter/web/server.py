"""The HTTP server: uvicorn on uvloop and httptools, bound early, stopped gracefully."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

from exporter.web.greeting import GreetedProtocol
from exporter.web.guard import GuardedProtocol, Guest, Limits
from exporter.web.security.door import Door, DoorOf

_BACKLOG = 1_024
_HIGHEST_PORT = 65_535
_SPARE_FILES = 64
"""File descriptors kept for what is no connection: archive, portals, the machine's own needs."""


class Address(NamedTuple):
    """Where to listen. `host` empty: on every address of the machine."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is typed: `127.0.0.1:9805`, `[::1]:9805`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Reads `127.0.0.1:9805`, `[::1]:9805`, `localhost:9805` or `:9805`.

    Raises ValueError with one sentence that says what is wrong.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > _HIGHEST_PORT:
        message = f"{text!r}: expected HOST:PORT with a port from 0 to 65535, for example 127.0.0.1:9805"
        raise ValueError(message)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        message = f"{text!r}: an IPv6 address stands in brackets, for example [::1]:{port}"
        raise ValueError(message)
    return Address(host, int(port))


def bind(address: Address) -> tuple[socket.socket, ...]:
    """Listening sockets for every address that the host stands for.

    Raises OSError whose text names the address, where it is taken, not ours or unknown.
    """
    try:
        infos = socket.getaddrinfo(
            address.host or None, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise OSError(error.errno, f"cannot listen on {address}: {error.strerror}") from error
    bound: list[socket.socket] = []
    port = address.port
    try:
        for family, kind, protocol, _, sockaddr in dict.fromkeys(infos):
            listener = socket.socket(family, kind, protocol)
            bound.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # A port that the system chose for the first address is used for the others.
            listener.bind((sockaddr[0], port, *sockaddr[2:]))
            listener.listen(_BACKLOG)
            port = listener.getsockname()[1]
    except OSError as error:
        for listener in bound:
            listener.close()
        raise OSError(error.errno, f"cannot listen on {address}: {error.strerror}") from error
    return tuple(bound)


class WebServer:
    """Serves one application on sockets bound already; `run` blocks, `stop` may come from anywhere.

    `closing` is set when it begins to stop, for answers that have no end of their own. `door` says
    how connections begin: whether with TLS is decided once, with which certificate for each.
    """

    def __init__(  # noqa: PLR0913 - what a test puts in place of the usual is named
        self,
        app: ASGIApp,
        sockets: Sequence[socket.socket],
        limits: Limits = Limits(),  # noqa: B008 - frozen
        *,
        grace_seconds: float = 3.0,
        closing: threading.Event | None = None,
        door: DoorOf = Door,
    ) -> None:
        self._sockets = list(sockets)
        limits = affordable(limits)
        self.scheme = "http" if door().tls is None else "https"
        """Of its addresses."""
        config = _config(app, _protocol(limits, door), limits, grace_seconds)
        self._server = _Server(config, limits, closing or threading.Event())

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens, with the port that the system chose where 0 was asked for."""
        return tuple(Address(*listener.getsockname()[:2]) for listener in self._sockets)

    def run(self) -> None:
        """Serves until `stop`, and in the main thread until SIGTERM or SIGINT; then returns."""
        self._server.run(sockets=self._sockets)

    def wait_started(self, timeout: float) -> bool:
        """Whether it serves, waiting up to `timeout` seconds for it."""
        return self._server.serving.wait(timeout)

    def close(self) -> None:
        """Gives up its sockets without having run."""
        for listener in self._sockets:
            listener.close()

    def stop(self) -> None:
        """Lets answers under way be finished, for a few seconds at most, and makes `run` return."""
        self._server.should_exit = True


def serve(app: ASGIApp, address: Address, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
    """Binds and serves until a signal comes. Raises OSError where the address cannot be had."""
    WebServer(app, bind(address), limits).run()


def affordable(limits: Limits, share: float = 1.0) -> Limits:
    """No more connections than the process may have files open, or than a share (0-1) of these."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return limits
    return replace(limits, connections=max(min(limits.connections, int((soft - _SPARE_FILES) * share)), 1))


def _protocol(limits: Limits, door: DoorOf) -> type[asyncio.Protocol]:
    parts = {"limits": limits, "door": staticmethod(door)}
    guarded = type("Protocol", (GuardedProtocol,), parts)
    if door().tls is None:
        return guarded
    return type("Greeting", (GreetedProtocol,), parts | {"guarded": guarded})


def _config(
    app: ASGIApp, protocol: type[asyncio.Protocol], limits: Limits, grace_seconds: float
) -> uvicorn.Config:
    # Refused requests are the clients' doing and would only fill the log; faults of ours are errors.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=round(limits.idle_seconds),
        timeout_graceful_shutdown=round(grace_seconds),
    )


class _Server(uvicorn.Server):
    """uvicorn's server that looks after deadlines, and leaves signals to the process afterwards."""

    def __init__(self, config: uvicorn.Config, limits: Limits, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing
        self._every = max(round(limits.look_seconds * 10), 1)
        self.serving = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to listen."""
        await super().startup(sockets)
        self.serving.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets answers under way be finished."""
        self._closing.set()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; connections' deadlines are looked at as often as the limits say."""
        if counter % self._every == 0:
            now = asyncio.get_running_loop().time()
            for connection in tuple(self.server_state.connections):
                if isinstance(connection, Guest):
                    connection.enforce(now)
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """SIGTERM and SIGINT end `run`; unlike uvicorn's they are not raised again afterwards.

        So the process can still close what it holds, and ends with 0.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._leave) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _leave(self, _: int, __: FrameType | None) -> None:
        # The second time nobody wants to wait for answers under way.
        self.force_exit = self.should_exit
        self.should_exit = True

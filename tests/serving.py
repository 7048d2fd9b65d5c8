"""A real server on a port of its own, in a thread, and the plainest of clients."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse

from starlette.types import ASGIApp

from exporter.web.guard import Limits
from exporter.web.server import Address, WebServer, bind


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@contextmanager
def serving(
    app: ASGIApp,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    address: Address = Address("127.0.0.1", 0),  # noqa: B008 - frozen
) -> Iterator[Address]:
    """Serves until the block ends, and sees to it that the server then really ends."""
    server = WebServer(app, bind(address), limits, grace_seconds=1)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.wait_started(10)
        yield server.addresses[0]
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def ask(address: Address, method: str, path: str, headers: dict[str, str] | None = None) -> Answer:
    """One request on a connection of its own."""
    connection = HTTPConnection(*address, timeout=5)
    try:
        connection.request(method, path, headers=headers or {})
        answer: HTTPResponse = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def connect(address: Address) -> socket.socket:
    """A bare connection."""
    return socket.create_connection(address, timeout=5)


def read_all(connection: socket.socket) -> bytes:
    """Everything until the server ends the connection (a reset counts as an end)."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)

"""requests over connections that keep a total deadline.

The read timeout of requests is one per read: a server that drips a byte per second is never cut.
Here every single read and write asks the request's deadline how long it may still wait.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from exporter.fetch.deadline import Deadline
from exporter.fetch.dial import Resolver, dial


class TimedReader(io.RawIOBase):
    """The reading end of a socket; each read waits at most as long as the deadline leaves."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._connection = connection
        self._deadline = deadline
        self._raw = cast("io.RawIOBase", connection.makefile("rb", buffering=0))

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        """One read. Raises OSError, DeadlinePassedError or StoppedError."""
        self._connection.settimeout(self._deadline.remaining())
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        """Give the socket back."""
        self._raw.close()
        super().close()


class TimedSocket:
    """As much of a socket as http.client and urllib3 use of one, within a deadline."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        deadline.close_at_end(connection.close)

    def sendall(self, data: bytes) -> None:
        """Send everything. Raises OSError, DeadlinePassedError or StoppedError."""
        left = memoryview(data)
        while left:
            self._connection.settimeout(self._deadline.remaining())
            left = left[self._connection.send(left) :]

    def makefile(self, _mode: str) -> io.BufferedReader[TimedReader]:
        """What the answer is read from; http.client always asks for "rb"."""
        reader = io.BufferedReader(TimedReader(self._connection, self._deadline))
        self._deadline.close_at_end(reader.close)
        return reader

    def settimeout(self, value: float | None) -> None:
        """Ignored: the deadline decides, read by read."""

    def close(self) -> None:
        """As of the socket."""
        self._connection.close()


class _Plain(HTTPConnection):
    """HTTP within the deadline that a subclass names."""

    deadline: ClassVar[Deadline]
    resolver: ClassVar[Resolver]

    def _new_conn(self) -> socket.socket:
        return dial(self.resolver, self.host.strip("[]"), self.port or 80, self.deadline)

    def connect(self) -> None:
        super().connect()
        self.sock = cast("socket.socket", TimedSocket(self.sock, self.deadline))


class _Secure(HTTPSConnection):
    """HTTPS within the deadline that a subclass names."""

    deadline: ClassVar[Deadline]
    resolver: ClassVar[Resolver]

    def _new_conn(self) -> socket.socket:
        return dial(self.resolver, self.host.strip("[]"), self.port or 443, self.deadline)

    def connect(self) -> None:
        super().connect()
        self.sock = cast("socket.socket", TimedSocket(cast("socket.socket", self.sock), self.deadline))


class _Adapter(HTTPAdapter):
    """The transport of one request. Each request has its own connection, which nobody else uses."""

    def __init__(self, deadline: Deadline, resolver: Resolver) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        named: dict[str, object] = {"deadline": deadline, "resolver": resolver}
        plain = type("Plain", (_Plain,), named)
        secure = type("Secure", (_Secure,), named)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }


@contextmanager
def ask(
    request: requests.PreparedRequest, deadline: Deadline, resolver: Resolver, verify: Path | None
) -> Iterator[requests.Response]:
    """The response to a prepared request, its headers read and its body not; closed on leaving.

    The adapter is used without a session: a session would read the body of a redirect without any
    limit, keep cookies, and take proxies and passwords from the environment.

    `verify` is a file of certificates to trust instead of the usual ones. Raises what requests and
    urllib3 raise, OSError, DeadlinePassedError and StoppedError.
    """
    adapter = _Adapter(deadline, resolver)
    try:
        response = adapter.send(
            request,
            stream=True,
            timeout=deadline.remaining(),
            verify=str(verify) if verify is not None else True,
        )
        try:
            yield response
        finally:
            response.close()
    finally:
        adapter.close()

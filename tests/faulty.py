"""A loopback HTTP server that misbehaves as it is told, on sockets and threads."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float
    ended: float = 0.0


@dataclass
class Talk:
    """One connection, with its request read (unless the behaviour is a raw one)."""

    connection: socket.socket
    server: FaultyServer
    asked: Asked | None = None

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def drip(self, data: bytes, every: float = 0.02) -> None:
        """One byte at a time, until the other side goes or the server ends."""
        for byte in data:
            if self.server.stopping.wait(every):
                return
            self.connection.sendall(bytes([byte]))


Behaviour = Callable[[Talk], None]


@dataclass
class FaultyServer:
    """Answers by path; a path's behaviours are used one after the other, the last one for good."""

    paths: dict[str, Sequence[Behaviour]]
    tls: ssl.SSLContext | None = None
    raw: Behaviour | None = None
    """Instead of everything: what is done with a connection before anything is read."""
    host: str = "127.0.0.1"
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._listening = socket.create_server(
            (self.host, 0), family=socket.AF_INET6 if ":" in self.host else socket.AF_INET
        )
        self.port: int = self._listening.getsockname()[1]
        self._lock = threading.Lock()
        self._used: dict[str, int] = {}
        self._open = 0
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)

    def url(self, path: str, host: str | None = None) -> str:
        scheme = "https" if self.tls else "http"
        shown = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{scheme}://{shown}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(5)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        connection.settimeout(5)
        talk = Talk(connection, self)
        try:
            if self.raw is not None:
                self.raw(talk)
                return
            if self.tls is not None:
                talk.connection = self.tls.wrap_socket(connection, server_side=True)
            talk.asked = _read_request(talk.connection)
            if talk.asked is not None:
                self._behaviour(talk.asked)(talk)
        except OSError:
            pass
        finally:
            if talk.asked is not None:
                talk.asked.ended = time.monotonic()
            with self._lock:
                self._open -= 1
            talk.connection.close()
            connection.close()

    def _behaviour(self, asked: Asked) -> Behaviour:
        path = asked.path.partition("?")[0]
        with self._lock:
            self.asked.append(asked)
            number = self._used.get(path, 0)
            self._used[path] = number + 1
        known = self.paths.get(path, [reply(b"not here", status=404)])
        return known[min(number, len(known) - 1)]


def _read_request(connection: socket.socket) -> Asked | None:
    with connection.makefile("rb") as stream:
        line = stream.readline().decode("latin-1").split()
        if len(line) != 3:
            return None
        headers: dict[str, str] = {}
        while (header := stream.readline().decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
    return Asked(line[0], line[1], headers, body, time.monotonic())


def head(status: int = 200, content_type: str | None = "application/json", **headers: str) -> bytes:
    """A status line and headers; an underscore in a name stands for a hyphen."""
    lines = [f"HTTP/1.1 {status} Told"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def reply(
    body: bytes = b'{"ok": true}',
    status: int = 200,
    content_type: str | None = "application/json",
    **headers: str,
) -> Behaviour:
    """A whole, well-formed answer."""
    return lambda talk: talk.send(head(status, content_type, Content_Length=str(len(body)), **headers) + body)


def page(body: str, status: int = 200, **headers: str) -> Behaviour:
    """A web page."""
    return reply(body.encode(), status, "text/html; charset=utf-8", **headers)


def redirect(location: str, status: int = 302) -> Behaviour:
    return reply(b"", status, None, Location=location)


def raw(data: bytes) -> Behaviour:
    """These bytes, then the connection is closed."""
    return lambda talk: talk.send(data)


def drip_header(talk: Talk) -> None:
    talk.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: 1\r\n" * 200)


def drip_body(talk: Talk) -> None:
    talk.send(head(Content_Length="500"))
    talk.drip(b" " * 500)


def drip_chunks(talk: Talk) -> None:
    talk.send(head(Transfer_Encoding="chunked"))
    talk.drip(b"1\r\n \r\n" * 200)


def silent(talk: Talk) -> None:
    talk.server.stopping.wait(5)


def reset(talk: Talk) -> None:
    """Close with a TCP reset instead of an end."""
    talk.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_in_body(talk: Talk) -> None:
    talk.send(head(Content_Length="500") + b"half")
    reset(talk)


def endless(talk: Talk, status: int = 200) -> None:
    """A body without an end and without a length."""
    talk.send(head(status))
    while not talk.server.stopping.is_set():
        talk.send(b" " * 65_536)


def endless_error(talk: Talk) -> None:
    endless(talk, 500)


def bomb(size: int) -> bytes:
    """A small gzip of many spaces."""
    return gzip.compress(b" " * size)

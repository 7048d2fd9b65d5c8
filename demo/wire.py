"""How an answer goes over the wire: whole, or as the faults of the line have it, down to the socket."""

from __future__ import annotations

import gzip
import select
import socket
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from demo.answer import Answer
from demo.faults import Fault

SIMULATED_HEADER = ("X-Mo-Phong", "SO LIEU MO PHONG - khong phai so lieu that")
_WORTH_COMPRESSING = 1400
_SLOW = 30.0
_DRIP = 0.5
_SILENCE = 3600.0
_TICK = 0.2
_BOMB_BLOCK = 10_000_000
_BOMB_BLOCKS = 200
_ENDLESS = '<tr class="don-vi"><td>1</td><td>Sở Công Thương</td><td>1.234</td></tr>\n'.encode() * 500


class Line:
    """One connection, seen by the faults. `stopping` ends every wait."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self.connection = connection
        self.stopping = stopping

    def wait(self, seconds: float) -> bool:
        """Waits so long; False when the other side has gone or the portal stops."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.stopping.is_set():
                return False
            readable, _, _ = select.select([self.connection], [], [], min(left, _TICK))
            if readable:
                try:
                    gone = not self.connection.recv(1, socket.MSG_PEEK)
                except OSError:
                    gone = True
                if gone:
                    return False
                # The next request of a patient client is waiting already: that is no reason to hurry.
                self.stopping.wait(min(left, _TICK))
        return not self.stopping.is_set()

    def send(self, data: bytes) -> None:
        """Sends all of it. Raises OSError when the other side has gone."""
        self.connection.sendall(data)

    def reset(self) -> None:
        """What is closed next sends RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def head(status: int, headers: Sequence[tuple[str, str]]) -> bytes:
    """Status line and headers with the blank line behind them."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _headers(answer: Answer, length: int | None, *, close: bool) -> list[tuple[str, str]]:
    found = [("Server", "demo-portal"), SIMULATED_HEADER, ("Content-Type", answer.content_type)]
    found += list(answer.headers.items())
    if length is not None:
        found.append(("Content-Length", str(length)))
    if close:
        found.append(("Connection", "close"))
    return found


def deliver(line: Line, answer: Answer, faults: Sequence[Fault], *, bare: bool, compress: bool) -> bool:
    """Sends an answer; `bare` leaves the body out (HEAD). Returns whether the connection may go on.

    Only the first fault of the line that holds is played. Raises OSError when the other side goes.
    """
    fault = faults[0] if faults else None
    if fault is None or fault.name == "slow":
        if fault is not None and not line.wait(_SLOW if fault.seconds is None else fault.seconds):
            return False
        _deliver_whole(line, answer, bare=bare, compress=compress)
        return True
    _PLAYED[fault.name](line, answer, fault)
    return False


def _deliver_whole(line: Line, answer: Answer, *, bare: bool, compress: bool) -> None:
    body, extra = answer.body, []
    if compress and len(body) > _WORTH_COMPRESSING:
        body, extra = gzip.compress(body, 6, mtime=0), [("Content-Encoding", "gzip")]
    headers = [*_headers(answer, len(body), close=False), ("Vary", "Accept-Encoding"), *extra]
    data = head(answer.status, headers)
    line.send(data if bare else data + body)


def _drip(line: Line, answer: Answer, fault: Fault) -> None:
    data = head(answer.status, _headers(answer, len(answer.body), close=True))
    slow = answer.body
    if fault.where == "headers":
        data, slow = b"", data + slow
    line.send(data)
    for place in range(len(slow)):
        line.send(slow[place : place + 1])
        if not line.wait(_DRIP if fault.seconds is None else fault.seconds):
            return


def _silent(line: Line, _answer: Answer, fault: Fault) -> None:
    line.wait(_SILENCE if fault.seconds is None else fault.seconds)


def _reset(line: Line, _answer: Answer, _fault: Fault) -> None:
    line.reset()


def _cut(line: Line, answer: Answer, _fault: Fault) -> None:
    data = head(answer.status, _headers(answer, len(answer.body), close=True))
    line.send(data + answer.body[: len(answer.body) // 2])


def _cut_quietly(line: Line, answer: Answer, _fault: Fault) -> None:
    data = head(answer.status, _headers(answer, None, close=True))
    line.send(data + answer.body[: len(answer.body) // 2])


def _wrong_length(line: Line, answer: Answer, _fault: Fault) -> None:
    data = head(answer.status, _headers(answer, len(answer.body) // 2, close=True))
    line.send(data + answer.body)


def _too_large(line: Line, answer: Answer, _fault: Fault) -> None:
    line.send(head(answer.status, [*_headers(answer, None, close=True), ("Transfer-Encoding", "chunked")]))
    chunk = b"%x\r\n%s\r\n" % (len(_ENDLESS), _ENDLESS)
    while not line.stopping.is_set():
        line.send(chunk)


def _bomb() -> Iterator[bytes]:
    """A gzip stream of about 2 GB of blanks in about 2 MB; compressed once, as its blocks are alike."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = squeeze.compress(b" " * _BOMB_BLOCK) + squeeze.flush(zlib.Z_FULL_FLUSH)
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    for _ in range(_BOMB_BLOCKS):
        yield block


def _gzip_bomb(line: Line, answer: Answer, _fault: Fault) -> None:
    line.send(head(answer.status, [*_headers(answer, None, close=True), ("Content-Encoding", "gzip")]))
    for block in _bomb():
        line.send(block)


_PLAYED = {
    "drip": _drip,
    "silent": _silent,
    "reset": _reset,
    "cut": _cut,
    "cut_quietly": _cut_quietly,
    "wrong_length": _wrong_length,
    "too_large": _too_large,
    "gzip_bomb": _gzip_bomb,
}

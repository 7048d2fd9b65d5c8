"""Scrapes from outside: one new connection each, gzip, timed from connect to the last byte."""

from __future__ import annotations

import gzip
import math
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

_REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
_CHUNK = 1 << 20
_OWN = (b"#", b"process_", b"python_")
"""Beginnings of lines that differ between processes."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Scrapes of one server: seconds each, sorted."""

    seconds: Sequence[float]

    def percentile(self, share: float) -> float:
        """The value (seconds) that `share` (0-1) of the scrapes do not exceed."""
        return self.seconds[max(math.ceil(share * len(self.seconds)) - 1, 0)]


@dataclass(frozen=True, slots=True)
class Compared:
    """Both servers with the same series, in one run."""

    series: int
    sent_bytes: int
    """Size of one compressed answer of ours."""
    ours: Timing
    library: Timing
    ours_rss: float
    """Resident memory (bytes) after the run."""
    library_rss: float

    def ratio(self, share: float) -> float:
        """How many times faster ours is at that percentile."""
        return self.library.percentile(share) / self.ours.percentile(share)


def compare(communes: int, rounds: int, ours_per_round: int) -> Compared:
    """Interleaves scrapes of both servers. Raises ValueError where they do not serve the same series."""
    with server("ours", communes) as ours, server("library", communes) as library:
        body, size = _scrape(ours)
        other, _ = _scrape(library)
        series = _series(body)
        if series != _series(other):
            raise ValueError("the two servers do not hold the same series")
        for _ in range(20):
            _timed(ours)
        ours_seconds: list[float] = []
        library_seconds: list[float] = []
        for _ in range(rounds):
            library_seconds.append(_timed(library))
            ours_seconds.extend(_timed(ours) for _ in range(ours_per_round))
        return Compared(
            series=len(series),
            sent_bytes=size,
            ours=Timing(sorted(ours_seconds)),
            library=Timing(sorted(library_seconds)),
            ours_rss=_rss(_scrape(ours)[0]),
            library_rss=_rss(_scrape(library)[0]),
        )


@contextmanager
def server(which: str, communes: int) -> Iterator[int]:
    """One of the servers of bench.servers, on the port that is given."""
    command = [sys.executable, "-m", "bench.servers", which, str(communes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is None or not (line := process.stdout.readline()):
                raise ValueError(f"the server did not start: {' '.join(command)}")
            yield int(line)
        finally:
            process.kill()


def _timed(port: int) -> float:
    begin = time.perf_counter()
    _fetch(port)
    return time.perf_counter() - begin


def _fetch(port: int) -> bytes:
    parts = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(_REQUEST)
        while part := connection.recv(_CHUNK):
            parts.append(part)
    return b"".join(parts)


def _scrape(port: int) -> tuple[bytes, int]:
    head, _, packed = _fetch(port).partition(b"\r\n\r\n")
    if b" 200 " not in head or b"gzip" not in head.lower():
        raise ValueError(f"no compressed answer: {head[:200]!r}")
    return gzip.decompress(packed), len(packed)


def _series(body: bytes) -> frozenset[bytes]:
    return frozenset(line for line in body.splitlines() if not line.startswith(_OWN))


def _rss(body: bytes) -> float:
    name = b"process_resident_memory_bytes "
    return next(float(line.removeprefix(name)) for line in body.splitlines() if line.startswith(name))

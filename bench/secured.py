"""What TLS and a password cost: the same scrapes of the same series with and without, in turns."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection

from bench.scrapes import Timing, server
from tests.securing import basic

_PLAIN = "plain, new connection"
_WARM = 20


@dataclass(frozen=True, slots=True)
class Secured:
    """Scrapes by how they were made; the first of each kind is the one that is compared with."""

    series: Mapping[str, Timing]
    first_seconds: float
    """The first scrape with a password, which bcrypt looks at."""

    def ratio(self, name: str, share: float) -> float:
        """How many times longer than a plain one on a new connection, at that percentile."""
        return self.series[name].percentile(share) / self.series[_PLAIN].percentile(share)


def secured(communes: int, rounds: int) -> Secured:
    """Interleaves the kinds of scrapes."""
    with server("ours", communes) as plain, server("secured", communes) as closed:
        kept, kept_plain = _secure(closed), HTTPConnection("127.0.0.1", plain, timeout=60)
        first = _timed(lambda: kept)
        kinds: Mapping[str, Callable[[], HTTPConnection]] = {
            _PLAIN: partial(HTTPConnection, "127.0.0.1", plain, timeout=60),
            "plain, kept connection": lambda: kept_plain,
            "TLS and password, new connection": partial(_secure, closed),
            "TLS and password, kept connection": lambda: kept,
        }
        for make in kinds.values():
            for _ in range(_WARM):
                _timed(make)
        seconds: dict[str, list[float]] = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, make in kinds.items():
                seconds[name].append(_timed(make))
        for connection in (kept, kept_plain):
            connection.close()
    return Secured({name: Timing(sorted(found)) for name, found in seconds.items()}, first)


def _secure(port: int) -> HTTPSConnection:
    # Whether a client believes the certificate costs the client, who is not measured here.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return HTTPSConnection("127.0.0.1", port, timeout=60, context=context)


def _timed(make: Callable[[], HTTPConnection]) -> float:
    begin = time.perf_counter()
    connection = make()
    fresh = connection.sock is None
    headers = {"Accept-Encoding": "gzip", **basic("bench")}
    connection.request("GET", "/metrics", headers=headers | ({"Connection": "close"} if fresh else {}))
    answer = connection.getresponse()
    answer.read()
    if answer.status != HTTPStatus.OK:
        raise ValueError(f"a scrape was answered with {answer.status}")
    return time.perf_counter() - begin

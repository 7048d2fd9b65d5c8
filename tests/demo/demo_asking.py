"""Asks the simulated portal over HTTP and, below it, over a bare socket."""

from __future__ import annotations

import socket
import time

import requests

from demo.portal import DemoPortal

PAGE = "/thong-ke/don-vi"
API = "/api/v1/reporting/evaluation/dossier-digitized"
QUESTION = {
    "timeType": "year",
    "year": 2024,
    "rootDepartmentId": "01900000-0000-7000-8000-000000000054",
    "pageSize": 500,
}
ASK = f"GET {PAGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


PATIENCE = 30.0
"""Seconds in which an answer comes also where other tests keep the machine busy."""


def get(portal: DemoPortal, path: str = PAGE, **options: object) -> requests.Response:
    return requests.get(portal.url + path, timeout=PATIENCE, **options)  # type: ignore[arg-type]


def raw(portal: DemoPortal, seconds: float = 5.0, ask: bytes = ASK) -> bytes:
    """All that comes for one request until the connection ends or the time is up."""
    with socket.create_connection(("127.0.0.1", portal.port), timeout=seconds) as connection:
        connection.sendall(ask)
        got = b""
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until and (piece := connection.recv(65_536)):
                got += piece
        except TimeoutError:
            pass
        return got


def parts(answer: bytes) -> tuple[dict[str, str], bytes]:
    top, _, body = answer.partition(b"\r\n\r\n")
    lines = top.decode("latin-1").split("\r\n")[1:]
    return {k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}, body

"""The two servers that are compared, each in a process of its own: `python -m bench.servers ours 260`.

Either prints its port when it serves. Both hold the same families, made once; the library's renders and
compresses them for every scrape, which is what it does for everybody.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from exporter.metrics.families import families
from exporter.web.app import create_app
from exporter.web.security.gate import Gate
from exporter.web.security.keeper import Keeper
from exporter.web.server import Address, WebServer, bind
from tests.securing import PASSWORD, Folder, hashed
from tests.snapshots import State, make_snapshot


class _Held(Collector):
    """Families that are there already: what any exporter does to collect them is not counted."""

    def __init__(self, held: Iterable[Metric]) -> None:
        self._held = tuple(held)

    def collect(self) -> Iterable[Metric]:
        return self._held


def serve_ours(communes: int, departments: int = 16, groups: int = 8) -> None:
    """The exporter's own face over a snapshot; without groups communes stand under the province."""
    sockets = bind(Address("127.0.0.1", 0))
    snapshot = make_snapshot(departments, groups, communes)
    server = WebServer(create_app(State.of(snapshot)), sockets)
    sys.stdout.write(f"{server.addresses[0].port}\n")
    sys.stdout.flush()
    server.run()


def serve_secured(communes: int) -> None:
    """The exporter's own face behind TLS and a password; the folder with its files goes with the process."""
    with TemporaryDirectory() as name:
        folder = Folder(Path(name))
        keeper = Keeper(folder.write(users={"bench": hashed(PASSWORD, cost=10)}))
        state = State.of(make_snapshot(communes=communes))
        app = Gate(create_app(state), keeper.main)
        server = WebServer(app, bind(Address("127.0.0.1", 0)), door=keeper.main)
        sys.stdout.write(f"{server.addresses[0].port}\n")
        sys.stdout.flush()
        server.run()


def serve_library(communes: int) -> None:
    """prometheus_client's server over the same series and its own process metrics."""
    registry = CollectorRegistry()
    registry.register(_Held(families(make_snapshot(communes=communes))))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    PlatformCollector(registry=registry)
    server, thread = start_http_server(0, "127.0.0.1", registry)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    thread.join()


if __name__ == "__main__":
    {"ours": serve_ours, "secured": serve_secured, "library": serve_library}[sys.argv[1]](
        *map(int, sys.argv[2:])
    )

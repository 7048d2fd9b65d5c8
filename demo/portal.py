"""The simulated portal as a server: `python -m demo.portal` for people, DemoPortal for tests."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from demo import faults as catalogue
from demo.asking import Asked
from demo.faults import SIMULATED, from_request
from demo.figures import Simulation
from demo.site import Site
from demo.wire import Line, deliver
from exporter.clock import PROVINCE_TIME, Clock, FixedClock
from exporter.config.decision_file import load_decision
from exporter.decision import Decision

TARGETS = Path(__file__).resolve().parent.parent / "config" / "targets.yaml"
DEFAULT_LISTEN = "127.0.0.1:9808"
DEFAULT_SEED = 805
_LARGEST_BODY = 100_000
_IDLE_SECONDS = 60.0


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the site, and sends the answer the way the faults want it."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    server: _Server

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _LARGEST_BODY:
            self.send_error(413)
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(int(length)))
        site = self.server.site
        faults = site.take(asked)
        answer = site.answer(asked, faults, self.server.port)
        names = " ".join(fault.name for fault in faults)
        self.server.note(f"{self.command} {self.path} {answer.status} {names}".rstrip())
        line = Line(self.connection, self.server.stopping)
        on_the_wire = [fault for fault in faults if fault.name in catalogue.WIRE]
        compress = "gzip" in headers.get("accept-encoding", "")
        goes_on = deliver(line, answer, on_the_wire, bare=self.command == "HEAD", compress=compress)
        self.close_connection = self.close_connection or not goes_on
        if any(fault.name == "reset" for fault in on_the_wire[:1]):
            # Nothing may shut the connection down politely before it is reset.
            self.rfile.close()
            self.connection.close()

    # The names are those by which the base class finds what to do for a method.
    do_GET = do_HEAD = do_POST = do_DELETE = _answer  # noqa: N815
    do_PUT = do_PATCH = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base's
        """Says nothing: `_answer` notes each request with its faults."""


class _Server(ThreadingHTTPServer):
    """One thread for each connection; knows the open ones, so that it can end them all."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], site: Site, note: Callable[[str], object]) -> None:
        self.site = site
        self.note = note
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)
        self.port: int = self.server_address[1]

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Remembers the connection."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Forgets the connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the base's
        """A client that goes away is no error; anything else is told."""
        error = sys.exception()
        if not isinstance(error, OSError):
            self.note(f"{client_address}: {error!r}")

    def stop(self) -> None:
        """Ends every connection and all threads."""
        self.stopping.set()
        self.shutdown()
        with self._lock:
            waiting = list(self._open)
        for connection in waiting:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.server_close()


class DemoPortal:
    """The simulated portal for tests, on a thread of its own, with a clock that stands until it is set.

    `date` and `at` are the told day and time of day; `running` lets the clock run on from `date` at the
    present time of day, as `python -m demo.portal` does.

        with DemoPortal(date=date(2024, 9, 16)) as portal:
            portal.fault("slow", path="/thong-ke/xa", seconds=5)
            requests.get(portal.url + "/thong-ke/xa", timeout=1)
    """

    def __init__(  # noqa: PLR0913 - all have defaults and are named at the call
        self,
        *,
        port: int = 0,
        date: date | None = None,
        at: time = time(9, 0),
        seed: int = DEFAULT_SEED,
        decision: Decision | Path = TARGETS,
        running: bool = False,
        host: str = "127.0.0.1",
        note: Callable[[str], object] = lambda _: None,
    ) -> None:
        known = decision if isinstance(decision, Decision) else load_decision(decision)
        day = date or known.period_start.replace(month=9, day=16)
        clock = Clock.starting_on(day) if running else FixedClock(datetime.combine(day, at, PROVINCE_TIME))
        self.site = Site(Simulation(known, seed), clock)
        self._server = _Server((host, port), self.site, note)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.port = self._server.port
        self.url = f"http://{host}:{self.port}"

    def __enter__(self) -> Self:
        """Begins to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every connection and all threads."""
        self._server.stop()
        self._thread.join()

    def fault(self, name: str, **options: object) -> None:
        """Puts a fault in force; options as for `POST /dieu-khien`. Raises BadFaultError."""
        self.site.faults.add(from_request({"fault": name, **options}, self.site.control.clock.now()))

    def let_in(self, aim: str, unit: str = "", indicator: str = "") -> int:
        """Brings rates to an aim, as `POST /dieu-khien/dot`; gives how many move. Raises as that."""
        return self.site.control.let_in({"aim": aim, "unit": unit, "indicator": indicator})

    def clear(self) -> None:
        """The portal behaves again."""
        self.site.faults.clear()

    def set_date(self, day: date, at: time | None = None) -> None:
        """Sets the portal's day, and its time of day where given (told time)."""
        self.site.control.set_date(day, at)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    description = f"Cổng dịch vụ công mô phỏng. {SIMULATED}."
    parser = argparse.ArgumentParser(prog="python -m demo.portal", description=description)
    add = parser.add_argument
    add("--listen", default=DEFAULT_LISTEN, help="địa chỉ và cổng (mặc định %(default)s)")
    add("--date", type=date.fromisoformat, help="ngày bắt đầu, như 2024-09-16 (mặc định: hôm nay)")
    add("--seed", type=int, default=DEFAULT_SEED, help="số gốc của số liệu (mặc định %(default)s)")
    add("--decision", type=Path, default=TARGETS, help="targets.yaml (mặc định: của dự án)")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Serves until it is told to stop (SIGINT, SIGTERM). Returns the exit code."""
    given = _arguments(words)
    host, _, port = given.listen.rpartition(":")
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    today = given.date or Clock().today()
    try:
        portal = DemoPortal(
            port=int(port),
            host=host or "127.0.0.1",
            date=today,
            seed=given.seed,
            decision=given.decision,
            running=True,
            note=_say,
        )
    except OSError as error:
        _say(f"Không mở được {given.listen}: {error}")
        return 1
    with portal:
        _say(f"Cổng mô phỏng: {portal.url} · {SIMULATED}")
        stop.wait()
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

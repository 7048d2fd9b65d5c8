"""The server among slow, greedy and hostile clients."""

from __future__ import annotations

import asyncio
import gzip
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from exporter.web import server
from exporter.web.app import create_app
from exporter.web.guard import Limits
from exporter.web.server import Address, bind, parse_address
from tests.serving import ask, connect, read_all, serving
from tests.snapshots import State, make_snapshot

HALF = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Half: "
BRISK = Limits(head_seconds=0.3, answer_seconds=0.5, idle_seconds=0.6, look_seconds=0.1)


@pytest.fixture(scope="module")
def state() -> State:
    return State.of(make_snapshot(departments=4, groups=2, communes=8))


@pytest.fixture(scope="module")
def brisk(state: State) -> Iterator[Address]:
    """A server that loses patience within the second."""
    with serving(create_app(state), BRISK) as address:
        yield address


@pytest.fixture
def roomy() -> Iterator[None]:
    """As many open files as 250 clients in this very process need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4_096 if hard == resource.RLIM_INFINITY else min(4_096, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("roomy")
def test_a_hundred_scrapes_among_hostile_clients() -> None:
    state = State.of(make_snapshot())
    with serving(create_app(state)) as face, ExitStack() as clients:
        for _ in range(200):
            idle = clients.enter_context(connect(face))
            idle.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(20):
            clients.enter_context(connect(face)).sendall(HALF)
        clients.enter_context(connect(face))
        slowest = 0.0
        for _ in range(100):
            begin = time.monotonic()
            answer = ask(face, "GET", "/metrics", {"Accept-Encoding": "gzip"})
            slowest = max(slowest, time.monotonic() - begin)
            assert answer.status == 200
            assert gzip.decompress(answer.body).count(b"\ndvc_indicator_ratio{") > 3_000
        assert slowest < 1


@pytest.mark.parametrize("sent", [b"", HALF, b"\r\n", b"G"])
def test_a_head_that_never_ends(brisk: Address, sent: bytes) -> None:
    with connect(brisk) as client:
        client.sendall(sent)
        said = read_all(client)
    assert said.startswith(b"HTTP/1.1 408 ") if sent else said == b""


def test_a_head_that_drips_has_no_more_time(brisk: Address) -> None:
    begin = time.monotonic()
    with connect(brisk) as client:
        client.sendall(HALF)
        client.settimeout(0.05)
        said = b""
        while not said and time.monotonic() - begin < 5:
            try:
                client.sendall(b"x")
                said = client.recv(100)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                said = b"gone"
    assert time.monotonic() - begin < 3


def test_a_second_request_that_never_ends(brisk: Address) -> None:
    with connect(brisk) as client:
        client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
        client.sendall(HALF)
        assert b"HTTP/1.1 408 " in read_all(client)


def test_an_idle_connection_is_closed(brisk: Address) -> None:
    with connect(brisk) as client:
        client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
        said = read_all(client)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b"OK\n")


def test_a_connection_serves_one_request_after_another(brisk: Address) -> None:
    with connect(brisk) as client:
        for _ in range(3):
            client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.recv(65_536).endswith(b"OK\n")
        client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        assert read_all(client).count(b"OK\n") == 2


def test_a_client_that_does_not_take_its_answer() -> None:
    state = State.of(make_snapshot())
    with serving(create_app(state), BRISK) as face, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.settimeout(5)
        client.connect(face)
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 8)
        open_files = _connections(face)
        assert open_files == 1
        deadline = time.monotonic() + 5
        while _connections(face) and time.monotonic() < deadline:
            assert ask(face, "GET", "/-/healthy").status == 200
        assert _connections(face) == 0


def _connections(face: Address) -> int:
    """Established connections of the server, without the one that asks."""
    port = f":{face.port:04X}"
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(1 for row in rows if row.split()[1].endswith(port) and row.split()[3] == "01")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 40_000,
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000,
        b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 8_000,
    ],
)
def test_a_head_too_large(brisk: Address, head: bytes) -> None:
    with connect(brisk) as client:
        try:
            client.sendall(head)
        except (BrokenPipeError, ConnectionResetError):
            return
        said = read_all(client)
    assert said == b"" or said.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n",
    ],
)
def test_what_is_not_http(brisk: Address, sent: bytes) -> None:
    with connect(brisk) as client:
        client.sendall(sent)
        assert read_all(client).startswith(b"HTTP/1.1 400 ")
    assert ask(brisk, "GET", "/-/healthy").status == 200


def test_http_of_before_there_were_hosts(brisk: Address) -> None:
    with connect(brisk) as client:
        client.sendall(b"GET /-/healthy HTTP/1.0\r\n\r\n")
        assert read_all(client).endswith(b"OK\n")


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (b"400", b"GET\r\n\r\n"),
        (b"408", HALF),
        (b"431", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 33_000 + b"\r\nY: 1\r\n"),
    ],
)
def test_answers_of_the_connection_itself_are_as_guarded_as_pages(
    brisk: Address, status: bytes, sent: bytes
) -> None:
    with connect(brisk) as client:
        client.sendall(sent)
        said = read_all(client)
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert body
    for header in (
        b"x-content-type-options: nosniff",
        b"x-frame-options: DENY",
        b"referrer-policy: no-referrer",
        b"cache-control: no-store",
        b"frame-ancestors 'none'",
    ):
        assert header in head


def test_requests_at_once_whose_answers_nobody_takes(caplog: pytest.LogCaptureFixture) -> None:
    """The log is not for strangers to fill, whichever way such a connection ends."""
    state = State.of(make_snapshot())
    with serving(create_app(state), BRISK) as face:
        for leave in (False, True):
            with socket.socket() as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                client.connect(face)
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
                deadline = time.monotonic() + 5
                while not leave and _connections(face) and time.monotonic() < deadline:
                    time.sleep(0.05)
                time.sleep(0.1)
                if leave:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert ask(face, "GET", "/-/healthy").status == 200
        time.sleep(0.3)
        assert _connections(face) == 0
    assert caplog.text == ""


def test_a_refusal_does_not_stand_in_the_midst_of_an_answer() -> None:
    async def halting(scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    with serving(halting) as face, connect(face) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 200 ")
        client.sendall(b"nonsense\r\n\r\n")
        assert b"HTTP/1.1 400" not in read_all(client)


def test_a_body_that_nobody_asked_for(brisk: Address) -> None:
    with connect(brisk) as client:
        client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            pour(client)


def pour(client: socket.socket) -> None:
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        client.sendall(b"a" * 1_000)
    pytest.fail("the server takes a body without end")


def test_an_upgrade_is_not_taken(brisk: Address) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    assert ask(brisk, "GET", "/-/healthy", headers).text == "OK\n"


def test_the_longest_silent_makes_room(state: State) -> None:
    with serving(create_app(state), Limits(connections=4)) as face, ExitStack() as clients:
        silent = [clients.enter_context(connect(face)) for _ in range(12)]
        for _ in range(20):
            assert ask(face, "GET", "/metrics").status == 200
        assert read_all(silent[0]) == b""


def test_when_all_are_busy_the_next_is_told_so(state: State) -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        await receive()
        await receive()

    del state
    with serving(never, Limits(connections=2)) as face, ExitStack() as clients:
        for _ in range(2):
            clients.enter_context(connect(face)).sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(50):
            with connect(face) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                if read_all(client).startswith(b"HTTP/1.1 503 "):
                    return
        pytest.fail("nobody was told that the server is full")


def test_an_answer_that_takes_its_time_is_not_cut_off() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        said = b""
        while len(said) < 4:
            said += (await receive())["body"]
        await asyncio.sleep(BRISK.answer_seconds + 0.3)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": said})

    with serving(slow, BRISK) as face, connect(face) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abcd")
        assert read_all(client).endswith(b"abcd")


def test_a_fault_of_ours_is_500_and_the_server_goes_on(
    state: State, caplog: pytest.LogCaptureFixture
) -> None:
    broken = State.of(make_snapshot(departments=1, groups=1, communes=1))
    broken.made = None

    def fail() -> str:
        raise RuntimeError("out of order")

    broken.not_ready_reason = fail  # type: ignore[method-assign]
    del state
    with serving(create_app(broken)) as face:
        assert ask(face, "GET", "/-/ready").status == 500
        assert ask(face, "GET", "/metrics").status == 200
    assert "out of order" in caplog.text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9805", Address("127.0.0.1", 9805)),
        (" localhost:0 ", Address("localhost", 0)),
        ("[::1]:9805", Address("::1", 9805)),
        (":9805", Address("", 9805)),
    ],
)
def test_address(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "9805", "localhost", "a:", "a:-1", "a:65536", "::1:9805", "a:9805x", "a:²", "::1"]
)
def test_bad_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected HOST:PORT|stands in brackets"):
        parse_address(text)


def test_address_as_it_is_typed() -> None:
    assert str(Address("::1", 9805)) == "[::1]:9805"
    assert str(Address("127.0.0.1", 9805)) == "127.0.0.1:9805"


def test_a_port_that_is_taken() -> None:
    (first,) = bind(Address("127.0.0.1", 0))
    with closing(first):
        port = first.getsockname()[1]
        with pytest.raises(OSError, match=rf"cannot listen on 127\.0\.0\.1:{port}: Address already in use"):
            bind(Address("127.0.0.1", port))


def test_a_host_that_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(OSError, match=r"cannot listen on nobody\.invalid:1: Name or service not known"):
        bind(Address("nobody.invalid", 1))


def test_every_address_of_the_machine_has_the_same_port() -> None:
    sockets = bind(Address("", 0))
    try:
        assert len({listener.getsockname()[1] for listener in sockets}) == 1
        assert {listener.family for listener in sockets} <= {socket.AF_INET, socket.AF_INET6}
    finally:
        for listener in sockets:
            listener.close()


def test_connections_stay_below_what_the_process_may_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def limits(soft: int) -> int:
        monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, soft))
        return server.affordable(Limits()).connections

    assert limits(256) == 192
    assert limits(10) == 1
    assert limits(100_000) == Limits().connections
    assert limits(resource.RLIM_INFINITY) == Limits().connections


@contextmanager
def process(handled: str) -> Iterator[subprocess.Popen[str]]:
    """A process whose main thread serves, and that says so."""
    code = f"""
import threading
from exporter.web.app import create_app
from exporter.web.server import Address, WebServer, bind
from tests.snapshots import State

app = create_app(State())
sockets = bind(Address("127.0.0.1", 0))
server = WebServer(app, sockets)
def say():
    assert server.wait_started(10)
    print(sockets[0].getsockname()[1], flush=True)
threading.Thread(target=say).start()
{handled}
print("closed", flush=True)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_gracefully(number: signal.Signals) -> None:
    with process("server.run()") as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        with connect(Address("127.0.0.1", port)):
            assert ask(Address("127.0.0.1", port), "GET", "/-/healthy").status == 200
            child.send_signal(number)
            out, err = child.communicate(timeout=10)
    assert (child.returncode, out, err) == (0, "closed\n", "")


def test_serve_binds_and_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[server.WebServer] = []

    def run(self: server.WebServer) -> None:
        ran.append(self)

    monkeypatch.setattr(server.WebServer, "run", run)
    server.serve(create_app(State()), Address("127.0.0.1", 0))
    assert ran[0].addresses[0].host == "127.0.0.1"
    assert ran[0].addresses[0].port > 0
    ran[0].close()

"""The wall over HTTP: what each path answers, how much it weighs, and that televisions cost no scrape."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from exporter.clock import FixedClock
from exporter.web.app import create_app
from exporter.web.server import Address, WebServer, bind
from exporter.web.wall.board import Board
from exporter.web.wall.drawing import Drawing, Page
from exporter.web.wall.events import StreamLimits
from exporter.web.wall.model import Wall
from exporter.web.wall.routes import create_wall_app
from tests.serving import ask, connect, serving
from tests.snapshots import NOW, State, make_snapshot
from tests.wall_driver import Site, real_snapshot, wall_site

BUDGET = 100_000
"""Bytes that one load may transfer, with style, script and fonts."""
GET_EVENTS = b"GET /wall/events HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def state() -> State:
    return State.of(real_snapshot())


@pytest.fixture(scope="module")
def face(state: State) -> Iterator[Address]:
    """The exporter's own face."""
    with serving(create_app(state)) as address:
        yield address


@pytest.fixture(scope="module")
def alone(state: State) -> Iterator[Address]:
    """The port of the wall."""
    with serving(create_wall_app(state, StreamLimits(), threading.Event())) as address:
        yield address


class Stream:
    """A television's stream, read event by event."""

    def __init__(self, address: Address) -> None:
        self.connection = connect(address)
        self.connection.sendall(GET_EVENTS)
        self._lines = self.connection.makefile("rb")
        self.status = int(self._lines.readline().split()[1])
        self.head = list(iter(self._lines.readline, b"\r\n"))

    def event(self) -> dict[str, object]:
        """What the next event says."""
        while not (line := self._lines.readline()).startswith(b"data: "):
            assert line, "the stream has ended"
        found: dict[str, object] = json.loads(line.removeprefix(b"data: "))
        return found

    def ended(self) -> bool:
        """Whether nothing more comes, waiting for it."""
        while self._lines.readline():
            pass
        return True

    def close(self) -> None:
        self._lines.close()
        self.connection.close()


@contextmanager
def stream(address: Address) -> Iterator[Stream]:
    with closing(Stream(address)) as found:
        yield found


def test_one_load_stays_under_the_budget_as_every_browser_asks_for_it_compressed(alone: Address) -> None:
    packed = ask(alone, "GET", "/wall", {"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    html = gzip.decompress(packed.body).decode()
    fonts = re.findall(r'<link rel="preload" href="([^"]+)"', html)
    assert len(fonts) == 2
    weight = len(packed.body) + sum(len(ask(alone, "GET", path).body) for path in fonts)
    assert weight < BUDGET
    assert not re.findall(r'(?:src|href)="(?!/wall/|data:)', html), "nothing comes from elsewhere"
    plain = ask(alone, "GET", "/wall").body
    assert re.sub(rb'data-now="\d+"', b"", plain) == re.sub(rb'data-now="\d+"', b"", html.encode())


@pytest.mark.parametrize("server", ["face", "alone"])
def test_style_and_script_are_allowed_by_their_digest_and_nothing_else_is(
    request: pytest.FixtureRequest, server: str
) -> None:
    answer = ask(request.getfixturevalue(server), "GET", "/wall")
    policy = answer.headers["content-security-policy"]
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert " style=" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_font_is_kept_by_the_television_and_its_path_changes_with_it(alone: Address) -> None:
    (path, *_) = re.findall(r'href="(/wall/inter-latin[^"]+)"', ask(alone, "GET", "/wall").text)
    answer = ask(alone, "GET", path)
    assert hashlib.sha256(answer.body).hexdigest()[:16] in path
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "font/woff2"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(alone, "GET", "/wall/inter-latin.0000000000000000.woff2").status == 404


@pytest.mark.parametrize("path", ["/wall", "/wall/state", "/wall/events"])
@pytest.mark.parametrize("server", ["face", "alone"])
def test_head_wherever_get_and_nothing_but_these(
    request: pytest.FixtureRequest, server: str, path: str
) -> None:
    address = request.getfixturevalue(server)
    head = ask(address, "HEAD", path)
    assert (head.status, head.body) == (200, b"")
    if path != "/wall/events":
        got = ask(address, "GET", path)
        assert got.headers["content-type"] == head.headers["content-type"]
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = ask(address, method, path)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_the_port_of_the_wall_serves_nothing_else(alone: Address) -> None:
    for path in (
        "/metrics",
        "/-/healthy",
        "/-/ready",
        "/-/reload",
        "/wall/",
        "/static/wall/wall.css",
        "//wall",
    ):
        for method in ("GET", "POST"):
            answer = ask(alone, method, path)
            assert answer.status == 404, path
    assert "/wall" in ask(alone, "GET", "/metrics").text
    home = ask(alone, "GET", "/?theme=light")
    assert (home.status, home.headers["location"]) == (307, "/wall?theme=light")


@pytest.mark.parametrize(
    ("query", "theme"),
    [
        ("", "dark"),
        ("?theme=light", "light"),
        ("?theme=%22%3E%3Cscript%3E", "dark"),
        ("?theme=light&theme=x", "dark"),
    ],
)
def test_a_theme_is_one_of_ours_or_the_usual_one(alone: Address, query: str, theme: str) -> None:
    html = ask(alone, "GET", f"/wall{query}").text
    assert f'<html lang="vi" data-theme="{theme}">' in html


def test_no_hole_of_the_template_stays_open(alone: Address) -> None:
    html = ask(alone, "GET", "/wall").text
    assert "\ue000" not in html
    assert f'data-now="{round(NOW.timestamp() * 1000)}"' in html


def test_a_snapshot_is_drawn_once_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Wall | None] = []
    draw = Drawing.page

    def counted(self: Drawing, wall: Wall | None, beat_seconds: float) -> Page:
        drawn.append(wall)
        return draw(self, wall, beat_seconds)

    monkeypatch.setattr(Drawing, "page", counted)
    state = State.of(make_snapshot(departments=4, groups=2, communes=8))
    board = Board(state)
    drawn.clear()
    threads = [threading.Thread(target=lambda: [board.answer("dark") for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    board.told()
    assert len(drawn) == 1
    assert board.answer("dark") is board.answer("dark")
    state.current = make_snapshot(departments=4, groups=2, communes=8)
    board.answer("light")
    assert len(drawn) == 2


def test_a_snapshot_that_cannot_be_drawn_leaves_the_last_page(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    state = State(current=real_snapshot())
    board = Board(state)
    before = board.page()

    def fails(*_: object) -> Wall:
        raise RuntimeError("boom")

    monkeypatch.setattr("exporter.web.wall.board.wall", fails)
    state.current = real_snapshot()
    assert board.page() is board.page() is before
    assert caplog.text.count("could not be drawn") == 1


def test_the_time_in_the_page_is_that_of_the_answer() -> None:
    clock = FixedClock(NOW)
    board = Board(State(current=real_snapshot(), clock=clock))
    first = board.answer("dark")
    clock.moment += timedelta(hours=5)
    later = board.answer("dark")
    assert later.page is first.page
    assert b"<b>3 gi\xe1\xbb\x9d</b>" in first.plain
    assert b"<b>8 gi\xe1\xbb\x9d</b>" in later.plain
    assert gzip.decompress(later.packed) == later.plain


def test_a_stream_says_at_once_what_there_is_and_then_what_is_new(browserless: Site) -> None:
    with stream(browserless.address) as television:
        assert television.status == 200
        assert b"content-type: text/event-stream; charset=utf-8\r\n" in television.head
        first = television.event()
        assert first["now"] == round(NOW.timestamp() * 1000)
        assert first == json.loads(ask(browserless.address, "GET", "/wall/state").text)
        snapshot = real_snapshot()
        browserless.publish(
            replace(snapshot, figures={f: m for f, m in snapshot.figures.items() if f.unit != "so-y-te"})
        )
        second = television.event()
        assert second["id"] != first["id"]
        assert second["build"] == first["build"]


@pytest.fixture
def browserless() -> Iterator[Site]:
    with wall_site(real_snapshot()) as site:
        yield site


def test_a_stream_is_heard_at_every_beat(monkeypatch: pytest.MonkeyPatch, state: State) -> None:
    monkeypatch.setattr("exporter.web.wall.routes.Board", lambda s: Board(s, beat_seconds=0.1))
    limits = StreamLimits(look_seconds=0.02)
    with serving(create_wall_app(state, limits, threading.Event())) as address, stream(address) as television:
        assert television.event() == television.event() == television.event()


def test_a_stream_ends_by_itself_and_when_the_server_stops(state: State) -> None:
    limits = StreamLimits(seconds=0.2, look_seconds=0.05)
    with serving(create_wall_app(state, limits, threading.Event())) as address, stream(address) as television:
        television.event()
        assert television.ended()
    stop = threading.Event()
    app = create_wall_app(state, StreamLimits(look_seconds=0.05), stop)
    server = WebServer(app, bind(Address("127.0.0.1", 0)), grace_seconds=30, closing=stop)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert server.wait_started(10)
    with stream(server.addresses[0]) as television:
        television.event()
        server.stop()
        began = time.monotonic()
        assert television.ended()
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5, "a television that listens must not hold up the end"


def test_streams_are_bounded_and_whoever_comes_too_late_is_told(state: State) -> None:
    limits = StreamLimits(streams=3, look_seconds=0.05)
    with serving(create_wall_app(state, limits, threading.Event())) as address, ExitStack() as stack:
        televisions = [stack.enter_context(stream(address)) for _ in range(3)]
        assert all(t.event() for t in televisions)
        late = ask(address, "GET", "/wall/events")
        assert late.status == 503
        assert late.headers["retry-after"] == "15"
        assert "quá nhiều màn hình" in late.text
        televisions[0].close()
        until = time.monotonic() + 10
        while ask(address, "HEAD", "/wall/events").status == 503:
            assert time.monotonic() < until, "the place of a television that left is given to the next"


def test_televisions_that_listen_or_sleep_cost_no_scrape(state: State) -> None:
    """All streams that there may be, some of which never read, and many more that are refused."""
    with (
        serving(create_app(state, StreamLimits(streams=16, look_seconds=0.05))) as address,
        ExitStack() as stack,
    ):
        for _ in range(40):
            sleeper: socket.socket = stack.enter_context(closing(connect(address)))
            sleeper.sendall(GET_EVENTS)
        took = []
        for _ in range(50):
            began = time.perf_counter()
            assert ask(address, "GET", "/metrics").status == 200
            took.append(time.perf_counter() - began)
        assert sorted(took)[25] < 0.25
        assert ask(address, "GET", "/wall").status == 200
        assert ask(address, "GET", "/wall/state").status == 200
        assert ask(address, "GET", "/wall/events").status == 503

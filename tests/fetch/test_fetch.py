"""What the fetcher does when things go well, and how it waits, retries, paces and stops."""

from __future__ import annotations

import gzip
import json
import logging
import re
import socket
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from importlib import metadata

import pytest

from exporter.clock import Clock, FixedClock
from exporter.errors import PortalError, Reason
from exporter.fetch.breaker import left_alone_until
from exporter.fetch.exchange import user_agent
from exporter.fetch.fetcher import Fetcher
from exporter.settings import FetchSettings
from tests import faulty
from tests.faulty import Behaviour, FaultyServer, Talk, page, redirect, reply
from tests.fetching import NOON, Bench, request

TABLE = "<html><table><tr><td>Thị trấn Đông Hưng</td></tr></table></html>"


@dataclass
class Seconds:
    """A monotonic clock that only sleeping moves."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_page_is_what_came_and_when_it_came() -> None:
    with FaultyServer({"/a": [page(TABLE)]}) as server:
        asked = request(server.url("/a?nam=2024"), "html")
        found = Bench().fetcher.fetch(asked)
    assert found.request is asked
    assert (found.url, found.status) == (server.url("/a?nam=2024"), 200)
    assert found.content_type == "text/html; charset=utf-8"
    assert found.body == TABLE.encode()
    assert found.fetched_at == NOON


def test_the_bytes_are_kept_as_they_came_whatever_charset_is_claimed() -> None:
    body = TABLE.encode("utf-16")
    with FaultyServer({"/": [reply(body, content_type="text/html; charset=nonsense\x1b")]}) as server:
        found = Bench().get(server.url("/"), "html")
    assert found.body == body
    assert found.content_type == "text/html; charset=nonsense\\x1b"


def test_who_we_are_and_what_we_take_is_said() -> None:
    with FaultyServer({"/": [reply()], "/html": [page(TABLE)]}) as server:
        bench = Bench(contact="https://example.vn/giam-sat\r\nX-Evil: 1")
        bench.get(server.url("/"))
        bench.get(server.url("/html"), "html")
    first, second = (asked.headers for asked in server.asked)
    version = metadata.version("dvc-monitor")
    assert first["user-agent"] == f"dvc-exporter/{version} (+https://example.vn/giam-satX-Evil: 1)"
    assert first["accept"] == "application/json"
    assert second["accept"].startswith("text/html")
    assert first["accept-encoding"] == "gzip, deflate"
    assert "x-evil" not in first


def test_without_a_contact_the_name_stands_alone() -> None:
    assert re.fullmatch(r"dvc-exporter/[0-9.]+", user_agent(" \n"))


def test_a_question_with_json_is_posted() -> None:
    with FaultyServer({"/": [reply(b'{"code":"OK"}', 201)]}) as server:
        found = Bench().get(server.url("/"), json={"tên": "Thái Bình", "page": 1})
    (asked,) = server.asked
    assert found.status == 201
    assert asked.method == "POST"
    assert asked.headers["content-type"] == "application/json"
    assert json.loads(asked.body) == {"tên": "Thái Bình", "page": 1}


def test_an_empty_question_is_posted_too() -> None:
    with FaultyServer({"/": [reply()]}) as server:
        Bench().get(server.url("/"), json={})
    assert (server.asked[0].method, server.asked[0].body) == ("POST", b"{}")


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("x-gzip", gzip.compress(b'{"a"', mtime=0) + gzip.compress(b": 1}", mtime=0)),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("Deflate", zlib.compress(b'{"a": 1}')[2:-4]),
        ("identity", b'{"a": 1}'),
    ],
)
def test_encodings_are_undone(encoding: str, body: bytes) -> None:
    with FaultyServer({"/": [reply(body, Content_Encoding=encoding)]}) as server:
        assert Bench().get(server.url("/")).body == b'{"a": 1}'


def test_chunks_are_joined() -> None:
    def chunked(talk: Talk) -> None:
        talk.send(faulty.head(Transfer_Encoding="chunked") + b"2\r\n{}\r\n1\r\n \r\n0\r\n\r\n")

    with FaultyServer({"/": [chunked]}) as server:
        assert Bench().get(server.url("/")).body == b"{} "


@pytest.mark.parametrize(
    ("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")]
)
def test_a_redirect_within_the_host_is_followed(status: int, method: str) -> None:
    bench = Bench()
    with FaultyServer(
        {"/": [redirect("/thống-kê#a", status)], "/th%E1%BB%91ng-k%C3%AA": [reply()]}
    ) as server:
        assert bench.get(server.url("/"), json={"a": 1}).status == 200
    assert [asked.method for asked in server.asked] == ["POST", method]
    assert bench.slept == [pytest.approx(1, abs=0.2)], "a redirect is another request: the pause holds"


def test_five_redirects_are_followed() -> None:
    paths = {f"/{number}": [redirect(f"/{number + 1}")] for number in range(5)}
    with FaultyServer({**paths, "/5": [reply()]}) as server:
        assert Bench().get(server.url("/0")).url == server.url("/5")


def test_no_cookie_is_kept() -> None:
    with FaultyServer(
        {"/": [redirect("/there"), reply(Set_Cookie="b=2")], "/there": [reply(Set_Cookie="a=1")]}
    ) as server:
        bench = Bench()
        bench.get(server.url("/"))
        bench.get(server.url("/"))
    assert len(server.asked) == 3
    assert all("cookie" not in asked.headers for asked in server.asked)


def test_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    with FaultyServer({"/": [reply()]}) as server:
        assert Bench().get(server.url("/")).status == 200


def test_names_are_looked_up_and_ipv6_is_spoken() -> None:
    with FaultyServer({"/": [reply()]}) as server:
        assert Bench().get(server.url("/", "localhost")).status == 200
    try:
        six = FaultyServer({"/": [reply()]}, host="::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with six:
        assert Bench().get(six.url("/")).status == 200


def test_a_password_in_the_address_is_sent_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with FaultyServer({"/": [reply(), reply(b"{}", 500)]}) as server:
        url = server.url("/?api_key=geheim&nam=2024").replace("//", "//ten:matkhau@")
        bench = Bench()
        found = bench.get(url)
        error = bench.failure(url)
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    assert server.asked[0].path == "/?api_key=geheim&nam=2024"
    assert found.url == server.url("/?api_key=***&nam=2024").replace("//", "//***@")
    for secret in ("geheim", "matkhau"):
        assert secret not in caplog.text
        assert secret not in str(error)
    assert "nam=2024" in caplog.text


# --- waiting and trying again


def test_what_can_pass_is_tried_again_with_growing_pauses() -> None:
    bench = Bench(retries=3, pause=0)
    with FaultyServer({"/": [reply(status=500), faulty.reset, reply(status=503), reply()]}) as server:
        assert bench.get(server.url("/")).status == 200
    assert bench.slept == [5, 10, 20]


def test_the_wait_is_blurred_and_bounded() -> None:
    clock = Seconds()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.sleep(seconds)

    settings = FetchSettings(retries=9, pause=timedelta(0), backoff=timedelta(seconds=5))
    with FaultyServer({"/": [reply(status=502)]}) as server:
        fetcher = Fetcher(settings, FixedClock(NOON), sleep=sleep, monotonic=clock)
        with pytest.raises(PortalError):
            fetcher.fetch(request(server.url("/")))
    assert len(server.asked) == 10
    expected = [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert all(0.5 * full <= waited <= 1.5 * full for waited, full in zip(slept, expected, strict=True))
    assert slept != expected


@pytest.mark.parametrize(
    ("behaviour", "asked"),
    [
        (reply(status=500), 3),
        (faulty.reset_in_body, 3),
        (faulty.drip_body, 3),
        (reply(status=404), 1),
        (reply(status=501), 1),
        (reply(status=403), 1),
        (reply(b""), 1),
        (reply(b"x" * 200_000), 1),
        (reply(b"?", Content_Encoding="gzip"), 1),
        (redirect("http://elsewhere.example/"), 1),
    ],
)
def test_only_what_can_pass_is_tried_again(behaviour: Behaviour, asked: int) -> None:
    with FaultyServer({"/": [behaviour]}) as server:
        Bench(retries=2, deadline=0.15).failure(server.url("/"))
    assert len(server.asked) == asked


@pytest.mark.parametrize("after", ["7", format_datetime(NOON + timedelta(seconds=7))])
def test_a_short_retry_after_is_waited_for(after: str) -> None:
    clock = Seconds()
    settings = FetchSettings(retries=1, pause=timedelta(0), backoff=timedelta(seconds=1))
    with FaultyServer({"/": [reply(status=503, Retry_After=after), reply()]}) as server:
        fetcher = Fetcher(settings, FixedClock(NOON), sleep=clock.sleep, monotonic=clock)
        assert fetcher.fetch(request(server.url("/"))).status == 200
    assert clock.now == 1007


def test_a_retry_after_date_is_read_against_real_time() -> None:
    clock = Seconds()
    rehearsal = FixedClock(NOON, offset_seconds=-365 * 86_400.0)
    after = format_datetime(NOON + timedelta(days=365, seconds=30))
    with FaultyServer({"/": [reply(status=503, Retry_After=after), reply()]}) as server:
        fetcher = Fetcher(FetchSettings(backoff=timedelta(0)), rehearsal, sleep=clock.sleep, monotonic=clock)
        fetcher.fetch(request(server.url("/")))
    assert clock.now == 1030


def test_a_short_retry_after_holds_for_whoever_asks_next() -> None:
    clock = Seconds()
    with FaultyServer({"/": [reply(status=503, Retry_After="40")], "/b": [reply()]}) as server:
        fetcher = Fetcher(FetchSettings(retries=0), FixedClock(NOON), sleep=clock.sleep, monotonic=clock)
        with pytest.raises(PortalError) as caught:
            fetcher.fetch(request(server.url("/")))
        assert caught.value.retry_after == 40
        fetcher.fetch(request(server.url("/b")))
    assert clock.now == 1040


def test_a_long_retry_after_leaves_the_host_alone_until_then() -> None:
    bench = Bench(retries=3)
    with FaultyServer({"/": [reply(status=503, Retry_After="7200"), reply()]}) as server:
        error = bench.failure(server.url("/"))
        assert (error.reason, error.retry_after) == (Reason.HTTP_STATUS, 7200)
        assert left_alone_until(error.detail) == NOON + timedelta(hours=2)
        assert bench.fetcher.quiet_until(server.url("/")) == NOON + timedelta(hours=2)
        assert bench.failure(server.url("/")).reason is Reason.REJECTED
        assert bench.slept == []
        bench.clock.moment += timedelta(hours=2)
        assert bench.get(server.url("/")).status == 200


def test_a_429_with_a_long_retry_after_is_left_alone_for_that_long() -> None:
    bench = Bench()
    with FaultyServer({"/": [reply(status=429, Retry_After="86400000")]}) as server:
        assert bench.failure(server.url("/")).reason is Reason.REJECTED
    assert bench.fetcher.quiet_until(server.url("/")) == NOON + timedelta(hours=24)


def test_after_the_cool_down_there_is_one_probe() -> None:
    bench = Bench(retries=3)
    with FaultyServer({"/": [reply(status=403), reply(status=500), reply(status=403), reply()]}) as server:
        url = server.url("/")
        assert bench.failure(url).reason is Reason.REJECTED
        bench.clock.moment += timedelta(hours=1)
        assert bench.failure(url).reason is Reason.HTTP_STATUS
        assert len(server.asked) == 2, "a probe is not tried twice"
        assert bench.failure(url).reason is Reason.REJECTED
        assert bench.fetcher.quiet_until(url) == NOON + timedelta(hours=3), "twice as long as before"
        bench.clock.moment += timedelta(hours=2)
        assert bench.get(url).status == 200
        assert bench.fetcher.quiet_hosts() == {}


def test_a_restart_does_not_forget_that_a_host_is_left_alone() -> None:
    bench = Bench()
    with FaultyServer({"/": [reply()]}) as server:
        bench.fetcher.seed(server.url("/"), NOON + timedelta(minutes=5))
        assert bench.failure(server.url("/")).retry_after == 300
        bench.clock.moment += timedelta(minutes=5)
        assert bench.get(server.url("/")).status == 200
    bench.fetcher.seed("Portal.Example.", NOON + timedelta(days=9))
    assert bench.fetcher.quiet_hosts() == {"portal.example": bench.clock.moment + timedelta(hours=1)}


# --- several threads, one host


def test_one_host_is_asked_one_after_the_other_with_a_pause() -> None:
    clock = Seconds()
    settings = FetchSettings(pause=timedelta(seconds=1))
    with FaultyServer({"/": [reply()]}) as server, ThreadPoolExecutor(4) as threads:
        fetcher = Fetcher(settings, FixedClock(NOON), sleep=clock.sleep, monotonic=clock)
        list(threads.map(fetcher.fetch, [request(server.url("/"))] * 8))
    assert len(server.asked) == 8
    assert clock.now == 1007, "seven pauses between eight requests"


def test_one_host_never_sees_two_connections_at_once() -> None:
    busy = threading.Lock()
    overlaps: list[str] = []

    def watched(talk: Talk) -> None:
        if not busy.acquire(blocking=False):
            overlaps.append("two at once")
            return
        talk.server.stopping.wait(0.01)
        # Released before the answer is complete: the next request may follow it at once.
        busy.release()
        reply()(talk)

    with FaultyServer({"/": [watched]}) as server, ThreadPoolExecutor(4) as threads:
        bench = Bench(pause=0)
        pages = list(threads.map(bench.get, [server.url("/")] * 8))
    assert len(pages) == 8
    assert overlaps == []


def test_a_slow_host_does_not_hold_up_another() -> None:
    with FaultyServer({"/": [faulty.silent]}) as slow, FaultyServer({"/": [reply()]}) as fast:
        bench = Bench(deadline=5)
        waiting = threading.Thread(target=bench.failure, args=(slow.url("/"),))
        waiting.start()
        assert bench.get(fast.url("/", "localhost")).status == 200
        assert waiting.is_alive()
        bench.fetcher.stop()
        waiting.join(5)
    assert not waiting.is_alive()


def test_who_was_waiting_when_the_breaker_opened_does_not_ask() -> None:
    reached = threading.Event()

    def refuse(talk: Talk) -> None:
        reached.set()
        talk.server.stopping.wait(0.1)
        reply(status=403)(talk)

    bench = Bench()
    with FaultyServer({"/": [refuse]}) as server, ThreadPoolExecutor(2) as threads:
        first = threads.submit(bench.failure, server.url("/"))
        assert reached.wait(5)
        second = threads.submit(bench.failure, server.url("/"))
        assert first.result().reason is second.result().reason is Reason.REJECTED
        assert len(server.asked) == 1


# --- the caller's own limit


def test_a_request_keeps_the_callers_limit_as_well() -> None:
    with FaultyServer({"/": [faulty.silent]}) as server:
        bench = Bench(deadline=5, retries=3)
        with pytest.raises(PortalError) as caught:
            bench.fetcher.fetch(request(server.url("/")), within=0.1)
    assert caught.value.reason is Reason.TIMEOUT
    assert bench.slept == [], "no try begins that could not end in time"


def test_waiting_for_the_host_counts_towards_the_callers_limit() -> None:
    reached = threading.Event()

    def hold(talk: Talk) -> None:
        reached.set()
        faulty.silent(talk)

    with FaultyServer({"/": [hold]}) as server, ThreadPoolExecutor(1) as threads:
        bench = Bench(deadline=5)
        first = threads.submit(bench.failure, server.url("/"))
        assert reached.wait(5)
        with pytest.raises(PortalError) as caught:
            bench.fetcher.fetch(request(server.url("/")), within=0.05)
        bench.fetcher.stop()
        assert first.result().reason is Reason.CONNECTION
    assert caught.value.reason is Reason.TIMEOUT
    assert caught.value.detail == "no time was left for this request"


def test_no_pause_is_begun_that_would_end_too_late() -> None:
    with FaultyServer({"/": [reply()]}) as server:
        bench = Bench(pause=60)
        bench.get(server.url("/"))
        with pytest.raises(PortalError) as caught:
            bench.fetcher.fetch(request(server.url("/")), within=5)
        assert caught.value.reason is Reason.TIMEOUT
        assert len(server.asked) == 1


# --- stopping


@pytest.mark.parametrize("behaviour", [faulty.silent, faulty.drip_header, faulty.drip_body])
def test_stopping_ends_a_request_under_way_at_once(behaviour: Behaviour) -> None:
    reached = threading.Event()

    def begin(talk: Talk) -> None:
        reached.set()
        behaviour(talk)

    begun = time.monotonic()
    with FaultyServer({"/": [begin]}) as server, ThreadPoolExecutor(1) as threads:
        bench = Bench(deadline=30, retries=5)
        outcome = threads.submit(bench.failure, server.url("/"))
        assert reached.wait(5)
        assert not bench.fetcher.stopped
        bench.fetcher.stop()
        error = outcome.result()
        assert bench.fetcher.stopped
    assert (error.reason, error.detail) == (Reason.CONNECTION, "given up: the exporter is stopping")
    assert time.monotonic() - begun < 5
    assert bench.slept == []


def test_stopping_ends_a_pause() -> None:
    with FaultyServer({"/": [reply(status=500)]}) as server, ThreadPoolExecutor(1) as threads:
        settings = FetchSettings(backoff=timedelta(hours=1), retries=1)
        fetcher = Fetcher(settings, Clock())
        outcome = threads.submit(fetcher.fetch, request(server.url("/")))
        while not server.asked:
            server.stopping.wait(0.01)
        fetcher.stop()
        error = outcome.exception(timeout=5)
    assert isinstance(error, PortalError)
    assert error.reason is Reason.CONNECTION


def test_no_pause_begins_after_stopping() -> None:
    slept: list[float] = []

    def stop_meanwhile() -> float:
        fetcher.stop()
        return 0.5

    with FaultyServer({"/": [reply(status=500)]}) as server:
        fetcher = Fetcher(FetchSettings(), Clock(), sleep=slept.append, chance=stop_meanwhile)
        with pytest.raises(PortalError) as caught:
            fetcher.fetch(request(server.url("/")))
    assert caught.value.reason is Reason.CONNECTION
    assert slept == []


def test_stopping_ends_a_name_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def stuck(*_: object, **__: object) -> list[object]:
        asked.set()
        answer.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    bench = Bench(deadline=30)
    with ThreadPoolExecutor(1) as threads:
        outcome = threads.submit(bench.failure, "http://portal.example/")
        assert asked.wait(5)
        bench.fetcher.stop()
        assert outcome.result(timeout=5).reason is Reason.CONNECTION
    answer.set()
    for thread in threading.enumerate():
        if thread.name == "lookup portal.example":
            thread.join(5)


def test_after_stopping_nothing_is_asked() -> None:
    with FaultyServer({"/": [reply()]}) as server:
        bench = Bench(retries=3)
        bench.fetcher.stop()
        assert bench.failure(server.url("/")).reason is Reason.CONNECTION
    assert server.asked == []
    assert bench.slept == []

"""Every way in which the other side may fail, and the reason it is counted under."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Sequence

import pytest

from exporter.errors import Reason
from exporter.sources.base import Expected
from tests import faulty
from tests.faulty import Behaviour, FaultyServer, Talk, bomb, head, page, raw, redirect, reply
from tests.fetching import NOON, Bench

TABLE = "<html><table><tr><td>1.234</td></tr></table></html>"


def fail(
    behaviour: Behaviour | Sequence[Behaviour], expect: Expected = "json", **bench: float
) -> tuple[Reason, str]:
    """The reason and detail when the server behaves so, asked once."""
    steps = [behaviour] if callable(behaviour) else behaviour
    with FaultyServer({"/": steps}) as server:
        error = Bench(**bench).failure(server.url("/"), expect)  # type: ignore[arg-type]
    return error.reason, error.detail


@pytest.mark.parametrize(
    "behaviour", [faulty.drip_header, faulty.drip_body, faulty.drip_chunks, faulty.silent]
)
def test_a_portal_that_is_too_slow_is_cut_at_the_deadline(behaviour: Behaviour) -> None:
    begun = time.monotonic()
    reason, detail = fail(behaviour, deadline=0.2)
    assert reason is Reason.TIMEOUT
    assert detail == "no complete answer within 0.2 s"
    assert 0.15 < time.monotonic() - begun < 5


def test_the_deadline_holds_over_redirects_together() -> None:
    def slow_redirect(talk: Talk) -> None:
        talk.drip(head(302, None, Location="/", Content_Length="0"), every=0.002)

    assert fail(slow_redirect, deadline=0.25)[0] is Reason.TIMEOUT


def test_the_deadline_covers_the_name_lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def stuck(*_: object, **__: object) -> list[object]:
        answer.wait(5)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", stuck)
    bench = Bench(deadline=0.1)
    assert bench.failure("http://portal.example/").reason is Reason.TIMEOUT
    assert bench.failure("http://portal.example/").reason is Reason.TIMEOUT
    lookups = [thread for thread in threading.enumerate() if thread.name == "lookup portal.example"]
    assert len(lookups) == 1, "a second question waits for the first one's answer"
    answer.set()
    lookups[0].join(5)
    assert not lookups[0].is_alive()


@pytest.mark.parametrize(
    "error", [socket.gaierror(socket.EAI_NONAME, "no such name"), UnicodeError("label too long")]
)
def test_a_name_that_does_not_resolve_is_a_connection_failure(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = Bench().failure("http://portal.example/")
    assert found.reason is Reason.CONNECTION
    assert str(error.args[-1]) in found.detail


def test_a_name_without_addresses_is_a_connection_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    assert Bench().failure("http://portal.example/").reason is Reason.CONNECTION


def test_the_next_address_is_tried_when_the_first_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultyServer({"/": [reply()]}) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        dead = closed.getsockname()
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 0, "", address)
            for address in (dead, ("127.0.0.1", server.port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert Bench().get(server.url("/", "portal.example")).status == 200


def test_nobody_listening_is_a_connection_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = Bench().failure(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert error.reason is Reason.CONNECTION
    assert "refused" in error.detail.lower()


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(raw(b""), id="closes without a word"),
        pytest.param(raw(head(Content_Length="100") + b'{"a": 1}'), id="fewer bytes than announced"),
        pytest.param(raw(head(Transfer_Encoding="chunked") + b"64\r\n{"), id="cut in a chunk"),
        pytest.param(raw(head(Transfer_Encoding="chunked") + b"2\r\n{}\r\n"), id="no last chunk"),
        pytest.param(raw(head(Transfer_Encoding="chunked") + b"zz\r\n{}\r\n"), id="chunk size is no number"),
        pytest.param(raw(head(Content_Length="2, 3") + b"{}"), id="two lengths"),
        pytest.param(raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), id="not HTTP"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n{}"), id="too many headers"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n{}"), id="a header too long"),
        pytest.param(faulty.reset, id="reset"),
        pytest.param(faulty.reset_in_body, id="reset in the body"),
    ],
)
def test_a_broken_transfer_is_a_connection_failure(behaviour: Behaviour) -> None:
    assert fail(behaviour)[0] is Reason.CONNECTION


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(reply(b"x" * 100_001), id="announced"),
        pytest.param(raw(head(Content_Length="9" * 5000)), id="announced beyond counting"),
        pytest.param(faulty.endless, id="without end"),
        pytest.param(reply(bomb(10_000_000), Content_Encoding="gzip"), id="gzip bomb"),
        pytest.param(reply(zlib.compress(b" " * 10_000_000), Content_Encoding="deflate"), id="deflate bomb"),
        pytest.param(redirect("/bomb"), id="behind a redirect"),
    ],
)
def test_a_body_over_the_limit_is_too_large(behaviour: Behaviour) -> None:
    with FaultyServer({"/": [behaviour], "/bomb": [faulty.endless]}) as server:
        assert Bench(deadline=5).failure(server.url("/")).reason is Reason.TOO_LARGE


def test_the_body_of_a_redirect_is_never_read() -> None:
    def endless_redirect(talk: Talk) -> None:
        talk.send(head(302, None, Location="/there"))
        while not talk.server.stopping.is_set():
            talk.send(b" " * 65_536)

    with FaultyServer({"/": [endless_redirect], "/there": [reply()]}) as server:
        assert Bench().get(server.url("/")).url == server.url("/there")


def test_a_body_of_just_the_limit_is_fine() -> None:
    with FaultyServer({"/": [reply(b" " * 99_998 + b"[]")]}) as server:
        assert len(Bench().get(server.url("/")).body) == 100_000


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(reply(b"no gzip at all", Content_Encoding="gzip"), id="no gzip"),
        pytest.param(reply(gzip.compress(b"{}" * 500)[:-12], Content_Encoding="gzip"), id="gzip cut"),
        pytest.param(reply(b"{}", Content_Encoding="br"), id="an encoding nobody asked for"),
        pytest.param(reply(b"{}", Content_Encoding="gzip, gzip"), id="encoded twice"),
        pytest.param(reply(b""), id="empty"),
        pytest.param(reply(b" \r\n"), id="blank"),
        pytest.param(reply(b"", Content_Encoding="gzip"), id="empty gzip"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Ty"), id="cut in the headers, which end like this"),
        pytest.param(raw(b"HTTP/1.1 204 No Content\r\n\r\n"), id="204"),
    ],
)
def test_a_body_that_is_none_is_a_decode_failure(behaviour: Behaviour) -> None:
    assert fail(behaviour)[0] is Reason.DECODE


@pytest.mark.parametrize("status", [206, 300, 304, 400, 404, 410, 418, 451, 500, 501, 502, 503, 504, 999])
def test_other_statuses_are_counted_as_such(status: int) -> None:
    reason, detail = fail(reply(b"<h1>Sorry</h1>", status, "text/html"))
    assert reason is Reason.HTTP_STATUS
    assert detail == f"status {status} Told"


def test_a_redirect_to_nowhere_is_a_status() -> None:
    assert fail(reply(b"", 302)) == (Reason.HTTP_STATUS, "status 302 Told")


@pytest.mark.parametrize("body", [bomb(10_000_000), b"no gzip"])
def test_a_broken_body_beside_a_bad_status_changes_nothing(body: bytes) -> None:
    assert fail(reply(body, 500, Content_Encoding="gzip"))[0] is Reason.HTTP_STATUS


def test_a_body_of_unknown_size_beside_a_bad_status_is_not_read() -> None:
    assert fail(faulty.endless_error)[0] is Reason.HTTP_STATUS


def test_a_large_body_beside_a_bad_status_is_not_read() -> None:
    assert fail(raw(head(500, Content_Length="90000000")))[0] is Reason.HTTP_STATUS


BLOCK = (
    "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected.</body></html>"
)
LOGIN = '<html><body><form><input name="u"><input TYPE="password" name="p"></form></body></html>'


@pytest.mark.parametrize(
    ("behaviour", "expect", "says"),
    [
        (reply(b"{}", 401), "json", "status 401"),
        (reply(b"{}", 403), "json", "status 403"),
        (reply(b"{}", 429), "json", "status 429"),
        (page(TABLE), "json", "a web page stands where data was expected"),
        (reply(b"\xef\xbb\xbf\n<!DOCTYPE html><p>", content_type="application/json"), "json", "a web page"),
        (page(BLOCK), "html", "Request Rejected"),
        (page(BLOCK), "json", "Request Rejected"),
        (page(BLOCK, 503), "html", "a firewall answered with status 503"),
        (page(LOGIN), "html", "login page"),
        (redirect("/dang-nhap?next=/"), "html", "redirected to a login page"),
        (redirect("/auth/Login.jsp"), "html", "redirected to a login page"),
        (redirect("/"), "html", "redirected more than 5 times"),
        (redirect("ftp://127.0.0.1/"), "html", "no address"),
        (redirect("http://[::1/"), "html", "no address"),
        (redirect("//user:secret@127.0.0.1/"), "html", "redirected away"),
        (redirect("http://127.0.0.1:1/"), "html", "another port"),
        (redirect("https://127.0.0.1/"), "html", "another port"),
    ],
)
def test_a_portal_that_turns_us_away_opens_the_breaker(
    behaviour: Behaviour, expect: Expected, says: str
) -> None:
    bench = Bench(retries=3)
    with FaultyServer({"/": [behaviour]}) as server:
        error = bench.failure(server.url("/"), expect)
        asked = len(server.asked)
        again = bench.failure(server.url("/other"), expect)
        assert len(server.asked) == asked, "while the breaker is open nothing is asked"
    assert error.reason is again.reason is Reason.REJECTED
    assert says in error.detail
    assert "secret" not in error.detail
    assert error.detail.endswith("127.0.0.1 is left alone until 2024-09-16T13:00:00+07:00")
    assert again.detail.endswith("left alone until 2024-09-16T13:00:00+07:00")
    assert error.retry_after == again.retry_after == 3600
    assert bench.fetcher.quiet_until(server.url("/")) == NOON.replace(hour=13)
    assert bench.fetcher.quiet_hosts() == {"127.0.0.1": NOON.replace(hour=13)}
    assert bench.fetcher.quiet_until("http://other.example") is None


def test_however_long_the_portals_words_the_detail_says_until_when() -> None:
    assert fail(redirect("http://other.example/" + "x" * 5000))[1].endswith("until 2024-09-16T13:00:00+07:00")


def test_a_redirect_to_another_host_is_never_followed() -> None:
    with FaultyServer({"/there": [reply()]}) as other:
        reason, detail = fail(redirect(f"http://localhost:{other.port}/there?token=abc"))
        assert other.asked == []
    assert reason is Reason.REJECTED
    assert f"redirected away from its host to http://localhost:{other.port}/there?token=***" in detail


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "http://",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "x",
    ],
)
def test_only_http_addresses_are_asked(url: str) -> None:
    error = Bench().failure(url)
    assert error.reason is Reason.CONNECTION
    assert "no address to ask" in error.detail


@pytest.mark.parametrize("url", ["http://.example/", "http://a b.example/", "http://*.example/"])
def test_a_host_that_cannot_be_is_a_connection_failure(url: str) -> None:
    assert Bench(retries=2).failure(url).reason is Reason.CONNECTION


def test_no_thread_and_no_socket_is_left_behind() -> None:
    before = set(threading.enumerate())
    paths: dict[str, Sequence[Behaviour]] = {
        "/slow": [faulty.drip_body],
        "/huge": [faulty.endless],
        "/cut": [raw(b"HTTP")],
        "/good": [reply()],
    }
    with FaultyServer(paths) as server:
        bench = Bench(deadline=0.1)
        assert bench.failure(server.url("/slow")).reason is Reason.TIMEOUT
        assert bench.failure(server.url("/huge")).reason in {Reason.TOO_LARGE, Reason.TIMEOUT}
        assert bench.failure(server.url("/cut")).reason is Reason.CONNECTION
        assert bench.get(server.url("/good")).status == 200
        # A socket left open would be a ResourceWarning, which fails the test run, and the server
        # below would wait for its other end.
    assert set(threading.enumerate()) <= before

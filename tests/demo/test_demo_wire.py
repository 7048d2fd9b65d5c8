from __future__ import annotations

import time
import zlib

import pytest
import requests

from demo.portal import DemoPortal
from demo.wire import head
from tests.demo.demo_asking import ASK, PAGE, PATIENCE, get, parts, raw


def test_slow_answers_late_but_whole(portal: DemoPortal) -> None:
    portal.fault("slow", seconds=0.3)
    started = time.monotonic()
    assert get(portal).status_code == 200
    assert time.monotonic() - started >= 0.3
    portal.clear()
    portal.fault("slow")
    with pytest.raises(requests.ReadTimeout):
        requests.get(portal.url + PAGE, timeout=0.2)


def test_slow_outlasts_a_client_that_already_asks_for_more(portal: DemoPortal) -> None:
    portal.fault("slow", seconds=0.3, times=1)
    closing = ASK.replace(b"Host: x", b"Host: x\r\nConnection: close")
    started = time.monotonic()
    assert raw(portal, ask=ASK + closing).count(b"HTTP/1.1 200") == 2
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("where", ["headers", "body"])
def test_drip_comes_byte_by_byte(portal: DemoPortal, where: str) -> None:
    portal.fault("drip", seconds=0.02, where=where)
    got = raw(portal, seconds=0.4)
    if where == "headers":
        assert 2 <= len(got) <= 30
        assert b"HTTP/1.1 200 OK".startswith(got[:15])
    else:
        headers, body = parts(got)
        assert int(headers["content-length"]) > 10_000
        assert 2 <= len(body) <= 30


def test_a_short_answer_drips_to_its_end(portal: DemoPortal) -> None:
    portal.fault("drip", seconds=0)
    portal.fault("http_404")
    answer = get(portal)
    assert answer.status_code == 404
    assert len(answer.content) == int(answer.headers["Content-Length"])


def test_silent_says_nothing(portal: DemoPortal) -> None:
    portal.fault("silent")
    assert raw(portal, seconds=0.3) == b""


def test_reset_is_a_reset(portal: DemoPortal) -> None:
    portal.fault("reset")
    with pytest.raises(ConnectionResetError):
        raw(portal)


def test_cut_ends_in_the_middle(portal: DemoPortal) -> None:
    portal.fault("cut")
    headers, body = parts(raw(portal))
    assert len(body) == int(headers["content-length"]) // 2
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(portal)


def test_cut_quietly_looks_whole_to_http(portal: DemoPortal) -> None:
    whole = get(portal).content
    portal.fault("cut_quietly")
    answer = get(portal)
    assert answer.content == whole[: len(whole) // 2]
    assert "Content-Length" not in answer.headers


def test_wrong_length_is_less_than_what_comes(portal: DemoPortal) -> None:
    portal.fault("wrong_length")
    headers, body = parts(raw(portal))
    assert int(headers["content-length"]) == len(body) // 2
    assert b"</html>" in body


def test_too_large_never_ends(portal: DemoPortal) -> None:
    portal.fault("too_large")
    got = 0
    with requests.get(portal.url + PAGE, timeout=PATIENCE, stream=True) as answer:
        for piece in answer.iter_content(65_536):
            got += len(piece)
            if got > 5_000_000:
                break
    assert got > 5_000_000


def test_a_gzip_bomb_is_small_on_the_wire_and_large_in_memory(portal: DemoPortal) -> None:
    portal.fault("gzip_bomb")
    headers, body = parts(raw(portal, seconds=3))
    assert headers["content-encoding"] == "gzip"
    assert len(body) < 10_000_000
    opened = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, 30_000_000)
    assert len(opened) == 30_000_000


def test_an_unknown_status_has_a_line_as_well() -> None:
    assert head(799, []) == b"HTTP/1.1 799 Unknown\r\n\r\n"

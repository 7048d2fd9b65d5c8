from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import PortalError, Reason
from exporter.fetch.body import MAX_MEMBERS, check_announced, read_body


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def encoded(body: bytes, encoding: str) -> bytes:
    match encoding:
        case "gzip":
            return gzip.compress(body)
        case "deflate":
            return zlib.compress(body)
        case _:
            return body


@given(st.binary(max_size=2000), st.integers(2, 300), st.sampled_from(["", "identity", "gzip", "deflate"]))
def test_however_it_is_cut_the_body_comes_back(body: bytes, size: int, encoding: str) -> None:
    assert read_body(pieces(encoded(body, encoding), size), encoding, 3000) == body


@given(st.integers(0, 500), st.sampled_from(["", "gzip", "deflate"]))
def test_the_limit_holds_to_the_byte(limit: int, encoding: str) -> None:
    body = b"0" * (limit + 1)
    # The wire counts as well, and a short body is longer when compressed.
    with pytest.raises(PortalError) as caught:
        read_body([encoded(body, encoding)], encoding, limit)
    assert caught.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_no_more_is_taken_than_shows_that_it_is_too_much(encoding: str) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield encoded(b"a" * 600, encoding)

    with pytest.raises(PortalError):
        read_body(endless(), encoding, 1000)
    assert len(taken) <= 2


def test_a_compressed_body_over_the_limit_on_the_wire_is_too_large() -> None:
    stored = gzip.compress(b"a" * 90, compresslevel=0)
    with pytest.raises(PortalError) as caught:
        read_body([stored], "gzip", 100)
    assert caught.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "encoding", "says"),
    [
        (gzip.compress(b"a", mtime=0) * (MAX_MEMBERS + 1), "gzip", "goes on after its end"),
        (zlib.compress(b"a") * 2, "deflate", "goes on after its end"),
        (gzip.compress(b"a", mtime=0) + b"garbage", "gzip", "the gzip body is broken"),
        (b"\xff\xff", "deflate", "the deflate body is broken"),
        (gzip.compress(b"a", mtime=0)[:-1], "gzip", "ends before its end"),
        (b"a", "zstd\n" + "x" * 99, "encoded as zstd\\nx"),
    ],
)
def test_a_broken_body_is_a_decode_failure(data: bytes, encoding: str, says: str) -> None:
    with pytest.raises(PortalError) as caught:
        read_body([data], encoding, 10_000)
    assert caught.value.reason is Reason.DECODE
    assert says in caught.value.detail
    assert len(caught.value.detail) < 150


def test_as_many_members_as_allowed_are_joined() -> None:
    assert read_body([gzip.compress(b"a") * MAX_MEMBERS], "gzip", 10_000) == b"a" * MAX_MEMBERS


@pytest.mark.parametrize("length", ["1001", "9" * 99])
def test_an_announced_size_is_believed_when_it_is_too_large(length: str) -> None:
    with pytest.raises(PortalError) as caught:
        check_announced(length, 1000)
    assert caught.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    "length", [None, "1000", "", "-1", "x", "\uff11\uff10\uff10\uff10\uff10", "0000000001000"]
)
def test_other_announcements_forbid_nothing(length: str | None) -> None:
    check_announced(length, 1000)
    assert read_body([b"a"], "", 1000) == b"a"

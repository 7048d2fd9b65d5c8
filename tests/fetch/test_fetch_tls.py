"""TLS is verified, always, and its handshake keeps the deadline too."""

from __future__ import annotations

import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from exporter.errors import Reason
from tests import faulty
from tests.faulty import FaultyServer, Talk, redirect, reply
from tests.fetching import Bench


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, key_type=trustme.KeyType.ECDSA).configure_cert(made)
    return made


def test_a_trusted_certificate_passes(authority: trustme.CA, trusted: Path) -> None:
    with FaultyServer({"/": [reply()]}, tls=context(authority, "127.0.0.1")) as server:
        assert Bench(verify=trusted).get(server.url("/"), json={"a": 1}).body == b'{"ok": true}'


def test_an_unknown_authority_is_a_tls_failure(authority: trustme.CA) -> None:
    with FaultyServer({"/": [reply()]}, tls=context(authority, "127.0.0.1")) as server:
        error = Bench(retries=3).failure(server.url("/"))
    assert error.reason is Reason.TLS
    assert "certificate verify failed" in error.detail
    assert server.asked == []


def test_a_certificate_for_another_name_is_a_tls_failure(authority: trustme.CA, trusted: Path) -> None:
    with FaultyServer({"/": [reply()]}, tls=context(authority, "other.example")) as server:
        bench = Bench(retries=3, verify=trusted)
        assert bench.failure(server.url("/")).reason is Reason.TLS
    assert bench.slept == []


def test_a_server_that_speaks_no_tls_is_a_tls_failure() -> None:
    with FaultyServer({}, raw=faulty.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        assert Bench().failure(server.url("/").replace("http:", "https:")).reason is Reason.TLS


@pytest.mark.parametrize("dripped", [b"", b"\x16\x03\x03\x40\x00" + b"\x00" * 400])
def test_the_deadline_covers_the_handshake(dripped: bytes) -> None:
    def handshake(talk: Talk) -> None:
        talk.drip(dripped)
        faulty.silent(talk)

    with FaultyServer({}, raw=handshake) as server:
        error = Bench(deadline=0.2).failure(server.url("/").replace("http:", "https:"))
    assert error.reason is Reason.TIMEOUT


def test_the_deadline_covers_an_encrypted_body(authority: trustme.CA, trusted: Path) -> None:
    with FaultyServer({"/": [faulty.drip_body]}, tls=context(authority, "127.0.0.1")) as server:
        assert Bench(deadline=0.3, verify=trusted).failure(server.url("/")).reason is Reason.TIMEOUT


def test_no_redirect_leads_down_from_https(authority: trustme.CA, trusted: Path) -> None:
    with FaultyServer({"/": [reply()]}) as plain:
        with FaultyServer({"/": [redirect(plain.url("/"))]}, tls=context(authority, "127.0.0.1")) as server:
            error = Bench(verify=trusted).failure(server.url("/"))
        assert plain.asked == []
    assert error.reason is Reason.REJECTED
    assert "redirected from https down to" in error.detail


def test_stopping_ends_an_encrypted_answer(authority: trustme.CA, trusted: Path) -> None:
    reached = threading.Event()

    def hold(talk: Talk) -> None:
        reached.set()
        faulty.silent(talk)

    served = FaultyServer({"/": [hold]}, tls=context(authority, "127.0.0.1"))
    with served as server, ThreadPoolExecutor(1) as threads:
        bench = Bench(deadline=30, verify=trusted)
        outcome = threads.submit(bench.failure, server.url("/"))
        assert reached.wait(5)
        bench.fetcher.stop()
        assert outcome.result(timeout=4).reason is Reason.CONNECTION

"""The server behind its door: TLS that nobody can hold up, certificates that rotate, passwords, headers."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from exporter.web.guard import Limits
from exporter.web.security.keeper import Keeper
from exporter.web.server import Address, bind
from tests.securing import PASSWORD, Folder, ask_tls, basic, guarded, hashed
from tests.serving import ask, connect, read_all
from tests.snapshots import State, make_snapshot
from tests.web.test_prometheus import wait_for

SCRAPED = """
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: dvc
    scheme: https
    basic_auth: {{username: prometheus, password_file: {secret}}}
    tls_config: {{ca_file: {ca}}}
    static_configs: [{{targets: ["{face}"]}}]
"""
BRISK = Limits(head_seconds=0.4, answer_seconds=0.6, idle_seconds=0.8, look_seconds=0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def secured(folder: Folder) -> Iterator[tuple[Address, Folder, Keeper]]:
    keeper = Keeper(folder.write(users={"prometheus": hashed()}))
    with guarded(keeper) as address:
        yield address, folder, keeper


def test_only_with_tls_and_the_password(secured: tuple[Address, Folder, Keeper]) -> None:
    address, folder, _ = secured
    trust = folder.trust()
    for path in ("/metrics", "/", "/-/healthy", "/wall", "/config", "/nowhere"):
        refused = ask_tls(address, trust, path)
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Basic realm=")
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]
        assert ask_tls(address, trust, path, basic("prometheus", "wrong")).status == 401
        assert ask_tls(address, trust, path, basic("nobody")).status == 401
        assert ask_tls(address, trust, path, basic("prometheus")).status == (
            404 if path == "/nowhere" else 200
        )
    with connect(address) as plain:
        plain.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in read_all(plain)


def test_silent_clients_are_in_nobodys_way(folder: Folder) -> None:
    keeper = Keeper(folder.write())
    limits = Limits(connections=40)
    with guarded(keeper, limits, State.of(make_snapshot())) as address, ExitStack() as clients:
        trust = folder.trust()
        silent = [clients.enter_context(connect(address)) for _ in range(120)]
        for half in silent[::3]:
            half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        slowest = 0.0
        for _ in range(30):
            begin = time.monotonic()
            assert ask_tls(address, trust).status == 200
            slowest = max(slowest, time.monotonic() - begin)
        assert read_all(silent[0]) == b""
    assert slowest < 2


@pytest.mark.parametrize(
    "said", [b"", b"\x16\x03\x01\x02\x00\x01\x00", b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 50_000]
)
def test_a_handshake_that_never_ends(folder: Folder, said: bytes) -> None:
    with guarded(Keeper(folder.write()), BRISK) as address:
        with connect(address) as client:
            begin = time.monotonic()
            client.sendall(said)
            read_all(client)
            assert time.monotonic() - begin < 3
        assert ask_tls(address, folder.trust(), "/-/healthy").status == 200


def test_deadlines_hold_behind_tls_as_well(folder: Folder) -> None:
    with (
        guarded(Keeper(folder.write()), BRISK) as address,
        folder.trust().wrap_socket(connect(address), server_hostname="127.0.0.1") as client,
    ):
        client.sendall(b"GET /metrics HTTP/1.1\r\nX-Half: ")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")


def test_many_handshakes_at_once(folder: Folder) -> None:
    """What a client says before the server listens must not be lost: this once hung every other time."""
    with guarded(Keeper(folder.write())) as address:
        trust = folder.trust()
        for _ in range(150):
            assert ask_tls(address, trust, "/-/healthy").text == "OK\n"


def serial(address: Address, folder: Folder) -> object:
    with folder.trust().wrap_socket(connect(address), server_hostname="127.0.0.1") as client:
        certificate = client.getpeercert()
        assert certificate is not None
        return certificate["serialNumber"]


def test_certificates_rotate_without_a_restart(secured: tuple[Address, Folder, Keeper]) -> None:
    address, folder, keeper = secured
    before = serial(address, folder)
    folder.issue()
    keeper.look()
    after = serial(address, folder)
    assert after != before
    assert keeper.fault is None
    (folder.path / "server.key").write_text("no key", encoding="utf-8")
    keeper.look()
    assert keeper.fault is not None
    assert "no private key" in keeper.fault
    assert serial(address, folder) == after
    folder.issue()
    keeper.look()
    assert keeper.fault is None
    assert serial(address, folder) not in {before, after}


def test_the_watch_sees_a_rotation_by_itself(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exporter.web.security.keeper.EVERY_SECONDS", 0.01)
    keeper = Keeper(folder.write())
    with guarded(keeper) as address:
        before = serial(address, folder)
        keeper.start()
        folder.issue()
        deadline = time.monotonic() + 10
        while serial(address, folder) == before and time.monotonic() < deadline:
            time.sleep(0.02)
        keeper.stop()
        assert serial(address, folder) != before


def test_a_bad_file_is_told_once_and_leaves_the_old_in_force(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str | None] = []
    keeper = Keeper(folder.write(users={"prometheus": hashed()}), told.append)
    old = keeper.doors
    for spoilt in ("tls_server_config: [", f"basic_auth_users: {{prometheus: {PASSWORD}}}"):
        folder.file.write_text(spoilt, encoding="utf-8")
        for _ in range(3):
            keeper.look()
        assert keeper.doors is old
    assert len(told) == 2
    assert caplog.text.count("not reloaded") == 2
    assert PASSWORD not in caplog.text
    folder.write(users={"prometheus": hashed("new")})
    keeper.look()
    assert told[2:] == [None]
    assert keeper.doors is not old


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (f"basic_auth_users: {{a: {hashed()}}}", "TLS"),
        ("{tls}", "passwords"),
        ("", "empty"),
    ],
    ids=["without TLS", "without passwords", "empty"],
)
def test_half_a_file_opens_no_door(folder: Folder, text: str, lost: str) -> None:
    keeper = Keeper(folder.write(users={"prometheus": hashed()}))
    old = keeper.doors
    if text == "{tls}":
        folder.write()
    else:
        folder.file.write_text(text, encoding="utf-8")
    keeper.look()
    assert keeper.doors is old
    assert lost in str(keeper.fault)


def test_tls_does_not_begin_while_plain_text_is_spoken(folder: Folder) -> None:
    folder.file.write_text(f"basic_auth_users: {{a: {hashed()}}}\n", encoding="utf-8")
    keeper = Keeper(folder.file)
    with guarded(keeper) as address:
        assert ask(address, "GET", "/-/healthy").status == 401
        assert ask(address, "GET", "/-/healthy", basic("a")).status == 200
        folder.write(users={"a": hashed()})
        keeper.look()
        assert "takes a restart" in str(keeper.fault)
        assert ask(address, "GET", "/-/healthy", basic("a")).status == 200


def test_clients_show_a_certificate_with_an_allowed_name(folder: Folder) -> None:
    policy = "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem\n"
    tls = f"{policy}client_allowed_sans: [10.0.0.7, good.example]"
    keeper = Keeper(folder.write(tls=tls))
    stranger = trustme.CA()
    with guarded(keeper) as address:
        for good in ("good.example", "10.0.0.7"):
            assert ask_tls(address, folder.trust(folder.client(good)), "/-/healthy").status == 200
        bad = [folder.client("bad.example"), folder.client("good.example", ca=stranger), None]
        for client in bad:
            with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
                ask_tls(address, folder.trust(client), "/-/healthy")
    assert not keeper.public().tls.allowed_sans  # type: ignore[union-attr]
    assert keeper.public().tls.context.verify_mode is ssl.CERT_NONE  # type: ignore[union-attr]


def test_a_certificate_that_is_shown_is_verified(folder: Folder) -> None:
    keeper = Keeper(folder.write(tls="client_auth_type: VerifyClientCertIfGiven\nclient_ca_file: ca.pem"))
    with guarded(keeper) as address:
        assert ask_tls(address, folder.trust(), "/-/healthy").status == 200
        assert ask_tls(address, folder.trust(folder.client("a.example")), "/-/healthy").status == 200
        with pytest.raises((ssl.SSLError, ConnectionError, OSError)):
            ask_tls(address, folder.trust(folder.client("b.example", ca=trustme.CA())), "/-/healthy")


def test_an_old_version_is_not_spoken(folder: Folder) -> None:
    with guarded(Keeper(folder.write(tls="min_version: TLS13"))) as address:
        old = folder.trust()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError):
            ask_tls(address, old, "/-/healthy")
        assert ask_tls(address, folder.trust(), "/-/healthy").status == 200


def test_headers_of_the_file_take_the_place_of_ours(folder: Folder) -> None:
    headers = (
        "http_server_config:\n  headers:\n    X-Frame-Options: sameorigin\n"
        "    Strict-Transport-Security: max-age=60\n    X-XSS-Protection:\n"
    )
    with guarded(Keeper(folder.write(headers))) as address:
        for path in ("/", "/wall", "/metrics", "/nowhere"):
            said = ask_tls(address, folder.trust(), path).headers
            assert said["x-frame-options"] == "sameorigin"
            assert said["strict-transport-security"] == "max-age=60"
            assert "frame-ancestors 'self'" in said["content-security-policy"]
            assert "x-xss-protection" not in said


def test_a_rate_limit(folder: Folder) -> None:
    with guarded(Keeper(folder.write("rate_limit: {interval: 1h, burst: 3}"))) as address:
        found = [ask_tls(address, folder.trust(), "/-/healthy").status for _ in range(5)]
    assert found == [200, 200, 200, 429, 429]


def test_the_configuration_is_shown_without_secrets(secured: tuple[Address, Folder, Keeper]) -> None:
    address, folder, keeper = secured
    page = ask_tls(address, folder.trust(), "/config", basic("prometheus"))
    assert page.status == 200
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert "every: " in page.text
    assert "prometheus: <secret>" in page.text
    for hash_ in keeper.main().users.values():
        assert hash_.decode() not in page.text


def test_prometheus_scrapes_over_tls_with_basic_auth(
    folder: Folder, prometheus: Path, promtool: Path, tmp_path: Path
) -> None:
    """The real thing, through a change of certificate and of password."""
    keeper = Keeper(folder.write(users={"prometheus": hashed(cost=10)}))
    state = State.of(make_snapshot())
    secret = tmp_path / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    (probe,) = bind(Address("127.0.0.1", 0))
    own = Address(*probe.getsockname())
    probe.close()
    with guarded(keeper, state=state) as face:
        config = tmp_path / "prometheus.yml"
        config.write_text(
            SCRAPED.format(secret=secret, ca=folder.path / "ca.pem", face=face), encoding="utf-8"
        )
        subprocess.run([promtool, "check", "config", config], check=True, capture_output=True, timeout=20)
        command = [
            *[str(prometheus), f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}"],
            *[f"--web.listen-address={own}", "--log.level=error"],
        ]
        with subprocess.Popen(command) as server:
            try:
                wait_for(own, 'count({__name__=~"dvc_.+"})', state.exposition().series)
                folder.issue()
                folder.write(users={"prometheus": hashed("another")})
                keeper.look()
                wait_for(own, "up", 0.0)
                # Prometheus reads a password file when its configuration changes.
                (tmp_path / "new").write_text("another", encoding="utf-8")
                changed = config.read_text(encoding="utf-8").replace(str(secret), str(tmp_path / "new"))
                config.write_text(changed, encoding="utf-8")
                server.send_signal(signal.SIGHUP)
                wait_for(own, "up", 1.0)
            finally:
                server.kill()


def test_connections_that_end_early_leave_nothing_behind(folder: Folder) -> None:
    with guarded(Keeper(folder.write()), BRISK) as address:
        for _ in range(50):
            with connect(address) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                client.sendall(b"\x16\x03\x01")
        assert ask_tls(address, folder.trust(), "/-/healthy").status == 200


def test_failed_handshakes_do_not_fill_the_log(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    policy = "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem"
    with guarded(Keeper(folder.write(tls=policy)), BRISK) as address:
        for said in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 9_000):
            with connect(address) as client:
                client.sendall(said)
                read_all(client)
        for client_file in (None, folder.client("a.example", ca=trustme.CA())):
            with pytest.raises(OSError):  # noqa: PT011 - how a client is told depends on the moment
                ask_tls(address, folder.trust(client_file), "/-/healthy")
        assert ask_tls(address, folder.trust(folder.client("b.example")), "/-/healthy").status == 200
    assert caplog.records == []

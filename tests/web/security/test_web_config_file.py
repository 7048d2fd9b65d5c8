"""The file: what is taken, what is refused and where, and that no fault shows a secret."""

from __future__ import annotations

import re
import ssl
import subprocess
from pathlib import Path

import pytest

from exporter.config.faults import ConfigError
from exporter.web.security.door import read_doors
from tests.securing import Folder, hashed

ROOT = Path(__file__).resolve().parents[3]
SECRET = "hunter2-hunter2"  # noqa: S105 - of tests only


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


TAKEN = [
    "min_version: TLS13",
    "min_version: TLS10",
    "max_version: TLS12",
    "client_auth_type: NoClientCert",
    "client_auth_type: RequestClientCert",
    "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem\nclient_allowed_sans: [a.example]",
    "client_auth_type: VerifyClientCertIfGiven\nclient_ca_file: ca.pem",
    "cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]",
    "cipher_suites: [TLS_CHACHA20_POLY1305_SHA256]",
    "curve_preferences: [CurveP256]",
    "curve_preferences: [X25519]",
    "prefer_server_cipher_suites: false",
    "client_ca_file:",
]


def promtool_says(promtool: Path, file: Path) -> bool:
    done = subprocess.run(
        [promtool, "check", "web-config", file], capture_output=True, timeout=20, check=False
    )
    return done.returncode == 0


@pytest.mark.parametrize("tls", TAKEN)
def test_what_is_taken_is_what_prometheus_takes(folder: Folder, promtool: Path, tls: str) -> None:
    file = folder.write(tls=tls, users={"prometheus": hashed()})

    doors = read_doors(file)

    assert doors.main.tls is not None
    assert promtool_says(promtool, file)


REFUSED_BY_BOTH = [
    ("cert_file: other.pem", "given twice|duplicate|already"),
    ("min_version: TLS9", "unknown TLS version 'TLS9'; did you mean"),
    ("cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]", "unknown cipher suite"),
    ("curve_preferences: [CurveP999]", "unknown curve 'CurveP999'"),
    ("client_auth_type: Sometimes", "unknown client_auth_type"),
    ("client_ca_file: ca.pem", "no client is asked for a certificate"),
    ("client_ca: |\n  x\nclient_auth_type: NoClientCert", "no client is asked"),
    ("nonsense: 1", "unknown key 'nonsense'"),
]
STRICTER_HERE = [
    ("client_allowed_sans: [a.example]", "need a certificate of every client"),
    ("curve_preferences: [X25519, CurveP256]", "one curve only"),
    ("client_auth_type: RequireAnyClientCert", "without verifying it"),
    ("client_auth_type: RequireAndVerifyClientCert", "any public authority would do"),
    ("max_version: TLS11", "no longer spoken"),
    ("min_version: TLS13\nmax_version: TLS12", "no version is left"),
    ("cipher_suites: [TLS_AES_128_GCM_SHA256]\nmax_version: TLS12", "no version is left"),
    ("client_ca_file: server.key\nclient_auth_type: RequireAndVerifyClientCert", "holds no certificates"),
]


@pytest.mark.parametrize(
    ("tls", "message", "by_both"),
    [*((*row, True) for row in REFUSED_BY_BOTH), *((*row, False) for row in STRICTER_HERE)],
)
def test_what_cannot_be_had_is_refused_with_its_place(
    folder: Folder, promtool: Path, tls: str, message: str, *, by_both: bool
) -> None:
    file = folder.write(tls=tls)

    with pytest.raises(ConfigError, match=message) as caught:
        read_doors(file)

    assert all(fault.line > 0 for fault in caught.value.faults)
    if by_both:
        assert not promtool_says(promtool, file)


def test_the_example_is_taken_by_promtool_and_by_us(folder: Folder, promtool: Path) -> None:
    text = (ROOT / "config" / "web.example.yaml").read_text(encoding="utf-8")
    (folder.path / "tls").mkdir()
    (folder.path / "server.pem").rename(folder.path / "tls" / "exporter.crt")
    (folder.path / "server.key").rename(folder.path / "tls" / "exporter.key")
    (folder.path / "ca.pem").rename(folder.path / "tls" / "clients.crt")
    file = folder.path / "web.yaml"
    everything = re.sub(r"^( *)# (?=(?:client_|Strict-)\w)", r"\1", text, flags=re.MULTILINE)
    assert everything.count("client_") == 3

    for form in (text, everything):
        file.write_text(form, encoding="utf-8")
        doors = read_doors(file)
        assert doors.main.tls is not None
        assert list(doors.main.users) == ["prometheus"]
        assert doors.public.users == {}
        assert promtool_says(promtool, file)


def test_key_and_certificate_may_stand_in_the_file_itself(folder: Folder, promtool: Path) -> None:
    def indented(name: str) -> str:
        return "\n".join(f"    {line}" for line in (folder.path / name).read_text().splitlines())

    folder.file.write_text(
        f"tls_server_config:\n  cert: |\n{indented('server.pem')}\n  key: |\n{indented('server.key')}\n",
        encoding="utf-8",
    )

    assert read_doors(folder.file).main.tls is not None
    assert promtool_says(promtool, folder.file)
    assert "PRIVATE" not in repr(read_doors(folder.file))


@pytest.mark.parametrize(
    "spoil",
    [
        "basic_auth_users:\n  alice: hunter2-hunter2\n",
        "basic_auth_users: {alice: hunter2-hunter2}\n",
        "basic_auth_users: hunter2-hunter2\n",
        "basic_auth_users:\n  alice: [hunter2-hunter2]\n",
        "basic_auth_users:\n  alice: hunter2-hunter2: x\n",
        "basic_auth_users:\n  alice: 'hunter2-hunter2\n",
        "basic_auth_users:\n  alice: @hunter2-hunter2\n",
        "basic_auth_user: {alice: hunter2-hunter2}\n",
        "basic_auth_users:\n  alice:\n    hunter2-hunter2\n  bob: \t-\n",
        "tls_server_config: {key: {hunter2-hunter2: 1}}\n",
        "tls_server_config:\n  key: |\n    hunter2-hunter2\n  cert: x\n",
        "tls_server_config:\n  key: hunter2-hunter2\n  min_version: TLS9\n",
        "basic_auth_users:\n  - hunter2-hunter2\n",
        "hunter2-hunter2\n",
    ],
)
def test_no_fault_shows_a_secret(tmp_path: Path, spoil: str) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(spoil, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        read_doors(file)

    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("rate_limit: {interval: soon}", "'soon' is not a duration"),
        ("rate_limit: {interval: 1s}", "add burst"),
        ("http_server_config: {headers: {Server: x}}", "unknown key 'Server'"),
        ("http_server_config: {headers: {X-Frame-Options: allow}}", "unknown"),
        (
            'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nSet-Cookie: b"}}',
            "one line without control",
        ),
        (
            "basic_auth_users: {alice: $2y$31$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG}",
            "cost 31",
        ),
        ("tls_server_config: {key_file: server.key}", "add cert_file"),
        ("tls_server_config: {cert_file: server.pem}", "add key_file"),
        ("tls_server_config: {cert_file: gone.pem, key_file: server.key}", "gone.pem cannot be read"),
        ("tls_server_config: {cert_file: server.key, key_file: server.key}", "no certificate in PEM"),
        ("tls_server_config: {cert_file: server.pem, key_file: ca.pem}", "no private key in PEM"),
        ("tls_server_config: {cert_file: ca.pem, key_file: server.key}", "does not belong"),
        ("tls_server_config: {cert_file: /dev/zero, key_file: server.key}", "larger than 1 MB"),
        ("tls_server_config: {cert_file: ., key_file: server.key}", "cannot be read"),
    ],
)
def test_faults(folder: Folder, text: str, message: str) -> None:
    folder.file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=re.escape(message)):
        read_doors(folder.file)


def test_without_tls_and_users_everybody_is_let_in(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("tls_server_config: {}\nbasic_auth_users: {}\nhttp_server_config:\n  http2: false\n")

    doors = read_doors(file)

    assert doors.main.tls is None
    assert not doors.main.users
    assert doors.main.rate is None


def test_the_versions_and_suites_are_those_of_the_file(folder: Folder) -> None:
    tls = read_doors(folder.write(tls="min_version: TLS13")).main.tls
    assert tls is not None
    assert tls.context.minimum_version is ssl.TLSVersion.TLSv1_3
    tls = read_doors(folder.write(tls="cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]")).main.tls
    assert tls is not None
    twelve = {c["name"] for c in tls.context.get_ciphers() if c["protocol"] == "TLSv1.2"}
    assert twelve == {"ECDHE-RSA-AES128-GCM-SHA256"}

"""Form by form beside `promtool check web-config`: what the exporter-toolkit takes is taken, nothing else.

Where this server is stricter, docs/security.md says so ("What this server does differently").
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.config.faults import ConfigError
from exporter.web.security.door import Door, read_doors
from exporter.web.security.golang import Plain, span, whole
from exporter.web.security.keeper import Keeper
from exporter.web.security.names import CIPHERS, CIPHERS_13, CURVES
from tests.securing import Folder, ask_tls, basic, guarded

HASH = "$2b$04$EnIpFFO7KGEAYpWE2Bi0oe9qT8W144euq20d4eCc8oxhk3mflBx/6"
"""Of PASSWORD; always the same, for tests are named after it."""
TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  "
CLIENTS = "\n  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem"

TRUTHS = "yes 'yes' on y True TRUE 1 0 'true' n off ~ tRue no NO"
NUMBERS = "5 '5' 5.0 5.5 0x10 010 0o10 1_000 +5 0b11 1e2 99999999999999999999 1:30 .inf '1e2' many"
SPANS = (
    "1s 5 -1s 0 '0' 1.5h 1h30m 1d '5' 5.5 1_000 0x10 ~ +1s 1µs 1μs 1us .5s 1.s soon 1e3 -5 yes 1e30 9999999h "
    "'1s' 1:30 3e3s 1m1m s + '' 0s"
)
HEADERS = [
    *(
        "0",
        "1",
        "1; mode=block",
        "'a\tb'",
        '"a\\tb"',
        "Đúng",
        "true",
        "~",
        "",
        "null",
        "1.5",
        "[a]",
        "{a: b}",
    ),
    *("2024-09-16", "yes", "0x1f", "'null'", "!!str 5", ">-\n      a\n      b"),
]
FRAMES = ["deny", "'deny'", "DENY", "", "~", "sameorigin", "''"]
SECTIONS = [
    *("http_server_config: {headers: {x-frame-options: deny}}", "http_server_config: {headers: }"),
    *("http_server_config:", "http_server_config: []", "http_server_config: 5", "basic_auth_users:"),
    *("basic_auth_users: []", "basic_auth_users: x", "basic_auth_users: {a: }", "rate_limit: []"),
    *("tls_server_config: ~", "{}", "---\n{}", "rate_limit: {}\n...", "nonsense: 1"),
    *("tls_server_config: {cert_file: server.pem}", "tls_server_config: {min_version: TLS13}"),
    *("tls_server_config: {min_version: TLS9}", "tls_server_config: {client_auth_type: NoClientCert}"),
    "tls_server_config: {cert_file: '', key_file: ''}",
]
USERS = [
    *("5: '%s'", "true: '%s'", "'': '%s'", "~: '%s'", "'a:b': '%s'", "a: '%s', a: '%s'", "a: %s, b: %s"),
    *("a: &h '%s', b: *h", "1.0: '%s', 1: '%s'", "Đỗ: '%s'", "a: ''", "a: [x]"),
]
KEYS = [
    *("cipher_suites: TLS_AES_128_GCM_SHA256", "cipher_suites:", "cipher_suites: []", "cipher_suites: ''"),
    *("curve_preferences: CurveP256", "curve_preferences: ~", "min_version:", "min_version: ''"),
    *("min_version: 12", "min_version: tls12", "min_version: SSL30", "max_version:", "client_auth_type: ''"),
    *("client_auth_type: ~", "client_auth_type: requireanyclientcert", "client_allowed_sans: ~"),
    *("client_allowed_sans: []", f"client_allowed_sans: [5]{CLIENTS}", f"client_allowed_sans: a{CLIENTS}"),
    *("client_ca: ''", "client_ca: ~", "cert: ''", "key: ''", "key: ~", "client_ca_file: ''"),
    *("client_ca_file: gone.pem", "cert_file: 5", "insecure_skip_verify: true"),
]
NAMES = ("TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", *CIPHERS, *CIPHERS_13)


def forms() -> Iterator[str]:
    """What is the same there and here."""
    for written in TRUTHS.split():
        yield f"http_server_config: {{http2: {written}}}"
        yield f"{TLS}prefer_server_cipher_suites: {written}"
    yield from (f"rate_limit:\n  interval: 1s\n  burst: {written}" for written in NUMBERS.split())
    yield from (f"rate_limit:\n  interval: {written}\n  burst: 5" for written in SPANS.split())
    yield from (f"http_server_config:\n  headers:\n    X-XSS-Protection: {written}" for written in HEADERS)
    yield from (f"http_server_config:\n  headers:\n    X-Frame-Options: {written}" for written in FRAMES)
    yield from SECTIONS
    yield from (f"basic_auth_users: {{{written.replace('%s', HASH)}}}" for written in USERS)
    yield from (
        f"basic_auth_users: {{a: '${kind}$04${HASH[7:]}'}}" for kind in ("2", "2a", "2b", "2x", "2y", "3a")
    )
    yield from (f"basic_auth_users: {{a: '$2b${cost}${HASH[7:]}'}}" for cost in ("03", "1", "32"))
    yield f"basic_auth_users: {{a: '{HASH[:-10]}'}}"
    yield from (TLS + key for key in KEYS)
    yield from (f"{TLS}cipher_suites: [{name}]" for name in NAMES)
    yield from (f"{TLS}curve_preferences: [{name}]" for name in (*CURVES, "CurveP999"))


STRICTER = [
    *("rate_limit: {interval: 1s, burst: -5}", "rate_limit: {interval: 1s}", "# nothing", "null"),
    'http_server_config: {headers: {X-XSS-Protection: "a\\nb"}}',
    'http_server_config: {headers: {X-XSS-Protection: "a\\x01b"}}',
    "http_server_config: {http2: !!bool yes}",
    "rate_limit: {}\n---\nnonsense: 1",
    f"basic_auth_users:\n  <<: {{a: '{HASH}'}}",
    *(f"basic_auth_users: {{a: '$2a${cost}${HASH[7:]}'}}" for cost in ("19", "31")),
    *(f"basic_auth_users: {{a: '${kind}$04${HASH[7:]}'}}" for kind in ("2z", "1a")),
    *(f"basic_auth_users: {{a: '{wrong}'}}" for wrong in (HASH[:-1], HASH + "x", HASH[:-3] + "!!!")),
    *(
        f"{TLS}cipher_suites: [~]",
        f"{TLS}client_allowed_sans: [a]",
        f"{TLS}client_allowed_sans: [~]{CLIENTS}",
    ),
    f"{TLS}client_ca_file: server.key\n  client_auth_type: RequireAndVerifyClientCert",
    f"{TLS}min_version: TLS13\n  max_version: TLS12",
    f"{TLS}cipher_suites: [TLS_AES_128_GCM_SHA256]\n  max_version: TLS12",
    f"{TLS}cert: x",
]
"""Taken there, refused here: one row of the table each, or several."""


def there(promtool: Path, file: Path) -> bool:
    done = subprocess.run(
        [promtool, "check", "web-config", file], capture_output=True, timeout=20, check=False
    )
    return done.returncode == 0


def here(file: Path) -> bool:
    try:
        read_doors(file)
    except ConfigError:
        return False
    return True


def test_every_form_is_taken_or_refused_as_there(tmp_path: Path, promtool: Path) -> None:
    folder = Folder(tmp_path)
    differ = []
    for form in forms():
        folder.file.write_text(f"{form}\n", encoding="utf-8")
        if (found := there(promtool, folder.file)) is not here(folder.file):
            differ.append(f"{'taken' if found else 'refused'} by promtool: {form}")
    assert differ == []


@pytest.mark.parametrize("form", STRICTER)
def test_where_it_is_stricter_here(tmp_path: Path, promtool: Path, form: str) -> None:
    folder = Folder(tmp_path)
    folder.file.write_text(f"{form}\n", encoding="utf-8")
    assert there(promtool, folder.file)
    assert not here(folder.file)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("1m30s", 90.0),
        ("250ms", 0.25),
        ("1.5h", 5_400.0),
        ("0", 0.0),
        ("5", 5e-9),
        ("-1s", -1.0),
    ],
)
def test_durations_as_go_reads_them(text: str, seconds: float) -> None:
    assert span(Plain(text)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "number"), [("0x10", 16), ("010", 8), ("-017", -15), ("1_000", 1_000), ("5.9", 5)]
)
def test_numbers_as_go_reads_them(text: str, number: int) -> None:
    assert whole(Plain(text)) == number


@pytest.mark.parametrize("interval", ["0", "-1s", "-5"])
def test_an_interval_that_is_none_is_no_limit(tmp_path: Path, interval: str) -> None:
    file = tmp_path / "web.yaml"
    file.write_text(f"rate_limit: {{interval: {interval}}}\n", encoding="utf-8")
    assert read_doors(file).main == Door()


@pytest.mark.parametrize("kind", ["2", "2a", "2b", "2x", "2y"])
def test_a_password_fits_every_kind_of_hash(tmp_path: Path, kind: str) -> None:
    folder = Folder(tmp_path)
    keeper = Keeper(folder.write(users={"prometheus": f"'${kind}${HASH[4:]}'"}))
    with guarded(keeper) as address:
        assert ask_tls(address, folder.trust(), headers=basic("prometheus")).status == 200
        assert ask_tls(address, folder.trust(), headers=basic("prometheus", "x")).status == 401


def test_headers_are_sent_as_they_stand(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    headers = '{X-XSS-Protection: 0, Content-Security-Policy: "đúng\\tlà", X-Frame-Options: deny}'
    with guarded(Keeper(folder.write(f"http_server_config: {{headers: {headers}}}"))) as address:
        said = ask_tls(address, folder.trust()).headers
    assert said["x-xss-protection"] == "0"
    assert said["content-security-policy"].encode("latin-1").decode() == "đúng\tlà"
    assert said["x-frame-options"] == "deny"

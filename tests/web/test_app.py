"""The HTTP face through a real server."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.web.app import create_app
from exporter.web.server import Address
from tests.serving import Answer, ask, serving
from tests.snapshots import NOW, State, make_snapshot


@pytest.fixture(scope="module")
def state() -> State:
    return State.of(make_snapshot(departments=4, groups=2, communes=8))


@pytest.fixture(scope="module")
def face(state: State) -> Iterator[Address]:
    with serving(create_app(state)) as address:
        yield address


@pytest.fixture
def early() -> Iterator[tuple[State, Address]]:
    """Before the first snapshot."""
    state = State(reason="Chưa đọc được nguồn nào.")
    with serving(create_app(state)) as address:
        yield state, address


PAGES = ["/", "/metrics", "/config", "/-/healthy", "/-/ready", "/wall", "/wall/state"]


@pytest.mark.parametrize("path", PAGES)
def test_head_wherever_get(face: Address, path: str) -> None:
    got, head = ask(face, "GET", path), ask(face, "HEAD", path)
    assert (got.status, head.status, head.body) == (200, 200, b"")
    assert got.body
    assert got.headers.keys() == head.headers.keys()
    assert head.headers["content-type"] == got.headers["content-type"]
    if path != "/metrics":
        assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(("path", "allow"), [*((p, "GET, HEAD") for p in PAGES), ("/-/reload", "POST")])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "POST", "GET", "TRACE", "BREW"])
def test_other_methods_are_told_which_are_allowed(face: Address, path: str, allow: str, method: str) -> None:
    if method in allow:
        return
    answer = ask(face, method, path)
    if method == "BREW":
        assert answer.status == 400
    else:
        assert (answer.status, answer.headers["allow"]) == (405, allow)
        assert allow in answer.text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/metrics/", "/-/", "/-/ready/", "/static/landing.css", "/..%2f..%2fetc", "//"]
)
def test_elsewhere_is_nothing(face: Address, path: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = ask(face, method, path)
        assert answer.status == 404
        assert "location" not in answer.headers
    assert "/metrics" in ask(face, "GET", path).text


@pytest.mark.parametrize("path", [*PAGES, "/nowhere", "/wall/nowhere"])
def test_no_page_can_be_misused(face: Address, path: str) -> None:
    headers = ask(face, "GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    policy = headers["content-security-policy"]
    framed = path.startswith("/wall")
    assert "default-src 'none'" in policy
    assert f"frame-ancestors '{'self' if framed else 'none'}'" in policy
    assert "unsafe" not in policy
    if path != "/metrics":
        assert headers["x-frame-options"] == ("SAMEORIGIN" if framed else "DENY")
        assert headers["referrer-policy"] == "no-referrer"


def test_metrics_in_both_formats_and_encodings(face: Address) -> None:
    def scrape(**headers: str) -> Answer:
        return ask(face, "GET", "/metrics", {k.replace("_", "-"): v for k, v in headers.items()})

    plain = scrape()
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert plain.headers["vary"] == "accept, accept-encoding"
    assert "content-encoding" not in plain.headers
    packed = scrape(accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    names = [
        {f.name for f in text_string_to_metric_families(text)}
        for text in (plain.text, gzip.decompress(packed.body).decode())
    ]
    assert names[0] == names[1] >= {"dvc_indicator_ratio", "process_open_fds", "python_info"}
    openmetrics = scrape(accept="application/openmetrics-text;version=1.0.0", accept_encoding="gzip")
    assert openmetrics.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert gzip.decompress(openmetrics.body).endswith(b"\n# EOF\n")


def test_curl_sees_the_whole_answer(face: Address) -> None:
    curl = shutil.which("curl")
    assert curl is not None, "curl is part of what the tests need: apt-get install curl"
    command = [curl, "--silent", "--fail", "--compressed", f"http://{face}/metrics"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "\ndvc_exporter_build_info{" in text
    assert "\nprocess_resident_memory_bytes " in text
    assert "\npython_info{" in text


def test_before_the_first_snapshot(early: tuple[State, Address]) -> None:
    _, face = early
    assert ask(face, "GET", "/-/healthy").status == 200
    ready = ask(face, "GET", "/-/ready")
    assert (ready.status, ready.text) == (503, "Chưa đọc được nguồn nào.\n")
    assert ask(face, "HEAD", "/-/ready").status == 503
    metrics = ask(face, "GET", "/metrics")
    assert metrics.status == 200
    assert "dvc_exporter_build_info" in metrics.text
    assert "dvc_config_last_reload_successful 1.0" in metrics.text
    assert "dvc_indicator_ratio" not in metrics.text
    page = ask(face, "GET", "/")
    assert page.status == 200
    assert "Chưa đọc được nguồn nào." in page.text


def test_reload(early: tuple[State, Address]) -> None:
    state, face = early
    assert ask(face, "POST", "/-/reload").text == "OK\n"
    state.reload_error = "exporter.yaml:3: khóa lạ <b>"
    answer = ask(face, "POST", "/-/reload")
    assert (answer.status, answer.text) == (500, "exporter.yaml:3: khóa lạ <b>\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert state.reloads == 2


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9805", ""])
def test_reload_is_not_for_web_pages(early: tuple[State, Address], origin: str) -> None:
    state, face = early
    answer = ask(face, "POST", "/-/reload", {"Origin": origin})
    assert answer.status == 403
    assert "curl" in answer.text
    assert state.reloads == 0


def test_the_page_says_when_prometheus_last_asked(face: Address) -> None:
    ask(face, "GET", "/metrics", {"User-Agent": "curl/8"})
    ask(face, "GET", "/metrics", {"User-Agent": "Prometheus/3.5.0"})
    assert f"lúc {NOW:%H:%M %d/%m/%Y}" in ask(face, "GET", "/").text

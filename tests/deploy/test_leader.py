"""Two processes, one lock: one leads, the other waits, and takes over when the first is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from click.testing import CliRunner

from deploy.leader import main

LEADS = "print('leads', flush=True); import sys; sys.stdin.read()"


@contextmanager
def candidate(folder: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    waiting = str(folder / f"{name}.waits")
    command = [sys.executable, "-m", "deploy.leader", "run", "--waiting", waiting]
    started = subprocess.Popen(
        [*command, str(folder / "lock"), "--", sys.executable, "-c", LEADS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def waits(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_the_second_leads_as_soon_as_the_first_is_killed(tmp_path: Path) -> None:
    with candidate(tmp_path, "a") as first:
        assert said(first) == "leads\n"
        assert not (tmp_path / "a.waits").exists()
        with candidate(tmp_path, "b") as second:
            assert waits(second).startswith("waiting until no other exporter")
            assert (tmp_path / "b.waits").exists()
            assert second.poll() is None

            first.kill()

            assert said(second) == "leads\n"
            assert not (tmp_path / "b.waits").exists()


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/-/healthy" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base's
        """Says nothing."""


@contextmanager
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Answer) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{found.server_address[1]}"
        finally:
            found.shutdown()
            thread.join()


def probe(url: str, waiting: Path) -> int:
    return CliRunner().invoke(main, ["probe", "--waiting", str(waiting), url]).exit_code


def test_who_answers_and_who_waits_is_well_and_nobody_else(tmp_path: Path) -> None:
    waiting = tmp_path / "waits"
    with server() as url:
        assert probe(f"{url}/-/healthy", waiting) == 0
        assert probe(f"{url}/-/broken", waiting) == 1
    assert probe(f"{url}/-/healthy", waiting) == 1
    waiting.touch()
    assert probe(f"{url}/-/healthy", waiting) == 0

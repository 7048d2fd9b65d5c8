"""Two processes, one lock: one leads, the other waits, and takes over when the first is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
            assert "waiting until no other exporter" in waits(second)
            assert (tmp_path / "b.waits").exists()
            assert second.poll() is None

            first.kill()

            assert said(second) == "leads\n"
            assert not (tmp_path / "b.waits").exists()


def test_the_line_of_whoever_waits_is_for_machines_where_the_log_is(tmp_path: Path) -> None:
    waiting = str(tmp_path / "waits")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "deploy.leader", "run", "--log.format=json", "--waiting", waiting),
            *(str(tmp_path / "lock"), "--", sys.executable, "-c", "pass"),
        ],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    (line,) = done.stderr.splitlines()
    assert json.loads(line)["logger"] == "deploy.leader"


def probe(waiting: Path, code: int) -> int:
    command = [sys.executable, "-m", "deploy.leader", "probe", "--waiting", str(waiting), "--"]
    return subprocess.run(
        [*command, sys.executable, "-c", f"exit({code})"], timeout=30, check=False
    ).returncode


def test_who_is_well_and_who_waits_and_nobody_else(tmp_path: Path) -> None:
    waiting = tmp_path / "waits"
    assert probe(waiting, 0) == 0
    assert probe(waiting, 1) == 1
    waiting.touch()
    assert probe(waiting, 1) == 0

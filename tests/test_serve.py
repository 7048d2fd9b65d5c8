"""`dvc-exporter serve` as a process: started, killed, started again, spoilt, stopped."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import requests

from demo.portal import DemoPortal
from exporter.setup import Setup
from tests.demo_setup import write_config

PATIENCE = 30.0
FAST = "fetch: {deadline: 20s, pause: 0s, retries: 0}\n"


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Waits until something holds, or fails saying what did not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.05)
    pytest.fail(f"still not so after {PATIENCE:.0f} s: {what}")


class Exporter:
    """The process, its log and its address."""

    def __init__(self, config: Path) -> None:
        command = [sys.executable, "-m", "exporter", "serve", "--config", str(config)]
        self.process = subprocess.Popen(
            [*command, "--web.listen-address", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        eventually(lambda: self.url != "", "it says where it listens")

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    @property
    def url(self) -> str:
        """From its first line."""
        found = re.search(r"http://127\.0\.0\.1:\d+", "".join(self.lines))
        return found.group() if found else ""

    def metrics(self) -> list[str]:
        """The lines of an exposition."""
        return requests.get(self.url + "/metrics", timeout=5).text.splitlines()

    def figures(self) -> list[str]:
        """Those of the indicators."""
        return [line for line in self.metrics() if line.startswith("dvc_indicator_")]

    def sources_up(self) -> int:
        """How many sources were read."""
        return sum(
            1 for line in self.metrics() if line.startswith("dvc_source_up{") and line.endswith(" 1.0")
        )

    def end(self, how: signal.Signals) -> int:
        """Its exit code after the signal."""
        self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


Start = Callable[[Path], Exporter]


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[Exporter] = []

    def begin(config: Path) -> Exporter:
        running.append(Exporter(config))
        return running[-1]

    yield begin
    for exporter in running:
        if exporter.process.poll() is None:
            exporter.end(signal.SIGKILL)


def config_for(directory: Path, portal: DemoPortal, every: str) -> Path:
    config = write_config(directory, portal.url, more=FAST)
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"every: \d+m", f"every: {every}", text), encoding="utf-8")
    return config


def test_killed_in_the_middle_of_a_collection_it_starts_with_the_last_good_figures(
    tmp_path: Path, start: Start
) -> None:
    asked: list[str] = []
    with DemoPortal(
        date=date(2024, 9, 16), running=True, note=lambda line: asked.append(str(line))
    ) as portal:
        config = config_for(tmp_path, portal, "1s")
        exporter = start(config)
        eventually(lambda: exporter.sources_up() == 3, "three sources are read")
        portal.fault("slow", seconds=15)
        before = exporter.figures()
        eventually(lambda: any(line.endswith("slow") for line in asked), "it waits for an answer")
        assert exporter.end(signal.SIGKILL) == -signal.SIGKILL
    assert len(before) > 8_000
    again = start(config)
    eventually(lambda: requests.get(again.url + "/-/ready", timeout=5).status_code == 200, "it is ready")
    assert again.figures() == before
    states = Setup.load(config).replay()
    assert all(state.baselines for state in states.values())
    assert again.end(signal.SIGTERM) == 0


def test_a_spoilt_configuration_and_a_dead_portal(tmp_path: Path, start: Start) -> None:
    with DemoPortal(date=date(2024, 9, 16), running=True) as portal:
        config = config_for(tmp_path, portal, "1s")
        exporter = start(config)
        eventually(lambda: exporter.sources_up() == 3, "three sources are read")
        targets = tmp_path / "targets.yaml"
        good = targets.read_text(encoding="utf-8")
        targets.write_text(good.replace("target: 50%", "target: 500%"), encoding="utf-8")
        refused = requests.post(exporter.url + "/-/reload", timeout=10)
        assert refused.status_code == 500
        assert "500%" in refused.text
        assert "targets.yaml:" in refused.text
        assert "dvc_config_last_reload_successful 0.0" in exporter.metrics()
        targets.write_text(good, encoding="utf-8")
        os.kill(exporter.process.pid, signal.SIGHUP)
        eventually(lambda: "dvc_config_last_reload_successful 1.0" in exporter.metrics(), "reloaded")
        before = exporter.figures()
    eventually(lambda: exporter.sources_up() == 0, "the portal is gone")
    assert exporter.figures() == before
    assert any(
        "dvc_source_failures_total" in line and 'reason="connection"' in line for line in exporter.metrics()
    )
    assert requests.get(exporter.url + "/", timeout=5).status_code == 200
    assert exporter.end(signal.SIGINT) == 0
    downs = [line for line in exporter.lines if " is down: " in line]
    assert len(downs) == 3


def test_a_bad_configuration_ends_the_start_with_2(tmp_path: Path) -> None:
    config = tmp_path / "exporter.yaml"
    config.write_text("sources: [\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "exporter", "serve", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 2
    assert "exporter.yaml:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path, start: Start) -> None:
    with DemoPortal(date=date(2024, 9, 16), running=True) as portal:
        config = config_for(tmp_path, portal, "1h")
        exporter = start(config)
        done = subprocess.run(
            [
                *[sys.executable, "-m", "exporter", "serve", "--config", str(config)],
                *["--web.listen-address", exporter.url.removeprefix("http://")],
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 2
        assert "choose another --web.listen-address" in done.stderr
        assert exporter.end(signal.SIGTERM) == 0

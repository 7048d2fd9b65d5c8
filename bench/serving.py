"""The real thing: `dvc-exporter serve` against the demo portal: its start, and what its pages cost."""

from __future__ import annotations

import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import yaml

from bench.stages import Stage, median
from exporter.metrics.exposition import render
from exporter.quality.state import SourceState
from exporter.setup import Setup
from exporter.snapshot.compose import compose

_ROOT = Path(__file__).parent.parent
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Started:
    """One start with a filled archive."""

    serving_seconds: float
    """From the command to the first answer on /-/healthy."""
    ready_seconds: float
    """From the command to 200 on /-/ready, with the figures of the archive."""
    resident_bytes: float
    series: int


def starts(times: int = 3) -> tuple[Started, list[Stage]]:
    """Fills an archive from the demo portal, then starts with it several times (the median counts)."""
    with tempfile.TemporaryDirectory() as folder, _portal() as portal:
        config = _config(Path(folder), portal)
        with _exporter(config) as port:
            _until(lambda: _up(port) == _sources(config))
        runs = []
        for _ in range(times):
            begin = time.perf_counter()
            with _exporter(config) as port:
                _until(lambda: _answers(port, "/-/healthy"))
                serving = time.perf_counter() - begin
                _until(lambda: _answers(port, "/-/ready"))
                ready = time.perf_counter() - begin
                _until(lambda: _up(port) == _sources(config))
                text = _get(port, "/metrics")[1]
                lines = [line for line in text.splitlines() if line.startswith("dvc_")]
                runs.append(
                    Started(serving, ready, _value(text, "process_resident_memory_bytes"), len(lines))
                )
        started = Started(
            statistics.median(r.serving_seconds for r in runs),
            statistics.median(r.ready_seconds for r in runs),
            max(r.resident_bytes for r in runs),
            runs[-1].series,
        )
        return started, _stages(config)


def _stages(config: Path) -> list[Stage]:
    """From the archived bytes of each source's newest collection to ready bytes, step by step."""
    setup = Setup.load(config)
    now = setup.clock.now() + timedelta(minutes=1)
    found = []
    states: dict[str, SourceState] = {}
    for name, reader in setup.readers.items():
        stored = list(setup.archive.collections(name, now - timedelta(days=2), now))[-1].load()
        if stored is None:
            raise ValueError(f"the archived collection of {name} cannot be read")
        states[name], _ = reader.step(SourceState(), stored)
        size = sum(len(page.body) for page in stored.pages)

        def step() -> object:
            return reader.step(SourceState(), stored)  # noqa: B023 - called before the next turn

        text = f"{name}: {size / 1e3:,.0f} kB of pages → state (parse, resolve, check)"
        found.append(Stage(text, median(step, 3)))
    snapshot = compose(setup.decision, setup.settings, states, now)
    found.append(
        Stage("states → snapshot", median(lambda: compose(setup.decision, setup.settings, states, now), 3))
    )
    found.append(
        Stage("snapshot → ready bytes, both formats, plain and gzip", median(lambda: render(snapshot), 3))
    )
    setup.fetcher.stop()
    return [*found, Stage("page bytes → ready bytes, all sources", sum(stage.seconds for stage in found))]


@contextmanager
def _portal() -> Iterator[int]:
    """The demo portal, on a port of its own."""
    port = _free_port()
    command = [sys.executable, "-m", "demo.portal", "--listen", f"127.0.0.1:{port}", "--date", "2024-09-16"]
    with _process(command):
        _until(lambda: _get(port, "/")[0] > 0)
        yield port


@contextmanager
def _exporter(config: Path) -> Iterator[int]:
    """`dvc-exporter serve`, on a port of its own, ended as a service manager ends it."""
    port = _free_port()
    program = Path(sys.executable).parent / "dvc-exporter"
    with _process([str(program), "serve", "--config", str(config), f"--web.listen-address=127.0.0.1:{port}"]):
        yield port


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=_ROOT
    ) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _config(folder: Path, portal: int) -> Path:
    """The configuration as shipped, with that portal, an archive of its own and no pause between requests."""
    shipped = (_ROOT / "config" / "exporter.yaml").read_text(encoding="utf-8")
    settings = yaml.safe_load(re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{portal}", shipped))
    settings["decision"] = str(_ROOT / "config" / settings["decision"])
    settings["archive"] = {"directory": str(folder / "archive")}
    settings["fetch"] = {"pause": "0s"}
    path = folder / "exporter.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return path


def _sources(config: Path) -> int:
    return len(yaml.safe_load(config.read_text(encoding="utf-8"))["sources"])


def _up(port: int) -> int:
    """How many sources were read, and well."""
    _, text = _get(port, "/metrics")
    return sum(line.startswith("dvc_source_up{") and line.endswith(" 1.0") for line in text.splitlines())


def _answers(port: int, path: str) -> bool:
    return _get(port, path)[0] == HTTPStatus.OK


def _value(text: str, name: str) -> float:
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} "))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _get(port: int, path: str) -> tuple[int, str]:
    """Status and text; status 0 while nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def _until(reached: Callable[[], bool]) -> None:
    """Raises TimeoutError where it is not reached within a minute."""
    deadline = time.monotonic() + _PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError("waited a minute in vain for a server of the benchmark")
        time.sleep(0.005)

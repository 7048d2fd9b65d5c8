"""A real Prometheus scrapes the real server, as it will in the province."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from exporter.web.app import create_app
from exporter.web.server import Address, bind
from tests.serving import ask, serving
from tests.snapshots import State, make_snapshot

CONFIG = """
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: dvc
    static_configs: [{{targets: ["{target}"]}}]
"""


def test_prometheus_takes_every_series(prometheus: Path, tmp_path: Path) -> None:
    state = State.of(make_snapshot())
    (probe,) = bind(Address("127.0.0.1", 0))
    own = Address(*probe.getsockname())
    probe.close()
    with serving(create_app(state)) as face:
        config = tmp_path / "prometheus.yml"
        config.write_text(CONFIG.format(target=face), encoding="utf-8")
        command = [
            str(prometheus),
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address={own}",
            "--log.level=error",
        ]
        with subprocess.Popen(command) as server:
            try:
                expected = state.exposition().series
                wait_for(own, 'count({__name__=~"dvc_.+"})', expected)
                assert query(own, "up") == 1
                assert query(own, "process_open_fds") > 0
                assert query(own, 'count({__name__="python_info"})') == 1
            finally:
                server.kill()


def query(prometheus: Address, expression: str) -> float:
    """The value of an expression with one result; -1: it has none yet, or nobody answers."""
    try:
        answer = ask(prometheus, "GET", f"/api/v1/query?query={quote(expression)}")
    except OSError:
        return -1.0
    if answer.status != 200:
        return -1.0
    result = json.loads(answer.text)["data"]["result"]
    return float(result[0]["value"][1]) if result else -1.0


def wait_for(prometheus: Address, expression: str, expected: float) -> None:
    deadline = time.monotonic() + 30
    found = -1.0
    while found != expected:
        if time.monotonic() > deadline:
            pytest.fail(f"{expression} is {found}, expected {expected}")
        time.sleep(0.05)
        found = query(prometheus, expression)

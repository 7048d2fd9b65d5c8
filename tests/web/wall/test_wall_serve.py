"""`dvc-exporter serve --wall.listen-address` as a process."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest
import requests

from demo.portal import DemoPortal
from exporter.web.guard import Limits
from exporter.web.server import Address, affordable
from tests.demo_setup import write_config

COMMAND = [sys.executable, "-m", "exporter", "serve"]
PATIENCE = 30.0


def test_the_wall_has_a_port_of_its_own_and_a_listening_television_ends_with_it(tmp_path: Path) -> None:
    with DemoPortal(date=date(2024, 9, 16), running=True) as portal:
        config = write_config(tmp_path, portal.url)
        ports = ["--web.listen-address", "127.0.0.1:0", "--wall.listen-address", "127.0.0.1:0"]
        process = subprocess.Popen(
            [*COMMAND, "--config", str(config), *ports], stderr=subprocess.PIPE, text=True
        )
        lines: list[str] = []
        assert process.stderr is not None
        pipe = process.stderr
        reader = threading.Thread(target=lambda: lines.extend(pipe))
        reader.start()
        try:
            until = time.monotonic() + PATIENCE
            while not (found := re.findall(r"ready: (\S+)/, (\S+)/wall$", "".join(lines), re.MULTILINE)):
                assert time.monotonic() < until, lines
                time.sleep(0.05)
            main, wall = found[0]
            while "191" not in (page := requests.get(f"{wall}/wall", timeout=5).text):
                assert time.monotonic() < until
                time.sleep(0.1)
            assert "số liệu mô phỏng" in page
            assert "đồng hồ mô phỏng" in page
            assert requests.get(f"{main}/wall", timeout=5).status_code == 200
            assert requests.get(f"{main}/metrics", timeout=5).status_code == 200
            assert requests.get(f"{wall}/metrics", timeout=5).status_code == 404
            assert requests.post(f"{wall}/-/reload", timeout=5).status_code == 404
            with requests.get(f"{wall}/wall/events", stream=True, timeout=5) as stream:
                assert b"event: state" in next(stream.iter_content(1024))
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            reader.join()
            pipe.close()
        assert not [line for line in lines if "Traceback" in line or "Cancel" in line]


def test_a_port_of_the_wall_that_is_taken_is_said(tmp_path: Path) -> None:
    config = write_config(tmp_path, "http://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address(*taken.getsockname()[:2])
        done = subprocess.run(
            [
                *[*COMMAND, "--config", str(config), "--web.listen-address", "127.0.0.1:0"],
                *["--wall.listen-address", str(address)],
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 2
    assert "choose another --wall.listen-address" in done.stderr


@pytest.mark.parametrize("files", [128, 256, 1024, 65_536])
def test_both_ports_together_open_no_more_files_than_there_may_be(
    files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    main, wall = affordable(Limits(), 2 / 3), affordable(Limits(connections=256), 1 / 3)
    assert main.connections + wall.connections <= files - 64
    assert wall.connections >= 16
    assert main.connections > wall.connections

"""`dvc-exporter serve --web.config.file` as a process: both ports, a bad file, a rotation."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

from demo.portal import DemoPortal
from exporter.web.server import Address, bind
from tests.demo_setup import write_config
from tests.securing import PASSWORD, Folder, ask_tls, basic, hashed
from tests.serving import Answer
from tests.test_serve import FAST, eventually


def test_both_ports_behind_one_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    file = folder.write(users={"prometheus": hashed()})
    lines: list[str] = []
    with DemoPortal(date=date(2024, 9, 16), running=True) as portal:
        command = [
            *[
                sys.executable,
                "-m",
                "exporter",
                "serve",
                "--config",
                str(write_config(tmp_path, portal.url, more=FAST)),
            ],
            *["--web.config.file", str(file), "--web.listen-address", "127.0.0.1:0"],
            *["--wall.listen-address", "127.0.0.1:0"],
        ]
        framing = {"DVC_WALL_FRAME_ANCESTOR": "https://grafana.example https://other.example:3000"}
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=os.environ | framing
        ) as process:
            assert process.stderr is not None
            reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
            reader.start()
            try:
                eventually(lambda: "ready: https://" in "".join(lines), "it says where it listens")
                ports = [int(port) for port in re.findall(r"https://127\.0\.0\.1:(\d+)", "".join(lines))]
                main, wall = (Address("127.0.0.1", port) for port in ports)
                _both(folder, main, wall)
                _spoilt(folder, main)
                _rotated(folder, main)
            finally:
                process.send_signal(signal.SIGTERM)
                assert process.wait(20) == 0
                reader.join()
    assert PASSWORD not in "".join(lines)
    assert hashed()[:7] not in "".join(lines)


def _get(folder: Folder, address: Address, path: str, *, known: bool = True) -> Answer:
    return ask_tls(address, folder.trust(), path, basic("prometheus") if known else {})


def _both(folder: Folder, main: Address, wall: Address) -> None:
    """A television has no password; it gets the wall and nothing else."""
    assert _get(folder, main, "/wall", known=False).status == 401
    shown = _get(folder, wall, "/wall", known=False)
    assert shown.status == 200
    framing = "frame-ancestors 'self' https://grafana.example https://other.example:3000"
    assert framing in shown.headers["content-security-policy"]
    assert "x-frame-options" not in shown.headers
    for path in ("/metrics", "/config", "/-/reload"):
        assert _get(folder, wall, path, known=False).status == 404
    assert "prometheus: <secret>" in _get(folder, main, "/config").text


def _spoilt(folder: Folder, main: Address) -> None:
    """A bad file is told where every fault of configuration is, without what stands in it."""
    eventually(lambda: _get(folder, main, "/-/ready").status == 200, "it is ready")
    good = folder.file.read_text(encoding="utf-8")
    folder.file.write_text(good.replace("server.key", "gone.key") + f"  eve: {PASSWORD}\n", encoding="utf-8")
    failed = "\ndvc_config_last_reload_successful 0.0"
    eventually(lambda: failed in _get(folder, main, "/metrics").text, "the fault is counted")
    page = _get(folder, main, "/").text
    assert "Cấu hình mới có lỗi" in page
    assert "no bcrypt hash" in page
    assert PASSWORD not in page
    folder.file.write_text(good, encoding="utf-8")
    eventually(lambda: failed not in _get(folder, main, "/metrics").text, "the fault is gone")


def _rotated(folder: Folder, main: Address) -> None:
    folder.write(users={"prometheus": hashed("new")})
    eventually(lambda: _get(folder, main, "/metrics").status == 401, "the old password is of no use")


def test_an_origin_that_is_none_and_a_file_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(f"basic_auth_users: {{eve: {PASSWORD}}}\n", encoding="utf-8")
    for options, said in (
        (["--wall.frame-ancestor", "*; script-src *"], "is no site"),
        (["--web.config.file", str(tmp_path / "web.yaml")], "no bcrypt hash"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "exporter", "serve", "--web.listen-address", "127.0.0.1:0", *options],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 2
        assert said in done.stderr
        assert PASSWORD not in done.stderr


def test_for_machines_a_fault_of_configuration_is_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(
        f"nonsense: 1\nbasic_auth_users: {{eve: {PASSWORD}}}\n", encoding="utf-8"
    )
    (taken,) = bind(Address("127.0.0.1", 0))
    for options, said in (
        (["--web.config.file", str(tmp_path / "web.yaml")], "no bcrypt hash"),
        (["--config", str(tmp_path / "gone.yaml")], "no such file"),
        (
            ["--web.listen-address", f"127.0.0.1:{taken.getsockname()[1]}"],
            "choose another --web.listen-address",
        ),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "exporter", "serve", "--log.format", "json", *options],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert said in json.loads(line)["message"]
    taken.close()

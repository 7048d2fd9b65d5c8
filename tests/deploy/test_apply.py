from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
import yaml
from click.testing import CliRunner

from deploy.apply import main, reload

ROOT = Path(__file__).resolve().parent.parent.parent


class _Server(HTTPServer):
    status = 200
    asked: list[str]


class _Answer(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b"because")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base's
        """Says nothing."""


@contextmanager
def server(status: int = 200) -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Answer) as found:
        found.status, found.asked = status, []
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


def settings(folder: Path, port: int, *, demo: bool = False) -> Path:
    """The settings of a start whose servers are all at one port of this machine."""
    found = folder / "config"
    found.mkdir()
    for name in ("config/exporter.yaml", "config/targets.yaml", "demo/alerts.yaml"):
        shutil.copy(ROOT / name, found)
    if demo:
        shutil.copy(ROOT / "demo/contacts.yaml", found)
    at = f"127.0.0.1:{port}"
    place = {
        "servers": {"exporter": at, "alertmanagers": [at], "cluster": True, "replica": "${DVC_REPLICA}"},
        "mailing": {"record": "/alertmanager/told.jsonl"},
    }
    (found / "place.yaml").write_text(yaml.safe_dump(place), "utf-8")
    return found


def words(folder: Path, contacts: Path) -> list[str]:
    return [
        *("--settings", str(folder / "config"), "--contacts", str(contacts)),
        *("--dashboards", "https://chitieu.example.vn", "--out", str(folder / "built")),
    ]


def test_everything_is_built_for_its_place_and_read_anew(tmp_path: Path) -> None:
    with server() as running:
        settings(tmp_path, running.server_address[1])
        result = CliRunner().invoke(main, words(tmp_path, ROOT / "config/contacts.example.yaml"))

    assert result.exit_code == 0, result.output
    assert running.asked == ["/-/reload", "/-/reload"]
    prometheus = yaml.safe_load((tmp_path / "built/prometheus.yml").read_text("utf-8"))
    mails = yaml.safe_load((tmp_path / "built/alertmanager/alertmanager.yml").read_text("utf-8"))
    flags = (tmp_path / "built/alertmanager/alertmanager.flags").read_text("utf-8").splitlines()
    assert prometheus["global"]["external_labels"] == {"replica": "${DVC_REPLICA}"}
    assert mails["event_recorder"] == {"file_outputs": [{"path": "/alertmanager/events.jsonl"}]}
    assert mails["global"]["smtp_smarthost"] == "mail.example.vn:587"
    assert not [flag for flag in flags if flag.startswith("--cluster.listen-address")]
    assert "--cluster.peer-timeout=2s" in flags
    assert [path.name for path in (tmp_path / "built").iterdir() if path.suffix == ".md"] == []
    assert "giam-doc.sct@example.vn" in (tmp_path / "built/alertmanager/who-gets-what.md").read_text("utf-8")


def test_a_trial_writes_to_nobody_real(tmp_path: Path) -> None:
    with server() as running:
        settings(tmp_path, running.server_address[1], demo=True)
        result = CliRunner().invoke(main, words(tmp_path, ROOT / "config/contacts.example.yaml"))

    mails = yaml.safe_load((tmp_path / "built/alertmanager/alertmanager.yml").read_text("utf-8"))
    assert result.exit_code == 0, result.output
    assert mails["global"]["smtp_smarthost"] == "127.0.0.1:1025"


def test_servers_that_do_not_run_yet_are_no_failure(tmp_path: Path) -> None:
    with server() as gone:
        settings(tmp_path, gone.server_address[1])
    result = CliRunner().invoke(main, words(tmp_path, ROOT / "config/contacts.example.yaml"))

    assert result.exit_code == 0, result.output


def test_a_refused_configuration_fails_with_what_the_server_says(tmp_path: Path) -> None:
    with server(status=500) as running:
        settings(tmp_path, running.server_address[1])
        result = CliRunner().invoke(main, words(tmp_path, ROOT / "config/contacts.example.yaml"))

    assert result.exit_code == 1
    assert "/-/reload: 500 because" in result.stderr


def test_a_server_that_is_busy_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests, "post", busy)

    assert reload("http://alertmanager-a:9093/-/reload") is None
    assert "busy, will reload when it is done" in capsys.readouterr().out

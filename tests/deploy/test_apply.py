from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner, Result

from deploy.apply import main, service
from deploy.running import LOADED, STARTED, outdated, reload
from deploy.volume import CURRENT, TRIAL, Volume

ROOT = Path(__file__).resolve().parent.parent.parent


class _Server(HTTPServer):
    status = 200
    asked: list[str]
    figures: dict[str, float]


class _Answer(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        lines = (f"{name} {value:.9e}\n" for name, value in self.server.figures.items())
        self.wfile.write("".join(lines).encode())

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
        found.status, found.asked, found.figures = status, [], {}
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        try:
            yield found
        finally:
            found.shutdown()
            thread.join()


def settings(folder: Path, port: int, *, demo: bool = False) -> Volume:
    """The settings of a start whose servers are all at one port of this machine, not in force yet."""
    names = ("config/exporter.yaml", "config/targets.yaml", "demo/alerts.yaml")
    files = {Path(name).name: (ROOT / name).read_bytes() for name in names}
    at = f"127.0.0.1:{port}"
    place = {
        "servers": {
            "exporter": at,
            "prometheus": [at],
            "alertmanagers": [at],
            "cluster": True,
            "replica": "${DVC_REPLICA}",
        },
        "mailing": {"record": "/alertmanager/told.jsonl"},
    }
    files["place.yaml"] = yaml.safe_dump(place).encode()
    found = Volume(folder / "config")
    with found.locked():
        if demo:
            files["contacts.yaml"] = (ROOT / "demo/contacts.yaml").read_bytes()
            found.put_layer(TRIAL, found.made({}))
        found.offer(found.made(files))
    return found


def run(folder: Path, contacts: Path = ROOT / "config/contacts.example.yaml") -> Result:
    words = [
        *("--settings", str(folder / "config"), "--contacts", str(contacts)),
        *("--dashboards", "https://chitieu.example.vn", "--out", str(folder / "built")),
    ]
    return CliRunner().invoke(main, words)


def mails(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (folder / "built/alertmanager/alertmanager.yml").read_text("utf-8")
    )
    return found


def test_everything_is_built_for_its_place_and_read_anew(tmp_path: Path) -> None:
    with server() as running:
        volume = settings(tmp_path, running.server_address[1])
        result = run(tmp_path)

    assert result.exit_code == 0, result.output
    assert running.asked == ["/-/reload", "/-/reload"]
    prometheus = yaml.safe_load((tmp_path / "built/prometheus.yml").read_text("utf-8"))
    flags = (tmp_path / "built/alertmanager/alertmanager.flags").read_text("utf-8").splitlines()
    assert prometheus["global"]["external_labels"] == {"replica": "${DVC_REPLICA}"}
    assert mails(tmp_path)["event_recorder"] == {"file_outputs": [{"path": "/alertmanager/events.jsonl"}]}
    assert mails(tmp_path)["global"]["smtp_smarthost"] == "mail.example.vn:587"
    assert not [flag for flag in flags if flag.startswith("--cluster.listen-address")]
    assert "--cluster.peer-timeout=2s" in flags
    assert [path.name for path in (tmp_path / "built").iterdir() if path.suffix == ".md"] == []
    assert "giam-doc.sct@example.vn" in (tmp_path / "built/alertmanager/who-gets-what.md").read_text("utf-8")
    assert (volume.folder / "exporter.yaml").read_bytes() == (ROOT / "config/exporter.yaml").read_bytes()
    assert volume.operation


def test_faulty_contacts_change_nothing(tmp_path: Path) -> None:
    with server() as gone:
        volume = settings(tmp_path, gone.server_address[1])
    assert run(tmp_path).exit_code == 0
    before = {path: path.read_bytes() for path in (tmp_path / "built").rglob("*") if path.is_file()}
    in_force = (volume.folder / CURRENT).resolve()
    settings(tmp_path, 1)
    bad = tmp_path / "contacts.yaml"
    bad.write_text("mail: 1", "utf-8")
    result = run(tmp_path, bad)

    assert result.exit_code == 2
    assert "contacts.yaml:1" in result.stderr
    assert (volume.folder / CURRENT).resolve() == in_force
    assert {path: path.read_bytes() for path in (tmp_path / "built").rglob("*") if path.is_file()} == before


def test_a_trial_writes_to_nobody_real(tmp_path: Path) -> None:
    with server() as running:
        volume = settings(tmp_path, running.server_address[1], demo=True)
        result = run(tmp_path)

    assert result.exit_code == 0, result.output
    assert "contacts.example.yaml is not used" in result.stdout
    assert mails(tmp_path)["global"]["smtp_smarthost"] == "127.0.0.1:1025"
    assert not volume.operation


def test_a_trial_without_its_own_contacts_refuses_the_real_ones(tmp_path: Path) -> None:
    volume = settings(tmp_path, 1)
    with volume.locked():
        volume.put_layer(TRIAL, volume.made({}))
    result = run(tmp_path)

    assert result.exit_code == 1
    assert "This is a trial, put together without its own contacts" in result.stderr
    assert not (tmp_path / "built").exists()


def test_servers_that_do_not_run_yet_are_no_failure(tmp_path: Path) -> None:
    with server() as gone:
        settings(tmp_path, gone.server_address[1])

    assert run(tmp_path).exit_code == 0


def test_a_refused_configuration_fails_with_what_the_server_says(tmp_path: Path) -> None:
    with server(status=500) as running:
        settings(tmp_path, running.server_address[1])
        results = [run(tmp_path), run(tmp_path)]

    for result in results:
        assert result.exit_code == 1
        assert "/-/reload: 500 because" in result.stderr
    # It is asked again as long as it refuses.
    assert running.asked == ["/-/reload"] * 4


def test_a_server_that_is_busy_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise requests.ReadTimeout

    monkeypatch.setattr(requests, "post", busy)

    assert reload("alertmanager-a:9093") is None
    assert "busy, will reload when it is done" in capsys.readouterr().out


def test_an_alertmanager_is_not_asked_to_read_what_it_has_read(tmp_path: Path) -> None:
    with server() as running:
        settings(tmp_path, running.server_address[1])
        run(tmp_path)
        for known in (LOADED, STARTED):
            running.figures = {known: time.time() + 10}
            run(tmp_path)

    # The exporter each time, Alertmanager once.
    assert len(running.asked) == 4


def test_an_alertmanager_that_has_been_asked_is_not_asked_again(tmp_path: Path) -> None:
    with server() as running:
        settings(tmp_path, running.server_address[1])
        results = [run(tmp_path), run(tmp_path)]
        # Then it has been started, and has not read what came after.
        running.figures = {LOADED: time.time() + 1, STARTED: time.time() + 1}
        letters = tmp_path / "built/alertmanager/alertmanager.yml"
        os.utime(letters, (time.time() + 5, time.time() + 5))
        results.append(run(tmp_path))

    assert [result.exit_code for result in results] == [0, 0, 0]
    assert "was asked to reload before" in results[1].stdout
    assert len(running.asked) == 5


def test_servers_that_run_with_flags_of_before_are_named(tmp_path: Path) -> None:
    with server() as running:
        settings(tmp_path, running.server_address[1])
        running.figures = {STARTED: time.time() - 60}
        result = run(tmp_path)

    assert result.exit_code == 1
    assert "docker compose … restart 127.0.0.1 127.0.0.1 && docker compose … up -d" in result.stderr
    assert (tmp_path / "config/exporter.yaml").is_file()


def test_a_server_that_started_after_its_flags_is_not_named(tmp_path: Path) -> None:
    flags = tmp_path / "prometheus.flags"
    flags.touch()

    assert outdated({STARTED: time.time() - 60}, flags)
    assert not outdated({STARTED: time.time() + 1}, flags)
    assert not outdated({}, flags)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("prometheus-a:9090", "prometheus"),
        ("alertmanager-c:9093", "alertmanager-c"),
    ],
)
def test_a_server_is_called_as_compose_calls_it(host: str, name: str) -> None:
    assert service(host) == name

"""The commands of the units with TLS and a password between them, as docs/security.md says how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from tests.deploy.test_systemd import FOLDER as UNITS
from tests.deploy.test_systemd import command, image, mapped, run, started, values
from tests.securing import PASSWORD, Folder, hashed
from tests.stack import eventually

__all__ = ["image", "mapped"]

UP = 'up{job="dvc-exporter"}'
SETTINGS = """
cadence: {{scrape: 1s, evaluation: 1s}}
servers:
  exporter: {exporter}
  prometheus: {prometheus}
  exporter_tls:
    ca_file: {folder}/exporter-ca.crt
    username: prometheus
    password_file: {folder}/exporter-password
"""


def test_prometheus_reaches_the_exporter_through_both_folders(
    mapped: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Path(mapped["/etc/dvc-monitor"])
    theirs, ours = config / "exporter", config / "prometheus"
    theirs.mkdir()
    ours.mkdir()
    folder = Folder(theirs)
    folder.write(users={"prometheus": hashed()})
    (theirs / "ca.pem").rename(ours / "exporter-ca.crt")
    (ours / "exporter-password").write_text(f"{PASSWORD}\n", "utf-8")
    exporter, prometheus = mapped["127.0.0.1:9805"], mapped["127.0.0.1:9090"]
    settings = SETTINGS.format(exporter=exporter, prometheus=prometheus, folder=ours)
    (config / "alerts.yaml").write_text(settings, "utf-8")
    # What `systemctl edit dvc-exporter` sets; the unit itself names the file and sets nothing.
    assert not [line for line in values(UNITS / "dvc-exporter.service", "Environment") if "WEB" in line]
    monkeypatch.setenv("DVC_WEB_CONFIG", str(theirs / "web.yaml"))

    done = run(*command("dvc-alerts-build.service", mapped))
    assert done.returncode == 0, done.stderr
    with ExitStack() as stack:
        for name in ("exporter", "prometheus"):
            words = command(f"dvc-{name}.service", mapped)
            stack.enter_context(started(words, tmp_path, tmp_path / f"{name}.log"))
        eventually(lambda: up(prometheus) == "1", "the exporter is scraped", seconds=60)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://{exporter}/metrics", timeout=5)
        answer = requests.get(f"https://{exporter}/metrics", verify=str(ours / "exporter-ca.crt"), timeout=5)
        assert answer.status_code == 401


def up(prometheus: str) -> str:
    asked = f"http://{prometheus}/api/v1/query?query={quote(UP)}"
    try:
        found = json.loads(requests.get(asked, timeout=5).text)["data"]["result"]
    except (requests.RequestException, ValueError, KeyError):
        return ""
    return str(found[0]["value"][1]) if found else ""

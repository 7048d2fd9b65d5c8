"""A real Prometheus, with the configuration that is generated here, scrapes over TLS with a password."""

from __future__ import annotations

import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.access import ExporterTls
from alerts.prometheus import configuration
from alerts.settings import Alerting, Cadence, Servers
from exporter.web.security.keeper import Keeper
from exporter.web.server import Address, bind
from tests.securing import PASSWORD, Folder, guarded, hashed
from tests.test_serve import eventually
from tests.web.test_prometheus import query, wait_for

UP = 'up{job="dvc-exporter"}'


def free() -> Address:
    (taken,) = bind(Address("127.0.0.1", 0))
    address = Address(*taken.getsockname())
    taken.close()
    return address


def text(folder: Folder, face: Address, user: str, client: Path | None) -> str:
    """What `python -m alerts build` makes of these settings, with a scrape each second."""
    (folder.path / f"{user}.password").write_text(f"{PASSWORD} {user}\n", "utf-8")
    access = ExporterTls(
        ca_file=folder.path / "ca.pem",
        server_name="exporter.example",
        username=user,
        password_file=folder.path / f"{user}.password",
        cert_file=client,
        key_file=client,
    )
    cadence = Cadence(scrape=timedelta(seconds=1), evaluation=timedelta(seconds=1))
    return configuration(Alerting(servers=Servers(exporter=str(face), exporter_tls=access), cadence=cadence))


@pytest.mark.parametrize("with_certificate", [False, True])
def test_the_generated_configuration_scrapes_and_follows_every_rotation(
    prometheus: Path, promtool: Path, tmp_path: Path, *, with_certificate: bool
) -> None:
    folder = Folder(tmp_path)
    folder.issue("exporter.example")
    tls = "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem" if with_certificate else ""
    client = folder.client("prometheus.example") if with_certificate else None
    users = {user: hashed(f"{PASSWORD} {user}") for user in ("first", "second")}
    keeper = Keeper(folder.write(tls=tls, users=users))
    keeper.start()
    listens = free()
    config = tmp_path / "prometheus.yml"
    with guarded(keeper) as face:
        config.write_text(text(folder, face, "first", client), "utf-8")
        subprocess.run([promtool, "check", "config", config], check=True, timeout=30)
        command = [
            *(str(prometheus), f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}"),
            *(f"--web.listen-address={listens}", "--log.level=error"),
        ]
        with subprocess.Popen(command) as server:
            try:
                wait_for(listens, UP, 1)
                assert query(listens, f"count({{job='dvc-exporter', instance='{face}'}})") > 20

                # As docs/security.md has it: a second user, Prometheus goes over to it, the first one leaves.
                config.write_text(text(folder, face, "second", client), "utf-8")
                server.send_signal(signal.SIGHUP)
                time.sleep(2)
                del users["first"]
                folder.write(tls=tls, users=users)
                goes_on(listens)

                before = keeper.main().tls
                folder.issue("exporter.example")
                eventually(lambda: keeper.main().tls != before, "the new certificate is in force")
                goes_on(listens)

                # And it is no scrape of anything else.
                folder.issue("stranger.example")
                folder.write(tls=tls, users={"stranger": hashed()})
                wait_for(listens, UP, 0)
            finally:
                server.kill()
                keeper.stop()


def goes_on(prometheus: Address) -> None:
    """Scrapes still succeed, of which there are several meanwhile."""
    time.sleep(4)
    assert query(prometheus, UP.replace("up{", "min_over_time(up{").replace("}", "}[3s])")) == 1

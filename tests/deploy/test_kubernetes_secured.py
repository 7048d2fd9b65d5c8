"""Manifests where the exporter asks for TLS and passwords, portals for a key, and samples go elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from exporter.web.security.keeper import Keeper
from tests.deploy.test_kubernetes import ROOT, command, name_of, validate
from tests.securing import PASSWORD, Folder, guarded, hashed
from tests.snapshots import State

SETTINGS = """
servers:
  exporter_tls: {ca_file: /x/ca.crt, username: prometheus, password_file: /x/password%s}
  remote_write: {url: "%s", username: dvc, password_file: /x/y, tenant: thai-binh, replica_as: __replica__}
"""
CERTIFICATE = ", cert_file: /x/tls.crt, key_file: /x/tls.key"


def build(folder: Path, alerts: str, header: str = "/run/secrets/dvc/portal-key") -> Result:
    shutil.copy(ROOT / "config/targets.yaml", folder)
    (folder / "alerts.yaml").write_text(alerts, "utf-8")
    text = (ROOT / "config/exporter.yaml").read_text("utf-8").replace("../var/archive-demo", "../var/archive")
    named = f"    every: 10s\n    secret_headers: {{Authorization: {header}}}\n"
    (folder / "exporter.yaml").write_text(text.replace("    every: 10s\n", named, 1), "utf-8")
    given = (
        "--exporter",
        folder / "exporter.yaml",
        "--alerts",
        folder / "alerts.yaml",
        "--out",
        folder / "out",
    )
    return command("build", *given)


def objects(folder: Path) -> dict[str, Any]:
    return {
        name_of(one): one
        for path in sorted((folder / "out").glob("*.yaml"))
        if path.name != "kustomization.yaml"
        for one in yaml.safe_load_all(path.read_text("utf-8"))
    }


@pytest.mark.parametrize("certificate", ["", CERTIFICATE], ids=["password", "and certificate"])
def test_every_object_is_what_its_kind_is_published_to_be(tmp_path: Path, certificate: str) -> None:
    done = build(tmp_path, SETTINGS % (certificate, "https://mimir.example.vn:8443/api/v1/push"))
    assert done.exit_code == 0, done.output
    found = objects(tmp_path)
    for one in found.values():
        validate(one)
    (endpoint,) = found["ServiceMonitor/dvc-exporter"]["spec"]["endpoints"]
    assert endpoint["scheme"] == "https"
    assert endpoint["tlsConfig"]["serverName"] == "dvc-exporter.dvc-monitor.svc"
    assert endpoint["tlsConfig"]["ca"] == {"secret": {"name": "dvc-exporter-client", "key": "ca.crt"}}
    assert endpoint["basicAuth"]["password"] == {"name": "dvc-exporter-client", "key": "password"}
    assert ("keySecret" in endpoint["tlsConfig"]) is bool(certificate)
    assert "scheme" not in found["ServiceMonitor/dvc-prometheus"]["spec"]["endpoints"][0]
    (remote,) = found["Prometheus/dvc"]["spec"]["remoteWrite"]
    assert remote["url"] == "https://mimir.example.vn:8443/api/v1/push"
    assert remote["headers"] == {"X-Scope-OrgID": "thai-binh"}
    assert remote["basicAuth"]["username"] == {"name": "dvc-remote-write", "key": "username"}
    assert [rule["action"] for rule in remote["writeRelabelConfigs"]] == ["labelmap", "labeldrop"]
    egress = found["NetworkPolicy/dvc-prometheus"]["spec"]["egress"]
    assert {"ports": [{"protocol": "TCP", "port": 8443}]} in egress


def test_the_secrets_that_must_be_there_are_told_with_the_command(tmp_path: Path) -> None:
    done = build(tmp_path, SETTINGS % ("", "https://mimir.example.vn/api/v1/push"))
    told = [line.split()[3:] for line in done.stderr.splitlines() if "kubectl" in line]
    assert [line[3] for line in told] == ["dvc-exporter-secrets", "dvc-exporter-client", "dvc-remote-write"]
    assert told[0][4:] == [f"--from-file={key}" for key in ("web.yaml", "tls.crt", "tls.key", "portal-key")]
    assert told[1][4:] == [f"--from-file={key}" for key in ("ca.crt", "username", "password")]


def test_a_pod_that_only_has_a_portals_key_is_asked_as_before(tmp_path: Path) -> None:
    assert build(tmp_path, "{}\n").exit_code == 0
    pod = objects(tmp_path)["Deployment/dvc-exporter"]["spec"]["template"]["spec"]
    assert {"name": "secrets", "mountPath": "/run/secrets/dvc", "readOnly": True} in pod["containers"][0][
        "volumeMounts"
    ]
    assert "httpGet" in pod["containers"][0]["readinessProbe"]


def test_a_key_where_the_pod_has_none_is_refused(tmp_path: Path) -> None:
    done = build(tmp_path, "{}\n", "secrets/portal-key")
    assert done.exit_code == 2
    assert "write /run/secrets/dvc/portal-key" in done.output
    assert not (tmp_path / "out").exists()


def run(words: Sequence[str], folder: Path, port: int) -> int:
    """A command of the pod, on the folders and the port of the test."""
    here = [
        word.replace("/run/secrets/dvc-client", str(folder))
        .replace("/run/secrets/dvc", str(folder))
        .replace("127.0.0.1:9805", f"127.0.0.1:{port}")
        for word in words
    ]
    assert here[0] == "dvc-exporter"
    return subprocess.run(
        [sys.executable, "-m", "exporter", *here[1:]], cwd=ROOT, timeout=30, check=False
    ).returncode


def test_the_probes_of_the_pod_do_what_they_are_for(tmp_path: Path) -> None:
    assert build(tmp_path, SETTINGS % (CERTIFICATE, "https://mimir.example.vn/api/v1/push")).exit_code == 0
    pod = objects(tmp_path)["Deployment/dvc-exporter"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert "--web.config.file=/run/secrets/dvc/web.yaml" in container["args"]
    live, ready = (container[f"{kind}Probe"]["exec"]["command"] for kind in ("liveness", "readiness"))
    assert [volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume] == [
        "dvc-exporter-secrets",
        "dvc-exporter-client",
    ]
    folder = Folder(tmp_path)
    policy = "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem"
    file = folder.write(tls=policy, users={"prometheus": hashed()})
    issued = folder.ca.issue_cert("kubelet.example")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "tls.crt")
    issued.private_key_pem.write_to_path(tmp_path / "tls.key")
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    state = State(reason="Chưa có số liệu.")
    with guarded(Keeper(file), state=state) as address:
        assert run(live, tmp_path, address.port) == 0
        assert run(ready, tmp_path, address.port) == 1
        state.reason = None
        assert run(ready, tmp_path, address.port) == 0
        (tmp_path / "password").write_text("another", "utf-8")
        assert run(ready, tmp_path, address.port) == 1
    assert run(live, tmp_path, address.port) == 1

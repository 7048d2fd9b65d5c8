"""The manifests: as they would be made now, by the published schemas, and closed."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result
from kubernetes_validate.utils import validate as validate_core

from alerts.prometheus import alertmanager_flags, configuration, prometheus_flags
from alerts.settings import load_alerting
from deploy.manifests.command import FOLDER, SECRET, main
from deploy.manifests.mail import MOUNTED, PASSWORD
from tools.binaries import installed

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMAS = Path(__file__).parent / "testdata/schemas"
EXAMPLE = ROOT / "config/contacts.example.yaml"
KUBERNETES = ("1.31", "1.37")
"""The oldest and the newest that manifests are held against."""
APPLIED = 262_144
"""Bytes that `kubectl apply` can keep of an object beside it."""
Object = dict[str, Any]


def documents(path: Path) -> Sequence[Object]:
    return [one for one in yaml.load_all(path.read_text("utf-8"), yaml.CSafeLoader) if one]


@cache  # none of them is changed here, and half a megabyte takes a while to read
def everything() -> Sequence[Object]:
    return [
        one
        for path in sorted(FOLDER.glob("*.yaml"))
        if path.name != "kustomization.yaml"
        for one in documents(path)
    ]


def name_of(one: Object) -> str:
    return f"{one['kind']}/{one['metadata']['name']}"


def the(kind: str, name: str) -> Object:
    (found,) = [one for one in everything() if name_of(one) == f"{kind}/{name}"]
    return found


def validate(one: Object) -> None:
    """Raises a ValidationError where an object is not what its kind is published to be."""
    if one["apiVersion"].startswith("monitoring.coreos.com/"):
        schema = json.loads(gzip.decompress((SCHEMAS / f"{one['kind']}.json.gz").read_bytes()))
        jsonschema.Draft202012Validator(schema).validate(one)
        return
    for version in KUBERNETES:
        validate_core(one, version, strict=True)


def command(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


# Made from the same sources


def test_what_is_committed_is_what_would_be_made_now() -> None:
    done = command("build", "--check")
    assert (done.exit_code, done.output) == (0, "")


def test_what_differs_is_named_and_mended(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "kubernetes")
    (folder / "rules.yaml").write_text("old", "utf-8")
    (folder / "left-over.yaml").write_text("old", "utf-8")

    done = command("build", "--check", "--out", folder)
    assert done.exit_code == 1
    assert "rules.yaml differs" in done.output
    assert "left-over.yaml differs" in done.output
    assert command("build", "--out", folder).exit_code == 0
    assert command("build", "--check", "--out", folder).exit_code == 0


def test_the_rules_are_the_rules() -> None:
    for path in (ROOT / "alerts/rules").glob("*.yaml"):
        assert the("PrometheusRule", f"dvc-{path.stem}")["spec"] == yaml.safe_load(path.read_text("utf-8"))


def test_the_boards_are_the_boards() -> None:
    paths = list((ROOT / "dashboards/json").glob("*.json"))
    assert len(paths) == 8
    for path in paths:
        board = the("ConfigMap", f"{path.stem}-board")
        assert board["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert json.loads(board["data"][path.name]) == json.loads(path.read_text("utf-8"))


def test_scrapes_have_the_limits_and_jobs_of_prometheus_yml() -> None:
    jobs = yaml.safe_load(configuration(load_alerting(ROOT / "config/alerts.yaml")))["scrape_configs"]
    services = {
        one["metadata"]["labels"].get("dvc-job"): one for one in everything() if one["kind"] == "Service"
    }
    for job in jobs:
        service = services[job["job_name"]]
        spec = the("ServiceMonitor", service["metadata"]["name"])["spec"]
        assert spec["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        assert spec["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}
        assert (spec["sampleLimit"], spec["bodySizeLimit"]) == (job["sample_limit"], job["body_size_limit"])
        assert spec["labelLimit"] == job["label_limit"]
        assert spec["labelValueLengthLimit"] == job["label_value_length_limit"]


def test_a_new_pod_makes_no_new_series() -> None:
    for one in everything():
        if one["kind"] != "ServiceMonitor":
            continue
        drop, fixed = one["spec"]["endpoints"][0]["relabelings"]
        kept = [
            label
            for label in ("job", "instance", "namespace", "service", "pod", "container", "endpoint")
            if not (drop["action"] == "labeldrop" and re.fullmatch(drop["regex"], label))
        ]
        assert kept == ["job", "instance"]
        assert (fixed["targetLabel"], fixed["replacement"]) == ("instance", one["metadata"]["name"])


def test_both_servers_are_started_as_everywhere() -> None:
    settings = load_alerting(ROOT / "config/alerts.yaml")
    prometheus, alertmanager = the("Prometheus", "dvc")["spec"], the("Alertmanager", "dvc")["spec"]

    def flags(spec: Object) -> set[str]:
        return {f"--{one['name']}={one['value']}" for one in spec["additionalArgs"]}

    assert flags(prometheus) == set(prometheus_flags(settings).split())
    rest = set(alertmanager_flags(settings).split()) - flags(alertmanager)
    assert rest == {
        f"--enable-feature={','.join(alertmanager['enableFeatures'])}",
        f"--data.retention={alertmanager['retention']}",
        "--cluster.listen-address=",
    }
    assert alertmanager["replicas"] == prometheus["replicas"] == 1
    (told,) = prometheus["alerting"]["alertmanagers"]
    assert the("Service", told["name"])["metadata"]["namespace"] == told["namespace"]


# The published schemas


@pytest.mark.parametrize("one", everything(), ids=name_of)
def test_an_object_is_what_its_kind_is_published_to_be(one: Object) -> None:
    validate(one)


def faults() -> Iterator[tuple[str, Object]]:
    def changed(kind: str, name: str, path: Sequence[str | int], value: object) -> Object:
        one = deepcopy(the(kind, name))
        at: Any = one
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value
        return one

    yield "field", changed("Deployment", "dvc-exporter", ("spec", "replica"), 1)
    yield "type", changed("Deployment", "dvc-exporter", ("spec", "replicas"), "one")
    yield "port", changed("Service", "dvc-exporter", ("spec", "ports"), {"port": 1})
    yield "data", changed("ConfigMap", "dvc-exporter-config", ("data", "x"), {"a": 1})
    yield "policy", changed("NetworkPolicy", "dvc-closed", ("spec", "policyType"), [])
    yield "rule", changed("PrometheusRule", "dvc-units", ("spec", "groups", 0, "rules", 0, "fore"), "5m")
    yield "duration", changed("PrometheusRule", "dvc-units", ("spec", "groups", 0, "interval"), "two minutes")
    yield "size", changed("ServiceMonitor", "dvc-exporter", ("spec", "bodySizeLimit"), "fifty")
    yield "selector", changed("ServiceMonitor", "dvc-exporter", ("spec", "select"), {})
    yield "retention", changed("Prometheus", "dvc", ("spec", "retention"), "years")
    yield "argument", changed("Alertmanager", "dvc", ("spec", "additionalArgs"), ["--x"])


@pytest.mark.parametrize(
    ("what", "one"), list(faults()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_fault_would_be_found(what: str, one: Object) -> None:
    assert what
    with pytest.raises(jsonschema.ValidationError):
        validate(one)


def test_prometheus_takes_the_rules(tmp_path: Path) -> None:
    for name in ("recording", "units", "operators"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            yaml.safe_dump(the("PrometheusRule", f"dvc-{name}")["spec"], allow_unicode=True), "utf-8"
        )
        done = subprocess.run(
            [installed("promtool"), "check", "rules", path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_everything_can_be_applied() -> None:
    sizes = {name_of(one): len(json.dumps(json.dumps(one))) for one in everything()}
    assert max(sizes.values()) < APPLIED, sizes
    names = [name_of(one) for one in everything()]
    assert len(set(names)) == len(names)
    (kustomization,) = documents(FOLDER / "kustomization.yaml")
    assert {*kustomization["resources"], "kustomization.yaml"} == {
        path.name for path in FOLDER.glob("*.yaml")
    }


# Closed


def test_the_exporter_is_closed() -> None:
    spec = the("Deployment", "dvc-exporter")["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] >= 10_000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
    assert container["resources"]["limits"]["memory"] == "1024Mi"


def test_what_a_pod_names_is_there() -> None:
    pod = the("Deployment", "dvc-exporter")["spec"]["template"]
    for volume in pod["spec"]["volumes"]:
        if "configMap" in volume:
            the("ConfigMap", volume["configMap"]["name"])
        if "persistentVolumeClaim" in volume:
            the("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"])
    for name in ("dvc-exporter", "dvc-wall"):
        assert the("Service", name)["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    the("ServiceAccount", the("Prometheus", "dvc")["spec"]["serviceAccountName"])


def test_whoever_is_not_named_may_speak_to_nobody() -> None:
    closed = the("NetworkPolicy", "dvc-closed")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []}
    (into,) = the("NetworkPolicy", "dvc-alertmanager")["spec"]["ingress"]
    assert [port["port"] for port in into["ports"]] == [9093]
    (who,) = into["from"]
    assert who["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "prometheus"


def test_no_address_and_no_secret_is_committed() -> None:
    assert not [one for one in everything() if one["kind"] == "Secret"]
    addresses = re.findall(r"[\w.-]+@[\w.-]+\.vn", EXAMPLE.read_text("utf-8"))
    assert addresses
    text = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.yaml"))
    assert [address for address in addresses if address in text] == []
    done = subprocess.run(["git", "check-ignore", "-q", SECRET], cwd=ROOT, check=False)
    assert done.returncode == 0


# The private Secret


@pytest.fixture
def made(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text("khong-doan-duoc\n", "utf-8")
    out = tmp_path / "private/secret.yaml"
    done = command("secret", "--contacts", EXAMPLE, "--password-file", tmp_path / "password", "--out", out)
    assert done.exit_code == 0, done.output
    assert done.output.strip() == str(out)
    return out


def test_the_secret_is_private_and_what_its_kind_is_published_to_be(made: Path) -> None:
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    (one,) = documents(made)
    validate(one)
    assert name_of(one) == f"Secret/{the('Alertmanager', 'dvc')['spec']['configSecret']}"
    assert one["stringData"]["smtp-password"] == "khong-doan-duoc"


def test_alertmanager_takes_what_the_secret_holds(made: Path, tmp_path: Path) -> None:
    data: Mapping[str, str] = documents(made)[0]["stringData"]
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for name, text in data.items():
        (mounted / name).write_text(text.replace("/etc/alertmanager/config", str(mounted)), "utf-8")
    done = subprocess.run(
        [installed("amtool"), "check-config", mounted / "alertmanager.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # It reads the templates as well, and fails on one that it cannot run.
    assert " - 1 templates\n  SUCCESS" in done.stdout
    assert {path.name for path in (ROOT / "alerts/alertmanager/templates").glob("*.tmpl")} < set(data)
    config = yaml.safe_load(data["alertmanager.yaml"])
    assert config["global"]["smtp_auth_password_file"] == f"{MOUNTED}/{PASSWORD}"
    assert config["event_recorder"]["file_outputs"] == [{"path": "/alertmanager/events.jsonl"}]


def test_without_its_password_no_secret_is_made(tmp_path: Path) -> None:
    done = command("secret", "--contacts", EXAMPLE, "--out", tmp_path / "secret.yaml")
    assert done.exit_code == 2
    assert "--password-file" in done.output
    assert not (tmp_path / "secret.yaml").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("directory: ../var/archive", "directory: /srv/archive", "where the pod has its disk"),
        ("every: 10s", "every: soon", "every"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    shutil.copy(ROOT / "config/targets.yaml", tmp_path)
    config = tmp_path / "exporter.yaml"
    config.write_text((ROOT / "config/exporter.yaml").read_text("utf-8").replace(old, new), "utf-8")
    done = command("build", "--exporter", config, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "out").exists()

"""The exporter: one pod, with the archive on a disk of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from deploy.manifests.objects import CONTAINER, EXPORTER, IMAGE, JOB, POD, Manifest, claim, labels, manifest

METRICS, WALL = 9805, 9806
_HOME = "/dvc"
_CONFIG = f"{_HOME}/config"
_STATE = f"{_HOME}/var"
"""Beside the configuration: `../var/archive` in exporter.yaml is then on the disk."""
ARCHIVE = "../var/archive"
_DISK = "10Gi"
_MEBIBYTES = 512


def exporter(config: Mapping[str, str], job: str) -> Iterator[Manifest]:
    """Configuration, disk, pod and services; `config` holds the files by name."""
    # A changed configuration starts a new pod, which says at once whether it can be used.
    checksum = hashlib.sha256("\x00".join(f"{k}\x00{v}" for k, v in sorted(config.items())).encode())
    yield manifest("ConfigMap", f"{EXPORTER}-config", data=dict(config))
    yield manifest("PersistentVolumeClaim", f"{EXPORTER}-state", spec=claim(_DISK))
    yield manifest(
        "Deployment",
        EXPORTER,
        api="apps/v1",
        spec={
            # Two would read the portals twice, and each would have half of the evidence.
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": labels(EXPORTER)},
            "template": {
                "metadata": {
                    "labels": labels(EXPORTER),
                    "annotations": {"dvc-monitor/config-sha256": checksum.hexdigest()},
                },
                "spec": _pod(),
            },
        },
    )
    yield _service(EXPORTER, "metrics", METRICS, {JOB: job})
    yield _service("dvc-wall", "wall", WALL, {})


def _pod() -> dict[str, object]:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": POD,
        "containers": [
            {
                "name": EXPORTER,
                "image": IMAGE,
                "args": [
                    "dvc-exporter",
                    "serve",
                    f"--config={_CONFIG}/exporter.yaml",
                    f"--web.listen-address=0.0.0.0:{METRICS}",
                    f"--wall.listen-address=0.0.0.0:{WALL}",
                    "--log.format=json",
                ],
                "env": [{"name": "PYTHONDONTWRITEBYTECODE", "value": "1"}],
                "ports": [
                    {"name": "metrics", "containerPort": METRICS},
                    {"name": "wall", "containerPort": WALL},
                ],
                "securityContext": CONTAINER,
                "resources": {
                    "requests": {"cpu": "50m", "memory": f"{_MEBIBYTES}Mi"},
                    "limits": {"memory": f"{2 * _MEBIBYTES}Mi"},
                },
                # Not ready is an answer with a reason; only a process that does not answer is started anew.
                "startupProbe": _asked("/-/healthy", period=2, failures=30),
                "livenessProbe": _asked("/-/healthy", period=30, failures=4),
                "readinessProbe": _asked("/-/ready", period=10, failures=3),
                "volumeMounts": [
                    {"name": "config", "mountPath": _CONFIG, "readOnly": True},
                    {"name": "state", "mountPath": _STATE},
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a folder of its own for each pod
                ],
            }
        ],
        "volumes": [
            {"name": "config", "configMap": {"name": f"{EXPORTER}-config"}},
            {"name": "state", "persistentVolumeClaim": {"claimName": f"{EXPORTER}-state"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    }


def _asked(path: str, *, period: int, failures: int) -> dict[str, object]:
    return {
        "httpGet": {"path": path, "port": "metrics"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _service(name: str, port: str, number: int, more: Mapping[str, str]) -> Manifest:
    return manifest(
        "Service",
        name,
        more=more,
        spec={
            # Figures are asked for also while the exporter is not ready: its state says why it is not.
            "publishNotReadyAddresses": port == "metrics",
            "selector": labels(EXPORTER),
            "ports": [{"name": port, "port": number, "targetPort": port}],
        },
    )

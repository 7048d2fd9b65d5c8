"""The exporter: one pod, with the archive on a disk of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from alerts.access import ExporterTls
from deploy.manifests.objects import CONTAINER, EXPORTER, IMAGE, JOB, POD, Manifest, claim, labels, manifest
from deploy.manifests.secrets import CLIENT, MOUNTED, OWN, WEB_CONFIG

METRICS, WALL = 9805, 9806
_HOME = "/dvc"
_CONFIG = f"{_HOME}/config"
_STATE = f"{_HOME}/var"
"""Beside the configuration: `../var/archive` in exporter.yaml is then on the disk."""
ARCHIVE = "../var/archive"
_DISK = "10Gi"
_MEBIBYTES = 512


_CLIENT_MOUNTED = "/run/secrets/dvc-client"
"""What the readiness probe asks with."""


def exporter(
    config: Mapping[str, str], job: str, tls: ExporterTls | None = None, keys: Sequence[str] = ()
) -> Iterator[Manifest]:
    """Configuration, disk, pod and services; `config` holds the files by name.

    `tls` says how it is to be asked where it asks for TLS and passwords, `keys` which files of secrets the
    configuration names.
    """
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
                "spec": _pod(tls, keys),
            },
        },
    )
    yield _service(EXPORTER, "metrics", METRICS, {JOB: job})
    yield _service("dvc-wall", "wall", WALL, {})


def _pod(tls: ExporterTls | None, keys: Sequence[str]) -> dict[str, object]:
    own, client = tls is not None or bool(keys), tls is not None and (tls.username or tls.cert_file)
    mounts = [
        *(({"name": "secrets", "mountPath": MOUNTED, "readOnly": True},) if own else ()),
        *(({"name": "client", "mountPath": _CLIENT_MOUNTED, "readOnly": True},) if client else ()),
    ]
    volumes = [
        *(({"name": "secrets", "secret": {"secretName": OWN, "defaultMode": 0o440}},) if own else ()),
        *(({"name": "client", "secret": {"secretName": CLIENT, "defaultMode": 0o440}},) if client else ()),
    ]
    web = [f"--web.config.file={MOUNTED}/{WEB_CONFIG}"] if tls else []
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
                    *web,
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
                "startupProbe": _asked("/-/healthy", tls, period=2 if tls is None else 5, failures=30),
                "livenessProbe": _asked("/-/healthy", tls, period=30, failures=4),
                "readinessProbe": _asked("/-/ready", tls, period=10 if tls is None else 30, failures=3),
                "volumeMounts": [
                    {"name": "config", "mountPath": _CONFIG, "readOnly": True},
                    {"name": "state", "mountPath": _STATE},
                    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - a folder of its own for each pod
                    *mounts,
                ],
            }
        ],
        "volumes": [
            {"name": "config", "configMap": {"name": f"{EXPORTER}-config"}},
            {"name": "state", "persistentVolumeClaim": {"claimName": f"{EXPORTER}-state"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
            *volumes,
        ],
    }


def _asked(path: str, tls: ExporterTls | None, *, period: int, failures: int) -> dict[str, object]:
    how: dict[str, object] = {"httpGet": {"path": path, "port": "metrics"}}
    if tls is not None:
        # The cluster's own question can bring neither a password nor a certificate.
        how = {"exec": {"command": _probe(tls, ready=path == "/-/ready")}}
    return {
        **how,
        "periodSeconds": period,
        "timeoutSeconds": 5 if tls is None else 10,
        "failureThreshold": failures,
    }


def _probe(tls: ExporterTls, *, ready: bool) -> list[str]:
    found = [
        "dvc-exporter",
        "probe",
        f"--web.listen-address=127.0.0.1:{METRICS}",
        f"--web.config.file={MOUNTED}/{WEB_CONFIG}",
    ]
    if ready:
        found.append("--ready")
        if tls.username:
            found += [f"--username={tls.username}", f"--password-file={_CLIENT_MOUNTED}/password"]
        if tls.cert_file:
            found += [f"--client-cert={_CLIENT_MOUNTED}/tls.crt", f"--client-key={_CLIENT_MOUNTED}/tls.key"]
    return found


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

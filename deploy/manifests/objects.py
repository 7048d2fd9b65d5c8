"""What all manifests share: names, labels, and how closed a pod is."""

from __future__ import annotations

from collections.abc import Mapping

Manifest = dict[str, object]

NAMESPACE = "dvc-monitor"
IMAGE = "dvc-monitor:0.1.0"
"""As the Dockerfile of this repository makes it; kustomization.yaml says under which name it is pulled."""
PART_OF = {"app.kubernetes.io/part-of": "dvc-monitor"}
"""On everything; by it Prometheus finds its monitors and rules."""
EXPORTER, PROMETHEUS, ALERTMANAGER = "dvc-exporter", "dvc-prometheus", "dvc-alertmanager"
INSTANCE = "dvc"
"""What the operator's Prometheus and Alertmanager are called; their pods bear it as a label."""
JOB = "dvc-job"
"""The label of a service that says what its job is called: the rules name jobs as prometheus.yml does."""
USER = 10805
"""The user of the image; it has no other rights."""
POD = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def labels(name: str) -> dict[str, str]:
    """Of one part."""
    return {"app.kubernetes.io/name": name, **PART_OF}


def manifest(
    kind: str,
    name: str,
    *,
    api: str = "v1",
    more: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **body: object,
) -> Manifest:
    """An object of the namespace, with its labels and `more` of them."""
    metadata: dict[str, object] = {
        "name": name,
        "namespace": NAMESPACE,
        "labels": {**labels(name), **(more or {})},
    }
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **body}


def claim(size: str) -> dict[str, object]:
    """What is asked of a disk."""
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}


def selected(pods: Mapping[str, str]) -> dict[str, object]:
    """A selector by labels."""
    return {"matchLabels": dict(pods)}


def operated(kind: str) -> dict[str, str]:
    """The labels that the operator gives the pods of our Prometheus or Alertmanager."""
    return {"app.kubernetes.io/name": kind, "app.kubernetes.io/instance": INSTANCE}

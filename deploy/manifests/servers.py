"""Prometheus and Alertmanager of our own, which the cluster's operator runs.

Not the cluster's: those keep two weeks where a year is judged, are started with other flags than the mails
rest on, and would hand every alert of the cluster to routes that were made for heads of units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from alerts.access import ExporterTls
from alerts.mailing import duration
from alerts.prometheus import (
    LARGEST,
    LONGEST_VALUE,
    MOST_LABELS,
    MOST_SERIES,
    alertmanager_flags,
    prometheus_flags,
    remote_relabelling,
)
from alerts.settings import Alerting, RemoteWrite
from deploy.manifests.objects import (
    ALERTMANAGER,
    CONTAINER,
    EXPORTER,
    IMAGE,
    INSTANCE,
    JOB,
    NAMESPACE,
    PART_OF,
    PROMETHEUS,
    Manifest,
    claim,
    manifest,
    operated,
    selected,
)
from deploy.manifests.secrets import CLIENT, REMOTE

PROMETHEUS_VERSION, ALERTMANAGER_VERSION = "3.5.3", "0.33.1"
"""The versions that the rules and routes are tested with."""
MAIL_SECRET = "dvc-alertmanager-config"  # noqa: S105 - its name
RECORD = Path("/alertmanager/told.jsonl")
"""Of every mail: to whom and when; on Alertmanager's disk."""
_API = "monitoring.coreos.com/v1"
_RBAC = "rbac.authorization.k8s.io"
_DISK = "alertmanager-data"
_NOBODY = 65534
_POD = {
    "runAsNonRoot": True,
    "runAsUser": _NOBODY,
    "runAsGroup": _NOBODY,
    "fsGroup": _NOBODY,
    "seccompProfile": {"type": "RuntimeDefault"},
}
_OF_A_POD = "namespace|service|pod|container|endpoint"
"""Labels that discovery adds: with them a figure would be another series after every restart of a pod, and an
alert another alert, of which the head of a unit would be told once more."""


def servers(settings: Alerting) -> Iterator[Manifest]:
    """Both servers, what they may see, and what is scraped."""
    yield from _rights()
    yield _prometheus(settings)
    yield _alertmanager(settings)
    yield _service(PROMETHEUS, "prometheus", 9090)
    yield _service(ALERTMANAGER, "alertmanager", 9093)


def monitors(settings: Alerting) -> Iterator[Manifest]:
    """What is scraped how often, with the limits of prometheus.yml."""
    jobs = (
        (EXPORTER, settings.job, "metrics"),
        (PROMETHEUS, "prometheus", "web"),
        (ALERTMANAGER, "alertmanager", "web"),
    )
    for name, job, port in jobs:
        yield manifest(
            "ServiceMonitor",
            name,
            api=_API,
            spec={
                "jobLabel": JOB,
                "selector": selected({**PART_OF, JOB: job}),
                "sampleLimit": MOST_SERIES,
                "bodySizeLimit": LARGEST,
                "labelLimit": MOST_LABELS,
                "labelValueLengthLimit": LONGEST_VALUE,
                "endpoints": [
                    {
                        "port": port,
                        **(_secured(settings.servers.exporter_tls) if name == EXPORTER else {}),
                        "interval": duration(settings.cadence.scrape),
                        "scrapeTimeout": duration(settings.cadence.scrape_timeout),
                        "relabelings": [
                            {"action": "labeldrop", "regex": _OF_A_POD},
                            {"action": "replace", "targetLabel": "instance", "replacement": name},
                        ],
                    }
                ],
            },
        )


def _secured(tls: ExporterTls | None) -> Manifest:
    """How the exporter is asked; what is secret stands in the Secret of whoever asks."""
    if tls is None:
        return {}
    found: Manifest = {
        "scheme": "https",
        # It is reached by the address of its pod, which no certificate bears.
        "tlsConfig": {
            "serverName": tls.server_name or f"{EXPORTER}.{NAMESPACE}.svc",
            **({"ca": {"secret": _key("ca.crt")}} if tls.ca_file else {}),
            **({"cert": {"secret": _key("tls.crt")}, "keySecret": _key("tls.key")} if tls.cert_file else {}),
        },
    }
    if tls.username:
        found["basicAuth"] = {"username": _key("username"), "password": _key("password")}
    return found


def _key(key: str, secret: str = CLIENT) -> Manifest:
    return {"name": secret, "key": key}


def _remote_write(to: RemoteWrite) -> Manifest:
    found: Manifest = {
        "url": to.url,
        "writeRelabelConfigs": list(remote_relabelling(to)),
    }
    if to.username:
        found["basicAuth"] = {"username": _key("username", REMOTE), "password": _key("password", REMOTE)}
    if to.tenant:
        found["headers"] = {"X-Scope-OrgID": to.tenant}
    return found


def _prometheus(settings: Alerting) -> Manifest:
    return manifest(
        "Prometheus",
        INSTANCE,
        api=_API,
        spec={
            "version": f"v{PROMETHEUS_VERSION}",
            "image": f"quay.io/prometheus/prometheus:v{PROMETHEUS_VERSION}",
            "replicas": 1,
            "serviceAccountName": PROMETHEUS,
            "securityContext": _POD,
            "scrapeInterval": duration(settings.cadence.scrape),
            "evaluationInterval": duration(settings.cadence.evaluation),
            "serviceMonitorSelector": selected(PART_OF),
            "ruleSelector": selected(PART_OF),
            # Years of targets; whichever is reached first.
            "retention": "5y",
            "retentionSize": "80GB",
            "storage": {"volumeClaimTemplate": {"spec": claim("100Gi")}},
            "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}},
            # Alerts bear the labels that the routes and mails are tested with, and no more.
            "prometheusExternalLabelName": "",
            "replicaExternalLabelName": "",
            "alerting": {"alertmanagers": [{"namespace": NAMESPACE, "name": ALERTMANAGER, "port": "web"}]},
            "additionalArgs": _arguments(prometheus_flags(settings).split()),
            **({"remoteWrite": [_remote_write(remote)]} if (remote := settings.servers.remote_write) else {}),
        },
    )


def _alertmanager(settings: Alerting) -> Manifest:
    flags = dict(_split(flag) for flag in alertmanager_flags(settings).split())
    # These the operator sets by itself or has a field for.
    features, retention = flags.pop("enable-feature"), flags.pop("data.retention")
    flags.pop("cluster.listen-address")
    return manifest(
        "Alertmanager",
        INSTANCE,
        api=_API,
        spec={
            "version": f"v{ALERTMANAGER_VERSION}",
            "image": f"quay.io/prometheus/alertmanager:v{ALERTMANAGER_VERSION}",
            "replicas": 1,
            # Taken as it is, without the operator's own reading of it: no AlertmanagerConfig is selected.
            "configSecret": MAIL_SECRET,
            "retention": retention,
            "enableFeatures": features.split(","),
            "securityContext": _POD,
            "automountServiceAccountToken": False,
            "storage": {"volumeClaimTemplate": {"metadata": {"name": _DISK}, "spec": claim("1Gi")}},
            "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
            "additionalArgs": [{"name": name, "value": value} for name, value in flags.items()],
            "containers": [_record()],
        },
    )


def _record() -> Manifest:
    """Beside Alertmanager: keeps the record of every mail, and what else it writes down small."""
    return {
        "name": "record",
        "image": IMAGE,
        "command": ["python", "-m", "alerts", "record", str(RECORD), "--every", "10m"],
        "securityContext": CONTAINER,
        "resources": {"requests": {"cpu": "5m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        # The operator's own name for the folder within the volume.
        "volumeMounts": [{"name": _DISK, "mountPath": str(RECORD.parent), "subPath": "alertmanager-db"}],
    }


def _rights() -> Iterator[Manifest]:
    """Prometheus sees services and pods of this namespace, and nothing else of the cluster."""
    yield manifest("ServiceAccount", PROMETHEUS, automountServiceAccountToken=True)
    yield manifest(
        "Role",
        PROMETHEUS,
        api=f"{_RBAC}/v1",
        rules=[
            {
                "apiGroups": [""],
                "resources": ["services", "endpoints", "pods"],
                "verbs": ["get", "list", "watch"],
            },
            {
                "apiGroups": ["discovery.k8s.io"],
                "resources": ["endpointslices"],
                "verbs": ["get", "list", "watch"],
            },
        ],
    )
    yield manifest(
        "RoleBinding",
        PROMETHEUS,
        api=f"{_RBAC}/v1",
        roleRef={"apiGroup": _RBAC, "kind": "Role", "name": PROMETHEUS},
        subjects=[{"kind": "ServiceAccount", "name": PROMETHEUS, "namespace": NAMESPACE}],
    )


def _service(name: str, kind: str, port: int) -> Manifest:
    return manifest(
        "Service",
        name,
        more={JOB: kind},
        spec={"selector": operated(kind), "ports": [{"name": "web", "port": port, "targetPort": "web"}]},
    )


def _arguments(flags: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in map(_split, flags)]


def _split(flag: str) -> tuple[str, str]:
    name, _, value = flag.removeprefix("--").partition("=")
    return name, value

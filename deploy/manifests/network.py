"""Who may speak to whom: nobody, but for what is said here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from alerts.settings import RemoteWrite
from deploy.manifests.exporter import METRICS, WALL
from deploy.manifests.objects import EXPORTER, Manifest, labels, manifest, operated, selected

_DNS = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
_HTTPS = 443
_PROMETHEUS, _ALERTMANAGER = operated("prometheus"), operated("alertmanager")
_GRAFANA = {
    "namespaceSelector": {},
    "podSelector": selected({"app.kubernetes.io/name": "grafana"}),
}


def policies(remote: RemoteWrite | None = None) -> Iterator[Manifest]:
    """One for each part, and one that closes the rest; `remote` is where samples go as well."""
    yield _policy("dvc-closed", {}, ingress=[], egress=[])
    yield _policy(
        EXPORTER,
        labels(EXPORTER),
        ingress=[_from(METRICS, _PROMETHEUS), {"ports": _tcp(WALL)}],
        egress=[_DNS, {"ports": _tcp(443)}],
    )
    yield _policy(
        "dvc-prometheus",
        _PROMETHEUS,
        ingress=[_from(9090, _PROMETHEUS), {"from": [_GRAFANA], "ports": _tcp(9090)}],
        egress=[
            _DNS,
            _to(METRICS, labels(EXPORTER)),
            _to(9093, _ALERTMANAGER),
            _to(9090, _PROMETHEUS),
            # The cluster's own API, from which it learns what there is to scrape.
            {"ports": _tcp(443, 6443)},
            *({"ports": _tcp(port)} for port in _ports(remote)),
        ],
    )
    yield _policy(
        "dvc-alertmanager",
        _ALERTMANAGER,
        ingress=[_from(9093, _PROMETHEUS)],
        # The mail server, and the dead-man's switch.
        egress=[_DNS, {"ports": _tcp(25, 465, 587, 443)}],
    )


def _policy(name: str, pods: Mapping[str, str], *, ingress: list[object], egress: list[object]) -> Manifest:
    return manifest(
        "NetworkPolicy",
        name,
        api="networking.k8s.io/v1",
        spec={
            "podSelector": selected(pods) if pods else {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        },
    )


def _ports(remote: RemoteWrite | None) -> Iterator[int]:
    """What else must be open so that samples get there."""
    if remote is not None:
        address = urlsplit(remote.url)
        port = address.port or (_HTTPS if address.scheme == "https" else 80)
        if port != _HTTPS:
            yield port


def _tcp(*ports: int) -> list[dict[str, object]]:
    return [{"protocol": "TCP", "port": port} for port in ports]


def _from(port: int, pods: Mapping[str, str]) -> dict[str, object]:
    return {"from": [{"podSelector": selected(pods)}], "ports": _tcp(port)}


def _to(port: int, pods: Mapping[str, str]) -> dict[str, object]:
    return {"to": [{"podSelector": selected(pods)}], "ports": _tcp(port)}

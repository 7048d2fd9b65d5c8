"""Rules and boards, as the operator and Grafana's sidecar take them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import yaml

from deploy.manifests.objects import NAMESPACE, PROMETHEUS, Manifest, manifest

FOLDER = "Chỉ tiêu dịch vụ công"
"""Where the boards are in Grafana, as when they are provisioned from files."""
_URL = "${DVC_PROMETHEUS_URL}"


def rules(files: Mapping[str, str]) -> Iterator[Manifest]:
    """One PrometheusRule for each file of rules, by its name (`units.yaml`)."""
    for name, text in files.items():
        yield manifest(
            "PrometheusRule",
            f"dvc-{name.removesuffix('.yaml')}",
            api="monitoring.coreos.com/v1",
            spec=yaml.safe_load(text),
        )


def boards(files: Mapping[str, str]) -> Iterator[Manifest]:
    """One ConfigMap for each board, without blanks: what is applied may hold 256 KiB."""
    for name, text in files.items():
        compact = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
        yield manifest(
            "ConfigMap",
            f"{name.removesuffix('.json')}-board",
            more={"grafana_dashboard": "1"},
            annotations={"grafana_folder": FOLDER},
            data={name: compact},
        )


def datasource(text: str) -> Manifest:
    """The source that the boards name, from the file that provisions it elsewhere."""
    url = f"http://{PROMETHEUS}.{NAMESPACE}.svc:9090"
    return manifest(
        "ConfigMap",
        "dvc-datasource",
        more={"grafana_datasource": "1"},
        data={"dvc.yaml": text.replace(_URL, url)},
    )

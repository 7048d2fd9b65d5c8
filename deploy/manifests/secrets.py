"""Which Secrets the manifests name and do not hold, and what each must have in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from alerts.access import ExporterTls
from alerts.settings import Alerting
from deploy.manifests.objects import EXPORTER, NAMESPACE

MOUNTED = "/run/secrets/dvc"
"""Where the exporter's pod finds its Secret: the folder that it has with Compose."""
WEB_CONFIG = "web.yaml"
OWN = f"{EXPORTER}-secrets"
"""Of the exporter: `web.yaml` with certificate and key, keys of portals."""
CLIENT = f"{EXPORTER}-client"
"""Of whoever asks it: `ca.crt`, and more, as alerts.yaml names it (`client_keys`)."""
REMOTE = "dvc-remote-write"
"""Of Prometheus: `username` and `password`."""


class SecretPathError(Exception):
    """A file of a secret is named where the pod will not have it; the message says what to do."""


def portal_keys(config: Mapping[str, Any]) -> list[str]:
    """What `secret_headers:` names of the exporter's Secret. Raises SecretPathError."""
    found = set()
    for source in config.get("sources") or ():
        for file in (source.get("secret_headers") or {}).values():
            path = PurePosixPath(str(file))
            if str(path.parent) != MOUNTED:
                raise SecretPathError(
                    f"source {source.get('id')}: `secret_headers:` has {file}; write {MOUNTED}/{path.name}, "
                    f"where the pod has the Secret {OWN}, and put the key into that"
                )
            found.add(path.name)
    return sorted(found)


def client_keys(tls: ExporterTls | None) -> list[str]:
    """What the Secret of whoever asks the exporter must hold."""
    if tls is None:
        return []
    return [
        *(("ca.crt",) if tls.ca_file else ()),
        *(("username", "password") if tls.username else ()),
        *(("tls.crt", "tls.key") if tls.cert_file else ()),
    ]


def to_make(alerting: Alerting, keys: Iterable[str]) -> Iterator[str]:
    """One command for each Secret that has to be there before the manifests are applied."""
    tls, remote = alerting.servers.exporter_tls, alerting.servers.remote_write
    own = [*((WEB_CONFIG, "tls.crt", "tls.key") if tls else ()), *keys]
    for name, held in (
        (OWN, own),
        (CLIENT, client_keys(tls)),
        (REMOTE, ["username", "password"] if remote and remote.username else []),
    ):
        if held:
            files = " ".join(f"--from-file={key}" for key in held)
            yield f"kubectl -n {NAMESPACE} create secret generic {name} {files}"

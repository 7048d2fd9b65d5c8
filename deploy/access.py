"""Requests to an exporter that asks for TLS and passwords."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from alerts.access import ExporterTls

SECONDS = 5.0


class _Named(HTTPAdapter):
    """Expects another name in the certificate than the one in the address."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().init_poolmanager(*args, server_hostname=self._name, assert_hostname=self._name, **kwargs)


def missing(tls: ExporterTls) -> Iterator[str]:
    """One sentence for each file that cannot be read here."""
    for path in (tls.ca_file, tls.password_file, tls.cert_file, tls.key_file):
        try:
            if path is not None:
                path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            yield (
                f"{path} (servers.exporter_tls in alerts.yaml) cannot be read here ({reason}); "
                "with Compose it belongs into secrets/alerts/ and into secrets/prometheus/"
            )


def secured(tls: ExporterTls) -> requests.Session:
    """Asks as the settings say. Raises OSError where a file cannot be read."""
    session = requests.Session()
    # Nothing of the environment: neither a proxy nor a password from a .netrc.
    session.trust_env = False
    if tls.ca_file is not None:
        session.verify = str(tls.ca_file)
    if tls.username is not None and tls.password_file is not None:
        password = tls.password_file.read_text("utf-8").strip()
        session.auth = HTTPBasicAuth(tls.username.encode(), password.encode())
    if tls.cert_file is not None:
        session.cert = (str(tls.cert_file), str(tls.key_file))
    if tls.server_name is not None:
        session.mount("https://", _Named(tls.server_name))
    return session


def before_tls(url: str, error: Exception) -> str | None:
    """What to say of a failed handshake; None where what listens there does not ask for TLS yet.

    That is an exporter that this start is about to put another one in the place of.
    """
    try:
        requests.get(url.replace("https://", "http://", 1), timeout=SECONDS)
    except requests.RequestException:
        return f"{url}: {error}"
    click.echo(f"{url}: does not ask for TLS yet, is to be started anew")
    return None

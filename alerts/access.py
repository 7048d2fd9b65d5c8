"""How the exporter is asked where it asks for TLS and passwords (`--web.config.file`)."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import model_validator

from exporter.config.fields import Text
from exporter.config.yamlmodel import Model


class ExporterTls(Model):
    """`servers.exporter_tls:` - it is asked over TLS; the files are on the machine of whoever asks."""

    ca_file: Path | None = None
    """Certificates (PEM) of the authorities that the exporter's is believed by; None: those of the system."""
    server_name: Text | None = None
    """The name that its certificate bears; None: the host in `servers.exporter`."""
    username: Text | None = None
    password_file: Path | None = None
    """The password itself, on one line; its hash is in the exporter's file."""
    cert_file: Path | None = None
    """A certificate of our own to show (`client_auth_type`), and its key."""
    key_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file go together; write both, or neither")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together; write both, or neither")
        return self

"""The private Secret: what Alertmanager runs on, made from the contacts, never committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from alerts.alertmanager import build as alertmanager
from alerts.build import Inputs, built
from alerts.mailing import EVENTS
from deploy.manifests.objects import Manifest, manifest
from deploy.manifests.servers import MAIL_SECRET, RECORD

MOUNTED = "/etc/alertmanager/config"
"""Where the operator puts the other keys of the Secret."""
PASSWORD = "smtp-password"  # noqa: S105 - the name of its key
LARGEST = 1 << 20
"""Bytes of a Secret."""


class SecretError(Exception):
    """The Secret cannot be made; the message says what to do."""


def secret(inputs: Inputs, password: str | None, today: date) -> Manifest:
    """Configuration, templates and the mail server's password as one Secret.

    Raises SecretError when a password is needed and not there or too much is to be kept, and what
    `alerts.build.built` raises.
    """
    needed = inputs.contacts.mail.username is not None
    if needed and not password:
        raise SecretError(
            "the contacts name a user of the mail server: give the file with its password as --password-file"
        )
    config = alertmanager.configuration(
        inputs.decision, inputs.contacts, inputs.alerting.mailing, inputs.calendar, today
    )
    config["templates"] = [f"{MOUNTED}/*.tmpl"]
    config["event_recorder"] = {"file_outputs": [{"path": str(RECORD.with_name(EVENTS))}]}
    if needed:
        found = config["global"]
        assert isinstance(found, dict)  # noqa: S101 - for the types: `configuration` makes it one
        config["global"] = found | {"smtp_auth_password_file": f"{MOUNTED}/{PASSWORD}"}
    data = {"alertmanager.yaml": alertmanager.render(config), **_templates(built(inputs, today))}
    if needed and password:
        data[PASSWORD] = password
    size = sum(len(text.encode()) for text in data.values())
    if size >= LARGEST:
        raise SecretError(f"the configuration has {size} bytes, more than the {LARGEST} of a Secret")
    return manifest("Secret", MAIL_SECRET, type="Opaque", stringData=data)


def _templates(files: Mapping[Path, str]) -> Mapping[str, str]:
    return {path.name: text for path, text in files.items() if path.suffix == ".tmpl"}

"""Says which secret is missing or lies open, before anything starts that needs it.

Secrets are files on the host, one folder for each service that reads them, mounted read-only into that
service alone. A file keeps its owner and mode inside a container: so each belongs to the user that reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import yaml

OURS, NOBODY, GRAFANA = 10805, 65534, 472
"""Users in our image, in those of Prometheus and Alertmanager, and in Grafana's."""
MOUNTED = "/run/secrets/dvc/"
"""Where a service finds its own folder of secrets."""
_FOLDER = click.Path(file_okay=False, readable=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Secret:
    """One file under `secrets/` and who reads it."""

    path: str
    owner: int
    """Numeric user id."""
    how: str
    """What to do where it is missing."""


CONTACTS = Secret(
    "alerts/contacts.yaml",
    OURS,
    "copy config/contacts.example.yaml there and write in who is written to",
)
ADMIN = Secret("grafana/admin-password", GRAFANA, "write a long password of your own into it, on one line")
KEY = Secret("grafana/secret-key", GRAFANA, "run deploy/secrets.sh, which makes one")
SMTP = Secret(
    "alertmanager/smtp-password",
    NOBODY,
    "write the password of the mail account that the contacts name into it, on one line",
)


def portal_keys(settings: Path) -> Iterator[Secret]:
    """The keys that portals ask for: what `secret_headers:` of the sources names in the exporter's folder."""
    read = _mapping(settings / "exporter.yaml")
    sources = read.get("sources")
    for source in sources if isinstance(sources, list) else ():
        headers = source.get("secret_headers") if isinstance(source, dict) else None
        for file in headers.values() if isinstance(headers, dict) else ():
            if str(file).startswith(MOUNTED):
                yield Secret(
                    f"exporter/{str(file).removeprefix(MOUNTED)}",
                    OURS,
                    "write the portal's key into it, on one line, as the header is to carry it",
                )


def needed(secrets: Path, *, demo: bool) -> Iterator[Secret]:
    """What this start needs. The demo brings its own contacts, and its mail server asks for none."""
    yield ADMIN
    yield KEY
    if demo:
        return
    yield CONTACTS
    if _names_password(secrets / CONTACTS.path):
        yield SMTP


def _names_password(contacts: Path) -> bool:
    """Whether the contacts say that the mail server asks for a password; the build checks the rest."""
    mail = _mapping(contacts).get("mail")
    return isinstance(mail, dict) and "username" in mail


def _mapping(file: Path) -> dict[str, object]:
    """What a file of settings holds; nothing where it cannot be read: whoever uses it says why."""
    try:
        read = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return read if isinstance(read, dict) else {}


def faults(secrets: Path, *, demo: bool, keys: Iterable[Secret] = ()) -> Iterator[str]:
    """One sentence for each secret that is missing, empty, not to be read, or to be read by everybody."""
    for secret in (*needed(secrets, demo=demo), *keys):
        path = secrets / secret.path
        shown = f"secrets/{secret.path}"
        owned = f"chown {secret.owner}:0 {shown} && chmod 400 {shown}"
        try:
            found = path.stat()
        except PermissionError:
            folder = f"secrets/{path.parent.name}"
            yield f"{folder} may not be passed through; chmod 711 secrets {folder}"
            continue
        except OSError:
            yield f"{shown} is missing: {secret.how}; then: {owned}"
            continue
        if not path.is_file():
            yield f"{shown} is no file: remove it, {secret.how}; then: {owned}"
        elif not found.st_size:
            yield f"{shown} is empty: {secret.how}"
        elif found.st_uid != secret.owner:
            yield f"{shown} belongs to user {found.st_uid}, but user {secret.owner} reads it; {owned}"
        elif found.st_mode & 0o077:
            yield f"{shown} is open to others (mode {found.st_mode & 0o777:o}); chmod 400 {shown}"


@click.command()
@click.option("--secrets", type=_FOLDER, required=True, help="The folder with a folder for each service.")
@click.option("--settings", type=_FOLDER, required=True, help="What deploy.settings put together.")
def main(secrets: Path, settings: Path) -> None:
    """Fail with a sentence for each secret that is not as it has to be."""
    demo = (settings / "contacts.yaml").is_file()
    found = list(faults(secrets, demo=demo, keys=portal_keys(settings)))
    for sentence in found:
        click.echo(sentence, err=True)
    if found:
        raise SystemExit(1)
    click.echo("every secret is there")


if __name__ == "__main__":
    main(prog_name="python -m deploy.preflight")

"""Says which secret is missing or lies open, before anything starts that needs it.

Secrets are files on the host, one folder for each service that reads them, mounted read-only into that
service alone. A file keeps its owner and mode inside a container: so each belongs to the user that reads it.
"""

from __future__ import annotations

import os
import shlex
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
ADMIN = Secret(
    "grafana/admin-password",
    GRAFANA,
    "write a long password of your own into it, on one line, or let the script make one",
)
KEY = Secret("grafana/secret-key", GRAFANA, "let the script make one")
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


def remote_passwords(settings: Path) -> Iterator[Secret]:
    """The password for the place that samples are sent to, which Prometheus reads when it sends."""
    servers = _mapping(settings / "alerts.yaml").get("servers")
    to = servers.get("remote_write") if isinstance(servers, dict) else None
    file = str(to.get("password_file", "")) if isinstance(to, dict) else ""
    if file.startswith(MOUNTED):
        how = "write the password of the account that servers.remote_write names into it, on one line"
        yield Secret(f"prometheus/{file.removeprefix(MOUNTED)}", NOBODY, how)


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


def faults(
    secrets: Path, *, demo: bool, more: Iterable[Secret] = (), shown: str = "secrets"
) -> Iterator[str]:
    """One sentence for each secret that is missing, empty, not to be read, or to be read by everybody.

    `shown` is what the folder is called where the sentences are read.
    """
    script = "sudo sh deploy/secrets.sh" + ("" if shown == "secrets" else f" {shlex.quote(shown)}")
    for secret in (*needed(secrets, demo=demo), *more):
        path = secrets / secret.path
        name = f"{shown}/{secret.path}"
        try:
            found = path.stat()
        except PermissionError:
            yield f"{shown}/{path.parent.name} may not be passed through; {script}"
            continue
        except OSError:
            first = "" if path.parent.is_dir() else f"{script} makes its folder; "
            yield f"{name} is missing: {first}{secret.how}; then: {script}"
            continue
        if not path.is_file():
            yield f"{name} is no file: remove it, {secret.how}; then: {script}"
        elif not found.st_size:
            yield f"{name} is empty: {secret.how}"
        elif found.st_uid != secret.owner:
            yield f"{name} belongs to user {found.st_uid}, but user {secret.owner} reads it; {script}"
        elif found.st_mode & 0o077:
            yield f"{name} is open to others (mode {found.st_mode & 0o777:o}); {script}"


def closed(folder: Path) -> bool:
    """Whether something in a folder may not be read by everybody, as after a clone under `umask 077`."""

    def refuse(error: OSError) -> None:
        raise error

    try:
        return any(
            not (Path(at) / name).stat().st_mode & 0o004
            for at, _, names in os.walk(folder, onerror=refuse)
            for name in names
        )
    except PermissionError:
        return True


@click.command()
@click.option("--secrets", type=_FOLDER, required=True, help="The folder with a folder for each service.")
@click.option("--shown", default="secrets", help="What that folder is called outside.")
@click.option("--settings", type=_FOLDER, required=True, help="What deploy.settings put together.")
@click.option("--open", "opened", type=_FOLDER, help="A folder of ours that other users' services read.")
def main(secrets: Path, shown: str, settings: Path, opened: Path | None) -> None:
    """Fail with a sentence for each secret that is not as it has to be."""
    demo = (settings / "contacts.yaml").is_file()
    more = [*portal_keys(settings), *remote_passwords(settings)]
    found = list(faults(secrets, demo=demo, more=more, shown=shown.removeprefix("./")))
    if opened is not None and closed(opened):
        found.append(
            "deploy/grafana may not be read by the user of Grafana, as after a clone under umask 077; "
            "on the host: chmod -R a+rX config deploy"
        )
    for sentence in found:
        click.echo(sentence, err=True)
    if found:
        raise SystemExit(1)
    click.echo("every secret is there")


if __name__ == "__main__":
    main(prog_name="python -m deploy.preflight")

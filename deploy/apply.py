"""Contacts and settings -> what the servers read, on their volumes; then those that run are asked to read it.

`python -m alerts build` with the files of this start. Prometheus looks for itself whether its files changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import requests

from alerts.access import ExporterTls
from alerts.command import PAGE, build
from alerts.settings import load_alerting
from deploy.access import before_tls, missing, secured

SECONDS = 30.0
_FOLDER = click.Path(file_okay=False, path_type=Path)


def asked(settings: Path) -> Iterator[tuple[str, ExporterTls | None]]:
    """Where to ask for a reload, and how."""
    servers = load_alerting(settings / "alerts.yaml", settings / "place.yaml").servers
    for server in servers.alertmanagers:
        yield f"http://{server}/-/reload", None
    scheme = "https" if servers.exporter_tls else "http"
    yield f"{scheme}://{servers.exporter}/-/reload", servers.exporter_tls


def reload(url: str, tls: ExporterTls | None = None) -> str | None:
    """What the server says against it; None where it reloaded, or will read the files by itself.

    A server that does not run yet reads them at its start. Alertmanager ends the mails first that it is
    sending, which a mail server that does not answer makes long: it reloads when it is through with them.
    """
    if tls is not None and (unread := " ".join(missing(tls))):
        return f"{url}: {unread}"
    try:
        post = requests.post if tls is None else secured(tls).post
        answer = post(url, timeout=SECONDS)
    except requests.exceptions.SSLError as error:
        return before_tls(url, error)
    except requests.ReadTimeout:
        click.echo(f"{url}: busy, will reload when it is done")
        return None
    except requests.ConnectionError:
        return None
    except requests.RequestException as error:
        return f"{url}: {error}"
    return None if answer.ok else f"{url}: {answer.status_code} {answer.text[:500]}"


@click.command()
@click.option("--settings", type=_FOLDER, required=True, help="What deploy.settings put together.")
@click.option("--contacts", type=click.Path(path_type=Path), required=True, help="The private contacts.")
@click.option("--dashboards", required=True, help="The address of Grafana, as people reach it.")
@click.option("--out", type=_FOLDER, required=True, help="Where the servers' files go.")
def main(settings: Path, contacts: Path, dashboards: str, out: Path) -> None:
    """Build what the servers read, and have it read."""
    simulated = settings / "contacts.yaml"
    build.main(
        [
            *("--config", str(settings / "alerts.yaml"), "--place", str(settings / "place.yaml")),
            *("--exporter", str(settings / "exporter.yaml")),
            # The demo's own, where it was put beside the settings.
            *("--contacts", str(simulated if simulated.is_file() else contacts)),
            *("--dashboards", dashboards, "--out", str(out)),
        ],
        standalone_mode=False,
    )
    # It holds addresses: Alertmanager's volume has them anyway, Prometheus has no need to.
    shutil.move(out / PAGE, out / "alertmanager" / PAGE)
    refused = [said for url, tls in asked(settings) if (said := reload(url, tls))]
    for said in refused:
        click.echo(said, err=True)
    raise SystemExit(1 if refused else 0)


if __name__ == "__main__":
    main(prog_name="python -m deploy.apply")

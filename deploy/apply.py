"""Contacts and settings -> what the servers read, on their volumes; then those that run are asked to read it.

`python -m alerts build` with the settings that were offered; where that finds no fault, they are in force
from then on. Prometheus looks for itself whether its files changed.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from alerts.command import PAGE, build
from alerts.settings import Servers, load_alerting
from deploy.running import figures, outdated, reload, reload_alertmanager
from deploy.volume import CURRENT, NEXT, Volume

TRIAL = (
    "This is a trial, for as long as its volumes are there: every mail goes to its inbox, {} is not used. "
    "For real operation remove it with all its figures: docker compose … --profile '*' down -v"
)
RESTART = (
    "The settings are in force, but servers still run with the flags of before: "
    "docker compose … restart {} && docker compose … up -d"
)
_FOLDER = click.Path(file_okay=False, path_type=Path)


def who(volume: Volume, contacts: Path) -> Path:
    """The contacts that are written to: in a trial the invented ones, whatever else there is."""
    if not volume.trial:
        return contacts
    if contacts.exists():
        click.echo(TRIAL.format(contacts))
    invented = volume.folder / NEXT / "contacts.yaml"
    if not invented.is_file():
        raise click.ClickException(
            "This is a trial, put together without its own contacts; start it once more."
        )
    return invented


def bring_in_force(volume: Volume, contacts: Path, dashboards: str, out: Path) -> Servers:
    """Build from what was offered, and have it replace what was in force; where it is faulty, end here."""
    with volume.locked():
        coming = volume.folder / NEXT
        build.main(
            [
                *("--config", str(coming / "alerts.yaml"), "--place", str(coming / "place.yaml")),
                *("--exporter", str(coming / "exporter.yaml"), "--contacts", str(who(volume, contacts))),
                *("--dashboards", dashboards, "--out", str(out)),
            ],
            standalone_mode=False,
        )
        # It holds addresses: Alertmanager's volume has them anyway, Prometheus has no need to.
        shutil.move(out / PAGE, out / "alertmanager" / PAGE)
        if not volume.trial:
            volume.begin_operation()
        volume.promote()
        current = volume.folder / CURRENT
        return load_alerting(current / "alerts.yaml", current / "place.yaml").servers


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of telling one server."""

    host: str
    refused: str | None = None
    outdated: bool = False


def told(servers: Servers, out: Path) -> list[Answer]:
    """Has those that run read what is new. All at once: to look for a name that is not there takes time."""
    letters = out / "alertmanager"

    def exporter(host: str) -> Answer:
        return Answer(host, refused=reload(host, servers.exporter_tls))

    def prometheus(host: str) -> Answer:
        known = figures(host)
        return Answer(host, outdated=known is not None and outdated(known, out / "prometheus.flags"))

    def alertmanager(host: str) -> Answer:
        known = figures(host)
        if known is None:
            return Answer(host)
        old = outdated(known, letters / "alertmanager.flags")
        return Answer(host, reload_alertmanager(host, letters, known), old)

    with ThreadPoolExecutor() as pool:
        waiting = [
            pool.submit(exporter, servers.exporter),
            *(pool.submit(prometheus, host) for host in servers.prometheus),
            *(pool.submit(alertmanager, host) for host in servers.alertmanagers),
        ]
        return [answer.result() for answer in waiting]


def service(host: str) -> str:
    """What compose calls the server at an address: the first of several has its own name beside that."""
    return host.partition(":")[0].removesuffix("-a")


@click.command()
@click.option("--settings", type=_FOLDER, required=True, help="What deploy.settings put together.")
@click.option("--contacts", type=click.Path(path_type=Path), required=True, help="The private contacts.")
@click.option("--dashboards", required=True, help="The address of Grafana, as people reach it.")
@click.option("--out", type=_FOLDER, required=True, help="Where the servers' files go.")
def main(settings: Path, contacts: Path, dashboards: str, out: Path) -> None:
    """Build what the servers read, and have it read."""
    servers = bring_in_force(Volume(settings), contacts, dashboards, out)
    answers = told(servers, out)
    refused = [answer.refused for answer in answers if answer.refused]
    old = [service(answer.host) for answer in answers if answer.outdated]
    for said in refused:
        click.echo(said, err=True)
    if old:
        click.echo(RESTART.format(" ".join(old)), err=True)
    raise SystemExit(1 if refused or old else 0)


if __name__ == "__main__":
    main(prog_name="python -m deploy.apply")

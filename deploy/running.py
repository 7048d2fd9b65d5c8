"""What servers that run know of the files they were started with, and how they are told of new ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import click
import requests

from alerts.access import ExporterTls
from deploy.access import before_tls, missing, secured

SECONDS = 30.0
LOADED = "alertmanager_config_last_reload_success_timestamp_seconds"
STARTED = "process_start_time_seconds"
SLACK = 2.0
"""Seconds: the kernel tells the start of a process no better."""


def figures(host: str) -> Mapping[str, float] | None:
    """The metrics without labels of a server, by name; None where it does not run."""
    try:
        text = requests.get(f"http://{host}/metrics", timeout=SECONDS).text
    except requests.RequestException:
        return None
    return {name: float(value) for name, value in re.findall(r"^([a-z_]+) ([-+.\de]+)$", text, re.MULTILINE)}


def reload(host: str, tls: ExporterTls | None = None) -> str | None:
    """What the server says against it; None where it reloaded, or will read the files by itself.

    A server that does not run yet reads them at its start.
    """
    url = f"{'https' if tls else 'http'}://{host}/-/reload"
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


def reload_alertmanager(host: str, folder: Path, known: Mapping[str, float]) -> str | None:
    """As `reload`, but not where it has read the files already, or been asked to and not come to it yet.

    It ends first what it is at: the mails that it is sending, and the minutes after its start in which it
    waits for all alerts. Two reloads that queue up meanwhile make two of one mail.
    """
    files = [folder / "alertmanager.yml", *folder.glob("templates/*.tmpl")]
    changed = max(path.stat().st_mtime for path in files)
    asked = folder / f".asked-{host.replace(':', '-')}"
    loaded, started = known.get(LOADED, 0.0), known.get(STARTED, 0.0)
    # What has just started may not have come to its files yet; it reads them as they are now.
    if max(loaded, started) > changed + SLACK:
        return None
    if asked.exists() and asked.stat().st_mtime > max(changed, loaded, started):
        click.echo(f"{host}: was asked to reload before, and will when it is done")
        return None
    asked.touch()
    said = reload(host)
    if said:
        # It answered: the next start may ask again.
        asked.unlink()
    return said


def outdated(known: Mapping[str, float], flags: Path) -> bool:
    """Whether a server was started before the file with its flags last changed."""
    started = known.get(STARTED)
    return started is not None and started + SLACK < flags.stat().st_mtime

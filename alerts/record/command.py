"""`python -m alerts record`: keeps the record of every mail, and of nothing else."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from alerts.mailing import EVENTS
from alerts.record.distil import distil, waiting_since
from exporter.config.fields import parse_duration

logger = logging.getLogger(__name__)


def _span(_: click.Context, __: click.Parameter, text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--every",
    callback=_span,
    metavar="DURATION",
    help="Go on, and look so often, like 10m; without it once, for a timer.",
)
@click.option(
    "--check",
    "patience",
    callback=_span,
    metavar="DURATION",
    help="Only fail if something has been waiting for longer than that: the health check.",
)
def record(path: Path, every: timedelta | None, patience: timedelta | None) -> None:
    """Keep in PATH what Alertmanager wrote into events.jsonl beside it of mails and silences."""
    if patience is not None:
        since = waiting_since(path.with_name(EVENTS))
        if since is not None and datetime.now(UTC) - since > patience:
            raise click.ClickException(f"{EVENTS} has not been looked at since {since:%Y-%m-%d %H:%M:%S} UTC")
        return
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    ended = threading.Event()
    if every is None:
        try:
            distil(path.with_name(EVENTS), path)
        except OSError as error:
            raise click.ClickException(
                f"{error}; everything is still there, mend it and run this again"
            ) from error
        return
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    while not ended.wait(every.total_seconds()):
        _once(path)
    _once(path)


def _once(path: Path) -> None:
    try:
        distil(path.with_name(EVENTS), path)
    except OSError as error:
        # A full disk is no reason to stop: nothing is lost, and the next look may find room.
        logger.error("%s; everything is still there, it is tried again", error)  # noqa: TRY400 - no trace

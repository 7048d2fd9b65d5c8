"""`dvc-exporter report`: the table that administration runs on, as of a day, from the archive."""

from __future__ import annotations

import os
from datetime import date, datetime, time, timedelta
from pathlib import Path

import click

from exporter.archive.layout import ArchiveError
from exporter.clock import PROVINCE_TIME, Clock
from exporter.commands.dates import Day
from exporter.commands.options import config_option, load_or_refuse, refuse
from exporter.decision import Decision
from exporter.report import html, wording, xlsx
from exporter.report.build import build
from exporter.report.model import ReportTable
from exporter.snapshot import replay
from exporter.snapshot.model import Snapshot

FORMATS = ("html", "xlsx")


@click.command(
    short_help="Write the dated table as HTML and .xlsx.",
    epilog="Example: dvc-exporter report --date 16/09/2024 --output bao-cao",
)
@config_option
@click.option(
    "--date",
    "day",
    type=Day(),
    help="The day it describes, as of its end; today, as of now, where none is given.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIRECTORY",
    help="Where the files go; it is made where it does not exist. Default: here.",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice([*FORMATS, "all"]),
    default="all",
    show_default=True,
    help="html prints on A4 landscape from any browser; xlsx is for Excel and LibreOffice.",
)
def report(config: Path, day: date | None, output: Path, wanted: str) -> None:
    """Write the dated table in the layout of the decision's annex: rate / target, unit by unit.

    The figures come from the archived pages alone and no portal is asked, so the report of a past day
    is the same whenever it is written. Missing, withheld and exempt cells are marked as such.
    """
    decision, settings = load_or_refuse(config)
    clock = Clock.starting_on(settings.clock.date if settings.clock else None)
    now = clock.now()
    moment = now if day is None else _moment_of(day, now)
    try:
        snapshot = replay.snapshot_at(decision, settings, moment)
    except (ArchiveError, OSError) as error:
        raise click.ClickException(f"the archive cannot be read: {error}") from error
    _refuse_nothing(snapshot, settings.archive.directory)
    table = build(snapshot)
    for path, content in _files(table, output, FORMATS if wanted == "all" else (wanted,)):
        _write(path, content)
        click.echo(path)
    click.echo(wording.summary(table), err=True)


def _moment_of(day: date, now: datetime) -> datetime:
    """The end of a past day, or the present moment of the present one; a day to come is refused."""
    if day > now.date():
        refuse(f"--date {day} has not come yet: it is {now.date()}")
    if day == now.date():
        return now
    return datetime.combine(day + timedelta(days=1), time(), PROVINCE_TIME) - timedelta(microseconds=1)


def _refuse_nothing(snapshot: Snapshot, archive: Path) -> None:
    """A day before the first collection has no report; a day on which portals were down has one."""
    if any(source.last_success is not None for source in snapshot.sources):
        return
    raise click.ClickException(
        f"the archive {archive} holds no successful collection of the days up to {snapshot.at.date()}; "
        "choose a later --date, or run `dvc-exporter collect` first"
    )


def file_stem(decision: Decision, day: date) -> str:
    """What the files are called, in plain letters: `bao-cao-805-2024-09-16`."""
    number = "".join(c for c in decision.number.split("/")[0] if c.isascii() and c.isalnum())
    return "-".join(part for part in ("bao-cao", number, str(day)) if part)


def _files(table: ReportTable, output: Path, wanted: tuple[str, ...]) -> list[tuple[Path, bytes]]:
    stem = file_stem(table.decision, table.day)
    renderers = {"html": lambda: html.render(table).encode(), "xlsx": lambda: xlsx.render(table)}
    return [(output / f"{stem}.{kind}", renderers[kind]()) for kind in wanted]


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: an older report of the same name stays where the disk is full."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(content)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error

"""`dvc-exporter collect`: reads all portals once and prints what they say beside the targets."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from exporter import logs
from exporter.commands.options import config_option, refuse
from exporter.commands.terminal import figures_tables, heading, remarks
from exporter.config.faults import ConfigError
from exporter.metrics.exposition import Format
from exporter.periods import PeriodKind
from exporter.pipeline import Pipeline
from exporter.snapshot.model import Snapshot
from exporter.snapshot.standing import standing

_WIDE = 200
_PARTLY = 1


@click.command(short_help="Read all portals once and print what they say.")
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "prometheus", "json", "csv"]),
    default="table",
    show_default=True,
    help="What is printed.",
)
@click.option(
    "--period",
    type=click.Choice(["auto", "year", "month"]),
    default="auto",
    show_default=True,
    help="Which figures the table shows; auto: the year's, or the month's where no portal gives the year.",
)
@click.option("--communes", is_flag=True, help="Show the communes of the groups too.")
@click.option("--source", "only", help="Read only this source; the others keep what the archive knows.")
def collect(config: Path, form: str, period: str, communes: bool, only: str | None) -> None:  # noqa: FBT001 - click's way
    """Read all portals once, keep what they said in the archive, and print it.

    Exit code 0 when every portal gave everything and it was kept, 1 when something is missing, 2
    when the configuration cannot be used.
    """
    logs.configure("warning")
    try:
        pipeline = Pipeline(config)
    except ConfigError as error:
        refuse(str(error))
    names = tuple(pipeline.setup.readers)
    if only is not None and only not in names:
        refuse(f"--source {only!r}: exporter.yaml has no such source; it has {', '.join(names)}")
    pipeline.replay()
    complete = _read(pipeline, names if only is None else (only,))
    snapshot = pipeline.snapshot()
    if snapshot is None:  # replay publishes one
        refuse("nothing was published")
    if form == "prometheus":
        sys.stdout.write(pipeline.exposition().in_format(Format.TEXT).plain.decode())
    elif form == "json":
        click.echo(json.dumps(list(figures(snapshot)), ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(_csv(list(figures(snapshot))), nl=False)
    else:
        _table(snapshot, period, communes=communes)
    sys.exit(0 if complete and snapshot.archive_ok else _PARTLY)


def _read(pipeline: Pipeline, names: tuple[str, ...]) -> bool:
    """Reads the sources one after the other, showing where it is; whether everything came."""
    complete = True
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar as progress:
        for position, name in enumerate(names, start=1):
            label = f"{position}/{len(names)} {name}"
            task = progress.add_task(label, total=None)
            run = pipeline.collect(name, note=partial(_show, progress, task, label))
            progress.remove_task(task)
            complete = complete and run is not None and run.ok
    return complete


def _show(progress: Progress, task: TaskID, label: str, line: str) -> None:
    progress.update(task, description=f"{label}: {line}")


def _shown_period(snapshot: Snapshot, asked: str) -> PeriodKind:
    kinds = {figure.period for figure in snapshot.figures}
    return "month" if asked == "month" or (asked == "auto" and kinds == {"month"}) else "year"


def _table(snapshot: Snapshot, asked: str, *, communes: bool) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE)
    period = _shown_period(snapshot, asked)
    console.print(heading(snapshot, period), markup=False, highlight=False)
    for table in figures_tables(snapshot, period, width=console.width, communes=communes):
        console.print(table)
    for remark in remarks(snapshot):
        console.print(remark, markup=False, highlight=False)


def figures(snapshot: Snapshot) -> Iterator[dict[str, object]]:
    """Every published figure as a flat record; ratios are 0-1, missing values are absent (None)."""
    day = snapshot.at.date()
    for m in snapshot.figures.values():
        unit = snapshot.decision.units[m.unit]
        held = standing(snapshot, unit, snapshot.decision.indicators[m.indicator], m.period.kind)
        yield {
            "unit": m.unit,
            "name": unit.name_on(day),
            "indicator": m.indicator,
            "period": m.period.kind,
            "period_start": m.period.start.isoformat(),
            "numerator": m.numerator,
            "denominator": m.denominator,
            "ratio": m.ratio,
            "target": None if held.target is None else float(held.target),
            "state": held.state.value,
            "source": m.source,
            "as_of": m.as_of.isoformat() if m.as_of else None,
            "fetched_at": m.fetched_at.isoformat(),
            "parts": len(m.parts) if m.is_sum else None,
            "parts_expected": m.parts_expected,
        }


def _csv(records: list[dict[str, object]]) -> str:
    text = io.StringIO()
    if records:
        writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
    return text.getvalue()

"""Writes docs/metrics.md from the catalogue of metrics: `python -m tools.docs`, or `make docs`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from exporter.metrics.catalogue import CATALOGUE, Metric

TARGET = Path(__file__).resolve().parent.parent / "docs/metrics.md"

HEAD = """\
# Metrics

Generated from the catalogue in `exporter/metrics/catalogue.py` by `make docs`;
a test fails when the two differ.

Ratios are 0-1, times are Unix seconds of real time. A missing value is never a number: a sample that
cannot be given truthfully is absent. Ids in labels are ASCII; Vietnamese names stand in the labels of the
`_info` metrics only. The portals are read on their own schedule and never by a scrape; how old the figures
are is told by the three `dvc_source_*_timestamp_seconds`.

| metric | type | labels |
|---|---|---|
"""
TAIL = """
Beside these, `/metrics` has what the Prometheus client library says of the process itself (`process_*`,
`python_*`).
"""


def metrics_page(catalogue: Iterable[Metric]) -> str:
    """The page as Markdown: a table of all metrics, then each with its HELP text."""
    metrics = tuple(catalogue)
    rows = [f"| [{m.name}](#{m.name}) | {m.type} | {_labels(m)} |\n" for m in metrics]
    sections = [
        f"\n## {m.name}\n\n{m.type}, {_labels(m, 'labels: ', 'no labels')}\n\n{m.help}\n" for m in metrics
    ]
    return HEAD + "".join(rows) + "".join(sections) + TAIL


def _labels(metric: Metric, before: str = "", none: str = "-") -> str:
    return before + ", ".join(f"`{label}`" for label in metric.labels) if metric.labels else none


@click.command()
def main() -> None:
    """Write docs/metrics.md anew."""
    TARGET.write_text(metrics_page(CATALOGUE), "utf-8")
    click.echo(f"wrote {TARGET}")


if __name__ == "__main__":
    main(prog_name="python -m tools.docs")

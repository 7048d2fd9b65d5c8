"""Writes the golden files anew: `python -m tests.metrics.write_golden`, then read what changed."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

from exporter.metrics import families
from exporter.metrics.exposition import Format, render
from tests.snapshots import make_troubled_snapshot

FILES = {Format.TEXT: "metrics.txt", Format.OPENMETRICS: "openmetrics.txt"}


def main() -> None:
    """Renders the snapshot in both formats."""
    golden = Path(__file__).parent / "golden"
    with (
        mock.patch.object(families, "PYTHON", "3.11.7"),
        mock.patch.object(families, "exporter_version", return_value="0.1.0"),
    ):
        exposition = render(make_troubled_snapshot())
    for format_, name in FILES.items():
        (golden / name).write_bytes(exposition.in_format(format_).answer(b""))


if __name__ == "__main__":
    main()

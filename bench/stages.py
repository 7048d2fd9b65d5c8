"""What one snapshot costs, once for each collection: from the snapshot to ready bytes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from exporter.metrics.exposition import render, render_families
from exporter.metrics.families import families
from tests.snapshots import make_snapshot


@dataclass(frozen=True, slots=True)
class Stage:
    """One step and what it takes (seconds, median)."""

    name: str
    seconds: float


def stages(communes: int, times: int = 5) -> list[Stage]:
    """The steps from a snapshot to the bytes of both formats, plain and compressed."""
    snapshot = make_snapshot(communes=communes)
    made = list(families(snapshot))
    return [
        Stage("snapshot → families", median(lambda: list(families(snapshot)), times)),
        Stage("families → bytes, both formats, plain and gzip", median(lambda: render_families(made), times)),
        Stage("snapshot → ready bytes", median(lambda: render(snapshot), times)),
    ]


def median(step: Callable[[], object], times: int) -> float:
    """Seconds that `step` takes, the median of several runs."""

    def once() -> float:
        begin = time.perf_counter()
        step()
        return time.perf_counter() - begin

    return statistics.median(once() for _ in range(times))

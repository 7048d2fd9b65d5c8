"""How long it takes from a change on the portal to the mail in the inbox, and where the time goes.

The demo's cadence with the whole province, every server for real. Changes come at different moments between
two collections, so that the slowest of them is about the worst there is.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import yaml

from tests.demo_setup import ROOT
from tests.stack import Stack, stack

UNITS = ("so-y-te", "so-xay-dung", "ubnd-hung-ha", "so-giao-duc-dao-tao", "so-khoa-hoc-cong-nghe")
INDICATOR = "online_payment"
APART = 2.0
"""Seconds between two changes: five of them fill the demo's ten seconds between two collections."""
STAGES = (
    "portal → /metrics",
    "/metrics → rule below its target",
    "rule → alert, on which two collections agree",
    "alert → mail in the inbox",
)
PATIENCE = 120.0


@dataclass
class Change:
    """One change and when each stage of its way was reached (seconds of a monotonic clock)."""

    unit: str
    begun: float
    reached: list[float] = field(default_factory=list)

    @property
    def total(self) -> float:
        """Seconds from the portal to the inbox."""
        return self.reached[-1] - self.begun

    def stages(self) -> Sequence[float]:
        """Seconds of each stage."""
        moments = [self.begun, *self.reached]
        return [after - before for before, after in pairwise(moments)]


def latency() -> Sequence[Change]:
    """All changes, the slowest last. Raises TimeoutError when a mail does not come."""
    alerting = yaml.safe_load((ROOT / "demo/alerts.yaml").read_text("utf-8"))
    with (
        tempfile.TemporaryDirectory() as folder,
        stack(
            Path(folder, "stack"),
            alerting=alerting,
            province=(ROOT / "config/targets.yaml").read_text("utf-8"),
            fetch="fetch: {retries: 0, cool_down: 1m}\n",
        ) as here,
    ):
        changes: list[Change] = []
        until = time.monotonic() + PATIENCE
        while not changes or any(len(change.reached) < len(STAGES) for change in changes):
            if time.monotonic() > until:
                raise TimeoutError(f"no mail after {PATIENCE:.0f} s: {changes}")
            if len(changes) < len(UNITS) and (not changes or time.monotonic() - changes[-1].begun >= APART):
                unit = UNITS[len(changes)]
                here.portal.let_in("below", unit, INDICATOR)
                changes.append(Change(unit, time.monotonic()))
            for change in changes:
                _look(here, change)
            time.sleep(0.1)
        return sorted(changes, key=lambda change: change.total)


def _look(here: Stack, change: Change) -> None:
    """Notes the stages that a change has reached since the last look."""
    pair = f'unit="{change.unit}",indicator="{INDICATOR}"'
    published, target = _names(change.unit)
    seen: Mapping[int, Callable[[], bool]] = {
        0: lambda: _value(here.metrics(), published) < _value(here.metrics(), target),
        1: lambda: here.query(f"unit_indicator:dvc_target_gap:ratio{{{pair}}} < 0") is not None,
        2: lambda: here.firing("DvcUnitBelowTarget", unit=change.unit, indicator=INDICATOR),
        3: lambda: bool(here.to(change.unit)),
    }
    while len(change.reached) < len(STAGES) and seen[len(change.reached)]():
        change.reached.append(time.monotonic())


def _names(unit: str) -> tuple[str, str]:
    """How the lines of the rate and of the target begin; labels stand in the order of the alphabet."""
    rate = f'dvc_indicator_ratio{{indicator="{INDICATOR}",period="year",unit="{unit}"}} '
    return rate, f'dvc_target_ratio{{indicator="{INDICATOR}",unit="{unit}"}} '


def _value(metrics: str, begins: str) -> float:
    (line,) = [line for line in metrics.splitlines() if line.startswith(begins)]
    return float(line.removeprefix(begins))

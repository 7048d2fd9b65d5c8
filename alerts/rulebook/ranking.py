"""Recording rule for comparing units: the share of targets met among those with enough to count."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.rulebook.common import Recording
from alerts.rulebook.history import JUDGED_GAP

MET_SHARE = "unit:dvc_targets_met:ratio"


def rules() -> Iterator[Recording]:
    """Just the one."""
    gaps = f"max by (unit, indicator) ({JUDGED_GAP})"
    yield Recording(
        MET_SHARE,
        f"sum by (unit) ({gaps} >= bool 0) / count by (unit) ({gaps})",
        "Share of a unit's targets with enough to count that it meets; none where nothing can be judged.",
    )

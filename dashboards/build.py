"""All boards as files: the same inputs make the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard

from dashboards import communes, indicator, operations, overview, runbooks, unit, wall
from dashboards.inputs import Inputs

BOARDS: Mapping[str, Callable[[Inputs], dashboard.Dashboard]] = {
    overview.UID: overview.build,
    unit.UID: unit.build,
    indicator.UID: indicator.build,
    communes.UID: communes.build,
    operations.UID: operations.build,
    runbooks.UID: runbooks.build,
    wall.UID: wall.build,
    wall.TILES_UID: wall.tiles,
}
"""The boards by uid."""


def files(inputs: Inputs) -> Mapping[str, str]:
    """The text of each file by its name."""
    return {f"{uid}.json": render(made(inputs)) for uid, made in BOARDS.items()}


def render(board: dashboard.Dashboard) -> str:
    """A board as Grafana provisions it from a file: keys sorted, two spaces, a newline at the end."""
    return json.dumps(board, cls=JSONEncoder, sort_keys=True, indent=2, ensure_ascii=False) + "\n"

"""Where panels stand. The SDK places them past the edge and without ids in silence; here both are errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.models import dashboard

from alerts.boards import panel_id

COLUMNS = 24
LONGEST_UID = 40
"""Grafana's own limit (characters)."""
ROW_PIXELS = 38
"""Height of a grid row with the gap below it (CSS pixels)."""
GAP_PIXELS = 8
MARGIN_PIXELS = 16
WALL_PIXELS = 1080
"""Height of a wall screen (CSS pixels); 3840 × 2160 is the same page at twice the device scale."""


class LayoutError(ValueError):
    """A board that Grafana would draw otherwise than meant; the message says which panel and why."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place in the grid: columns and rows from the top left corner."""

    x: int
    y: int
    w: int
    h: int

    def overlaps(self, other: Box) -> bool:
        """Whether the two share a cell."""
        return (
            self.x < other.x + other.w
            and other.x < self.x + self.w
            and self.y < other.y + other.h
            and other.y < self.y + self.h
        )


@dataclass(slots=True)
class Grid:
    """The panels of one board as they are placed."""

    uid: str
    panels: list[dashboard.Panel] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def place(self, panel: dashboard.Panel, x: int, y: int, w: int, h: int) -> None:
        """Puts a panel at a place. Raises LayoutError when it does not fit there."""
        box = Box(x, y, w, h)
        title = panel.title or ""
        if min(x, y) < 0 or min(w, h) < 1 or x + w > COLUMNS:
            raise LayoutError(f"{self.uid}: '{title}' at {box} leaves the {COLUMNS} columns")
        for other, placed in zip(self.panels, self.boxes, strict=True):
            if box.overlaps(placed):
                raise LayoutError(f"{self.uid}: '{title}' lies over '{other.title}'")
        panel.grid_pos = dashboard.GridPos(h=h, w=w, x=x, y=y)
        panel.id_val = panel_id(title)
        if any(other.id_val == panel.id_val for other in self.panels):
            raise LayoutError(f"{self.uid}: there are two panels '{title}'")
        self.panels.append(panel)
        self.boxes.append(box)

    def row(self, y: int, h: int, panels: Iterable[tuple[dashboard.Panel, int]]) -> int:
        """Puts panels of the given widths side by side; the row below them. Raises LayoutError."""
        x = 0
        for panel, w in panels:
            self.place(panel, x, y, w, h)
            x += w
        return y + h


def height_pixels(boxes: Sequence[Box]) -> int:
    """Height of a board without bars above it (CSS pixels)."""
    rows = max((box.y + box.h for box in boxes), default=0)
    return rows * ROW_PIXELS - GAP_PIXELS + 2 * MARGIN_PIXELS


def check_uid(uid: str) -> str:
    """The uid itself. Raises LayoutError where Grafana would refuse it."""
    if not 0 < len(uid) <= LONGEST_UID:
        raise LayoutError(f"uid '{uid}' must have 1 to {LONGEST_UID} characters")
    return uid

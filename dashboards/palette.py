"""The one palette of all boards, on Grafana's dark theme. A test computes contrast and distinctness.

No colour stands alone: wherever one says something, a sign or a word beside it says it too.
"""

from __future__ import annotations

CANVAS = "#111217"
PANEL = "#181B1F"
"""What Grafana's dark theme draws boards and panels on."""
CELL_DARK = "#202226"
CELL_LIGHT = "#F7F8FA"
"""The two colours between which Grafana chooses for text on a filled cell, by its brightness."""

TEXT = "#F3F7FC"
MUTED = "#B7C4D6"
LINK = "#8FB4FF"
MET = "#63C5F5"
BELOW = "#FFC247"
FAR = "#FF8C69"
UNKNOWN = "#B7C4D6"
NOT_ASSIGNED = "#8E97A6"

MET_CELL = "#123A5C"
BELOW_CELL = "#FFC247"
FAR_CELL = "#C4371F"
"""Darker than FAR: Grafana puts dark text only on what is bright enough, and this is told from BELOW_CELL."""
UNKNOWN_CELL = "#6B6B6B"
BARE_CELL = "transparent"

TARGET_LINE = "#F3F7FC"
MILESTONE_LINE = "#C9A6FF"
EXPECTED_LINE = "#94A3B8"

SIGNS = {MET: "✓", BELOW: "▼", FAR: "▼▼", UNKNOWN: "?"}
"""The sign that goes with each colour of text."""
TEXTS = (TEXT, MUTED, LINK, MET, BELOW, FAR, UNKNOWN, NOT_ASSIGNED, MILESTONE_LINE, EXPECTED_LINE)
"""Every colour that text or a line has, on PANEL."""
CELLS = {
    MET_CELL: CELL_LIGHT,
    BELOW_CELL: CELL_DARK,
    FAR_CELL: CELL_LIGHT,
    UNKNOWN_CELL: CELL_LIGHT,
}
"""Every colour that a cell is filled with, and the colour that Grafana then writes in."""
JUDGEMENTS = (MET, BELOW, FAR)
FILLED_JUDGEMENTS = (MET_CELL, BELOW_CELL, FAR_CELL, UNKNOWN_CELL)
"""What must be told apart at a glance, also by colour-blind people."""
LINES = (MET, MILESTONE_LINE, TEXT, EXPECTED_LINE, LINK)
"""Colours of lines that only have to differ from each other, in this order."""

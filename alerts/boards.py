"""Where mails lead in Grafana: the addresses of boards, and of one panel of a board.

Each names the organisation that has these boards. Where walls are shown without a login, a reader who is not
logged in stands in the walls' organisation, which has none of them; asked for another one than that,
Grafana asks for the login first and then goes on to the board.
"""

from __future__ import annotations

import zlib

LOCAL = "http://127.0.0.1:3000"
"""Where Grafana is when nothing else is said."""
_ORGANISATION = "orgId=1"
"""The one that Grafana makes by itself, into which it puts the boards from files."""
RUNBOOKS_UID = "dvc-runbooks"
"""The board made from docs/runbooks.md: a panel for each alert."""
_RUNBOOKS = f"/d/{RUNBOOKS_UID}?{_ORGANISATION}"
_UNIT = f"/d/dvc-unit?{_ORGANISATION}&var-unit="
_OPERATIONS = f"/d/dvc-operations?{_ORGANISATION}"


def unit(grafana: str) -> str:
    """The address of a unit's board, up to the id of the unit."""
    return grafana.rstrip("/") + _UNIT


def operations(grafana: str) -> str:
    """The address of the operators' board."""
    return grafana.rstrip("/") + _OPERATIONS


def runbooks(grafana: str) -> str:
    """The address of the board of runbooks."""
    return grafana.rstrip("/") + _RUNBOOKS


def runbook(pages: str, alert: str) -> str:
    """What to do about an alert, where `pages` is the address of that board, or of the page docs/runbooks.md.

    Grafana's texts have no anchors: the alert's own panel is shown alone.
    """
    if pages.endswith(_RUNBOOKS):
        return f"{pages}&viewPanel=panel-{panel_id(alert)}"
    return f"{pages.rstrip('/')}#{alert.lower()}"


def panel_id(title: str) -> int:
    """An id that stays when panels are moved: links to a panel and its picture then stay right."""
    return zlib.crc32(title.encode()) % 1_000_000 + 1

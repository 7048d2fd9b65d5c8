"""The alert for those above a head: far below a target for weeks."""

from __future__ import annotations

from datetime import timedelta

from alerts.rulebook import annotations as said
from alerts.rulebook.annotations import INDICATOR, UNIT
from alerts.rulebook.common import Alert, block, span
from alerts.rulebook.history import FAR, KNOWN_GAP, far_every
from alerts.rulebook.pairs import UnitAlert, finished, named, this_year
from alerts.settings import Alerting
from exporter.vietnamese import age


def escalation(settings: Alerting) -> Alert:
    """A critical that has stood for so long, by a share of samples, not by `for`."""
    return finished(_far_for_long(settings), settings)


def _far_for_long(settings: Alerting) -> UnitAlert:
    lasting, whole = settings.lasting, said.whole()
    needed = lasting.escalation / far_every(settings) * lasting.escalation_share
    window = span(lasting.escalation)
    return UnitAlert(
        "DvcUnitFarBelowTargetLong",
        "critical",
        named(
            this_year(
                block(
                    """
                    (<gap> < 0)
                    and on (unit, indicator, year) min_over_time(<far>[<window>]) == 1
                    and on (unit, indicator, year) count_over_time(<far>[<window>]) >= <needed>
                    """,
                    gap=KNOWN_GAP,
                    far=FAR,
                    window=window,
                    needed=f"{needed:.0f}",
                )
            )
        ),
        f"{UNIT}: {INDICATOR} còn xa chỉ tiêu kéo dài",
        f"{INDICATOR} của {UNIT} còn xa chỉ tiêu liên tục {age(lasting.escalation)} (từ ngày "
        f"{whole['since']}): "
        f"{said.RATE} so với chỉ tiêu được giao {said.GIVEN}.",
        "For those above the head: far below for so long, of which most must be known.",
        whole,
        wait=timedelta(),
    )

"""What all alerts about units have in common: their labels, and that two collections must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerts.rulebook import annotations as said
from alerts.rulebook.common import Alert, block
from alerts.rulebook.history import firing
from alerts.rulebook.known import DENOMINATOR, PAIR, UNCONFIRMED
from alerts.settings import Alerting

NAMES = ("source", "unit_name", "kind", "parent", "indicator_name", "counting", "counted")
"""Labels that an alert takes from the info series; those beyond the contract are dropped in the end."""
DROPPED = said.names_dropped(("unit_name", "indicator_name", "counting", "counted"))


@dataclass(frozen=True, slots=True)
class UnitAlert:
    """One alert about units, before its annotations."""

    name: str
    severity: str
    expr: str
    summary: str
    description: str
    about: str
    more: Mapping[str, str]
    audience: str = "unit"
    wait: timedelta | None = None


def finished(found: UnitAlert, settings: Alerting) -> Alert:
    """The alert whole: with what all have, and kept for as long as what inhibits it needs to begin."""
    return Alert(
        name=found.name,
        expr=found.expr,
        about=found.about,
        labels={"severity": found.severity, "audience": found.audience, **DROPPED},
        annotations={
            "summary": found.summary,
            "description": found.description,
            **found.more,
            "runbook_url": said.runbook(found.name, settings),
            "simulated": said.simulated(settings),
        },
        wait=settings.cadence.confirmed if found.wait is None else found.wait,
        keep=settings.cadence.kept,
    )


def named(expr: str) -> str:
    """An expression by unit and indicator, with the labels and names that the alert bears."""
    return block(
        "(\n    <expr>\n) * on (unit, indicator) group_left (<names>) <pair>",
        expr=expr,
        names=", ".join(NAMES),
        pair=PAIR,
    )


def confirmed(name: str, expr: str, settings: Alerting, *, measured: bool = True) -> str:
    """Begins only on collections that are on time, so that two must agree; once it fires it goes on without.

    `measured`: nothing begins on a figure that is missing now, however it was last known.
    """
    return named(
        block(
            """
            (
                <expr>
            )
            and on (unit, indicator) (
                <pair> unless on (source) <unconfirmed><measured>
                or on (unit, indicator)
                <firing>
            )
            """,
            expr=expr,
            pair=PAIR,
            unconfirmed=UNCONFIRMED,
            measured=f" and on (unit, indicator) {DENOMINATOR}" if measured else "",
            firing=firing(name, settings),
        )
    )


def this_year(expr: str) -> str:
    """Without the label that tells years apart: there is one left."""
    return block("max without (year) (\n    <expr>\n)", expr=expr)

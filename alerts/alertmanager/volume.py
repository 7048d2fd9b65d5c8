"""How many mails one day can bring at most: everything below target, all of it new that morning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from alerts.alertmanager import routes
from alerts.alertmanager.walk import Labels, Stop, Tree, is_open, recipients, stops
from alerts.mailing import Mailing
from exporter.clock import PROVINCE_TIME
from exporter.decision import PROVINCE, Decision, Kind


@dataclass(frozen=True, slots=True)
class Volume:
    """Mails of one day by whom they go to; one mail is one address."""

    heads: int
    """Units of the annex with a contact, and their deputies."""
    communes: int
    """Communes that are named in the contacts."""
    commune_groups: int
    """Weekly mails about the other communes."""
    escalations: int
    monitors: int
    operators: int
    """In place of units without contact."""

    @property
    def total(self) -> int:
        """All of them."""
        return (
            self.heads
            + self.communes
            + self.commune_groups
            + self.escalations
            + self.monitors
            + self.operators
        )


def everything_below(decision: Decision, day: date) -> Iterator[Labels]:
    """The labels of every unit alert there can be at once on `day`."""
    for unit in decision.in_force(day):
        if unit.id == PROVINCE:
            continue
        for indicator in decision.indicators.values():
            if decision.target(unit, indicator) is None:
                continue
            common = {
                "audience": "unit",
                "unit": unit.id,
                "kind": unit.kind.value,
                "parent": unit.parent or "",
                "indicator": indicator.id,
            }
            yield {**common, "alertname": "DvcUnitBelowTarget", "severity": "warning"}
            yield {**common, "alertname": "DvcUnitFarBelowTarget", "severity": "critical"}
            yield {**common, "alertname": routes.ESCALATION_ALERT, "severity": "critical"}


def worst_cases(config: Tree, decision: Decision, mailing: Mailing, days: Sequence[date]) -> list[Volume]:
    """The mails of each of the days when everything is below and new on it; units as on the first.

    Heads' groups are looked at once in the mailing hours, which are one interval long; where the hours
    are always, once is counted as well.
    """
    clock = mailing.hours.first if mailing.hours else datetime.min.time()
    groups: dict[tuple[str, str], tuple[Stop, Labels]] = {}
    for labels in everything_below(decision, days[0]):
        for stop in stops(config, labels):
            groups.setdefault((stop.receiver, stop.group(labels)), (stop, labels))
    found = []
    for day in days:
        moment = datetime.combine(day, clock, PROVINCE_TIME)
        counts = dict.fromkeys(Volume.__dataclass_fields__, 0)
        for stop, labels in groups.values():
            if is_open(config, stop, moment):
                name = _whom(stop.receiver.removeprefix("rehearsal-"), decision, labels)
                counts[name] += len(recipients(config, stop.receiver))
        found.append(Volume(**counts))
    return found


def _whom(receiver: str, decision: Decision, labels: Labels) -> str:
    """The field of Volume that a receiver's mails count for."""
    if receiver.startswith("communes-"):
        return "commune_groups"
    if receiver.startswith(routes.ESCALATION):
        return "escalations"
    if receiver == routes.MONITORS:
        return "monitors"
    if not receiver.startswith("unit-"):
        return "operators"
    unit = decision.units[labels["unit"]]
    below_a_group = unit.kind is Kind.COMMUNE and unit not in decision.assigned_units
    return "communes" if below_a_group else "heads"

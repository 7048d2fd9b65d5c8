"""Communes merged away pass their counts to the unit that took them in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection as Some
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from exporter.decision import Decision
from exporter.snapshot.model import Measurement


@dataclass(frozen=True, slots=True)
class Days:
    """Of when the figures are, and on which day it is asked who answers for whom."""

    said: date
    asked: date


def pass_on(
    measurements: Iterable[Measurement], doubtful: Some[tuple[str, str]], decision: Decision, days: Days
) -> tuple[Measurement, ...]:
    """The measurements of the units in force, those of merged units added to their successor.

    Of the units merged on one day a portal must list all or none: it lists none once it has merged
    them itself, which it cannot have done before that day. None of them, nor the successor, may be
    among the `doubtful` (unit, indicator) pairs. What is half there is left out, for half of a
    commune's dossiers are no rate.
    """
    plain: list[Measurement] = []
    gathered: dict[tuple[str, str], dict[str, Measurement]] = defaultdict(dict)
    for m in measurements:
        heir = decision.successor(decision.units[m.unit], days.asked).id
        if heir == m.unit:
            plain.append(m)
        else:
            gathered[(heir, m.indicator)][m.unit] = m
    spoilt = {
        (heir, what)
        for unit, what in doubtful
        if (heir := decision.successor(decision.units[unit], days.asked).id) != unit or gathered[(heir, what)]
    }
    result = []
    for m in plain:
        absorbed = gathered.get((m.unit, m.indicator), {})
        if (m.unit, m.indicator) not in spoilt and _whole(m, absorbed, decision, days):
            result.append(_with(m, absorbed.values()) if absorbed else m)
    return tuple(result)


def _whole(heir: Measurement, absorbed: Mapping[str, Measurement], decision: Decision, days: Days) -> bool:
    """Whether of the units merged on each day all are there, or none where the portal may have merged."""
    if any(m.period != heir.period for m in absorbed.values()):
        return False
    for day, units in decision.absorbed(heir.unit).items():
        listed = units & set(absorbed)
        if day <= days.asked and listed != units and (listed or day > days.said):
            return False
    return True


def _with(heir: Measurement, absorbed: Iterable[Measurement]) -> Measurement:
    every = (heir, *absorbed)
    return replace(
        heir,
        numerator=sum(m.numerator for m in every),
        denominator=sum(m.denominator for m in every),
        evidence=tuple(e for m in every for e in m.evidence),
    )


def merged_since(decision: Decision, unit_id: str, before: date, now: date) -> frozenset[str]:
    """The units that became part of `unit_id` after `before` and up to `now`."""
    found: frozenset[str] = frozenset()
    for day, units in decision.absorbed(unit_id).items():
        if before < day <= now:
            found |= units
    return found

"""Communes merged away pass their counts to the unit that took them in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection as Some
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from exporter.decision import Decision
from exporter.snapshot.model import Measurement


def pass_on(
    measurements: Iterable[Measurement], doubtful: Some[tuple[str, str]], decision: Decision, day: date
) -> tuple[Measurement, ...]:
    """The measurements of the units in force on `day`, those of merged units added to their successor.

    A portal that still lists merged communes must list the successor and each of them, none of
    them among the `doubtful` (unit, indicator) pairs; what is half there is left out, for half of a
    commune's dossiers are no rate. A portal that lists only the successor has merged them itself.
    """
    plain: list[Measurement] = []
    gathered: dict[tuple[str, str], dict[str, Measurement]] = defaultdict(dict)
    for m in measurements:
        heir = decision.successor(decision.units[m.unit], day).id
        if heir == m.unit:
            plain.append(m)
        else:
            gathered[(heir, m.indicator)][m.unit] = m
    spoilt = {(decision.successor(decision.units[unit], day).id, what) for unit, what in doubtful}
    if not gathered and not spoilt:
        return tuple(plain)
    result = []
    for m in plain:
        figure = (m.unit, m.indicator)
        absorbed = gathered.get(figure)
        if figure in spoilt or (absorbed and not _whole(m, absorbed, decision, day)):
            continue
        result.append(_with(m, absorbed.values()) if absorbed else m)
    return tuple(result)


def _whole(heir: Measurement, absorbed: Mapping[str, Measurement], decision: Decision, day: date) -> bool:
    """Whether every unit merged into the heir is there, with the same period."""
    expected = {
        unit.id
        for unit in decision.units.values()
        if unit.id != heir.unit and not unit.in_force(day) and decision.successor(unit, day).id == heir.unit
    }
    return set(absorbed) == expected and all(m.period == heir.period for m in absorbed.values())


def _with(heir: Measurement, absorbed: Iterable[Measurement]) -> Measurement:
    every = (heir, *absorbed)
    return replace(
        heir,
        numerator=sum(m.numerator for m in every),
        denominator=sum(m.denominator for m in every),
        evidence=tuple(e for m in every for e in m.evidence),
    )


def merged_between(decision: Decision, unit_id: str, before: date, now: date) -> bool:
    """Whether other units became part of `unit_id` after `before` and up to `now`."""
    return any(before < day <= now for day in decision.merger_days(unit_id))

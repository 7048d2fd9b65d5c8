"""Checks of what a decision assigns, of its road maps, of mergers and of how many communes there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from exporter.config.advice import suggest
from exporter.config.decision_model import UnitEntry
from exporter.config.decision_rows import Context, Row, printed
from exporter.config.faults import Fault
from exporter.config.yamlfile import Where

_COUNTED = re.compile(r"\b\d{1,5}/(\d{1,5})\b")


def mergers(c: Context) -> Iterator[Fault]:
    """`merged_into` names a unit of the same kind that takes over the day after."""
    rows = {row.entry.id: row for row in c.rows}
    circles: set[str] = set()
    for row in c.rows:
        name = row.entry.merged_into
        if name is None:
            continue
        at: Where = (*row.at, "merged_into")
        if row.entry.until is None and c.checked.whole(*row.at):
            yield c.fault(
                at, "the unit has no last day; add 'until:' with the day before the merger", key=True
            )
        if name == row.entry.id:
            yield c.fault(at, "a unit cannot be merged into itself; name the unit that took it in")
        elif name not in rows:
            if name not in c.ids:
                near = [other.entry.id for other in c.rows if other.kind is row.kind]
                yield c.fault(at, f"merged into nowhere: unknown unit '{name}'{suggest(name, near)}")
        elif circle := _circle(row, rows):
            if row.entry.id not in circles:
                way = " → ".join([*circle, circle[0]])
                yield c.fault(at, f"these mergers lead back to where they began ({way}); correct one of them")
            circles |= set(circle)
        else:
            yield from _successor(c, row, rows[name], at)


def _circle(row: Row, rows: Mapping[str, Row]) -> list[str]:
    """The units met on the way from `row` back to itself; empty where the way ends elsewhere."""
    met = [row.entry.id]
    while (name := rows[met[-1]].entry.merged_into) in rows and name is not None:
        if name == row.entry.id:
            return met
        if name in met:
            return []
        met.append(name)
    return []


def _successor(c: Context, row: Row, successor: Row, at: Where) -> Iterator[Fault]:
    if successor.kind is not row.kind:
        message = (
            f"'{successor.entry.id}' is a {successor.kind.value}; a {row.kind.value} can only go into another"
        )
        yield c.fault(at, message)
    until = row.entry.until
    if until is None or until == date.max:
        return
    first = until + timedelta(days=1)
    if not successor.life.holds(first):
        message = (
            f"'{successor.entry.id}' is not in force on {printed(first)}; name the unit that took this one in"
        )
        yield c.fault(at, message)


def commune_counts(c: Context) -> Iterator[Fault]:
    """A group called "38/38 xã" holds 38 communes on the day of the decision."""
    issued = c.file.decision.issued
    if not c.checked.whole("decision", "issued"):
        return
    for row in c.rows:
        named = _COUNTED.search(row.entry.name)
        if row.unit is None or not row.unit.communes or named is None or not c.checked.whole(*row.at):
            continue
        found = sum(
            1 for other in c.rows if other.at[:2] == row.at and other is not row and other.life.holds(issued)
        )
        if found != int(named[1]):
            message = (
                f"the name says {named[1]} communes, but the list holds {found} in force on "
                f"{printed(issued)}, the day of the decision; complete the list or correct the name"
            )
            yield c.fault((*row.at, "name"), message)


def _unknown(c: Context, at: Where, indicator: str) -> Iterator[Fault]:
    if indicator not in c.indicators:
        message = f"unknown indicator '{indicator}'{suggest(indicator, c.indicators)}"
        yield c.fault((*at, indicator), message, key=True)


def _applies(c: Context, unit: UnitEntry, indicator: str) -> bool:
    """Whether an indicator applies to the kind; taken for granted where its entry has faults."""
    entry = next((entry for entry in c.file.indicators if entry.id == indicator), None)
    return entry is None or unit.kind in entry.applies_to


def targets(c: Context) -> Iterator[Fault]:
    """Targets and exemptions are of known indicators, and exclude each other.

    A target for an indicator that does not apply to the unit's kind is an assignment of its own.
    """
    for row in c.rows:
        if row.unit is None:
            continue
        for indicator in row.unit.targets:
            yield from _unknown(c, (*row.at, "targets"), indicator)
        for indicator in row.unit.exempt:
            at: Where = (*row.at, "exempt")
            yield from _unknown(c, at, indicator)
            if indicator in row.unit.targets:
                line = c.line((*row.at, "targets", indicator))
                message = f"'{indicator}' has a target on line {line} and an exemption; keep one of them"
                yield c.fault((*at, indicator), message, key=True)
            elif indicator in c.indicators and not _applies(c, row.unit, indicator):
                message = f"'{indicator}' is not assigned to a {row.kind.value} anyway; delete the exemption"
                yield c.fault((*at, indicator), message, key=True)


def milestones(c: Context) -> Iterator[Fault]:
    """Road maps are of assigned indicators and lie in the period. They need not rise."""
    period = c.file.decision.period
    for row in c.rows:
        if row.unit is None:
            continue
        for indicator, steps in row.unit.milestones.items():
            at: Where = (*row.at, "milestones", indicator)
            yield from _unknown(c, (*row.at, "milestones"), indicator)
            if indicator in c.indicators and not _assigned(c, row, indicator):
                message = (
                    f"'{row.entry.id}' has no target for '{indicator}'; delete its road map or add the target"
                )
                yield c.fault(at, message, key=True)
            for day in steps:
                if not period.start <= day <= period.end and period.start <= period.end:
                    span = f"{printed(period.start)} - {printed(period.end)}"
                    message = f"milestone outside the period of the decision ({span}); correct the date"
                    yield c.fault((*at, day.isoformat()), message, key=True)


def _assigned(c: Context, row: Row, indicator: str) -> bool:
    unit = row.unit
    if unit is None or indicator in unit.exempt:
        return False
    return indicator in unit.targets or not c.checked.whole(*row.at) or _applies(c, unit, indicator)

"""What can be wrong with a decision that is well-formed: references, duplicates, dates, counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import pairwise

from exporter.config.advice import suggest
from exporter.config.decision_model import TargetsFile
from exporter.config.decision_rows import OFFICIAL, Context, Row, Span, ids_in, printed, rows_of
from exporter.config.decision_targets import commune_counts, mergers, milestones, targets
from exporter.config.faults import Fault
from exporter.config.yamlfile import Where
from exporter.config.yamlmodel import Checked
from exporter.decision import PROVINCE, Kind

MAX_UNITS = 10_000
"""Units and communes one decision may hold: seven indicators of each are series in Prometheus."""

_PARENTS = {
    Kind.DEPARTMENT: frozenset({Kind.PROVINCE}),
    Kind.DISTRICT: frozenset({Kind.PROVINCE}),
    Kind.COMMUNE_GROUP: frozenset({Kind.PROVINCE, Kind.DISTRICT}),
    Kind.COMMUNE: frozenset({Kind.PROVINCE}),
}


def check_decision(checked: Checked[TargetsFile]) -> Iterator[Fault]:
    """All that is wrong beyond the shape of the file. Parts with faults of shape are left out."""
    if checked.model is None:
        return
    document = checked.document
    ids = ids_in(document, "units", "communes")
    context = Context(checked, checked.model, rows_of(checked.model), ids, ids_in(document, "indicators"))
    checks: Iterable[Callable[[Context], Iterator[Fault]]] = (
        _size,
        _dates,
        _indicators,
        _unit_ids,
        _numbers,
        _names,
        _old_names,
        _codes,
        _parents,
        mergers,
        commune_counts,
        targets,
        milestones,
    )
    for single in checks:
        yield from single(context)


def _size(c: Context) -> Iterator[Fault]:
    if len(c.rows) > MAX_UNITS:
        message = f"{len(c.rows)} units and communes are more than {MAX_UNITS}; keep one province to a file"
        yield c.fault(("units",), message, key=True)


def _dates(c: Context) -> Iterator[Fault]:
    period, in_force = c.file.decision.period, c.file.decision.in_force
    if period.end < period.start:
        message = f"the period ends before it starts ({printed(period.start)}); correct one of the two"
        yield c.fault(("decision", "period", "end"), message)
    if in_force is not None and in_force < period.start:
        message = (
            f"the decision would end before its period starts ({printed(period.start)}); correct the date"
        )
        yield c.fault(("decision", "in_force"), message)
    for row in c.rows:
        if row.life.last < row.life.first:
            message = (
                f"the unit would end before it begins ({printed(row.life.first)}); correct one of the two"
            )
            yield c.fault((*row.at, "until"), message)
        for i, alias in enumerate(row.entry.aliases):
            span = Span.of(alias.since, alias.until)
            if span.last < span.first:
                message = (
                    f"the name would end before it begins ({printed(span.first)}); correct one of the two"
                )
                yield c.fault((*row.at, "aliases", i, "until"), message)


def _indicators(c: Context) -> Iterator[Fault]:
    seen: dict[str, Where] = {}
    for i, entry in enumerate(c.file.indicators):
        at: Where = ("indicators", i, "id")
        if entry.id in seen:
            line = c.line(seen[entry.id])
            yield c.fault(at, f"indicator '{entry.id}' is already described on line {line}; keep one of them")
        seen.setdefault(entry.id, at)
        for j, kind in enumerate(entry.applies_to):
            if kind is Kind.PROVINCE:
                message = "a decision assigns targets to units below the province; delete 'province' here"
                yield c.fault(("indicators", i, "applies_to", j), message)


def _unit_ids(c: Context) -> Iterator[Fault]:
    seen: dict[str, Where] = {}
    for row in c.rows:
        at: Where = (*row.at, "id")
        if row.entry.id == PROVINCE:
            yield c.fault(at, f"id '{PROVINCE}' is the province itself; describe it under 'province:'")
        elif row.entry.id in seen:
            line = c.line(seen[row.entry.id])
            yield c.fault(at, f"id '{row.entry.id}' is already taken on line {line}; give each unit its own")
        seen.setdefault(row.entry.id, at)


def _numbers(c: Context) -> Iterator[Fault]:
    seen: dict[int, Where] = {}
    for row in c.rows:
        number = row.unit.number if row.unit else None
        if number is None:
            continue
        at: Where = (*row.at, "number")
        if number in seen:
            line = c.line(seen[number])
            yield c.fault(at, f"number {number} is already given on line {line}; compare with the annex")
        seen.setdefault(number, at)


def _names(c: Context) -> Iterator[Fault]:
    seen: dict[tuple[Kind, str, str], list[tuple[Row, Where, Span]]] = {}
    for row in c.rows:
        for at, name, span in row.names():
            others = seen.setdefault((row.kind, row.parent, name.casefold()), [])
            double = next((o for o in others if o[0] is not row and o[2].meets(span)), None)
            if double is not None:
                other = f"'{double[0].entry.id}' (line {c.line(double[1])})"
                yield c.fault(at, f"{other} is already called '{name}' at that time; correct one of the two")
            others.append((row, at, span))


def _old_names(c: Context) -> Iterator[Fault]:
    for row in c.rows:
        old = [(span, at) for at, _, span in row.names() if at[-1] != "name" and span.last != date.max]
        for (earlier, first), (later, second) in pairwise(sorted(old, key=lambda item: item[0].last)):
            if earlier.meets(later):
                line = c.line(first)
                message = (
                    f"two old names hold on the same day (the other: line {line}); give this one a 'since'"
                )
                yield c.fault(second, message)


def _codes(c: Context) -> Iterator[Fault]:
    seen: dict[tuple[str, str], list[tuple[Row, Where]]] = {}
    for row in c.rows:
        for at, (system, code) in row.codes().items():
            others = seen.setdefault((system, code), [])
            double = next((o for o in others if o[0].life.meets(row.life)), None)
            if double is not None:
                line = c.line(double[1])
                message = f"{system} code '{code}' is already given on line {line}; correct one of the two"
                yield c.fault(at, message)
            others.append((row, at))
        if row.unit and row.entry.code is not None and OFFICIAL in row.unit.codes:
            message = f"'code' is the {OFFICIAL} code already; delete this one"
            yield c.fault((*row.at, "codes", OFFICIAL), message, key=True)


def _parents(c: Context) -> Iterator[Fault]:
    kinds = {PROVINCE: Kind.PROVINCE, **{row.entry.id: row.kind for row in reversed(c.rows)}}
    for row in c.rows:
        if row.unit is None or row.unit.parent is None:
            continue
        at: Where = (*row.at, "parent")
        parent, allowed = row.parent, _PARENTS[row.kind]
        if parent == row.entry.id:
            yield c.fault(at, "a unit cannot be its own parent; name the unit above it, or delete the key")
        elif parent not in kinds and parent not in c.ids:
            yield c.fault(at, f"unknown parent '{parent}'{suggest(parent, kinds)}")
        elif parent in kinds and kinds[parent] not in allowed:
            above = f"'{parent}' is a {kinds[parent].value}"
            if row.kind is Kind.COMMUNE and kinds[parent] is Kind.COMMUNE_GROUP:
                yield c.fault(at, f"{above}; list the commune under its 'communes:' instead")
                continue
            wanted = " or a ".join(sorted(kind.value for kind in allowed))
            yield c.fault(at, f"{above}; the parent of a {row.kind.value} must be a {wanted}")

"""targets.yaml -> Decision, with every fault of the file in one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from exporter.config.decision_checks import check_decision
from exporter.config.decision_model import STAND_INS, IndicatorEntry, ProvinceEntry, TargetsFile
from exporter.config.decision_rows import Row, ids_in, rows_of
from exporter.config.faults import ConfigError, Fault, in_order
from exporter.config.yamlfile import read_document
from exporter.config.yamlmodel import check
from exporter.decision import PROVINCE, Decision, Indicator, Kind, Milestone, Unit


@dataclass(frozen=True)
class Examined:
    """What could be learnt of a file, faulty or not.

    `decision` is there only without faults; the ids also name entries that have some.
    """

    decision: Decision | None
    faults: tuple[Fault, ...]
    units: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()


def load_decision(path: Path) -> Decision:
    """The decision in the file at `path`. Raises ConfigError with all its faults."""
    examined = examine_decision(path)
    if examined.decision is None:
        raise ConfigError(examined.faults)
    return examined.decision


def examine_decision(path: Path) -> Examined:
    """The decision in the file at `path`, or what is wrong with it."""
    try:
        document = read_document(path)
    except ConfigError as error:
        return Examined(None, error.faults)
    checked = check(document, TargetsFile, stand_ins=STAND_INS)
    faults = in_order([*document.faults, *checked.faults, *check_decision(checked)])
    units = (PROVINCE, *ids_in(document, "units", "communes"))
    decision = None if faults or checked.model is None else build(checked.model)
    return Examined(decision, faults, units, ids_in(document, "indicators"))


def build(file: TargetsFile) -> Decision:
    """The decision that a file without faults describes."""
    head = file.decision
    units = [_province(file.province), *(_unit(row) for row in rows_of(file))]
    return Decision(
        number=head.number,
        title=head.title,
        authority=head.authority,
        issued=head.issued,
        period_start=head.period.start,
        period_end=head.period.end,
        in_force_until=head.in_force,
        monitors=head.monitors,
        indicators=MappingProxyType({entry.id: _indicator(entry) for entry in file.indicators}),
        units=MappingProxyType({unit.id: unit for unit in units}),
        note=head.note.strip(),
    )


def _indicator(entry: IndicatorEntry) -> Indicator:
    return Indicator(
        id=entry.id,
        name=entry.name,
        short_name=entry.short_name,
        counting=entry.counting,
        counted=entry.counted,
        applies_to=frozenset(entry.applies_to),
        target=entry.target,
        article=entry.article.strip(),
        note=entry.note.strip(),
    )


def _province(entry: ProvinceEntry) -> Unit:
    return Unit(
        id=PROVINCE,
        name=entry.name,
        short_name=entry.short_name or entry.name,
        kind=Kind.PROVINCE,
        parent=None,
        codes=MappingProxyType(dict(entry.codes)),
        aliases=tuple(alias.alias() for alias in entry.aliases),
    )


def _unit(row: Row) -> Unit:
    entry, unit = row.entry, row.unit
    milestones: Mapping[str, tuple[Milestone, ...]] = {
        indicator: tuple(Milestone(day, ratio) for day, ratio in sorted(steps.items()))
        for indicator, steps in (unit.milestones if unit else {}).items()
    }
    return Unit(
        id=entry.id,
        name=entry.name,
        short_name=entry.short_name or entry.name,
        kind=row.kind,
        parent=row.parent,
        number=unit.number if unit else None,
        codes=MappingProxyType(dict(row.codes().values())),
        aliases=tuple(alias.alias() for alias in entry.aliases),
        targets=MappingProxyType(dict(unit.targets if unit else {})),
        exempt=MappingProxyType(dict(unit.exempt if unit else {})),
        milestones=MappingProxyType(milestones),
        since=entry.since,
        until=entry.until,
        merged_into=entry.merged_into,
    )

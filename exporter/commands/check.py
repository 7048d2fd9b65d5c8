"""`dvc-exporter check`: whether the configuration is right, and what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import click

from exporter.clock import Clock
from exporter.commands.options import config_option, refuse
from exporter.config.faults import ConfigError, Fault
from exporter.config.settings_checks import shown
from exporter.config.settings_model import NOBODY, Settings
from exporter.decision import Decision, Kind
from exporter.settings import load_config
from exporter.web.security.door import read_doors


@click.command(short_help="Say everything that is wrong in the configuration.")
@config_option
@click.option(
    "--web.config.file",
    "web_config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Check this file of TLS and passwords as well, with the certificates it names.",
)
def check(config: Path, web_config: Path | None) -> None:
    """Check the configuration, and say what it holds.

    Reads no portal. All faults of all files go to standard error, each with its line; exit code 2.
    """
    faults: list[Fault] = []
    if web_config:
        try:
            read_doors(web_config)
        except ConfigError as error:
            faults += error.faults
    try:
        decision, settings = load_config(config)
    except ConfigError as error:
        refuse(str(ConfigError([*error.faults, *faults])))
    if faults:
        refuse(str(ConfigError(faults)))
    click.echo(found(decision, settings, today(settings)), nl=False)


def today(settings: Settings) -> date:
    """The day the settings tell."""
    return Clock.starting_on(settings.clock.date if settings.clock else None).today()


def found(decision: Decision, settings: Settings, day: date) -> str:
    """What a configuration without faults holds, as of `day`."""
    return "\n".join([*_decision(decision, day), "", *_settings(settings), *_open(decision, settings)]) + "\n"


def _printed(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _decision(decision: Decision, day: date) -> Iterator[str]:
    units, indicators = decision.assigned_units, decision.indicators.values()
    targets = sum(decision.target(unit, entry) is not None for unit in units for entry in indicators)
    kinds = Counter(unit.kind for unit in units)
    listed = ", ".join(f"{number} {kind.value}" for kind, number in kinds.items())
    until = decision.in_force_until
    end = f"until {_printed(until)}" if until else "until replaced"
    yield f"Decision {decision.number} of {_printed(decision.issued)}, {decision.authority}"
    yield f"  {decision.title}"
    yield f"  in force from {_printed(decision.period_start)} {end}"
    yield f"  {len(indicators)} indicators, {len(units)} units ({listed}), {targets} targets"
    own = [unit for unit in units if unit.targets or unit.exempt or unit.milestones]
    for unit in own:
        said = [f"{name} {float(ratio * 100):g}%" for name, ratio in unit.targets.items()]
        said += [f"{name} exempt ({reason})" for name, reason in unit.exempt.items()]
        said += [f"{name} with a road map of {len(steps)} step(s)" for name, steps in unit.milestones.items()]
        yield f"  {unit.name}: {', '.join(said)}"
    counts = _communes(decision, day)
    if counts:
        yield f"  communes: {counts}"


def _communes(decision: Decision, day: date) -> str:
    """How many communes are in force on `day`, and from each later day on which that changes."""
    communes = [unit for unit in decision.units.values() if unit.kind is Kind.COMMUNE]
    changes = {unit.since for unit in communes if unit.since} | {
        unit.until + timedelta(days=1) for unit in communes if unit.until and unit.until != date.max
    }
    said = [f"{_count(decision, day)} on {_printed(day)}"] if communes else []
    said += [f"{_count(decision, later)} from {_printed(later)}" for later in sorted(changes) if later > day]
    return ", ".join(said)


def _count(decision: Decision, day: date) -> int:
    return sum(1 for _ in decision.in_force(day, Kind.COMMUNE))


def _settings(settings: Settings) -> Iterator[str]:
    for source in settings.sources:
        mark = ", SIMULATED" if source.simulated else ""
        yield f"Source {source.id}: {source.name} ({source.family}{mark})"
        yield f"  read every {shown(source.every)}, valid for {shown(source.validity)}"
        charge: dict[tuple[str, ...], list[str]] = {}
        for entry in settings.responsible:
            if entry.source == source.id:
                charge.setdefault(entry.indicators, []).extend(kind.value for kind in entry.kinds)
        for indicators, kinds in charge.items():
            yield f"  responsible for {', '.join(kinds)}: {', '.join(indicators)}"
        if not charge:
            yield "  compared only, never published"
    yield f"Archive {settings.archive.directory}: kept whole for {settings.archive.keep_days} days"


def _open(decision: Decision, settings: Settings) -> Iterator[str]:
    """What an operator should know although nothing is wrong."""
    points = []
    if settings.clock is not None:
        points.append(f"the clock is set to {_printed(settings.clock.date)}: a demo or a rehearsal")
    for entry in settings.responsible:
        if entry.source == NOBODY:
            kinds = ", ".join(kind.value for kind in entry.kinds)
            points.append(
                f"nobody publishes {', '.join(entry.indicators)} of {kinds}: {entry.reason.strip()}"
            )
    points += [
        f"{source.id}, {name}: {sentence}"
        for source in settings.sources
        for name, sentence in source.differs.items()
    ]
    points += [
        f"{word} {entry.unit} {entry.indicator} until {_printed(entry.until)}: {entry.reason} ({entry.by})"
        for word, entries in (("accepted", settings.accept), ("held", settings.hold))
        for entry in entries
    ]
    points += [
        f"{entry.id} has no target: nothing is assigned unless a unit says so"
        for entry in decision.indicators.values()
        if entry.target is None
    ]
    points += [f"decision: {decision.note}"] if decision.note else []
    points += [f"{entry.short_name}: {entry.note}" for entry in decision.indicators.values() if entry.note]
    if points:
        yield ""
        yield "Keep in mind"
        yield from (f"  - {point}" for point in points)

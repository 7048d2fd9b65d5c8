"""A past for the demo: what Prometheus would hold had it scraped the exporter since long ago.

`python -m demo.history` writes OpenMetrics text for `promtool tsdb create-blocks-from openmetrics`, one file
for each stretch of days: the units of the annex and the province every hour on the hour, the communes
once a day, the last days at the scrape interval. The figures are the demo portal's, so simulated.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from demo.figures import FRACTIONS, Counts, Simulation, total
from demo.portal import DEFAULT_SEED, TARGETS
from exporter.clock import PROVINCE_TIME
from exporter.config.decision_file import load_decision
from exporter.decision import Decision, Kind, Unit
from exporter.metrics import catalogue as m
from exporter.periods import Period

HOUR = 3600
DAY = 86_400
STRETCH_DAYS = 20
"""Days in one file: as many as the largest blocks that promtool is told to make hold (486 h)."""


@dataclass(frozen=True, slots=True)
class Span:
    """The past to be made up: it ends at `end` (real Unix seconds, on the hour) and is `days` long.

    `offset`: by how many seconds told time is ahead of real time; `fine_days`, `fine_step`: for how many
    days at the end, and how often (seconds), a scrape was made.
    """

    end: int
    days: int
    offset: int = 0
    fine_days: int = 2
    fine_step: int = 60
    labels: str = 'instance="lich-su",job="dvc-exporter"'

    @property
    def start(self) -> int:
        """Its first moment (real Unix seconds)."""
        return self.end - self.days * DAY

    @property
    def fine_from(self) -> int:
        """From here on a scrape was made every `fine_step` seconds."""
        return self.end - self.fine_days * DAY

    def told(self, moment: int) -> datetime:
        """What the exporter's clock tells at a real moment."""
        return datetime.fromtimestamp(moment + self.offset, PROVINCE_TIME)


def stretches(span: Span) -> Iterator[tuple[int, int]]:
    """From when to when (real Unix seconds) each file reaches."""
    for start in range(span.start, span.end, STRETCH_DAYS * DAY):
        yield start, min(start + STRETCH_DAYS * DAY, span.end)


def text(simulation: Simulation, span: Span, start: int, end: int) -> Iterator[str]:
    """Pieces of one file: series by series within each day, so that no series goes back in time."""
    for day_start in range(start, end, DAY):
        day_end = min(day_start + DAY, end)
        hours = range(-(-day_start // HOUR) * HOUR, day_end, HOUR)
        step = span.fine_step if day_start >= span.fine_from else HOUR
        often = range(-(-day_start // step) * step, day_end, step)
        once = hours[:1]
        told = span.told(day_start).date()
        yield from _samples(_of_units(simulation, told), often, span)
        yield from _samples(_of_communes(simulation, told), once, span)
        yield from _clock(span, often)
    yield "# EOF\n"


Series = tuple[str, str, float]
"""Metric, labels, value of a day."""


def _samples(several: Iterable[Series], moments: Sequence[int], span: Span) -> Iterator[str]:
    for name, labels, value in several:
        head = f"{name}{{{labels},{span.labels}}} {value:.17g} "
        yield head + f"\n{head}".join(map(str, moments)) + "\n"


def _of_units(simulation: Simulation, told: date) -> Iterator[Series]:
    decision = simulation.decision
    yield (
        m.DECISION_INFO.name,
        _labels(number=decision.number, issued=str(decision.issued), authority=decision.authority),
        1,
    )
    counted = counts(simulation, told)
    for unit in decision.in_force(told):
        if not _is_commune(unit):
            yield from _of_unit(decision, unit, counted[unit.id], told)


def _of_communes(simulation: Simulation, told: date) -> Iterator[Series]:
    counted = counts(simulation, told)
    for unit in simulation.decision.in_force(told, Kind.COMMUNE):
        yield from _of_unit(simulation.decision, unit, counted[unit.id], told)


def _of_unit(decision: Decision, unit: Unit, counted: Counts, told: date) -> Iterator[Series]:
    names = {"name": unit.name_on(told), "short_name": unit.short_name_on(told)}
    number = "" if unit.number is None else str(unit.number)
    yield (
        m.UNIT_INFO.name,
        _labels(unit=unit.id, **names, kind=unit.kind, parent=unit.parent or "", number=number),
        1,
    )
    for indicator in decision.indicators.values():
        pair = _labels(unit=unit.id, indicator=indicator.id)
        target = decision.target(unit, indicator) if decision.holds_on(told) else None
        if target is not None:
            yield m.TARGET_RATIO.name, pair, float(target)
        if indicator.id in unit.exempt:
            yield m.EXEMPTION_INFO.name, pair, 1
        elif unit.kind is Kind.PROVINCE or unit.kind in indicator.applies_to:
            upper, lower = FRACTIONS[indicator.id]
            year = f'{pair},period="year"'
            yield m.INDICATOR_NUMERATOR.name, year, getattr(counted, upper)
            yield m.INDICATOR_DENOMINATOR.name, year, getattr(counted, lower)


def counts(simulation: Simulation, told: date) -> Mapping[str, Counts]:
    """What each unit has counted in the year by the evening before a day, sums included."""
    decision, period, through = simulation.decision, Period.year_of(told), told - timedelta(days=1)
    found: dict[str, Counts] = {}
    groups: dict[str, list[Counts]] = {}
    for unit in decision.in_force(told, Kind.DEPARTMENT, Kind.DISTRICT, Kind.COMMUNE):
        found[unit.id] = simulation.counts(unit, period, through)
        if unit.kind is Kind.COMMUNE:
            groups.setdefault(unit.parent or "", []).append(found[unit.id])
    for unit in decision.in_force(told, Kind.COMMUNE_GROUP):
        found[unit.id] = total(groups.get(unit.id, ()))
    assigned = {unit.id for unit in decision.assigned_units}
    for unit in decision.in_force(told, Kind.PROVINCE):
        found[unit.id] = total(row for unit_id, row in found.items() if unit_id in assigned)
    return found


def _clock(span: Span, moments: Sequence[int]) -> Iterator[str]:
    offset, elapsed = m.CLOCK_OFFSET.name, m.PERIOD_ELAPSED_RATIO.name
    for moment in moments:
        yield f"{offset}{{{span.labels}}} {span.offset} {moment}\n"
    for moment in moments:
        told = span.told(moment)
        yield f"{elapsed}{{{span.labels}}} {Period.year_of(told.date()).elapsed(told):.17g} {moment}\n"


def _is_commune(unit: Unit) -> bool:
    return unit.kind is Kind.COMMUNE


def _labels(**labels: str) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write(simulation: Simulation, span: Span, folder: Path) -> list[Path]:
    """Writes all files of a span into a folder; gives them in order of time."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for start, end in stretches(span):
        path = folder / f"{start}.om"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(text(simulation, span, start, end))
        found.append(path)
    return found


def main(words: list[str] | None = None) -> int:
    """Writes the files. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo.history", description=__doc__)
    add = parser.add_argument
    add("folder", type=Path, help="where to write")
    add("--days", type=int, default=365, help="how far back (default %(default)s)")
    add(
        "--date", type=date.fromisoformat, help="the told day that today is, like 2024-09-16 (default: today)"
    )
    add("--now", type=int, required=True, help="the real moment it ends at (Unix seconds)")
    given = parser.parse_args(words)
    end = given.now // HOUR * HOUR
    today = datetime.fromtimestamp(end, PROVINCE_TIME).date()
    told = given.date or today
    offset = int((datetime.combine(told, time()) - datetime.combine(today, time())).total_seconds())
    simulation = Simulation(load_decision(TARGETS), DEFAULT_SEED)
    for path in write(simulation, Span(end, given.days, offset), given.folder):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

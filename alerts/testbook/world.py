"""A world for promtool: time in steps, series written down step by step, and what is expected of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import ceil

from alerts.mailing import duration
from alerts.settings import Alerting
from exporter.clock import PROVINCE_TIME

Values = Sequence[float | None]
"""One for each step; None: there is no sample."""
Labels = Mapping[str, str]
Node = dict[str, object]

MIDSUMMER = datetime(2024, 9, 16, tzinfo=PROVINCE_TIME)
"""What the exporter's clock tells at the beginning when nothing else is said: far from any new year."""
STEPS_A_COLLECTION = 18
"""A step must stay below `lateness`, the window in which the rules look for their own alerts."""


@dataclass(frozen=True)
class Timeline:
    """Steps of equal length from the beginning of a test; time 0 is that of Unix."""

    step: timedelta
    collection: timedelta
    steps: int
    told: datetime = MIDSUMMER

    @classmethod
    def of(cls, settings: Alerting, length: timedelta, told: datetime = MIDSUMMER) -> Timeline:
        """A timeline of a certain length, in the finest steps that still run fast."""
        cadence = settings.cadence
        finest = timedelta(seconds=ceil(cadence.collection.total_seconds() / STEPS_A_COLLECTION))
        step = max(cadence.evaluation, finest)
        return cls(step, cadence.collection, ceil(length / step), told)

    @property
    def offset(self) -> float:
        """Seconds by which the exporter's clock is ahead."""
        return self.told.timestamp()

    def tick(self, moment: timedelta) -> int:
        """The first step at or after a moment."""
        return ceil(moment / self.step)

    def at(self, tick: int) -> str:
        """A step as promtool writes moments."""
        return duration(tick * self.step)

    def seconds(self, tick: int) -> float:
        """A step in Unix time."""
        return (tick * self.step).total_seconds()

    def each(self, value: Callable[[int], float | None]) -> Values:
        """A series by what it is at each step."""
        return [value(tick) for tick in range(self.steps + 1)]

    def always(self, value: float | None) -> Values:
        """A series that stands."""
        return [value] * (self.steps + 1)

    def from_tick(self, tick: int, before: float | None, after: float | None) -> Values:
        """A series that changes once."""
        return self.each(lambda now: after if now >= tick else before)

    def last_collection(self, tick: int, lost: Sequence[int] = ()) -> float:
        """When the last collection of a step succeeded (Unix time); `lost`: those that failed, by number."""
        number = int(tick * self.step / self.collection)
        while number in lost:
            number -= 1
        return number * self.collection.total_seconds()

    def failed(self, tick: int, lost: Sequence[int]) -> bool:
        """Whether the last collection at a step was one of those that failed."""
        return int(tick * self.step / self.collection) in lost


@dataclass
class World:
    """All input series of a test."""

    time: Timeline
    series: dict[str, Values] = field(default_factory=dict)

    def add(self, metric: str, labels: Labels, values: Values) -> None:
        """One series; `job` and `instance` are there as on what was scraped."""
        scraped = {**labels, "job": "dvc-exporter", "instance": "127.0.0.1:9805"}
        self.series[metric + braces(scraped)] = values

    def nodes(self) -> list[Node]:
        """As promtool's `input_series`."""
        return [{"series": name, "values": notation(values)} for name, values in self.series.items()]


def braces(labels: Labels) -> str:
    """Labels as promtool reads them."""
    return "{" + ", ".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def notation(values: Values) -> str:
    """Runs of equal values in promtool's short form: `0.5x9` is ten of them.

    A series that ends is marked as such, like one that a scrape no longer finds.
    """
    parts = []
    there = False
    for value, run in groupby(values):
        count = len(list(run))
        if value is None:
            if there:
                parts.append("stale")
                count -= 1
            if count:
                parts.append(f"_x{count}" if count > 1 else "_")
        else:
            text = number(value)
            parts.append(f"{text}x{count - 1}" if count > 1 else text)
        there = value is not None
    return " ".join(parts)


def number(value: float) -> str:
    """A value without needless digits."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


@dataclass(frozen=True)
class Pair:
    """A unit's figure for one indicator, and the source it comes from; whatever is None is not there."""

    unit: str
    numerator: Values
    denominator: Values
    target: Values
    source: str | None = None
    indicator: str = "online_dossier"
    counting: str | None = "flow"
    kind: str | None = "department"
    parent: str = "tinh"
    milestone: Values | None = None
    lost: tuple[int, ...] = ()
    """Collections that failed, by number."""
    year_starts: Values | None = None
    exempt: Values | None = None

    def on(self, world: World) -> None:
        """Puts it into a world."""
        pair = {"unit": self.unit, "indicator": self.indicator}
        year = {**pair, "period": "year"}
        counts = list(zip(self.numerator, self.denominator, strict=True))
        world.add("dvc_indicator_numerator", year, self.numerator)
        world.add("dvc_indicator_denominator", year, self.denominator)
        world.add("dvc_indicator_ratio", year, [n / d if n is not None and d else None for n, d in counts])
        world.add("dvc_target_ratio", pair, self.target)
        if self.milestone is not None:
            world.add("dvc_milestone_ratio", pair, self.milestone)
        if self.exempt is not None:
            world.add("dvc_exemption_info", pair, self.exempt)
        self._names(world, pair)
        if self.source is not None:
            world.add("dvc_indicator_source_info", {**pair, "source": self.source}, world.time.always(1))
            source(world, self.source, lost=self.lost, year_starts=self.year_starts)

    def _names(self, world: World, pair: Labels) -> None:
        if self.kind is not None:
            names = {
                "name": unit_name(self.unit),
                "short_name": self.unit,
                "kind": self.kind,
                "parent": self.parent,
            }
            world.add("dvc_unit_info", {"unit": self.unit, **names, "number": ""}, world.time.always(1))
        if self.counting is not None:
            names = {"name": self.indicator, "short_name": INDICATOR_NAME, "counting": self.counting}
            labels = {"indicator": pair["indicator"], **names, "counted": COUNTED}
            world.add("dvc_indicator_info", labels, world.time.always(1))

    def without_info(self) -> Pair:
        """The same without any info series."""
        return replace(self, kind=None, counting=None, source=None)


INDICATOR_NAME = "Hồ sơ trực tuyến"
COUNTED = "hồ sơ"


def unit_name(unit: str) -> str:
    """The official name of a unit of the tests."""
    return f"Sở {unit}"


def source(world: World, name: str, *, lost: Sequence[int] = (), year_starts: Values | None = None) -> None:
    """A source that is read on time, but for the collections that were lost."""
    time = world.time
    labels = {"source": name}
    begins = datetime(time.told.year, 1, 1, tzinfo=PROVINCE_TIME).timestamp() - time.offset
    world.add("dvc_source_up", labels, time.each(lambda tick: 0 if time.failed(tick, lost) else 1))
    for metric in ("dvc_source_last_success_timestamp_seconds", "dvc_source_as_of_timestamp_seconds"):
        world.add(metric, labels, time.each(lambda tick: time.last_collection(tick, lost)))
    world.add(
        "dvc_source_last_change_timestamp_seconds",
        labels,
        time.each(lambda tick: time.last_collection(tick, lost)),
    )
    world.add("dvc_source_collection_interval_seconds", labels, time.always(time.collection.total_seconds()))
    world.add(
        "dvc_period_start_timestamp_seconds", {**labels, "period": "year"}, year_starts or time.always(begins)
    )


def exporter(world: World, *, alive: Values | None = None, elapsed: float = 0.7) -> None:
    """An exporter that answers, or not, and its clock."""
    time = world.time
    there = alive or time.always(1)

    def while_alive(value: float) -> Values:
        return [None if now is None else value for now in there]

    decision = {"number": "805/QĐ-UBND", "issued": "2024-05-24", "authority": "Chủ tịch"}
    world.add("dvc_decision_info", decision, while_alive(1))
    world.add("dvc_clock_offset_seconds", {}, while_alive(time.offset))
    world.add("dvc_period_elapsed_ratio", {}, while_alive(elapsed))
    world.add("dvc_archive_failures_total", {}, while_alive(0))
    world.add("dvc_config_last_reload_successful", {}, while_alive(1))
    world.series['up{job="dvc-exporter", instance="127.0.0.1:9805"}'] = [now or 0 for now in there]


def told(world: World, unix: float) -> datetime:
    """What the exporter's clock tells at a Unix time."""
    return datetime.fromtimestamp(unix + world.time.offset, UTC).astimezone(PROVINCE_TIME)

"""The shape of targets.yaml, as an official checks it against the signed paper."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from exporter.config.fields import (
    Code,
    Count,
    Day,
    Filled,
    IndicatorId,
    InForce,
    Percent,
    ShortForm,
    Text,
    UnitId,
)
from exporter.config.yamlmodel import Model
from exporter.config.yamltree import Items
from exporter.decision import Alias, Counting, Kind


class PeriodEntry(Model):
    """`decision.period`: first and last day."""

    start: Day
    end: Day


class DecisionEntry(Model):
    """`decision`: what stands at the head of the paper."""

    number: Text
    title: Text
    authority: Text
    issued: Day
    period: PeriodEntry
    in_force: InForce = None
    monitors: tuple[Text, ...] = ()
    note: str = ""


class AliasEntry(Model):
    """Another name: text only, or with the days it was in use."""

    name: Text
    since: Day | None = None
    until: Day | None = None

    def alias(self) -> Alias:
        """The same for the decision."""
        return Alias(self.name, self.since, self.until)


AliasOrText = Annotated[AliasEntry, ShortForm]


class ProvinceEntry(Model):
    """`province`: the root of all units."""

    name: Text = "Toàn tỉnh"
    short_name: Text | None = None
    codes: dict[Code, Code] = Field(default_factory=dict)
    aliases: tuple[AliasOrText, ...] = ()


class IndicatorEntry(Model):
    """One of `indicators`."""

    id: IndicatorId
    name: Text
    short_name: Text
    counting: Counting
    counted: Text
    applies_to: Annotated[tuple[Kind, ...], Filled]
    target: Percent | None = None
    """What every unit of these kinds has unless it differs; absent: nothing is assigned by default."""
    article: str = ""
    note: str = ""


class Named(Model):
    """What units and communes have in common."""

    id: UnitId
    name: Text
    short_name: Text | None = None
    code: Code | None = None
    aliases: tuple[AliasOrText, ...] = ()
    since: Day | None = None
    until: Day | None = None
    merged_into: UnitId | None = None


class CommuneEntry(Named):
    """One of a group's `communes`; `code` is the official one."""


class UnitEntry(Named):
    """One of `units`: a row of the annex."""

    kind: Literal["department", "district", "commune_group", "commune"]
    number: Count | None = None
    parent: UnitId | None = None
    codes: dict[Code, Code] = Field(default_factory=dict)
    targets: dict[str, Percent] = Field(default_factory=dict)
    exempt: dict[str, Text] = Field(default_factory=dict)
    milestones: dict[str, dict[Day, Percent]] = Field(default_factory=dict)
    communes: tuple[CommuneEntry, ...] = ()


class TargetsFile(Model):
    """targets.yaml whole."""

    decision: DecisionEntry
    province: ProvinceEntry = ProvinceEntry()
    indicators: Annotated[tuple[IndicatorEntry, ...], Filled]
    units: Annotated[tuple[UnitEntry, ...], Filled]


STAND_INS = {
    "decision": {
        "number": "-",
        "title": "-",
        "authority": "-",
        "issued": date.min,
        "period": {"start": date.min, "end": date.max},
    },
    "indicators": Items([], cut=True),
    "units": Items([], cut=True),
}
"""In place of what is missing or wrong at the head of the file, so that the rest can be checked."""

"""What the boards are made from: the decision, the exporter's configuration, the rules' bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alerts.settings import Alerting, load_alerting
from exporter.decision import Decision, Indicator, Kind
from exporter.settings import Settings, SourceSettings, load_config

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that decides what stands on a board."""

    decision: Decision
    settings: Settings
    alerting: Alerting

    @property
    def indicators(self) -> Sequence[Indicator]:
        """The decision's indicators in its order."""
        return tuple(self.decision.indicators.values())

    @property
    def responsible(self) -> Sequence[SourceSettings]:
        """The sources whose word is published."""
        named = {entry.source for entry in self.settings.responsible}
        return tuple(source for source in self.settings.sources if source.id in named)

    @property
    def simulated(self) -> bool:
        """Whether the configuration itself says that figures are simulated."""
        return self.alerting.simulated or any(source.simulated for source in self.settings.sources)

    @property
    def first_unit(self) -> str:
        """The unit that a board shows before anybody has chosen one."""
        return self.decision.assigned_units[0].id

    @property
    def first_group(self) -> str:
        """The group of communes that a board shows before anybody has chosen one; "" where none exists."""
        groups = (unit.id for unit in self.decision.units.values() if unit.kind is Kind.COMMUNE_GROUP)
        return next(groups, "")


def load(
    exporter: Path = ROOT / "config/exporter.yaml", alerting: Path = ROOT / "config/alerts.yaml"
) -> Inputs:
    """The inputs in the files of the checkout, or others. Raises ConfigError with all their faults."""
    decision, settings = load_config(exporter)
    return Inputs(decision, settings, load_alerting(alerting))

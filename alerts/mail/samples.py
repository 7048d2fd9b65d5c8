"""Sample alerts with invented figures, one set for each kind of mail; every one of them says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from alerts import boards
from exporter import arithmetic
from exporter import vietnamese as vn
from exporter.decision import PROVINCE, Decision, Indicator, Kind, Unit

SIMULATED = "số liệu mô phỏng"
AS_OF = "06:00 16/09/2024"
_BEGAN = datetime(2024, 8, 12, 2, 0, tzinfo=UTC)
_RUNBOOKS = boards.runbooks("https://chitieu.example.vn")
_PERIOD_NOTE = "Chỉ tiêu của cả năm, đến hết ngày 31/12/2024 (còn 106 ngày)."
_ELAPSED = Fraction(260, 366)
_FAR_POINTS = 20
_HALF = Fraction(1, 2)
_COUNTS: Mapping[str, tuple[int, int]] = {
    "full_online_provision": (61, 72),
    "online_dossier": (2310, 3005),
    "online_payment": (493, 1284),
    "digitised_result": (1871, 2052),
    "electronic_result": (1943, 2052),
    "service_with_dossier": (67, 78),
    "electronic_certified_copy": (30, 38),
}
"""Numerator and denominator by indicator: some above the targets of the decision, some below."""
_OTHER_COUNTS = (41, 100)
_WITH_ALL = "online_payment"
"""The indicator on which a sample has every alert there is at once."""


@dataclass(frozen=True, slots=True)
class SampleAlert:
    """One alert as Prometheus would send it; Alertmanager takes it for over when `ends` has passed."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str] = field(default_factory=dict)
    begins: datetime = _BEGAN
    ends: datetime | None = None

    @property
    def far(self) -> bool:
        """Whether it says that a unit is far below a target."""
        return self.labels["alertname"] == "DvcUnitFarBelowTarget"

    def as_json(self, sample: str, *, over: bool = False) -> dict[str, object]:
        """As Alertmanager's API takes it, with a label that says of which sample it is."""
        said: dict[str, object] = {
            "labels": {**self.labels, "sample": sample},
            "annotations": dict(self.annotations),
            "startsAt": self.begins.isoformat(),
        }
        return said | ({"endsAt": self.ends.isoformat()} if over and self.ends else {})


def below(decision: Decision, unit: Unit, source: str) -> list[SampleAlert]:
    """What a unit's head is told when it is below some targets; on payments everything is wrong at once."""
    found = []
    assigned = list(_figures(decision, unit))
    met = sum(bool(arithmetic.met(n, d, target)) for _, (n, d), target in assigned)
    for indicator, (n, d), target in assigned:
        if arithmetic.met(n, d, target):
            continue
        figures = _annotations(indicator, n, d, target) | {"met": f"{met}/{len(assigned)}"}
        points = arithmetic.gap_points(n, d, target) or Fraction(0)
        far = -points > _FAR_POINTS or Fraction(n, d) < _HALF * target
        name, severity = ("DvcUnitFarBelowTarget", "critical") if far else ("DvcUnitBelowTarget", "warning")
        found.append(_alert(name, severity, unit, indicator, source, figures))
        if indicator.id == _WITH_ALL:
            behind = figures | {"milestone": vn.target_percent(target - Fraction(1, 20))}
            found += [
                _alert("DvcUnitBehindMilestone", "warning", unit, indicator, source, behind),
                _alert("DvcUnitFalling", "warning", unit, indicator, source, figures),
                _alert("DvcTargetOutOfReach", "critical", unit, indicator, source, figures),
            ]
    return found


def recovered(decision: Decision, unit: Unit, source: str) -> list[SampleAlert]:
    """What a unit's head is told when a measured rate has reached its target again."""
    return [
        _alert("DvcUnitBackOnTarget", "info", unit, indicator, source, _annotations(indicator, n, d, target))
        for indicator, (n, d), target in _figures(decision, unit)
        if arithmetic.met(n, d, target)
    ][:1]


def unmeasured(decision: Decision, unit: Unit, source: str) -> list[SampleAlert]:
    """What a unit's head is told when targets have no figure."""
    return [
        _alert(
            "DvcMeasurementMissing", "warning", unit, indicator, source, {"target": vn.target_percent(target)}
        )
        for indicator, _, target in _figures(decision, unit)
    ][:2]


def communes(decision: Decision, group: Unit, source: str) -> list[SampleAlert]:
    """What the contact of a commune group is told in a week."""
    found = []
    for place, commune in enumerate(decision.children.get(group.id, ())):
        for indicator, _, target in _figures(decision, commune):
            n, d = 20 + 7 * place, 100 + 5 * place
            if indicator.id in {"online_dossier", "online_payment"} and not arithmetic.met(n, d, target):
                figures = _annotations(indicator, n, d, target)
                found.append(_alert("DvcUnitBelowTarget", "warning", commune, indicator, source, figures))
    return found


def operators(source: str, over: datetime | None = None) -> list[SampleAlert]:
    """What operators are told when a portal does not answer, and with `over` when it does again."""
    return [
        SampleAlert(
            {
                "alertname": "DvcSourceDown",
                "severity": "critical",
                "source": source,
                "audience": "operators",
            },
            {
                "summary": f"Không đọc được nguồn {source}",
                "description": "Hai lần thu thập gần nhất đều không thành công; số liệu cũ còn giữ 26 giờ.",
                "runbook_url": boards.runbook(_RUNBOOKS, "DvcSourceDown"),
                "simulated": SIMULATED,
            },
            ends=over,
        ),
    ]


def monitors(decision: Decision, source: str) -> list[SampleAlert]:
    """What the bodies that watch over the decision are told in a week: every third unit is below."""
    return [
        alert
        for unit in decision.assigned_units[::3]
        for alert in (*below(decision, unit, source), *unmeasured(decision, unit, source)[:1])
        if unit.kind is not Kind.PROVINCE and unit.id != PROVINCE
    ]


def _figures(decision: Decision, unit: Unit) -> Iterator[tuple[Indicator, tuple[int, int], Fraction]]:
    for indicator in decision.indicators.values():
        target = decision.target(unit, indicator)
        if target is not None:
            yield indicator, _COUNTS.get(indicator.id, _OTHER_COUNTS), target


def _annotations(indicator: Indicator, n: int, d: int, target: Fraction) -> dict[str, str]:
    missing = arithmetic.missing(indicator.counting, n, d, target)
    required = arithmetic.required_rate(indicator.counting, n, d, target, _ELAPSED)
    return {
        "rate": vn.percent(Fraction(n, d), target=target),
        "target": vn.target_percent(target),
        "gap": vn.points(Fraction(n, d) * 100 - target * 100),
        "missing": f"{vn.number(missing)} {indicator.counted}" if missing else "",
        "required": vn.percent(required) if required is not None and required <= 1 else "",
        "milestone": "",
        "counts": f"{vn.number(n)}/{vn.number(d)} {indicator.counted}",
        "as_of": AS_OF,
        "period_note": _PERIOD_NOTE,
    }


def _alert(  # noqa: PLR0913, PLR0917 - the parts of one alert, told apart by their types
    name: str, severity: str, unit: Unit, indicator: Indicator, source: str, figures: Mapping[str, str]
) -> SampleAlert:
    labels = {
        "alertname": name,
        "severity": severity,
        "audience": "unit",
        "unit": unit.id,
        "kind": unit.kind.value,
        "parent": unit.parent or "",
        "indicator": indicator.id,
        "source": source,
    }
    days = sum(indicator.id.encode()) % 28
    return SampleAlert(
        labels,
        dict(figures)
        | {
            "summary": f"{unit.name}: {indicator.short_name}",
            "description": f"{indicator.name} của {unit.name}.",
            "runbook_url": boards.runbook(_RUNBOOKS, name),
            "simulated": SIMULATED,
        },
        begins=_BEGAN + timedelta(days=days),
    )


def kinds(decision: Decision, unit: Unit, source: str, over: datetime) -> Mapping[str, Sequence[SampleAlert]]:
    """A set of alerts for each kind of mail that `unit` may be the occasion of."""
    group = unit if unit.kind is Kind.COMMUNE_GROUP else _first_group(decision)
    found = {
        "unit": below(decision, unit, source),
        "recovered": recovered(decision, unit, source),
        "unmeasured": unmeasured(decision, unit, source),
        "communes": communes(decision, group, source) if group else [],
        "escalation": [alert for alert in monitors(decision, source) if alert.far],
        "operators": operators(source),
        "operators-over": operators(source, over),
        "monitors": monitors(decision, source),
    }
    return {kind: alerts for kind, alerts in found.items() if alerts}


def _first_group(decision: Decision) -> Unit | None:
    return next((unit for unit in decision.units.values() if unit.kind is Kind.COMMUNE_GROUP), None)

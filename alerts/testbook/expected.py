"""What an alert must say: labels and annotations, by the product's own arithmetic and not by PromQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from alerts.rulebook.annotations import runbook
from alerts.settings import Alerting
from alerts.testbook.world import COUNTED, INDICATOR_NAME, unit_name
from exporter import arithmetic
from exporter import vietnamese as vn
from exporter.decision import Counting

SIMULATED = "số liệu mô phỏng"
Said = tuple[Mapping[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Facts:
    """What is true of a pair when its alert fires."""

    unit: str
    numerator: int
    denominator: int
    target: Fraction
    source: str
    as_of: datetime
    since: datetime | None
    today: date
    elapsed: float = 0.7
    met: str = "0/1"
    unknown: str = ""
    milestone: Fraction | None = None

    @property
    def rate(self) -> str:
        """As it is written."""
        return vn.percent(Fraction(self.numerator, self.denominator), target=self.target)

    @property
    def gap(self) -> str:
        """As it is written, in points."""
        points = arithmetic.gap_points(self.numerator, self.denominator, self.target)
        return vn.points(points or Fraction(0))

    @property
    def counts(self) -> str:
        """As they are written."""
        return f"{vn.number(self.numerator)}/{vn.number(self.denominator)} {COUNTED}"

    def _missing(self) -> str:
        missing = arithmetic.missing(Counting.FLOW, self.numerator, self.denominator, self.target)
        return f"{vn.number(missing)} {COUNTED}" if missing else ""

    def _required(self) -> str:
        rate = arithmetic.required_rate(
            Counting.FLOW, self.numerator, self.denominator, self.target, Fraction(str(self.elapsed))
        )
        return vn.percent(rate) if rate is not None and rate <= 1 else ""

    def of_unit(self) -> dict[str, str]:
        """What can be said of a pair without figure as well."""
        end = date(self.today.year, 12, 31)
        left = (end - self.today).days
        return {
            "target": vn.target_percent(self.target),
            "met": self.met,
            "unknown": self.unknown,
            "communes": "",
            "parts": "",
            "period_note": f"Chỉ tiêu của cả năm, đến hết ngày {vn.day(end)} (còn {left} ngày).",
        }

    def whole(self) -> dict[str, str]:
        """All that the mails show."""
        return {
            "rate": self.rate,
            "gap": self.gap,
            "missing": self._missing(),
            "required": self._required(),
            "counts": self.counts,
            "since": vn.day(self.since.date()) if self.since else "",
            "as_of": vn.moment(self.as_of),
            "read_at": vn.moment(self.as_of),
            **self.of_unit(),
        }


def _labels(facts: Facts, severity: str, audience: str = "unit") -> dict[str, str]:
    return {
        "severity": severity,
        "audience": audience,
        "unit": facts.unit,
        "kind": "department",
        "parent": "tinh",
        "indicator": "online_dossier",
        "source": facts.source,
    }


def _annotations(name: str, settings: Alerting, summary: str, description: str) -> dict[str, str]:
    return {
        "summary": summary,
        "description": description,
        "runbook_url": runbook(name, settings),
        "simulated": SIMULATED,
    }


def said(name: str, facts: Facts, settings: Alerting) -> Said:
    """Labels and annotations of the alert of that name."""
    unit, indicator = unit_name(facts.unit), INDICATOR_NAME
    away = facts.gap.lstrip("−+")
    target = vn.target_percent(facts.target)
    numbers = f"{facts.rate} so với chỉ tiêu được giao {target} (chênh lệch {facts.gap} điểm; {facts.counts})"
    milestone = vn.target_percent(facts.milestone) if facts.milestone is not None else ""
    plain = vn.percent(Fraction(facts.numerator, facts.denominator))
    lasting = vn.age(settings.lasting.escalation)
    since = vn.day(facts.since.date()) if facts.since else ""
    sentences = {
        "DvcUnitBelowTarget": (
            "warning",
            f"{unit}: {indicator} thấp hơn chỉ tiêu {away} điểm",
            f"{indicator} của {unit} đạt {numbers}.",
        ),
        "DvcUnitFarBelowTarget": (
            "critical",
            f"{unit}: {indicator} thấp hơn chỉ tiêu {away} điểm, còn xa chỉ tiêu",
            f"{indicator} của {unit} mới đạt {numbers}, kém quá 20 điểm hoặc chưa bằng một nửa chỉ tiêu.",
        ),
        "DvcUnitBackOnTarget": (
            "info",
            f"{unit}: {indicator} đã đạt trở lại, {facts.rate}",
            f"{indicator} của {unit} đã đạt {facts.rate}, chỉ tiêu được giao {target} ({facts.counts}).",
        ),
        "DvcUnitBehindMilestone": (
            "warning",
            f"{unit}: {indicator} chậm lộ trình",
            (
                f"{indicator} của {unit} đạt {facts.rate}; mốc hiện nay của lộ trình là {milestone}, "
                f"chỉ tiêu được giao {target}."
            ),
        ),
        "DvcUnitFalling": (
            "warning",
            f"{unit}: {indicator} giảm nhanh",
            (
                f"{indicator} của {unit} giảm từ 5 điểm trở lên trong 7 ngày qua, còn {facts.rate}; "
                f"chỉ tiêu được giao {target}."
            ),
        ),
        "DvcTargetOutOfReach": (
            "critical",
            f"{unit}: {indicator} ước tính không còn đạt được trong năm",
            (
                f"{indicator} của {unit} đạt {facts.rate}, chỉ tiêu được giao {target}. Theo khối lượng ước "
                "tính còn lại "
                "của năm, chỉ tiêu không đạt được kể cả khi toàn bộ phần còn lại đều đạt."
            ),
        ),
        "DvcMeasurementMissing": (
            "warning",
            f"{unit}: {indicator} chưa có số liệu",
            (
                f"{indicator} của {unit} có chỉ tiêu được giao {target} nhưng qua hai lần thu thập chưa có "
                "số liệu; chưa có căn cứ để đánh giá."
            ),
        ),
        "DvcTargetMissing": (
            "warning",
            f"{unit}: {indicator} có số liệu nhưng không có chỉ tiêu",
            (
                f"{indicator} của {unit} đạt {plain} nhưng tệp chỉ tiêu không giao chỉ tiêu "
                "và không ghi miễn. Đề nghị đối chiếu tệp chỉ tiêu với Quyết định."
            ),
        ),
        "DvcUnitFarBelowTargetLong": (
            "critical",
            f"{unit}: {indicator} còn xa chỉ tiêu kéo dài",
            (
                f"{indicator} của {unit} còn xa chỉ tiêu liên tục {lasting} "
                f"(từ ngày {since}): {facts.rate} so với chỉ tiêu được giao {target}."
            ),
        ),
    }
    severity, summary, description = sentences[name]
    annotations = _annotations(name, settings, summary, description)
    if name == "DvcTargetMissing":
        return _labels(facts, severity, "operators"), annotations | {"rate": plain, "counts": facts.counts}
    if name == "DvcMeasurementMissing":
        return _labels(facts, severity), annotations | facts.of_unit()
    figures = facts.whole()
    if name == "DvcUnitBackOnTarget":
        figures = {key: text for key, text in figures.items() if key not in {"missing", "required", "since"}}
    if name == "DvcUnitBehindMilestone":
        figures["milestone"] = milestone
    return _labels(facts, severity), annotations | figures

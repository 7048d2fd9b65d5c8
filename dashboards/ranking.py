"""Ranks with ties, by the share of targets met among those that have enough to count."""

from __future__ import annotations

from fractions import Fraction

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.history import JUDGED_GAP
from alerts.rulebook.ranking import MET_SHARE
from dashboards import promql, tables
from dashboards.common import Query
from dashboards.inputs import Inputs
from dashboards.tables import Column

_GAPS = f"(max by (unit, indicator) ({JUDGED_GAP}) {promql.IN_ANNEX})"
SHARE = f"({MET_SHARE} {promql.IN_ANNEX})"
"""Share (0-1) of a unit's targets with enough to count that it meets."""


def rank(inputs: Inputs) -> str:
    """1 + how many units have a larger share, so that equals share a rank.

    PromQL compares no series with every other; but a share of so many indicators has few possible values.
    """
    most = len(inputs.indicators)
    possible = sorted({Fraction(m, n) for n in range(1, most + 1) for m in range(1, n + 1)})
    terms = (
        f"({SHARE} < bool {x.numerator} / {x.denominator})"
        f" * scalar(count({SHARE} == {x.numerator} / {x.denominator}) or vector(0))"
        for x in possible
    )
    return "\n+ ".join(("1", *terms))


def ranking(inputs: Inputs, link: str) -> dashboard.Panel:
    """All units from the last rank up."""
    below = f"sum by (unit) ({_GAPS} < bool 0)"
    return tables.grid(
        "Xếp hạng, từ cuối lên (bằng nhau thì đồng hạng)",
        "Số chỉ tiêu đạt trên số chỉ tiêu có số liệu; bằng nhau thì đồng hạng. Chỉ tiêu có ít hồ sơ (dưới "
        f"{inputs.alerting.minimum_count}) không tính vào đây mà liệt kê riêng.",
        [
            Query(promql.judged(promql.named(rank(inputs)), inputs)),
            Query(promql.judged(f"100 * {SHARE}", inputs)),
            Query(promql.judged(below, inputs)),
        ],
        [
            Column("Value #A", "Hạng", width=64, align="right"),
            Column("unit", "unit", hidden=True),
            Column("short_name", "Đơn vị", link=link),
            Column("Value #B", "Đạt, % chỉ tiêu có số liệu", width=170, bar=True, decimals=0),
            Column("Value #C", "Chưa đạt", width=90, align="right"),
        ],
        sort=("Value #A", True),
        none="không xếp hạng khi số liệu đã cũ",
    )

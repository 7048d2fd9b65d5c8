"""Courses over the year: the rate, its target, the road map, and the course that would lead there."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.figures import ELAPSED, MILESTONE
from alerts.rulebook.known import DENOMINATOR, NUMERATOR, TARGET
from dashboards import common, palette, promql
from dashboards.common import HOURLY, Query

_START = "30d"
"""How far behind the left edge the expected course begins: a year's first dossiers say little."""


def rate(which: Mapping[str, str], at: str = "") -> str:
    """The rate of the year so far (ratio 0-1), now or `at` another moment."""
    upper, lower = promql.pick(NUMERATOR, **which), promql.pick(DENOMINATOR, **which)
    return f"({upper}{at} / ({lower}{at} > 0))"


def expected(which: Mapping[str, str]) -> str:
    """The straight line from the rate a month behind the left edge to the target at the year's end.

    In ratios (0-1). Nothing while the left edge lies in another year, or a month behind it in the future.
    """
    begin = rate(which, f" offset -{_START} @ start()")
    target = promql.pick(TARGET, **which)
    then = f"(max({ELAPSED} offset -{_START} @ start()))"
    now = f"scalar(max({ELAPSED}) >= on () {then})"
    share = f"({now} - scalar({then})) / (1 - scalar({then}))"
    first = f"max by (unit, indicator) ({begin})"
    aim = f"max by (unit, indicator) ({target})"
    return f"{first} + on (unit, indicator) ({aim} - on (unit, indicator) {first}) * ({share}) >= 0"


def of_pair() -> dashboard.Panel:
    """One unit and one indicator."""
    which = {"unit": "$unit", "indicator": "$indicator"}
    target, milestone = promql.pick(TARGET, **which), promql.pick(MILESTONE, **which)
    return common.course(
        "Diễn biến trong năm: ${indicator:text}",
        "Tỷ lệ từ đầu năm của chỉ tiêu đang chọn, cạnh chỉ tiêu được giao, lộ trình của đơn vị nếu có, và "
        "đường dự kiến: "
        "đi đều từ mức sau tháng đầu của khoảng thời gian đang xem đến chỉ tiêu vào 31/12. Trục thời gian "
        "theo giờ thật.",
        [
            Query(f"100 * max by (unit) ({rate(which)})", "Tỷ lệ", step=HOURLY, color=palette.MET),
            Query(f"100 * max by (unit) ({target})", "Chỉ tiêu", step=HOURLY, color=palette.TARGET_LINE),
            Query(
                f"100 * max by (unit) ({milestone})", "Lộ trình", step=HOURLY, color=palette.MILESTONE_LINE
            ),
            Query(f"100 * ({expected(which)})", "Dự kiến", step=HOURLY, color=palette.EXPECTED_LINE),
        ],
        dashed={"Chỉ tiêu": "8 6", "Lộ trình": "3 4", "Dự kiến": "2 6"},
        decimals=1,
    )

"""The age of the figures in Vietnamese words: Grafana's own units of time speak English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grafana_foundation_sdk.models import dashboard

from dashboards import palette, promql
from dashboards.common import Query
from dashboards.inputs import Inputs

ABOUT = (
    "Tuổi của số liệu cũ nhất đang công bố: theo ngày cổng ghi (số liệu đến), nếu cổng không ghi thì theo "
    "lần "
    "đọc gần nhất. “Chậm” khi lần thu thập gần nhất lỗi hoặc quá hạn; “đã cũ” khi quá thời hạn hiệu lực "
    "của nguồn "
    "hoặc ngày cổng ghi đã quá hạn trong alerts.yaml."
)
_HOUR = 3600
_DAYS_FROM = 48 * _HOUR
"""From here on an age is told in days."""


def states(inputs: Inputs) -> Sequence[tuple[str, str, str]]:
    """What figures can be: the words, the colour, and a PromQL condition that has a result while it holds."""
    late, old = promql.late(inputs), promql.old(inputs)
    return (
        ("✓ còn mới", palette.MET, f"({late} + {old} == 0)"),
        ("▼ chậm cập nhật", palette.BELOW, f"({late} == 1 and {old} == 0)"),
        ("▼▼ đã cũ", palette.FAR, f"({old} == 1)"),
    )


def queries(inputs: Inputs) -> list[Query]:
    """One question for each state and each unit of time, of which one has an answer."""
    return list(_queries(inputs))


def _queries(inputs: Inputs) -> Iterator[Query]:
    age = promql.age(inputs)
    for words, color, holds in states(inputs):
        hours = f"floor(({age} < {_DAYS_FROM}) / {_HOUR}) and {holds}"
        yield Query(hours, words, color=color, unit="suffix: giờ")
        days = f"floor(({age} >= {_DAYS_FROM}) / {24 * _HOUR}) and {holds}"
        yield Query(days, words, color=color, unit="suffix: ngày")


def mappings() -> list[dashboard.ValueMapping]:
    """Less than an hour is not nothing."""
    return [dashboard.ValueMap(options={"0": dashboard.ValueMappingResult(text="dưới 1 giờ", index=0)})]

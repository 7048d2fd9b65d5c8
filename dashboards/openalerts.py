"""Open alerts as tables, in words."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard

from dashboards import promql, tables, words
from dashboards.common import Query
from dashboards.tables import Column

FIRING = 'ALERTS{{alertstate="firing",{which}}}'


def of_unit() -> dashboard.Panel:
    """What fires for the unit that is shown. An alert that a stronger one holds back stands here too."""
    firing = FIRING.format(which='unit="$unit"')
    return tables.grid(
        "Cảnh báo đang mở",
        "Cảnh báo đang bật của đơn vị theo Prometheus, kể cả loại bị cảnh báo mạnh hơn thay thế khi gửi thư.",
        [Query(promql.with_indicator(f"max by (alertname, severity, indicator) ({firing})"))],
        [
            Column("indicator_name", "Chỉ tiêu", width=190),
            Column("alertname", "Cảnh báo", mappings=[words.ALERT_NAMES]),
            Column("severity", "Mức", width=120, mappings=[words.SEVERITIES]),
        ],
        none="không có cảnh báo đang bật",
    )


def of_operators(sources: dashboard.ValueMap) -> dashboard.Panel:
    """What fires for operators; `sources` gives ids of sources their names."""
    firing = FIRING.format(which='audience="operators",alertname!="DvcWatchdog"')
    return tables.grid(
        "Cảnh báo vận hành đang mở",
        "Cảnh báo gửi bộ phận vận hành. Cách xử lý từng loại: bảng “Sổ tay xử lý”.",
        [Query(f"max by (alertname, severity, source) ({firing})")],
        [
            Column("alertname", "Cảnh báo", mappings=[words.ALERT_NAMES]),
            Column("severity", "Mức", width=120, mappings=[words.SEVERITIES]),
            Column("source", "Nguồn", mappings=[sources]),
        ],
        none="không có cảnh báo đang bật",
    )

"""Vận hành: sources with their three ages, what was refused, and the machinery that tells people."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.known import OFFSET, UNIT
from dashboards import board, common, machinery, marks, openalerts, palette, promql, tables, words
from dashboards.common import Query
from dashboards.inputs import Inputs
from dashboards.layout import Grid
from dashboards.tables import Column

UID = "dvc-operations"
_HOURS = "/ 3600"
_STATES = {
    "1": ("✓ đọc được", palette.MET),
    "0": ("▼▼ lỗi", palette.FAR),
}


def build(inputs: Inputs) -> dashboard.Dashboard:
    """The board."""
    grid = Grid(UID)
    grid.place(board.head(inputs), 0, 0, 24, board.HEAD_ROWS)
    y = grid.row(board.HEAD_ROWS, 4, [(panel, 4) for panel in machinery.states(inputs)])
    grid.place(_sources(inputs), 0, y, 24, 7)
    y += 7
    grid.place(_readings(inputs), 0, y, 12, 6)
    grid.place(_failures(inputs), 12, y, 12, 6)
    y += 6
    grid.place(_withheld(inputs), 0, y, 11, 8)
    grid.place(_mismatches(inputs), 11, y, 7, 8)
    grid.place(_sums(inputs), 18, y, 6, 8)
    y += 8
    grid.place(openalerts.of_operators(source_names(inputs)), 0, y, 12, 7)
    grid.place(machinery.mails(inputs), 12, y, 6, 7)
    grid.place(machinery.mails_by_unit(inputs), 18, y, 6, 7)
    y += 7
    y = grid.row(y, 8, [(panel, 8) for panel in machinery.courses(inputs)])
    grid.place(machinery.versions(), 0, y, 24, 4)
    about = (
        "Nguồn số liệu, số bị giữ lại hoặc không khớp, bộ thu thập, Prometheus, Alertmanager và thư đã gửi."
    )
    return board.made(grid, about, inputs, since="now-24h")


def source_names(inputs: Inputs) -> dashboard.ValueMap:
    """Names of the sources as exporter.yaml has them."""
    return words.texts({source.id: source.name for source in inputs.settings.sources})


def _by_source(metric: str) -> str:
    return f"max by (source) ({metric})"


def _told(metric: str) -> str:
    """A time of each source as told in the province (milliseconds)."""
    return f"1000 * ({_by_source(metric)} + scalar({OFFSET}))"


def _age(metric: str) -> str:
    return f"(time() - {_by_source(metric)}) {_HOURS}"


def _sources(inputs: Inputs) -> dashboard.Panel:
    scraped = f'(time() - max(timestamp(up{{job="{inputs.alerting.job}"}})))'
    read, as_of = "dvc_source_last_success_timestamp_seconds", "dvc_source_as_of_timestamp_seconds"
    valid = _by_source("dvc_source_validity_seconds")
    asked = [
        ("Trạng thái", _by_source("dvc_source_up")),
        ("Prometheus đọc, giây trước", f"{valid} * 0 + on () group_left () {scraped}"),
        ("Đọc cổng, phút trước", f"60 * {_age(read)}"),
        ("Đọc cổng lúc", _told(read)),
        ("Số liệu đến, giờ trước", _age(as_of)),
        ("Số liệu đến", _told(as_of)),
        ("Đổi lần cuối", _told("dvc_source_last_change_timestamp_seconds")),
        ("Thử lần cuối", _told("dvc_source_last_attempt_timestamp_seconds")),
        ("Kỳ bắt đầu", _told('dvc_period_start_timestamp_seconds{period="year"}')),
        ("Chu kỳ, phút", f"{_by_source('dvc_source_collection_interval_seconds')} / 60"),
        ("Hiệu lực, giờ", f"{valid} {_HOURS}"),
        ("Lần đọc kéo dài, giây", _by_source("dvc_source_fetch_duration_seconds")),
    ]
    columns = [Column("source", "Nguồn", mappings=[source_names(inputs)])]
    for index, (header, expr) in enumerate(asked):
        field = f"Value #{chr(ord('A') + index)}"
        if header == "Trạng thái":
            columns.append(
                Column(field, header, mappings=[marks.value_map(_STATES)], colored=True, width=110)
            )
        elif "1000 *" in expr:
            unit = common.DAY if header == "Kỳ bắt đầu" else common.MOMENT
            columns.append(Column(field, header, unit=unit, width=140, none="không ghi"))
        else:
            columns.append(Column(field, header, width=110, decimals=1, align="right", none="không ghi"))
    return tables.grid(
        "Nguồn số liệu và ba loại tuổi",
        "Ba tuổi khác nhau: Prometheus đọc bộ thu thập lúc nào, bộ thu thập đọc cổng lúc nào, và cổng ghi "
        "số liệu của "
        "lúc nào (trống nếu cổng không ghi). Giờ theo đồng hồ của bộ thu thập.",
        [Query(expr) for _, expr in asked],
        columns,
        none="bộ thu thập không trả lời",
    )


def _readings(inputs: Inputs) -> dashboard.Panel:
    columns = [Column("source", "Nguồn", mappings=[source_names(inputs)])]
    queries = []
    for index, (outcome, text) in enumerate(words.OUTCOMES.items()):
        queries.append(Query(f'max by (source) (dvc_source_readings{{outcome="{outcome}"}})'))
        columns.append(Column(f"Value #{chr(ord('A') + index)}", text, width=140, align="right"))
    return tables.grid(
        "Số đọc được trong lần thu thập gần nhất",
        "Mỗi số là một dòng và một chỉ tiêu trên cổng: được nhận, bị giữ lại, không khớp đơn vị nào, hoặc "
        "khớp nhiều "
        "đơn vị.",
        queries,
        columns,
    )


def _failures(inputs: Inputs) -> dashboard.Panel:
    window = promql.window(inputs)
    return tables.grid(
        f"Lỗi thu thập theo lý do ({window})",
        "Số phần của lần thu thập bị lỗi trong hai chu kỳ gần nhất, theo nguồn và lý do.",
        [Query(f"sum by (source, reason) (round(increase(dvc_source_failures_total[{window}]))) > 0")],
        [
            Column("source", "Nguồn", mappings=[source_names(inputs)]),
            Column("reason", "Lý do", mappings=[words.FAILURE_REASONS]),
            Column("Value", "Số lần", width=90, align="right"),
        ],
        sort=("Value", True),
        none="không ghi nhận lỗi",
    )


def _withheld(inputs: Inputs) -> dashboard.Panel:
    held = "group by (source, unit, indicator, period, reason) (dvc_reading_withheld == 1)"
    named = promql.with_indicator(f"{held} * on (unit) group_left (unit_name) {UNIT}")
    return tables.grid(
        "Số liệu bị giữ lại",
        "Số không công bố vì có dấu hiệu sai; hết lý do hoặc đứng yên đủ lâu thì được nhận.",
        [Query(named)],
        [
            Column("unit_name", "Đơn vị"),
            Column("indicator_name", "Chỉ tiêu", width=170),
            Column("period", "Kỳ", width=70, mappings=[words.PERIODS]),
            Column("reason", "Lý do", width=180, mappings=[words.REASONS]),
            Column("source", "Nguồn", mappings=[source_names(inputs)]),
        ],
        none="không ghi nhận số liệu bị giữ lại",
    )


def _mismatches(inputs: Inputs) -> dashboard.Panel:
    allowed = inputs.alerting.bands.totals
    found = f"max by (source, indicator) (dvc_source_total_mismatch_ratio) > {allowed:g}"
    return tables.grid(
        "Dòng tổng cộng lệch",
        f"Chỗ mà dòng tổng cộng của cổng lệch tổng các dòng quá {100 * allowed:g} % (mức trong alerts.yaml).",
        [Query(promql.with_indicator(f"100 * ({found})"))],
        [
            Column("indicator_name", "Chỉ tiêu", width=160),
            Column("source", "Nguồn", mappings=[source_names(inputs)]),
            Column("Value", "Lệch, %", width=80, decimals=1, align="right"),
        ],
        sort=("Value", True),
        none="không ghi nhận chỗ lệch",
    )


def _sums(inputs: Inputs) -> dashboard.Panel:
    missing = '(dvc_sum_parts_expected{period="year"} - dvc_sum_parts{period="year"} > 0)'
    share = f"{100 * float(inputs.settings.quality.missing_in_sum):g}"
    return tables.grid(
        "Số cộng còn thiếu đơn vị",
        f"Số mà bộ thu thập tự cộng (nhóm xã, tỉnh) khi còn thiếu đơn vị; được thiếu đến {share} % mẫu số.",
        [Query(promql.named(promql.with_indicator(f"max by (unit, indicator) ({missing})")))],
        [
            Column("short_name", "Đơn vị"),
            Column("indicator_name", "Chỉ tiêu"),
            Column("Value", "Thiếu", width=70, align="right"),
        ],
        none="không ghi nhận đơn vị thiếu",
    )

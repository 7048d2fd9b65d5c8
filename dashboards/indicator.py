"""Chỉ tiêu: all units by their distance from one target, how they are spread, and the course."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.figures import GAP
from alerts.rulebook.known import DENOMINATOR, NUMERATOR, TARGET
from dashboards import board, common, differences, palette, promql, tables
from dashboards.common import HOURLY, Query
from dashboards.inputs import Inputs
from dashboards.layout import Grid
from dashboards.tables import Column, cells

UID = "dvc-indicator"
_WHICH = {"indicator": "$indicator"}


def build(inputs: Inputs) -> dashboard.Dashboard:
    """The board."""
    grid = Grid(UID)
    grid.place(board.head(inputs), 0, 0, 24, board.HEAD_ROWS)
    y = grid.row(board.HEAD_ROWS, 4, [(panel, 6) for panel in _numbers(inputs)])
    grid.place(_ranked(inputs), 0, y, 13, 34)
    grid.place(_spread(inputs), 13, y, 11, 11)
    grid.place(_course(inputs), 13, y + 11, 11, 14)
    grid.place(differences.panel(inputs), 13, y + 25, 11, 9)
    about = "Một chỉ tiêu: các đơn vị xếp theo khoảng cách đến chỉ tiêu, phân bố và diễn biến."
    return board.made(grid, about, inputs, uses=(board.INDICATOR_CHOICE,))


def _numbers(inputs: Inputs) -> list[dashboard.Panel]:
    which = '{indicator="$indicator"}'
    assigned, met, unknown = (
        f"indicator:dvc_targets_{what}:count{which}" for what in ("assigned", "met", "unknown")
    )
    of_units = f'* on () group_right () count_values("of", {assigned})'
    name = f"max by (indicator_name) (indicator:dvc_indicator:info{which})"
    return [
        common.number(
            "Chỉ tiêu",
            "Tên gọi ngắn của chỉ tiêu đang xem.",
            [Query(name, "{{indicator_name}}")],
            name_only=True,
            unit="none",
            none="không có chỉ tiêu này",
            sizes=(30, None),
        ),
        common.number(
            "Đơn vị đạt",
            "Số đơn vị của Phụ lục đạt chỉ tiêu này trên số đơn vị được giao.",
            [Query(promql.judged(f"{met} {of_units}", inputs), "✓ trên {{of}} đơn vị được giao")],
            color=palette.MET,
        ),
        common.number(
            "Đơn vị chưa đạt, chưa có tỷ lệ",
            "Số đơn vị có số liệu nhưng thấp hơn chỉ tiêu; số đơn vị chưa có tỷ lệ vì thiếu số hoặc "
            "chưa phát sinh.",
            [
                Query(
                    promql.judged(f"{assigned} - {met} - {unknown}", inputs),
                    "▼ chưa đạt",
                    color=palette.BELOW,
                ),
                Query(unknown, "? chưa có tỷ lệ", color=palette.UNKNOWN),
            ],
        ),
        board.freshness(inputs, "Số liệu cách đây", sizes=(None, None)),
    ]


def _ranked(inputs: Inputs) -> dashboard.Panel:
    def by_unit(expr: str) -> str:
        return f"max by (unit) ({expr} {promql.IN_ANNEX})"

    concerned = f"{promql.pick(TARGET, **_WHICH)} or {promql.pick('dvc_exemption_info', **_WHICH)}"
    queries = [
        Query(f"max by (unit, short_name) ({promql.NAMES} and on (unit) ({concerned}) {promql.IN_ANNEX})"),
        Query(promql.cell(inputs, "unit", among=promql.IN_ANNEX, **_WHICH)),
        Query(by_unit(promql.rate(**_WHICH))),
        Query(by_unit(promql.percent(TARGET, **_WHICH))),
        Query(by_unit(promql.pick(NUMERATOR, **_WHICH))),
        Query(by_unit(promql.pick(DENOMINATOR, **_WHICH))),
    ]
    return tables.grid(
        "Các đơn vị, từ thiếu nhiều nhất",
        "Mọi đơn vị được giao chỉ tiêu này, xếp theo khoảng cách đến chỉ tiêu của chính đơn vị (điểm, làm "
        "tròn về phía "
        "chưa đạt); đơn vị chưa có số liệu đứng cuối.",
        queries,
        [
            Column("unit", "unit", hidden=True),
            Column("short_name", "Đơn vị", link=board.UNIT_LINK),
            Column("Value #B", "Chênh lệch, điểm", width=130),
            Column("Value #C", "Tỷ lệ, %", width=130, bar=True, decimals=1),
            Column("Value #D", "Chỉ tiêu, %", width=100, align="right"),
            Column("Value #E", "Đạt (tử số)", width=100, align="right"),
            Column("Value #F", "Tổng (mẫu số)", width=110, align="right"),
        ],
        sort=("Value #B", False),
        shared=cells(["Chênh lệch, điểm"]),
    )


def _spread(inputs: Inputs) -> dashboard.Panel:
    gaps = f"({promql.pick(GAP, **_WHICH)} {promql.IN_ANNEX})"
    is_far = f"({promql.far(inputs, **_WHICH)} {promql.IN_ANNEX})"
    half = inputs.alerting.bands.far_points / 200
    points = f"{100 * half:g}"
    # Each unit stands in one band: what is far is taken out of the others.
    bands = [
        (f"✓ vượt từ {points} điểm", palette.MET, f"{gaps} >= {half:g}"),
        (f"✓ đạt, vượt dưới {points} điểm", palette.MET, f"{gaps} >= 0 < {half:g}"),
        (f"▼ thiếu dưới {points} điểm", palette.BELOW, f"{gaps} < 0 > -{half:g} unless {is_far} == 1"),
        (f"▼ thiếu từ {points} điểm", palette.BELOW, f"{gaps} <= -{half:g} unless {is_far} == 1"),
        ("▼▼ còn xa chỉ tiêu", palette.FAR, f"{is_far} == 1"),
        (
            "? chưa có tỷ lệ",
            palette.UNKNOWN,
            f"({promql.pick(TARGET, **_WHICH)} unless {promql.pick(GAP, **_WHICH)}) {promql.IN_ANNEX}",
        ),
    ]
    return common.bars(
        "Phân bố các đơn vị",
        "Số đơn vị theo khoảng cách đến chỉ tiêu của mình. Mức “còn xa” lấy từ alerts.yaml.",
        [Query(f"count({expr}) or vector(0)", words, color=color) for words, color, expr in bands],
        most=len(inputs.decision.assigned_units),
        decimals=0,
    )


def _course(inputs: Inputs) -> dashboard.Panel:
    # Units by name: a join with the annex at every step of a year costs more than all the rest.
    units = "|".join(unit.id for unit in inputs.decision.assigned_units)
    gaps = f'100 * {GAP}{{indicator="$indicator",unit=~"{units}"}}'
    return common.course(
        "Diễn biến khoảng cách đến chỉ tiêu (điểm)",
        "Đơn vị cao nhất, trung vị và thấp nhất, so với chỉ tiêu của từng đơn vị; 0 là vừa đạt. Trục thời "
        "gian theo "
        "giờ thật.",
        [
            Query(f"max({gaps})", "cao nhất", step=HOURLY, color=palette.MET),
            Query(f"quantile(0.5, {gaps})", "trung vị", step=HOURLY, color=palette.TEXT),
            Query(f"min({gaps})", "thấp nhất", step=HOURLY, color=palette.FAR),
            Query("vector(0)", "vừa đạt", step=HOURLY, color=palette.TARGET_LINE),
        ],
        dashed={"vừa đạt": "8 6"},
        decimals=1,
    )

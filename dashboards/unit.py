"""Đơn vị: one unit's rates against target and road map, what is missing, and what cannot be relied on."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.counts import UNIT_ASSIGNED
from alerts.rulebook.figures import GAP, MILESTONE, MISSING, OUT_OF_REACH, REQUIRED, REQUIRED_MONTHLY
from alerts.rulebook.known import DENOMINATOR, INDICATOR, NUMERATOR, TARGET
from dashboards import board, common, courses, differences, marks, openalerts, palette, promql, tables, words
from dashboards.common import Query
from dashboards.inputs import Inputs
from dashboards.layout import Grid
from dashboards.tables import Column, cells
from exporter.decision import Indicator

UID = "dvc-unit"
_UNIT = "$unit"
_REACH = {
    "0": ("còn đạt được", palette.MET),
    "1": ("▼▼ ước tính không còn đạt được", palette.FAR),
}


def build(inputs: Inputs) -> dashboard.Dashboard:
    """The board."""
    grid = Grid(UID)
    grid.place(board.head(inputs), 0, 0, 24, board.HEAD_ROWS)
    y = grid.row(board.HEAD_ROWS, 4, [(panel, 6) for panel in _numbers(inputs)])
    tiles = [*(_bars(indicator, inputs) for indicator in inputs.indicators), _when(inputs)]
    for start in range(0, len(tiles), 4):
        y = grid.row(y, 5, [(panel, 6) for panel in tiles[start : start + 4]])
    grid.place(_table(inputs), 0, y, 24, 10)
    grid.place(courses.of_pair(), 0, y + 10, 14, 11)
    grid.place(openalerts.of_unit(), 14, y + 10, 10, 6)
    grid.place(_withheld(), 14, y + 16, 10, 5)
    grid.place(differences.panel(inputs), 0, y + 21, 24, 6)
    about = "Một đơn vị: tỷ lệ, chỉ tiêu, lộ trình, còn thiếu bao nhiêu, số liệu nào bị giữ lại."
    return board.made(grid, about, inputs, uses=(board.UNIT_CHOICE, board.INDICATOR_CHOICE))


def _numbers(inputs: Inputs) -> list[dashboard.Panel]:
    unit = f'{{unit="{_UNIT}"}}'
    worst = f"bottomk(1, {promql.pick(GAP, unit=_UNIT)} < 0)"
    code = promql.gap_code(inputs, unit=_UNIT)
    met = f"sum({promql.known_met(f'and on (unit) {UNIT_ASSIGNED}{unit}')})"
    return [
        common.number(
            "Đơn vị",
            "Tên đơn vị đang xem, chọn ở đầu bảng.",
            [Query(f"max by (short_name) ({promql.NAMES} and on (unit) {TARGET}{unit})", "{{short_name}}")],
            name_only=True,
            unit="none",
            none="không có chỉ tiêu được giao",
            sizes=(30, None),
        ),
        common.number(
            "Chỉ tiêu đạt",
            "Số chỉ tiêu đơn vị đã đạt trên số được giao.",
            [
                Query(
                    f'{met} * on () group_right () count_values("of", {UNIT_ASSIGNED}{unit})',
                    "trên {{of}} chỉ tiêu được giao",
                )
            ],
        ),
        common.number(
            "Thiếu nhiều nhất (điểm)",
            "Chỉ tiêu thiếu nhiều nhất của đơn vị, làm tròn về phía chưa đạt.",
            [
                Query(
                    promql.with_indicator(f"({code}) and on (unit, indicator) {worst}"), "{{indicator_name}}"
                ),
                Query(promql.none_below(promql.pick(GAP, unit=_UNIT)), "mọi chỉ tiêu có số liệu đều đạt"),
            ],
            mappings=marks.words(),
        ),
        board.freshness(inputs, "Số liệu cách đây", sizes=(None, None)),
    ]


def _bars(indicator: Indicator, inputs: Inputs) -> dashboard.Panel:
    """Rate, target and milestone on one scale: the end of the target's bar is the mark to reach."""
    which = {"unit": _UNIT, "indicator": indicator.id}
    rate, gap = promql.rate(**which), promql.pick(GAP, **which)
    target, counted = promql.pick(TARGET, **which), promql.pick(DENOMINATOR, **which)
    exempt = f"max({promql.pick('dvc_exemption_info', **which)})"
    is_far = promql.far(inputs, **which)
    return common.bars(
        indicator.short_name,
        f"{indicator.name}. Các thanh cùng thang 0–100 %: đầu thanh của chỉ tiêu và của lộ trình là vạch "
        "cần tới.",
        [
            Query(promql.spelled(f"{rate} and {gap} >= 0"), "✓ đạt {{p}}", color=palette.MET),
            Query(
                promql.spelled(f"{rate} and {gap} < 0 and {is_far} == 0"), "▼ mới {{p}}", color=palette.BELOW
            ),
            Query(promql.spelled(f"{rate} and {is_far} == 1"), "▼▼ mới {{p}}", color=palette.FAR),
            Query(f"0 * sum({target} unless {counted})", "? chưa có số liệu", color=palette.UNKNOWN),
            Query(f"0 * sum({target} and {counted} == 0)", "? chưa phát sinh", color=palette.UNKNOWN),
            Query(f"0 * {exempt}", "được miễn", color=palette.NOT_ASSIGNED),
            Query(
                f"vector(0) unless on () {target} unless on () {exempt}",
                "không giao",
                color=palette.NOT_ASSIGNED,
            ),
            Query(
                promql.spelled(promql.percent(TARGET, **which)),
                "chỉ tiêu ≥ {{p}}",
                color=palette.NOT_ASSIGNED,
            ),
            Query(
                promql.spelled(promql.percent(MILESTONE, **which)),
                "lộ trình ≥ {{p}}",
                color=palette.MILESTONE_LINE,
            ),
        ],
        values=False,
        sizes=(15, None),
    )


def _when(inputs: Inputs) -> dashboard.Panel:
    return common.number(
        "Số liệu của lúc nào",
        "Ngày mà cổng ghi trên số liệu (số liệu đến), và lúc đọc cổng thành công gần nhất (đọc lúc), theo "
        "đồng hồ của "
        "bộ thu thập.",
        board.clock(inputs),
        unit=common.MOMENT,
        decimals=None,
        sizes=(14, 24),
    )


def _table(inputs: Inputs) -> dashboard.Panel:
    by = "max by (indicator)"
    unit = f'{{unit="{_UNIT}"}}'
    asked = {
        "Chênh lệch, điểm": promql.cell(inputs, "indicator", unit=_UNIT),
        "Tỷ lệ, %": f"{by} ({promql.rate(unit=_UNIT)})",
        "Chỉ tiêu, %": f"{by} ({promql.percent(TARGET, unit=_UNIT)})",
        "Lộ trình, %": f"{by} ({promql.percent(MILESTONE, unit=_UNIT)})",
        "Đạt (tử số)": f"{by} ({NUMERATOR}{unit})",
        "Tổng (mẫu số)": f"{by} ({DENOMINATOR}{unit})",
        "Còn thiếu": f"{by} ({MISSING}{unit})",
        "Cần đạt từ nay, %": f"{by} (100 * {REQUIRED}{unit} <= 100)",
        "Cần làm bù mỗi tháng": f"{by} (ceil({REQUIRED_MONTHLY}{unit}))",
        "Khả năng": f"{by} ({OUT_OF_REACH}{unit})",
    }
    names = f"max by (indicator, indicator_name, counted) ({INDICATOR})"
    queries = [Query(names), *(Query(expr) for expr in asked.values())]
    decimals = {"Tỷ lệ, %": 1, "Cần đạt từ nay, %": 1}
    columns = [Column("indicator_name", "Chỉ tiêu", width=190), Column("counted", "Đếm", width=90)]
    for index, header in enumerate(asked, 1):
        field = f"Value #{chr(ord('A') + index)}"
        found = Column(field, header, decimals=decimals.get(header), align="right")
        if header == "Khả năng":
            found = Column(field, header, mappings=[marks.value_map(_REACH)], colored=True, width=230)
        columns.append(Column(field, header, width=130) if index == 1 else found)
    return tables.grid(
        "Còn thiếu bao nhiêu, từ nay cần đạt bao nhiêu",
        "Còn thiếu: số phải làm đúng liên tiếp (phát sinh trong kỳ) hoặc làm bù (tồn, danh mục). Cần đạt "
        "từ nay: tỷ lệ "
        "trên phần còn lại của năm, ước theo nhịp từ đầu năm; chỉ tính cho chỉ tiêu phát sinh, khi đã qua "
        "10 % và chưa "
        "hết năm. Cần làm bù mỗi tháng: cho chỉ tiêu làm bù được. Ô trống là không tính được hoặc không có "
        "nghĩa.",
        queries,
        columns,
        sort=("Value #B", False),
        shared=cells(["Chênh lệch, điểm"]),
    )


def _withheld() -> dashboard.Panel:
    held = promql.pick("dvc_reading_withheld", unit=_UNIT)
    return tables.grid(
        "Số liệu bị giữ lại",
        "Số đọc được từ cổng nhưng không công bố vì có dấu hiệu sai, kèm lý do.",
        [Query(promql.with_indicator(f"max by (source, unit, indicator, period, reason) ({held})"))],
        [
            Column("indicator_name", "Chỉ tiêu"),
            Column("period", "Kỳ", width=80, mappings=[words.PERIODS]),
            Column("reason", "Lý do", mappings=[words.REASONS]),
            Column("source", "Nguồn"),
        ],
        none="không ghi nhận số liệu bị giữ lại",
    )

"""Tổng quan: how many units meet their targets, which do not, by how much, and how old the figures are."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.counts import UNIT_ASSIGNED
from alerts.rulebook.figures import GAP
from alerts.rulebook.history import JUDGED_GAP
from alerts.rulebook.known import DENOMINATOR, NUMERATOR, TARGET
from dashboards import board, common, marks, palette, promql, ranking, tables
from dashboards.common import HOURLY, Query
from dashboards.inputs import Inputs
from dashboards.layout import Grid
from dashboards.tables import Column, cells
from exporter.vietnamese import target_percent

UID = "dvc-overview"
_LACKING = -1
"""Stands for a rate that is not there: its bar is empty, its text says so."""
_WITHOUT = f"({TARGET} unless on (unit, indicator) {DENOMINATOR}) {promql.IN_ANNEX}"
_NO_FIGURE = f"(count({_WITHOUT}) or vector(0))"
_UNITS_WITHOUT = f"(count(group by (unit) ({_WITHOUT})) or vector(0))"
_NOTHING_TO_COUNT = f"count({TARGET} and on (unit, indicator) {DENOMINATOR} == 0 {promql.IN_ANNEX}) > 0"
_MISSED = f"{promql.ASSIGNED} - {promql.MET} - {promql.UNKNOWN}"


def build(inputs: Inputs) -> dashboard.Dashboard:
    """The board."""
    grid = Grid(UID)
    grid.place(board.head(inputs), 0, 0, 24, board.HEAD_ROWS)
    numbers = _numbers(inputs)
    y = grid.row(board.HEAD_ROWS, 4, [(panel, 4) for panel in numbers])
    matrix_rows = 34
    grid.place(matrix(inputs), 0, y, 16, matrix_rows)
    grid.place(province(inputs), 16, y, 8, 9)
    grid.place(ranking.ranking(inputs, board.UNIT_LINK), 16, y + 9, 8, 13)
    grid.place(_few(inputs), 16, y + 22, 8, 4)
    grid.place(_trend(), 16, y + 26, 8, matrix_rows - 26)
    about = "Các đơn vị đạt chỉ tiêu đến đâu: bao nhiêu, đơn vị nào chưa, số liệu của lúc nào."
    return board.made(grid, about, inputs)


def _numbers(inputs: Inputs) -> list[dashboard.Panel]:
    worst = f"bottomk(1, {GAP} < 0 {promql.IN_ANNEX})"
    code = promql.gap_code(inputs)
    return [
        common.number(
            "Đơn vị đạt mọi chỉ tiêu",
            "Đơn vị của Phụ lục đạt tất cả chỉ tiêu được giao. Đơn vị thiếu số liệu không tính là đạt.",
            [
                Query(
                    promql.judged(
                        f'{promql.UNITS_MET} * on () group_right () count_values("of", {promql.UNITS})',
                        inputs,
                    ),
                    "trên {{of}} đơn vị",
                )
            ],
        ),
        common.number(
            "Chỉ tiêu đạt",
            "Số chỉ tiêu đã đạt trên tổng số chỉ tiêu được giao cho các đơn vị của Phụ lục.",
            [
                Query(
                    promql.judged(
                        f'{promql.MET} * on () group_right () count_values("of", {promql.ASSIGNED})', inputs
                    ),
                    "trên {{of}} chỉ tiêu được giao",
                )
            ],
        ),
        common.number(
            "Chỉ tiêu chưa đạt",
            "Số chỉ tiêu có số liệu nhưng thấp hơn mức được giao, và ở bao nhiêu đơn vị.",
            [
                Query(
                    promql.judged(
                        f'({_MISSED}) * on () group_right () count_values("of", {promql.UNITS_BELOW})', inputs
                    ),
                    "▼ ở {{of}} đơn vị",
                )
            ],
            color=palette.BELOW,
        ),
        common.number(
            "Thiếu nhiều nhất (điểm)",
            "Chỉ tiêu có mức thiếu lớn nhất, tính bằng điểm phần trăm, làm tròn về phía chưa đạt.",
            [
                Query(
                    promql.judged(
                        promql.named(promql.with_indicator(f"({code}) and on (unit, indicator) {worst}")),
                        inputs,
                    ),
                    "{{short_name}} · {{indicator_name}}",
                ),
                Query(
                    promql.judged(promql.none_below(f"({GAP} {promql.IN_ANNEX})"), inputs),
                    "mọi chỉ tiêu có số liệu đều đạt",
                ),
            ],
            mappings=marks.words(),
        ),
        common.number(
            "Chưa có số liệu",
            "Số chỉ tiêu được giao mà chưa có số liệu: cổng không có số, hoặc số bị giữ lại. "
            "Số chưa phát sinh (mẫu số bằng 0) đếm riêng: không đạt, cũng không thiếu.",
            [
                Query(
                    f'{_NO_FIGURE} * on () group_right () count_values("of", {_UNITS_WITHOUT})',
                    "? ở {{of}} đơn vị",
                ),
                Query(_NOTHING_TO_COUNT, "chưa phát sinh"),
            ],
            color=palette.UNKNOWN,
        ),
        board.freshness(inputs, "Số liệu cách đây", sizes=(None, None)),
    ]


def matrix(inputs: Inputs) -> dashboard.Panel:
    """32 units × 7 indicators: each cell the gap to that unit's own target."""
    base = f"max by (unit, short_name, number) ({promql.NAMES} {promql.IN_ANNEX})"
    queries = [Query(base)]
    columns = [
        Column("number", "TT", width=44, align="right"),
        Column("unit", "unit", hidden=True),
        Column("short_name", "Đơn vị", width=216, link=board.UNIT_LINK),
    ]
    for indicator in inputs.indicators:
        ref = chr(ord("A") + len(queries))
        queries.append(Query(promql.cell(inputs, "unit", among=promql.IN_ANNEX, indicator=indicator.id)))
        columns.append(Column(f"Value #{ref}", indicator.short_name, width=122))
    assigned = f"max by (unit) ({UNIT_ASSIGNED} {promql.IN_ANNEX})"
    for header, expr in (("Đạt", promql.known_met(promql.IN_ANNEX)), ("Giao", assigned)):
        ref = chr(ord("A") + len(queries))
        queries.append(Query(expr))
        columns.append(Column(f"Value #{ref}", header, width=56, align="right"))
    return tables.grid(
        "Chênh lệch so với chỉ tiêu của từng đơn vị (điểm, làm tròn về phía chưa đạt)",
        "Mỗi ô là tỷ lệ trừ chỉ tiêu của chính đơn vị đó, tính bằng điểm phần trăm. Bấm tiêu đề cột để xếp "
        "thứ tự, bấm "
        "tên để mở bảng của đơn vị. ▼▼: " + far_words(inputs) + ".",
        queries,
        columns,
        sort=("number", False),
        numbers=["number"],
        shared=cells([indicator.short_name for indicator in inputs.indicators]),
    )


def far_words(inputs: Inputs) -> str:
    """What is far, in words."""
    bands = inputs.alerting.bands
    return f"thiếu trên {bands.far_points} điểm hoặc chưa bằng {target_percent(bands.far_share)} chỉ tiêu"


def province(
    inputs: Inputs, *, sizes: tuple[float | None, float | None] = (None, None), above: bool = False
) -> dashboard.Panel:
    """The province's own rate for each indicator, against the indicator's target."""
    queries = []
    for indicator in inputs.indicators:
        percent = "" if indicator.target is None else target_percent(indicator.target).removesuffix("%")
        name = f"{indicator.short_name} (≥ {percent})" if percent else indicator.short_name
        for met, sign, color in ((True, "✓", palette.MET), (False, "▼", palette.BELOW)):
            if met or percent:
                expr = promql.judged(promql.province_rate(indicator, met=met), inputs)
                queries.append(Query(expr, f"{sign} {name}", color=color))
        there = promql.judged(promql.province_tenths(indicator), inputs)
        lacking = f"{_LACKING} * (vector(1) unless on () ({there}))"
        queries.append(Query(lacking, f"? {name}", color=palette.UNKNOWN))
    return common.bars(
        "Toàn tỉnh: tỷ lệ theo chỉ tiêu (%)",
        "Tỷ lệ chung của tỉnh từ đầu năm, cạnh chỉ tiêu của Quyết định (trong ngoặc). Không làm tròn qua "
        "chỉ tiêu.",
        queries,
        sizes=sizes,
        above=above,
        # Grafana keeps room for the longest text beside every bar: a sentence here would shorten them all.
        mappings=[marks.value_map({str(_LACKING): ("thiếu", palette.UNKNOWN)})],
    )


def _few(inputs: Inputs) -> dashboard.Panel:
    """Pairs with too little to count: shown, not ranked."""
    pairs = f"({GAP} unless on (unit, indicator) {JUDGED_GAP} {promql.IN_ANNEX})"
    counts = [
        f"max by (unit, indicator) ({metric} and on (unit, indicator) {pairs})"
        for metric in (NUMERATOR, DENOMINATOR)
    ]
    return tables.grid(
        f"Ít hồ sơ (dưới {inputs.alerting.minimum_count}), xếp riêng",
        "Chỉ tiêu có số liệu nhưng mẫu số còn quá nhỏ để xếp hạng và nhắc nhở; số liệu vẫn được công bố.",
        [Query(promql.named(promql.with_indicator(counts[0]))), Query(counts[1])],
        [
            Column("unit", "unit", hidden=True),
            Column("short_name", "Đơn vị", link=board.UNIT_LINK),
            Column("indicator_name", "Chỉ tiêu", width=170),
            Column("Value #A", "Đếm được", width=90),
            Column("Value #B", "Trên", width=70),
        ],
        none="không ghi nhận",
    )


def _trend() -> dashboard.Panel:
    return common.course(
        "Số chỉ tiêu đạt theo thời gian",
        "Số chỉ tiêu đạt của các đơn vị trong Phụ lục theo thời gian, cạnh số được giao. Trục thời gian "
        "theo giờ thật.",
        [
            Query(promql.MET, "Đạt", step=HOURLY, color=palette.MET),
            Query(promql.ASSIGNED, "Được giao", step=HOURLY, color=palette.TARGET_LINE),
        ],
        dashed={"Được giao": "6 6"},
        decimals=0,
    )

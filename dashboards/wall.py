"""Màn hình: the few big numbers for five metres and ten seconds, in one screen without scrolling.

3840 × 2160 is the same page drawn at twice the device scale: everything grows, nothing moves.
"""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.counts import UNIT_ASSIGNED, UNIT_MET
from alerts.rulebook.figures import GAP
from alerts.rulebook.known import TARGET
from dashboards import board, common, marks, overview, palette, promql
from dashboards.common import Query
from dashboards.inputs import Inputs
from dashboards.layout import Grid

UID = "dvc-wall"
TILES_UID = "dvc-wall-units"
LISTED = 12
"""So many units are named; of the rest it is said how many there are."""
_REFRESH = "30s"
_STATE, _COUNT = 10_000, 100
"""Weights in the code of a tile: state, targets met, targets assigned."""
_NONE = ("0", "–", "0", "0")
"""How no target met is written, by state."""
_NAME, _VALUE = 30, 34
"""Sizes on the lists (CSS pixels)."""


def build(inputs: Inputs) -> dashboard.Dashboard:
    """The first page."""
    grid = Grid(UID)
    grid.place(_head(inputs), 0, 0, 24, 2)
    grid.place(_units(inputs), 0, 2, 6, 10)
    grid.place(_targets(inputs), 0, 12, 6, 8)
    grid.place(board.freshness(inputs, "Số liệu cách đây", sizes=(_NAME, 76)), 0, 20, 6, 7)
    grid.place(_below(inputs), 6, 2, 10, 22)
    grid.place(_rest(inputs), 6, 24, 10, 3)
    grid.place(overview.province(inputs, sizes=(_NAME, 36), above=True), 16, 2, 8, 25)
    about = "Màn hình treo tường: bao nhiêu đơn vị đạt, đơn vị nào chưa, số liệu của lúc nào."
    return board.made(grid, about, inputs, refresh=_REFRESH, since="now-1h")


def tiles(inputs: Inputs) -> dashboard.Dashboard:
    """The second page: one tile for each unit, in the decision's order."""
    grid = Grid(TILES_UID)
    grid.place(_head(inputs), 0, 0, 18, 3)
    grid.place(board.freshness(inputs, "Số liệu cách đây", sizes=(20, 30)), 18, 0, 6, 3)
    grid.place(_tiles(inputs), 0, 3, 24, 24)
    about = "Màn hình treo tường: mỗi đơn vị một ô, đạt bao nhiêu chỉ tiêu trên số được giao."
    return board.made(grid, about, inputs, title="Màn hình: từng đơn vị", refresh=_REFRESH, since="now-1h")


def _head(inputs: Inputs) -> dashboard.Panel:
    return board.head(inputs, size=26)


def _units(inputs: Inputs) -> dashboard.Panel:
    expr = f'{promql.UNITS_MET} * on () group_right () count_values("of", {promql.UNITS})'
    return common.number(
        "Đơn vị đạt mọi chỉ tiêu",
        "Đơn vị của Phụ lục đạt tất cả chỉ tiêu được giao. Khi số liệu đã cũ thì không nêu.",
        [Query(promql.judged(expr, inputs), "Đơn vị đạt mọi chỉ tiêu, trên {{of}}")],
        sizes=(_NAME, 170),
        none="?",
    )


def _targets(inputs: Inputs) -> dashboard.Panel:
    expr = f'{promql.MET} * on () group_right () count_values("of", {promql.ASSIGNED})'
    return common.number(
        "Chỉ tiêu đã đạt",
        "Số chỉ tiêu đã đạt trên số chỉ tiêu được giao. Khi số liệu đã cũ thì không nêu.",
        [Query(promql.judged(expr, inputs), "Chỉ tiêu đã đạt, trên {{of}}")],
        sizes=(_NAME, 110),
        none="?",
    )


def _lacking(inputs: Inputs) -> tuple[str, str, str]:
    """Points below by unit: far, below, and how many figures lack where nothing is below."""
    gaps = f"(min by (unit) ({promql.gap_points()} {promql.IN_ANNEX}) < 0)"
    is_far = f"(max by (unit) ({promql.far(inputs)} {promql.IN_ANNEX}) == 1)"
    unknown = f"(count by (unit) (({TARGET} unless {GAP}) {promql.IN_ANNEX}) unless on (unit) {gaps})"
    return f"({gaps} and on (unit) {is_far})", f"({gaps} unless on (unit) {is_far})", unknown


def _below(inputs: Inputs) -> dashboard.Panel:
    far, below, _ = _lacking(inputs)
    worst = f"bottomk({LISTED}, {far} or {below})"

    def listed(which: str) -> str:
        return f"sort({promql.judged(promql.named(f'{which} and {worst}'), inputs)})"

    return common.number(
        "Đơn vị chưa đạt: mức thiếu lớn nhất (điểm)",
        "Mỗi đơn vị một dòng, mức thiếu lớn nhất trong các chỉ tiêu, tính bằng điểm phần trăm; nêu "
        f"{LISTED} đơn vị "
        "thiếu nhiều nhất. Khi số liệu đã cũ thì không nêu tên đơn vị nào.",
        [
            Query(listed(far), "▼▼ {{short_name}}", color=palette.FAR),
            Query(listed(below), "▼ {{short_name}}", color=palette.BELOW),
            Query(
                promql.judged(promql.none_below(f"({GAP} {promql.IN_ANNEX})"), inputs),
                "✓ không đơn vị nào thiếu",
                color=palette.MET,
            ),
        ],
        listed=True,
        none="Chưa có số liệu còn mới: không nêu tên đơn vị",
        sizes=(_NAME, _VALUE),
        decimals=1,
    )


def _rest(inputs: Inputs) -> dashboard.Panel:
    far, below, unknown = _lacking(inputs)
    more = f"count({far} or {below}) - {LISTED} > 0"
    return common.number(
        "Còn lại",
        "Số đơn vị chưa đạt không đủ chỗ nêu tên, và số đơn vị không thiếu nhưng chưa đủ số liệu.",
        [
            Query(promql.judged(more, inputs), "▼ đơn vị khác chưa đạt", color=palette.BELOW),
            Query(f"count({unknown}) or vector(0)", "? đơn vị chưa đủ số liệu", color=palette.UNKNOWN),
        ],
        sizes=(20, 34),
    )


def _tiles(inputs: Inputs) -> dashboard.Panel:
    gaps = f"(min by (unit) ({GAP} {promql.IN_ANNEX}))"
    worst = f"(max by (unit) ({promql.far(inputs)} {promql.IN_ANNEX}))"
    # A state for each unit, worst last: meets all, lacks figures, below, far.
    state = (
        f"(({worst} == 1) * 0 + 3 or ({gaps} < 0) * 0 + 2"
        f" or (unit:dvc_targets_unknown:count > 0) * 0 + 1 or {UNIT_ASSIGNED} * 0)"
    )
    code = f"{_STATE} * {state} + {_COUNT} * {UNIT_MET} + {UNIT_ASSIGNED} {promql.IN_ANNEX}"
    return common.number(
        "Từng đơn vị: số chỉ tiêu đạt trên số được giao",
        "Mỗi đơn vị một ô, xếp từ xa chỉ tiêu nhất. Khi số liệu đã cũ thì không nêu tên đơn vị nào.",
        [Query(f"sort_desc({promql.judged(promql.named(code), inputs)})", "{{short_name}}")],
        mappings=[marks.value_map(_tile_texts(len(inputs.indicators)))],
        none="không nêu tên đơn vị khi số liệu đã cũ",
        fill=True,
        color=palette.UNKNOWN_CELL,
        sizes=(24, 48),
    )


def _tile_texts(most: int) -> dict[str, tuple[str, str]]:
    """Codes of `_tiles` to what stands on a tile; neither missed nor met: nothing is known."""
    looks = (
        ("✓", palette.MET_CELL),
        ("?", palette.UNKNOWN_CELL),
        ("▼", palette.BELOW_CELL),
        ("▼▼", palette.FAR_CELL),
    )
    return {
        str(_STATE * state + _COUNT * met + assigned): (f"{sign} {met or _NONE[state]}/{assigned}", color)
        for state, (sign, color) in enumerate(looks)
        for assigned in range(1, most + 1)
        for met in range(assigned + 1)
    }

"""Xã, phường: the communes of one group, by indicator; how many of them meet each target."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.counts import (
    COMMUNE,
    COMMUNES_ASSIGNED,
    COMMUNES_MEASURED,
    COMMUNES_MET,
    COMMUNES_UNKNOWN,
    UNIT_ASSIGNED,
    UNIT_MET,
)
from alerts.rulebook.known import INDICATOR, TARGET, UNIT
from alerts.rulebook.ranking import MET_SHARE
from dashboards import board, common, promql, tables
from dashboards.common import Query
from dashboards.inputs import Inputs
from dashboards.layout import Grid
from dashboards.tables import Column, cells
from exporter.decision import Kind

UID = "dvc-communes"
IN_GROUP = f'and on (unit) {COMMUNE}{{parent="$group"}}'
_LISTED = 6
"""How many of the best and of the worst are named."""


def build(inputs: Inputs) -> dashboard.Dashboard:
    """The board."""
    grid = Grid(UID)
    grid.place(board.head(inputs), 0, 0, 24, board.HEAD_ROWS)
    y = grid.row(board.HEAD_ROWS, 4, [(panel, 8) for panel in _numbers(inputs)])
    grid.place(_group(inputs), 0, y, 12, 9)
    grid.place(_extremes("Tốt nhất", "topk", falls=True), 12, y, 6, 9)
    grid.place(_extremes("Cần chú ý nhất", "bottomk", falls=False), 18, y, 6, 9)
    grid.place(_matrix(inputs), 0, y + 9, 24, _most(inputs) + 3)
    about = "Các xã, phường, thị trấn của một nhóm theo từng chỉ tiêu, và bao nhiêu xã đạt."
    return board.made(grid, about, inputs, uses=(board.GROUP_CHOICE,))


def _most(inputs: Inputs) -> int:
    """Communes of the largest group."""
    groups = [unit.id for unit in inputs.decision.units.values() if unit.kind is Kind.COMMUNE_GROUP]
    return max((len(inputs.decision.children.get(group, ())) for group in groups), default=1)


def _numbers(inputs: Inputs) -> list[dashboard.Panel]:
    all_met = f"(({UNIT_MET} == {UNIT_ASSIGNED}) {IN_GROUP})"
    assigned = f"count({UNIT_ASSIGNED} {IN_GROUP})"
    # 0 where figures are known; nothing where none is.
    measured = f"0 * count({promql.known_met(IN_GROUP)})"
    return [
        common.number(
            "Nhóm đang xem",
            "Tên nhóm xã trong Phụ lục.",
            [
                Query(
                    f'max by (short_name) ({promql.NAMES} and on (unit) {TARGET}{{unit="$group"}})',
                    "{{short_name}}",
                )
            ],
            name_only=True,
            unit="none",
            none="không có nhóm này",
            sizes=(30, None),
        ),
        common.number(
            "Xã đạt mọi chỉ tiêu",
            "Số xã của nhóm đạt tất cả chỉ tiêu mang theo nhóm.",
            [
                Query(
                    f'(count({all_met}) or {measured}) * on () group_right () count_values("of", {assigned})',
                    "trên {{of}} xã",
                )
            ],
        ),
        board.freshness(inputs, "Số liệu cách đây", sizes=(None, None)),
    ]


def _group(inputs: Inputs) -> dashboard.Panel:
    unit = '{unit="$group"}'
    met, measured = (
        f"sum by (indicator) ({COMMUNES_MET}{unit})",
        f"sum by (indicator) ({COMMUNES_MEASURED}{unit} > 0)",
    )
    by = "max by (indicator)"
    return tables.grid(
        "Tỷ lệ chung của nhóm và số xã đạt",
        "Tỷ lệ chung cộng tử số và mẫu số của các xã. “31/38” là 31 xã đạt trên 38 xã có số liệu: Quyết "
        "định viết "
        "“38/38 xã” có thể hiểu là mỗi xã phải đạt, nên luôn ghi cả hai.",
        [
            Query(f"max by (indicator, indicator_name) ({INDICATOR} and on (indicator) {TARGET}{unit})"),
            Query(promql.cell(inputs, "indicator", unit="$group")),
            Query(f"{by} ({promql.rate(unit='$group')})"),
            Query(f"{by} ({promql.percent(TARGET, unit='$group')})"),
            Query(f"max by (indicator, both) ({promql.fraction(met, measured, 'indicator')})"),
            Query(f"{by} ({COMMUNES_UNKNOWN}{unit})"),
            Query(f"{by} ({COMMUNES_ASSIGNED}{unit})"),
        ],
        [
            Column("indicator_name", "Chỉ tiêu", width=190),
            Column("Value #B", "Chênh lệch, điểm", width=130),
            Column("Value #C", "Tỷ lệ chung, %", width=115, decimals=1, align="right"),
            Column("Value #D", "Chỉ tiêu, %", width=105, align="right"),
            Column("both", "Xã đạt", width=105, align="right"),
            Column("Value #F", "Chưa có số liệu", width=115, align="right"),
            Column("Value #G", "Tổng số xã", width=105, align="right"),
        ],
        sort=("Value #B", False),
        shared=cells(["Chênh lệch, điểm"]),
    )


def names(among: str) -> str:
    """Names of communes; where another of the province has the same, with the district behind it."""
    shared = f"(count by (short_name) ({promql.NAMES} and on (unit) {COMMUNE}) > 1)"
    chosen = f"({promql.NAMES} {among})"
    told_apart = f"({chosen} * on (unit) group_left (place) {_districts()})"
    full = f'label_join({told_apart}, "short_name", " – ", "short_name", "place")'
    return (
        f"max by (unit, short_name) ({chosen} unless on (short_name) {shared}"
        f" or {full} and on (unit) ({chosen} and on (short_name) {shared}))"
    )


def _districts() -> str:
    """The district of each commune in `place`: of its group's parent, without the word for its office."""

    def parent_of(kind: str) -> str:
        return f'max by (unit, parent) ({UNIT}{{kind="{kind}"}})'

    office = f'label_replace({promql.NAMES}, "district", "$1", "unit", "(.+)")'
    office = f'label_replace({office}, "place", "$1", "short_name", "(?:UBND )?(.+)")'
    district = f'label_replace({parent_of("commune_group")}, "district", "$1", "parent", "(.+)")'
    district = f"{district} * on (district) group_left (place) {office}"
    group = f'max by (group, place) (label_replace({district}, "group", "$1", "unit", "(.+)"))'
    commune = f'label_replace({parent_of("commune")}, "group", "$1", "parent", "(.+)")'
    return f"max by (unit, place) ({commune} * on (group) group_left (place) {group})"


def _extremes(title: str, which: str, *, falls: bool) -> dashboard.Panel:
    share = f"{which}({_LISTED}, {MET_SHARE} {IN_GROUP})"
    counts = promql.fraction(
        f"sum by (unit) ({UNIT_MET} and on (unit) {share})",
        f"sum by (unit) ({UNIT_ASSIGNED} and on (unit) {share})",
        "unit",
    )
    return tables.grid(
        title,
        f"{_LISTED} xã có tỷ lệ chỉ tiêu đạt {'cao' if falls else 'thấp'} nhất trong nhóm (trên số chỉ "
        "tiêu đủ số "
        "liệu để xét); bằng nhau thì chọn bất kỳ.",
        [
            Query(names(f"and on (unit) {share}")),
            Query(f"max by (unit, both) ({counts})"),
            Query(f"max by (unit) (100 * {share})"),
        ],
        [
            Column("short_name", "Xã, phường, thị trấn"),
            Column("both", "Đạt", width=60, align="right"),
            Column("Value #C", "%", width=110, bar=True, decimals=0),
        ],
        sort=("Value #C", falls),
    )


def _matrix(inputs: Inputs) -> dashboard.Panel:
    queries = [Query(names(IN_GROUP))]
    columns = [Column("unit", "unit", hidden=True), Column("short_name", "Xã, phường, thị trấn", width=260)]
    shown = [i for i in inputs.indicators if Kind.COMMUNE in i.applies_to]
    for indicator in shown:
        ref = chr(ord("A") + len(queries))
        queries.append(Query(promql.cell(inputs, "unit", among=IN_GROUP, indicator=indicator.id)))
        columns.append(Column(f"Value #{ref}", indicator.short_name))
    assigned = f"max by (unit) ({UNIT_ASSIGNED} {IN_GROUP})"
    for header, expr in (("Đạt", promql.known_met(IN_GROUP)), ("Giao", assigned)):
        ref = chr(ord("A") + len(queries))
        queries.append(Query(expr))
        columns.append(Column(f"Value #{ref}", header, width=64, align="right"))
    return tables.grid(
        "Chênh lệch của từng xã so với chỉ tiêu (điểm, làm tròn về phía chưa đạt)",
        "Mỗi xã mang chỉ tiêu của nhóm. Tên trùng với xã của huyện khác thì ghi kèm huyện. Bấm tiêu đề cột "
        "để xếp thứ tự.",
        queries,
        columns,
        sort=("short_name", False),
        shared=cells([indicator.short_name for indicator in shown]),
    )

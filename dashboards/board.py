"""What all boards have: links to each other that keep time and choice, variables, the head strip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard

from alerts.rulebook.known import INDICATOR, OFFSET, UNIT, YEAR
from dashboards import age, common, palette, promql
from dashboards.common import Query
from dashboards.inputs import Inputs
from dashboards.layout import Grid, check_uid
from exporter.vietnamese import day

TAG = "dvc"
TIMEZONE = "Asia/Ho_Chi_Minh"
SIMULATED = "số liệu mô phỏng"
LINKS = {
    "dvc-overview": "Tổng quan",
    "dvc-unit": "Đơn vị",
    "dvc-indicator": "Chỉ tiêu",
    "dvc-communes": "Xã, phường",
    "dvc-operations": "Vận hành",
    "dvc-runbooks": "Sổ tay xử lý",
    "dvc-wall": "Màn hình",
}
"""Titles by uid, in the order of the links on every board."""
UNIT_LINK = (
    "/d/dvc-unit?var-unit=${__data.fields.unit}&var-indicator=${indicator}&var-group=${group}"
    "&${__url_time_range}"
)
"""Where a row with the field `unit` leads: to that unit's own board, time and the other choices kept."""
HEAD_ROWS = 2
"""Height of the strip at the top of every board (grid rows)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable that all boards hand on to each other, whether or not they use it."""

    name: str
    label: str
    query: str
    text: str
    """The label of a series that people read."""


UNIT_CHOICE = Choice(
    "unit", "Đơn vị", f"group by (unit, short_name) ({promql.NAMES} {promql.IN_ANNEX})", "short_name"
)
INDICATOR_CHOICE = Choice("indicator", "Chỉ tiêu", INDICATOR, "indicator_name")
GROUP_CHOICE = Choice(
    "group",
    "Nhóm xã",
    f'group by (unit, short_name) ({promql.NAMES} and on (unit) {UNIT}{{kind="commune_group"}})',
    "short_name",
)
CHOICES = (UNIT_CHOICE, INDICATOR_CHOICE, GROUP_CHOICE)


def first(choice: Choice, inputs: Inputs) -> str:
    """What a choice is before anybody has chosen."""
    found = {
        UNIT_CHOICE.name: inputs.first_unit,
        INDICATOR_CHOICE.name: inputs.indicators[0].id,
        GROUP_CHOICE.name: inputs.first_group,
    }
    return found[choice.name]


def made(  # noqa: PLR0913
    grid: Grid,
    about: str,
    inputs: Inputs,
    *,
    title: str = "",
    uses: Iterable[Choice] = (),
    since: str = "now/y",
    refresh: str = "1m",
    linked: bool = True,
) -> dashboard.Dashboard:
    """The board whole."""
    board = (
        build.Dashboard(title or LINKS[grid.uid])
        .uid(check_uid(grid.uid))
        .description(about)
        .tags([TAG])
        .readonly()
    )
    board = board.timezone(TIMEZONE).time(since, "now").refresh(refresh).week_start("monday")
    board = board.tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
    if linked:
        used = {choice.name for choice in uses}
        for choice in CHOICES:
            board = board.with_variable(
                _variable(choice, inputs) if choice.name in used else _handed_on(choice, inputs)
            )
        for uid, name in LINKS.items():
            if uid != grid.uid:
                board = board.link(
                    build.DashboardLink(name)
                    .type(dashboard.DashboardLinkType.LINK)
                    .url(f"/d/{uid}")
                    .icon("dashboard")
                    .tooltip("Giữ nguyên khoảng thời gian và lựa chọn")
                    .keep_time(keep_time=True)
                    .include_vars(include_vars=True)
                    .target_blank(target_blank=False)
                )
    found = board.build()
    found.panels = list(grid.panels)
    return found


def _variable(choice: Choice, inputs: Inputs) -> build.QueryVariable:
    key = choice.name if choice.name != GROUP_CHOICE.name else "unit"
    return (
        build.QueryVariable(choice.name)
        .label(choice.label)
        .datasource(common.SOURCE)
        .query({"query": f"query_result({choice.query})", "refId": "variable"})
        .regex(_labels(key, choice.text))
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
        .current(_option(first(choice, inputs)))
        # A mail to a commune leads to its own figures, although the list has only units of the annex.
        .allow_custom_value(allow_custom_value=choice.name == UNIT_CHOICE.name)
    )


def _labels(value: str, text: str) -> str:
    """Value and text out of a series as Grafana writes it: labels stand in alphabetical order."""
    found = {value: "value", text: "text"}
    parts = ".*".join(f'\\b{name}="(?<{found[name]}>[^"]+)"' for name in sorted(found))
    return f"/{parts}/"


def _handed_on(choice: Choice, inputs: Inputs) -> build.TextBoxVariable:
    """Not used here and not seen, but handed on by the links."""
    value = first(choice, inputs)
    return (
        build.TextBoxVariable(choice.name)
        .label(choice.label)
        .hide(dashboard.VariableHide.HIDE_VARIABLE)
        .default_value(value)
        .current(_option(value))
    )


def _option(value: str) -> dashboard.VariableOption:
    return dashboard.VariableOption(selected=True, text=value, value=value)


def head(inputs: Inputs, size: float = 16) -> dashboard.Panel:
    """Whose targets these are, of which year, and whether the figures are real."""
    decision = inputs.decision
    return common.number(
        "Căn cứ",
        f"Chỉ tiêu theo Quyết định {decision.number} ngày {day(decision.issued)} của {decision.authority}. "
        "Khi đồng hồ của bộ thu thập được đặt lệch hoặc nguồn là cổng mô phỏng thì ghi “số liệu mô phỏng”.",
        [
            Query("max by (number) (dvc_decision_info)", "Quyết định {{number}}"),
            Query(f"max by (year) ({YEAR})", "năm {{year}}"),
            Query(promql.simulated(inputs), SIMULATED, color=palette.BELOW),
        ],
        name_only=True,
        unit="none",
        none="Bộ thu thập không trả lời",
        sizes=(size, size),
    )


def clock(inputs: Inputs) -> Sequence[Query]:
    """Of when the oldest figures are, as told in the province (milliseconds), by as-of date or reading."""
    as_of = promql.as_of_age(inputs)
    read = promql.read_age(inputs)
    told = f"(time() + {OFFSET})"
    return [
        Query(f"1000 * min({told} - on () group_right () {as_of})", "số liệu đến", unit=common.MOMENT),
        Query(f"1000 * min({told} - on () group_right () {read})", "đọc lúc", unit=common.MOMENT),
    ]


def freshness(inputs: Inputs, title: str, *, sizes: tuple[float | None, float | None]) -> dashboard.Panel:
    """How old the figures are, in words, with a sign."""
    return common.number(
        title,
        age.ABOUT,
        age.queries(inputs),
        none="chưa đọc được",
        sizes=sizes,
        mappings=age.mappings(),
    )

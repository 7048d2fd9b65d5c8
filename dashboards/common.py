"""What the panels of all boards share: queries, text, colours; functions that give built panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import bargauge, prometheus, stat, text, timeseries
from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models import prometheus as prometheus_model
from grafana_foundation_sdk.models import text as text_model

from dashboards import palette

DATASOURCE_UID = "dvc-prometheus"
"""The data source that deploy/grafana provisions: a fixed uid needs no variable, so that a wall's address,
a kiosk without controls and a public board work without one more request."""
SOURCE = common.DataSourceRef(type_val="prometheus", uid=DATASOURCE_UID)
NUMBER = "locale"
"""Numbers as the browser's language writes them: decimal comma in a Vietnamese one."""
MOMENT = "time:DD/MM/YYYY HH:mm"
"""Of milliseconds."""
DAY = "time:DD/MM/YYYY"
HOURLY = "1h"
"""Shortest step of what is drawn over months: history is kept on the hour."""
LONGEST_HOLE = 2 * 86_400_000.0
"""What is missing for longer is drawn as a gap (milliseconds)."""
NO_FIGURE = "chưa có số liệu"


@dataclass(frozen=True, slots=True)
class Query:
    """One question to Prometheus. `step` makes it a course over time, else it is asked once, of now."""

    expr: str
    legend: str = ""
    step: str = ""
    color: str = ""
    """Fixed colour of what it yields."""
    unit: str = ""


class _Panel(Protocol):
    """What the builders of all panel types have."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def datasource(self, datasource: common.DataSourceRef) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def with_target(self, target: Builder[Dataquery]) -> Self: ...
    def override_by_query(
        self, query_ref_id: str, properties: list[dashboard.DynamicConfigValue]
    ) -> Self: ...
    def build(self) -> dashboard.Panel: ...


P = TypeVar("P", bound=_Panel)


def prop(name: str, value: object) -> dashboard.DynamicConfigValue:
    """One property of an override."""
    return dashboard.DynamicConfigValue(id_val=name, value=value)


def fixed(color: str) -> dict[str, str]:
    """A colour that depends on nothing."""
    return {"mode": "fixed", "fixedColor": color}


def fixed_scheme(color: str) -> build.FieldColor:
    """The same, as a panel's builder takes it."""
    return build.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(color)


def _query(found: Query, ref: str, *, as_table: bool) -> prometheus.Dataquery:
    made = prometheus.Dataquery().ref_id(ref).expr(found.expr).datasource(SOURCE)
    made = made.editor_mode(prometheus_model.QueryEditorMode.CODE)
    made = made.range().interval(found.step) if found.step else made.instant()
    if as_table:
        made = made.format(prometheus_model.PromQueryFormat.TABLE)
    else:
        made = made.format(prometheus_model.PromQueryFormat.TIME_SERIES)
    return made.legend_format(found.legend or "__auto")


def asked(panel: P, queries: Sequence[Query], *, as_table: bool = False) -> P:
    """A panel with its questions."""
    panel = panel.datasource(SOURCE)
    for index, found in enumerate(queries):
        ref = chr(ord("A") + index)
        panel = panel.with_target(_query(found, ref, as_table=as_table))
        properties = [prop("color", fixed(found.color))] if found.color else []
        properties += [prop("unit", found.unit)] if found.unit else []
        if properties:
            panel = panel.override_by_query(ref, properties)
    return panel


def headed(panel: P, title: str, about: str, unit: str, none: str) -> P:
    """A panel with what every panel has."""
    return panel.title(title).description(about).unit(unit).no_value(none)


def _sizes(name: float | None, value: float | None) -> options.VizTextDisplayOptions:
    found = options.VizTextDisplayOptions()
    if name is not None:
        found = found.title_size(name)
    return found if value is None else found.value_size(value)


def number(  # noqa: PLR0913 - named at every call, all with defaults
    title: str,
    about: str,
    queries: Sequence[Query],
    *,
    unit: str = NUMBER,
    none: str = NO_FIGURE,
    color: str = palette.TEXT,
    mappings: Sequence[dashboard.ValueMapping] = (),
    name_only: bool = False,
    sizes: tuple[float | None, float | None] = (None, None),
    fill: bool = False,
    listed: bool = False,
    decimals: int | None = 0,
) -> dashboard.Panel:
    """Big figures with what they are above them; `listed`: one line each, the name left, the figure right."""
    panel = asked(headed(stat.Panel(), title, about, unit, none), queries)
    panel = panel.graph_mode(common.BigValueGraphMode.NONE).justify_mode(
        common.BigValueJustifyMode.AUTO if listed else common.BigValueJustifyMode.CENTER
    )
    panel = panel.color_mode(
        common.BigValueColorMode.BACKGROUND_SOLID if fill else common.BigValueColorMode.VALUE
    )
    panel = panel.text_mode(
        common.BigValueTextMode.NAME if name_only else common.BigValueTextMode.VALUE_AND_NAME
    ).wide_layout(wide_layout=listed)
    if listed:
        panel = panel.orientation(common.VizOrientation.HORIZONTAL)
    panel = panel.color_scheme(fixed_scheme(color)).mappings(list(mappings)).text(_sizes(*sizes))
    return (panel if decimals is None else panel.decimals(decimals)).build()


def bars(  # noqa: PLR0913
    title: str,
    about: str,
    queries: Sequence[Query],
    *,
    most: float = 100,
    unit: str = NUMBER,
    none: str = NO_FIGURE,
    decimals: int = 1,
    sizes: tuple[float | None, float | None] = (None, None),
    mappings: Sequence[dashboard.ValueMapping] = (),
    values: bool = True,
    above: bool = False,
) -> dashboard.Panel:
    """Horizontal bars from 0 to `most`, in the colours of their queries.

    `above` puts the names above their bars, where they have the whole width.
    Without `values` all bars of a panel have one scale: Grafana takes each value's width off its own bar.
    """
    panel = asked(headed(bargauge.Panel(), title, about, unit, none), queries)
    panel = panel.orientation(common.VizOrientation.HORIZONTAL).min(0).max(most).decimals(decimals)
    panel = panel.display_mode(common.BarGaugeDisplayMode.GRADIENT)
    panel = panel.value_mode(common.BarGaugeValueMode.COLOR if values else common.BarGaugeValueMode.HIDDEN)
    panel = panel.name_placement(
        common.BarGaugeNamePlacement.TOP if above else common.BarGaugeNamePlacement.LEFT
    ).show_unfilled(show_unfilled=True)
    panel = panel.color_scheme(fixed_scheme(palette.MET)).text(_sizes(*sizes))
    # Grafana drops the name of a bar that stands alone unless a name is set.
    panel = panel.display_name("${__series.name}")
    return (
        panel.mappings(list(mappings))
        .legend(options.VizLegendOptions().show_legend(show_legend=False))
        .build()
    )


def course(  # noqa: PLR0913
    title: str,
    about: str,
    queries: Sequence[Query],
    *,
    unit: str = NUMBER,
    least: float | None = None,
    most: float | None = None,
    dashed: Mapping[str, str] | None = None,
    none: str = NO_FIGURE,
    decimals: int | None = None,
) -> dashboard.Panel:
    """Lines over time. `dashed`: names drawn as dashed lines without filling, by the pattern of dashes."""
    panel = asked(headed(timeseries.Panel(), title, about, unit, none), queries)
    panel = panel.line_width(2).fill_opacity(8).show_points(common.VisibilityMode.NEVER)
    panel = panel.legend(
        options.VizLegendOptions()
        .show_legend(show_legend=True)
        .display_mode(common.LegendDisplayMode.LIST)
        .placement(common.LegendPlacement.BOTTOM)
    )
    panel = panel.tooltip(options.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI))
    panel = panel.span_nulls(LONGEST_HOLE)
    if least is not None:
        panel = panel.min(least)
    if most is not None:
        panel = panel.max(most)
    if decimals is not None:
        panel = panel.decimals(decimals)
    for name, pattern in (dashed or {}).items():
        style = {"fill": "dash", "dash": [int(part) for part in pattern.split()]}
        panel = panel.override_by_name(
            name,
            [prop("custom.lineStyle", style), prop("custom.fillOpacity", 0), prop("custom.lineWidth", 2)],
        )
    return panel.build()


def note(title: str, about: str, content: str) -> dashboard.Panel:
    """Text that stands there, in Markdown."""
    panel = text.Panel().title(title).description(about).mode(text_model.TextMode.MARKDOWN)
    return panel.content(content).build()

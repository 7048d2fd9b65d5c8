"""Tables: rows put together from several questions, columns with headers, bars, links and coloured cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models import common, dashboard

from dashboards import marks, palette
from dashboards.common import NO_FIGURE, NUMBER, Query, asked, fixed, fixed_scheme, headed, prop


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the field it is made of, its header, and how its cells look.

    `link` is the address that a cell leads to; `colored` gives the text the colour of its mapping; `bar`
    draws a bar from 0 to 100; `none` stands where there is no value.
    """

    field: str
    header: str
    width: int | None = None
    unit: str = ""
    decimals: int | None = None
    mappings: Sequence[dashboard.ValueMapping] = ()
    colored: bool = False
    bar: bool = False
    link: str = ""
    hidden: bool = False
    align: str = ""
    none: str = "–"


def _column(found: Column) -> list[dashboard.DynamicConfigValue]:
    looks: dict[str, object] = {
        "custom.hideFrom.viz": found.hidden or None,
        "custom.width": found.width,
        "unit": found.unit or None,
        "decimals": found.decimals,
        "mappings": list(found.mappings) or None,
        "custom.cellOptions": {"type": "color-text"} if found.colored else None,
        "custom.align": found.align or None,
        "noValue": found.none,
        "custom.wrapHeaderText": True,
    }
    if found.bar:
        looks["custom.cellOptions"] = {"type": "gauge", "mode": "gradient", "valueDisplayMode": "color"}
        looks |= {"min": 0, "max": 100, "color": fixed(palette.MET)}
    if found.link:
        title = "Mở bảng của ${__value.text}"
        looks["links"] = [{"title": title, "url": found.link, "targetBlank": False}]
    return [prop(name, value) for name, value in looks.items() if value is not None]


def grid(  # noqa: PLR0913
    title: str,
    about: str,
    queries: Sequence[Query],
    columns: Sequence[Column],
    *,
    sort: tuple[str, bool] | None = None,
    none: str = NO_FIGURE,
    numbers: Iterable[str] = (),
    limit: int | None = None,
    shared: tuple[Sequence[str], Sequence[dashboard.DynamicConfigValue]] | None = None,
) -> dashboard.Panel:
    """A table: the queries' rows put together by the labels they share.

    `sort` is a field and whether it falls; `numbers` are labels to be sorted as numbers; `limit` keeps
    so many rows; `shared` is how several columns look, written once. Fields that no column names are dropped.
    """
    panel = asked(headed(table.Panel(), title, about, NUMBER, none), queries, as_table=True)
    steps: list[tuple[str, object]] = []
    if len(queries) > 1:
        steps.append(("merge", {}))
    conversions = [{"targetField": name, "destinationType": "number"} for name in numbers]
    if conversions:
        steps.append(("convertFieldType", {"fields": {}, "conversions": conversions}))
    if sort is not None:
        steps.append(("sortBy", {"fields": {}, "sort": [{"field": sort[0], "desc": sort[1]}]}))
    if limit is not None:
        steps.append(("limit", {"limitField": limit}))
    order = {column.field: index for index, column in enumerate(columns)}
    steps.append(("filterFieldsByName", {"include": {"names": list(order)}}))
    renamed = {column.field: column.header for column in columns if column.header != column.field}
    steps.append(("organize", {"excludeByName": {}, "indexByName": order, "renameByName": renamed}))
    panel = panel.transformations(
        [dashboard.DataTransformerConfig(id_val=name, options=given) for name, given in steps]
    )
    panel = panel.cell_height(common.TableCellHeight.SM).color_scheme(fixed_scheme(palette.TEXT))
    for column in columns:
        panel = panel.override_by_name(column.header, _column(column))
    if shared is not None:
        headers, properties = shared
        pattern = "|".join(re.escape(header) for header in headers)
        panel = panel.override_by_regexp(f"^({pattern})$", list(properties))
    return panel.build()


def cells(headers: Sequence[str]) -> tuple[Sequence[str], Sequence[dashboard.DynamicConfigValue]]:
    """Columns of coded gaps: filled, with sign and points."""
    mappings: object = marks.cells()
    return headers, [
        prop("mappings", mappings),
        prop("custom.cellOptions", {"type": "color-background", "mode": "basic"}),
        prop("custom.align", "center"),
    ]

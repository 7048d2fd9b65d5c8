"""One page for each commune group: its own figures, and every commune with a sign for each indicator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from exporter.decision import PROVINCE, Kind
from exporter.report.model import ReportTable, Row
from exporter.web.wall import places, verdicts
from exporter.web.wall.model import Cell, CommunesScreen, RowLine, Sign, SumLine
from exporter.web.wall.tables import cell, lacking

_LABEL = "xã đạt tất cả"


def communes_screens(table: ReportTable) -> list[CommunesScreen]:
    """The groups in the decision's order; in a province without groups the communes themselves."""
    by_group: dict[str | None, list[Row]] = {}
    for row in table.communes:
        by_group.setdefault(row.unit.parent, []).append(row)
    found = []
    for group in (row for row in table.rows if row.unit.kind is Kind.COMMUNE_GROUP):
        if mine := by_group.get(group.unit.id):
            found += _screens(table, group.unit.id, group.unit.short_name_on(table.day), mine, group)
    direct = [r for r in table.rows if r.unit.kind is Kind.COMMUNE and r.unit.parent == PROVINCE]
    if direct:
        found += _screens(table, "xa", "Xã, phường", direct, None)
    return found


def _screens(
    table: ReportTable, id_: str, title: str, communes: Sequence[Row], group: Row | None
) -> list[CommunesScreen]:
    """As many pages as the communes need; `group` is the unit that they add up to, where there is one."""
    given = [p for p in range(len(table.columns)) if any(r.cells[p].target is not None for r in communes)]
    names = _distinct(communes)
    lines = [
        RowLine(name, verdicts.unit_sign(row), [Cell(verdicts.sign(row.cells[p]), "") for p in given])
        for row, name in zip(communes, names, strict=True)
    ]
    parts = []
    rest = lines
    while rest:
        heights = [places.lines(line.name, places.COMMUNE_LETTERS) for line in rest]
        room = _even(len(rest), sum(heights))
        columns, left = places.columns(
            rest[:room], heights[:room], places.COMMUNE_LINES, places.COMMUNE_COLUMNS
        )
        parts.append(columns)
        rest = rest[room - left :]
    sums = [_sum(table, communes, group, (number, p)) for number, p in enumerate(given, 1)]
    return [
        CommunesScreen(
            id=id_,
            title=title,
            met=verdicts.how_many(communes),
            met_label=_LABEL,
            part=f"phần {number}/{len(parts)}" if len(parts) > 1 else "",
            note=lacking([line.cell for line in sums]),
            sums=sums,
            blocks=part,
        )
        for number, part in enumerate(parts, 1)
    ]


def _even(count: int, height: int) -> int:
    """How many of `count` communes (so many lines high in all) to put on the next page."""
    room = places.COMMUNE_LINES * places.COMMUNE_COLUMNS
    return -(-count // -(-height // room))


def _sum(table: ReportTable, communes: Sequence[Row], group: Row | None, place: tuple[int, int]) -> SumLine:
    number, p = place
    name = places.halves(table.columns[p].indicator.short_name)
    usual = verdicts.usual_target(row.cells[p] for row in communes)
    if group is not None and group.cells[p].target is not None:
        usual = group.cells[p].target
        shown = cell(group.cells[p], usual)
    else:
        cells = [row.cells[p] for row in communes if row.cells[p].target is not None]
        signs = [verdicts.sign(c) for c in cells]
        worst = next((s for s in (Sign.BELOW, Sign.FAR, Sign.UNKNOWN) if s in signs), Sign.MET)
        shown = Cell(
            Sign.BELOW if worst is Sign.FAR else worst,
            "",
            tally=f"{signs.count(Sign.MET)}/{len(cells)} xã đạt",
        )
    return SumLine(number, name, shown, verdicts.target(usual))


def _distinct(communes: Sequence[Row]) -> list[str]:
    """Their names; those that several on the page bear with their official code."""
    times = Counter(row.name for row in communes)
    return [
        row.name if times[row.name] == 1 else f"{row.name} ({row.unit.codes.get('official', row.unit.id)})"
        for row in communes
    ]

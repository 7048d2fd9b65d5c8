"""Snapshot -> Wall: everything that the wall shows, worked out once per snapshot, without any effect."""

from __future__ import annotations

from dataclasses import replace

from exporter import vietnamese as vn
from exporter.report.build import build
from exporter.report.model import ReportTable
from exporter.snapshot.model import Snapshot
from exporter.snapshot.standing import State
from exporter.web.wall import verdicts
from exporter.web.wall.communes import communes_screens
from exporter.web.wall.freshness import freshness, notice
from exporter.web.wall.model import NO_COUNT, Band, Count, Notice, Wall
from exporter.web.wall.province import province_screen
from exporter.web.wall.tables import table_screens


def wall(snapshot: Snapshot, before: Wall | None = None) -> Wall:
    """The wall of a snapshot.

    `before` is the last one whose figures could be judged by: where they no longer can, its figures stay in
    their places, grey, and no unit is named. Without it nothing stands there but that nothing is known.
    """
    table = build(snapshot)
    why = notice(snapshot) if table.in_force else _not_in_force(table)
    made = Wall(
        province=table.province.name,
        decision=_decision(table),
        simulated=snapshot.simulated,
        told_clock=bool(snapshot.clock_offset_seconds),
        band=_band(table),
        freshness=freshness(snapshot),
        notice=why,
        first=province_screen(table),
        others=(*table_screens(table), *communes_screens(table)),
    )
    return made if why is None else _grey(made, before)


def _grey(made: Wall, before: Wall | None) -> Wall:
    """Without anything that would name a unit, and with the last figures where they are known."""
    if before is not None and (before.province, before.decision) != (made.province, made.decision):
        before = None
    known = before or made
    first = replace(known.first, columns=(), more="", all_met="")
    if before is None:
        band = replace(made.band, units=replace(NO_COUNT, of=made.band.units.of), missing="–")
        band = replace(band, targets=replace(NO_COUNT, of=made.band.targets.of))
        return replace(made, band=band, first=first, others=())
    # Of when the grey figures are; when anything was last read stands in the notice.
    fresh = replace(made.freshness, label=before.freshness.label, stamp=before.freshness.stamp)
    return replace(made, band=before.band, freshness=fresh, first=first, others=())


def _band(table: ReportTable) -> Band:
    cells = verdicts.assigned(table.rows)
    met = sum(1 for cell in cells if cell.state is State.MET)
    missing = sum(1 for cell in cells if cell.state in verdicts.MISSING)
    return Band(
        units=verdicts.how_many(table.rows),
        targets=Count(vn.number(met), vn.number(len(cells))),
        missing=vn.number(missing),
    )


def _decision(table: ReportTable) -> str:
    decision = table.decision
    text = f"Quyết định {decision.number}"
    if table.carried_over:
        text += f" ({decision.issued.year})"
    return f"{text}, {vn.period(table.period)}"


def _not_in_force(table: ReportTable) -> Notice:
    return Notice(
        "Không có chỉ tiêu đang áp dụng",
        f"Quyết định {table.decision.number} không áp dụng vào ngày {vn.day(table.day)}",
        None,
        "Số liệu vẫn được đọc. Trang tự cập nhật khi có quyết định mới.",
    )

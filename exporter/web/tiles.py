"""The landing page's key counts, each leading to the section that tells more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from exporter import vietnamese as vn
from exporter.decision import Kind
from exporter.snapshot.model import Snapshot
from exporter.web.missing import Missing
from exporter.web.rows import Names, ago
from exporter.web.view import SourceCard, Tile, Tone

_SCRAPED_WITHIN = timedelta(minutes=5)
"""After which time without a scrape the third age is no longer called well."""


def tiles(
    snapshot: Snapshot,
    sources: Sequence[SourceCard],
    missing: Missing,
    scraped: datetime | None,
    now: datetime,
) -> list[Tile]:
    """All tiles; that of the archive only once it failed."""
    found = [
        _sources(snapshot, sources, now),
        _targets(snapshot, missing),
        _withheld(snapshot),
        _names(snapshot, Names(snapshot)),
        _prometheus(scraped, now),
    ]
    if snapshot.archive_failures or not snapshot.archive_ok:
        found.append(_archive(snapshot))
    return found


def _sources(snapshot: Snapshot, sources: Sequence[SourceCard], now: datetime) -> Tile:
    good = sum(1 for s in sources if s.verdict.tone == "good")
    newest = max((s.last_success for s in snapshot.sources if s.last_success is not None), default=None)
    return Tile(
        "Nguồn đọc được",
        vn.number(good),
        "nguon",
        of=vn.number(len(sources)),
        note=f"đọc gần nhất {ago(newest, now)}" if newest else "chưa đọc được lần nào",
        tone="good" if good == len(sources) and sources else "warn",
    )


def _targets(snapshot: Snapshot, missing: Missing) -> Tile:
    today = snapshot.at.date()
    units = [u for u in snapshot.decision.assigned_units if u.in_force(today)]
    communes = sum(1 for u in snapshot.decision.in_force(today, Kind.COMMUNE) if u not in units)
    tone: Tone = "warn" if missing.troubling else "none" if missing.figures else "good"
    return Tile(
        "Chỉ tiêu có số liệu",
        vn.number(missing.assigned - len(missing.figures)),
        "chi-tieu",
        of=vn.number(missing.assigned),
        note=f"{vn.number(len(units))} đơn vị, {vn.number(communes)} xã trong nhóm",
        tone=tone,
    )


def _withheld(snapshot: Snapshot) -> Tile:
    count = len(snapshot.withheld)
    tone: Tone = "warn" if count else "good"
    return Tile("Số bị giữ lại", vn.number(count), "giu-lai", note="không đưa vào tỷ lệ", tone=tone)


def _names(snapshot: Snapshot, names: Names) -> Tile:
    mine = [u for u in snapshot.unmatched if names.responsible(u.source)]
    odd = sum(1 for u in mine if u.ambiguous)
    compared = len(snapshot.unmatched) - len(mine)
    note = f"{vn.number(len(mine) - odd)} không khớp, {vn.number(odd)} trùng tên" if mine else ""
    if compared:
        note = f"{note}; {vn.number(compared)}" if note else vn.number(compared)
        note += " ở nguồn chỉ đối chiếu"
    return Tile(
        "Tên chưa khớp",
        vn.number(len(mine)),
        "ten",
        note=note or "mọi tên đều khớp",
        tone="warn" if mine else "good",
    )


def _prometheus(scraped: datetime | None, now: datetime) -> Tile:
    return Tile(
        "Prometheus",
        ago(scraped, now) if scraped else "chưa thu thập",
        "prometheus",
        note=f"lúc {vn.moment(scraped)}" if scraped else "xem scrape_configs của Prometheus",
        tone="good" if scraped and now - scraped < _SCRAPED_WITHIN else "none",
        words=True,
    )


def _archive(snapshot: Snapshot) -> Tile:
    """Red only while the last collection could not be kept: what was, stays as a count."""
    note = f"từ khi chạy: {vn.number(snapshot.archive_failures)} trang không lưu được"
    if snapshot.archive_ok:
        return Tile("Lưu trữ", "bình thường", "luu-tru", note=note, tone="none", words=True)
    return Tile("Lỗi lưu trữ", "không lưu được", "luu-tru", note=note, tone="bad", words=True)

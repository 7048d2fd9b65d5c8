"""What the landing page shows, worked out from a snapshot: the template works nothing out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from exporter import vietnamese as vn
from exporter.decision import PROVINCE, Kind
from exporter.snapshot.model import Figure, Snapshot
from exporter.web.cards import source_card
from exporter.web.rows import Names, alike, run_row
from exporter.web.view import Capped, Overview, SourceCard, Tile, Tone, Verdict

_COMPARISONS = 15
"""How many figures are shown on which sources differ: the largest distances."""

_SCRAPED_WITHIN = timedelta(minutes=5)
"""After which time without a scrape the third age is no longer called well."""


def overview(snapshot: Snapshot, scraped: datetime | None, now: datetime) -> Overview:
    """The page for a snapshot. Told times: ages count from `now`; Prometheus last asked at `scraped`."""
    names = Names(snapshot)
    sources = [source_card(view, snapshot, names, now) for view in snapshot.sources]
    differing = [c for c in snapshot.comparisons if not alike(c)]
    differing.sort(key=lambda c: -abs((c.theirs or 0) - (c.published or 0)))
    unmatched = [u for u in snapshot.unmatched if not u.ambiguous]
    ambiguous = [u for u in snapshot.unmatched if u.ambiguous]
    decision = snapshot.decision
    return Overview(
        province=decision.units[PROVINCE].name,
        decision=f"{decision.number} ngày {vn.day(decision.issued)} của {decision.authority}",
        period=vn.period(snapshot.period),
        clock=vn.moment(now) if snapshot.clock_offset_seconds else "",
        simulated=snapshot.simulated,
        verdict=_verdict(snapshot, sources),
        tiles=_tiles(snapshot, sources, scraped, now),
        sources=sources,
        withheld=Capped.of(names.withheld(w) for w in snapshot.withheld),
        unmatched=Capped.of(names.name_row(u) for u in unmatched),
        ambiguous=Capped.of(names.name_row(u) for u in ambiguous),
        comparisons=Capped.of((names.comparison(c) for c in differing), _COMPARISONS),
        agreeing=len(snapshot.comparisons) - len(differing),
        differs=[
            (view.name, names.indicator(indicator), sentence)
            for view in snapshot.sources
            for indicator, sentence in view.differs.items()
        ],
        overrides=[
            *(names.override("chấp nhận", o, now.date()) for o in snapshot.settings.accept),
            *(names.override("giữ lại", o, now.date()) for o in snapshot.settings.hold),
        ],
        runs=[run_row(run, names, now) for run in snapshot.runs],
        failed_runs=[run_row(run, names, now) for run in snapshot.failed_runs],
        notes=snapshot.notes,
        config_error="" if snapshot.reload.successful else snapshot.reload.error or "không rõ lý do",
    )


def _verdict(snapshot: Snapshot, sources: Sequence[SourceCard]) -> Verdict:
    bad = [s.name for s in sources if s.verdict.tone == "bad"]
    warn = [s.name for s in sources if s.verdict.tone == "warn"]
    if not sources:
        return Verdict(
            "bad", "Chưa có nguồn nào", "exporter.yaml chưa khai báo nguồn: thêm một mục dưới sources."
        )
    if not snapshot.reload.successful:
        return Verdict("bad", "Cấu hình mới có lỗi", "Cấu hình trước vẫn có hiệu lực. Sửa lỗi rồi nạp lại.")
    if bad or warn:
        tone: Tone = "bad" if bad else "warn"
        return Verdict(
            tone,
            f"{len(bad) + len(warn)} trong {len(sources)} nguồn không đọc được",
            "; ".join([*bad, *warn]),
        )
    if waiting := [s.name for s in sources if s.verdict.tone == "none"]:
        word = f"{len(waiting)} trong {len(sources)} nguồn chờ lần đọc đầu tiên"
        return Verdict("none", word, "; ".join(waiting))
    doubts = len(snapshot.withheld) + len(snapshot.unmatched) + snapshot.archive_failures
    if doubts:
        return Verdict("warn", "Đọc được mọi nguồn, có việc cần xem", "Xem các mục bên dưới.")
    return Verdict("good", "Đọc được mọi nguồn", "Không có số nào bị giữ lại, không có tên nào chưa khớp.")


def _tiles(
    snapshot: Snapshot, sources: Sequence[SourceCard], scraped: datetime | None, now: datetime
) -> list[Tile]:
    today = snapshot.at.date()
    decision = snapshot.decision
    units = [u for u in decision.assigned_units if u.in_force(today)]
    pairs = [
        Figure(u.id, i.id, "year")
        for u in units
        for i in decision.indicators.values()
        if decision.target(u, i) is not None
    ]
    there = sum(1 for figure in pairs if figure in snapshot.figures)
    communes = sum(1 for u in decision.in_force(today, Kind.COMMUNE) if u not in units)
    good = sum(1 for s in sources if s.verdict.tone == "good")
    newest = max((s.last_success for s in snapshot.sources if s.last_success is not None), default=None)
    odd = sum(1 for u in snapshot.unmatched if u.ambiguous)
    withheld, names = len(snapshot.withheld), len(snapshot.unmatched)
    tiles = [
        Tile(
            "Nguồn đọc được",
            vn.number(good),
            vn.number(len(sources)),
            f"đọc gần nhất {vn.age(now - newest)} trước" if newest else "chưa đọc được lần nào",
            "good" if good == len(sources) and sources else "warn",
            "nguon",
        ),
        Tile(
            "Chỉ tiêu có số liệu",
            vn.number(there),
            vn.number(len(pairs)),
            f"{vn.number(len(units))} đơn vị, {vn.number(communes)} xã trong nhóm",
            "good" if there == len(pairs) else "warn",
        ),
        Tile(
            "Số bị giữ lại",
            vn.number(withheld),
            note="không đưa vào tỷ lệ",
            tone="warn" if withheld else "good",
            anchor="giu-lai",
        ),
        Tile(
            "Tên chưa khớp",
            vn.number(names),
            note=f"{vn.number(names - odd)} không khớp, {vn.number(odd)} trùng tên",
            tone="warn" if names else "good",
            anchor="ten",
        ),
    ]
    tiles.append(
        Tile(
            "Prometheus lấy",
            f"{vn.age(now - scraped)} trước" if scraped else "chưa lấy",
            note=f"lúc {vn.moment(scraped)}" if scraped else "xem scrape_configs của Prometheus",
            tone="good" if scraped and now - scraped < _SCRAPED_WITHIN else "none",
            words=True,
        )
    )
    if snapshot.archive_failures:
        failures = vn.number(snapshot.archive_failures)
        tiles.append(Tile("Lưu trữ lỗi", failures, note="trang không lưu được: xem đĩa", tone="bad"))
    return tiles

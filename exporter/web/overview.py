"""What the landing page shows, worked out from a snapshot: the template works nothing out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exporter import vietnamese as vn
from exporter.decision import PROVINCE
from exporter.snapshot.model import Snapshot
from exporter.web.banner import banner
from exporter.web.cards import source_card
from exporter.web.folding import compared, name_rows, runs
from exporter.web.missing import missing, missing_rows
from exporter.web.rows import Names, alike, run_row
from exporter.web.tiles import tiles
from exporter.web.view import Capped, Overview, RunRow, SourceCard, Verdict


def overview(snapshot: Snapshot, scraped: datetime | None, now: datetime) -> Overview:
    """The page for a snapshot. Told times: ages count from `now`; Prometheus last asked at `scraped`."""
    names = Names(snapshot)
    sources = [source_card(view, snapshot, names, now) for view in snapshot.sources]
    lacking = missing(snapshot)
    decision = snapshot.decision
    return Overview(
        province=decision.units[PROVINCE].name,
        decision=f"{decision.number} ngày {vn.day(decision.issued)} của {decision.authority}",
        period=vn.period(snapshot.period),
        clock=vn.moment(now) if snapshot.clock_offset_seconds else "",
        simulated=snapshot.simulated,
        banner=banner(snapshot, sources, names, lacking.troubling),
        tiles=tiles(snapshot, sources, lacking, scraped, now),
        sources=sources,
        missing=missing_rows(lacking, names),
        withheld=Capped.of(names.withheld(w) for w in snapshot.withheld),
        names=name_rows(snapshot, names, responsible=True),
        compared_names=name_rows(snapshot, names, responsible=False),
        unmatched=sum(1 for u in snapshot.unmatched if names.responsible(u.source)),
        compared_unmatched=sum(1 for u in snapshot.unmatched if not names.responsible(u.source)),
        comparisons=compared(snapshot, names),
        agreeing=sum(1 for c in snapshot.comparisons if alike(c)),
        differs=[
            (view.name, names.indicator(indicator), sentence)
            for view in snapshot.sources
            for indicator, sentence in view.differs.items()
        ],
        overrides=[
            *(names.override("chấp nhận", o, now.date()) for o in snapshot.settings.accept),
            *(names.override("giữ lại", o, now.date()) for o in snapshot.settings.hold),
        ],
        runs=[run_row(group, names, now) for group in runs(snapshot.runs)],
        failed_runs=_failed_runs(snapshot, sources, names, now),
        archive=_archive(snapshot),
        notes=snapshot.notes,
        config_error="" if snapshot.reload.successful else snapshot.reload.error or "không rõ lý do",
    )


def _failed_runs(
    snapshot: Snapshot, sources: Sequence[SourceCard], names: Names, now: datetime
) -> list[RunRow]:
    """Failed collections; what a card or a newer failure advises already stands there."""
    advised = {step for card in sources for step in card.next_steps}
    rows = []
    for group in runs(snapshot.failed_runs):
        row = run_row(group, names, now, advised)
        advised.update(row.next_steps)
        rows.append(row)
    return rows


def _archive(snapshot: Snapshot) -> Verdict | None:
    if snapshot.archive_ok and not snapshot.archive_failures:
        return None
    count = f"{vn.number(snapshot.archive_failures)} trang không lưu được từ khi chạy."
    if snapshot.archive_ok:
        return Verdict("none", "Lần lưu gần nhất thành công.", count)
    return Verdict(
        "bad",
        "Lần lưu gần nhất không thành.",
        f"{count} Số liệu vẫn được công bố nhưng mất bằng chứng: kiểm tra dung lượng đĩa và quyền ghi vào "
        "`archive.directory`.",
    )

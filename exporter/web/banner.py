"""What the landing page says first: how all is, and what is wrong where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from exporter import vietnamese as vn
from exporter.quality.checks import WRONG_TOTAL
from exporter.snapshot.model import Snapshot
from exporter.web.cards import mismatch
from exporter.web.rows import Names, rate
from exporter.web.view import Banner, Issue, SourceCard, Tone

_WELL = "Không có số nào bị giữ lại; mọi tên của các nguồn chịu trách nhiệm đều khớp."


def banner(snapshot: Snapshot, sources: Sequence[SourceCard], names: Names, missing: int) -> Banner:
    """The state of all; `missing` is how many targets lack a figure although their source was read."""
    issues = (*_faults(snapshot, sources), *_doubts(snapshot, names, missing))
    tone: Tone = "bad" if any(i.tone == "bad" for i in issues) else "warn"
    unread = sum(1 for s in sources if s.verdict.tone in ("bad", "warn"))
    waiting = sum(1 for s in sources if s.verdict.tone == "none")
    if not sources:
        return Banner(
            "bad",
            "Chưa có nguồn nào",
            "`exporter.yaml` chưa khai báo nguồn: thêm một mục dưới `sources`.",
            issues,
        )
    if not snapshot.reload.successful:
        return Banner(
            "bad", "Cấu hình mới có lỗi", "Cấu hình trước vẫn có hiệu lực. Sửa lỗi rồi nạp lại.", issues
        )
    if unread:
        return Banner(tone, f"{unread} trong {len(sources)} nguồn không đọc được", issues=issues)
    if waiting:
        word = f"{waiting} trong {len(sources)} nguồn chờ lần đọc đầu tiên"
        return Banner(tone if issues else "none", word, issues=issues)
    if issues:
        return Banner(tone, "Đọc được mọi nguồn, có việc cần xem", issues=issues)
    return Banner("good", "Đọc được mọi nguồn", _WELL)


def _faults(snapshot: Snapshot, sources: Sequence[SourceCard]) -> Iterator[Issue]:
    """What keeps the program from its work."""
    if not snapshot.reload.successful:
        yield Issue("Cấu hình mới không được nhận", "cau-hinh", "bad")
    for source in sorted(sources, key=lambda s: s.verdict.tone != "bad"):
        if source.verdict.tone in ("bad", "warn"):
            yield Issue(f"{source.name}: {source.verdict.word}", f"nguon-{source.id}", source.verdict.tone)
    if not snapshot.archive_ok:
        yield Issue("Lỗi lưu trữ", "luu-tru", "bad")


def _doubts(snapshot: Snapshot, names: Names, missing: int) -> Iterator[Issue]:
    """What was read and needs somebody's look."""
    if snapshot.withheld:
        yield Issue(f"{vn.number(len(snapshot.withheld))} số bị giữ lại", "giu-lai")
    for ambiguous, what in ((False, "tên không khớp"), (True, "tên trùng nhau")):
        # Where nobody is responsible, no figure waits for the name.
        mine = (u for u in snapshot.unmatched if u.ambiguous == ambiguous and names.responsible(u.source))
        for source, count in Counter(u.source for u in mine).items():
            yield Issue(f"{names.source(source)}: {vn.number(count)} {what}", "ten")
    for view in snapshot.sources:
        if (widest := mismatch(view)) >= WRONG_TOTAL:
            text = f"{view.name}: lệch so với dòng Tổng cộng {rate(widest, digits=2)}"
            yield Issue(text, f"nguon-{view.id}")
    if missing:
        yield Issue(f"{vn.number(missing)} chỉ tiêu chưa có số liệu", "chi-tieu")

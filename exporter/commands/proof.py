"""The lines of a proof: from the target to the rows that a portal printed, in Vietnamese."""

from __future__ import annotations

from collections.abc import Iterator

from exporter import arithmetic
from exporter import vietnamese as vn
from exporter.decision import Counting, Indicator, Kind, Unit
from exporter.periods import PeriodKind
from exporter.sanitise import safe
from exporter.snapshot.model import Evidence, Figure, Measurement, Snapshot
from exporter.snapshot.standing import Standing, State, standing

_ROW_WIDTH = 500
_KINDS = {
    Kind.PROVINCE: "toàn tỉnh",
    Kind.DEPARTMENT: "sở, ban, ngành",
    Kind.DISTRICT: "Ủy ban nhân dân cấp huyện",
    Kind.COMMUNE_GROUP: "nhóm xã, phường, thị trấn",
    Kind.COMMUNE: "xã, phường, thị trấn",
}


def explanation(snapshot: Snapshot, unit: Unit, indicator: Indicator, period: PeriodKind) -> Iterator[str]:
    """The lines of the proof, in Vietnamese."""
    day = snapshot.at.date()
    found = standing(snapshot, unit, indicator, period)
    yield f"{unit.name_on(day)} ({unit.id})"
    yield f"{indicator.name} ({indicator.id})"
    yield f"Thời điểm: {vn.moment(snapshot.at)}" + (" · SỐ LIỆU MÔ PHỎNG" if snapshot.simulated else "")
    yield ""
    yield from _target(snapshot, unit, indicator, found)
    yield ""
    if found.measurement is None:
        yield "Được miễn, không tính." if found.state is State.EXEMPT else "Chưa có số liệu."
    else:
        yield from _figure(snapshot, indicator, found)
        yield from _tally(snapshot, unit, indicator)
        yield from _proof(snapshot, found.measurement)
    yield from _differs(snapshot, unit, indicator)
    yield from _doubts(snapshot, unit, indicator)


def _target(snapshot: Snapshot, unit: Unit, indicator: Indicator, found: Standing) -> Iterator[str]:
    decision = snapshot.decision
    if found.state is State.EXEMPT:
        yield f"Chỉ tiêu: miễn – {unit.exempt[indicator.id]}"
    elif (target := decision.target(unit, indicator)) is None:
        yield "Chỉ tiêu: không giao"
    else:
        article = f", {indicator.article}" if indicator.article else ""
        whence = f"Quyết định {decision.number} ngày {vn.day(decision.issued)}{article}"
        held = "" if decision.holds_on(snapshot.at.date()) else " (không còn hiệu lực)"
        yield f"Chỉ tiêu: {vn.target_percent(target)} – {whence}{held}"
    milestone = decision.milestone(unit, indicator, snapshot.at.date())
    if milestone is not None:
        yield f"Mốc lộ trình: {vn.target_percent(milestone)}"


def _figure(snapshot: Snapshot, indicator: Indicator, found: Standing) -> Iterator[str]:
    m = found.measurement
    if m is None:
        return
    counts = f"{vn.number(m.numerator)} / {vn.number(m.denominator)} {indicator.counted}"
    if m.ratio is None:
        yield f"Tỷ lệ {vn.period(m.period)}: không có, vì không phát sinh ({counts})"
        return
    yield f"Tỷ lệ {vn.period(m.period)}: {counts} = {vn.percent(m.ratio, target=found.target, digits=2)}"
    if found.target is None or found.gap is None:
        return
    if found.state is State.MET:
        yield f"Đạt chỉ tiêu ({vn.points(found.gap, 2)} điểm)"
        return
    yield f"Chưa đạt chỉ tiêu ({vn.points(found.gap, 2)} điểm)"
    more = arithmetic.missing(indicator.counting, m.numerator, m.denominator, found.target)
    if more is not None:
        how = " đúng liên tiếp (mẫu số cũng tăng theo)" if indicator.counting is Counting.FLOW else ""
        yield f"Cần thêm: {vn.number(more)} {indicator.counted}{how}"
    elapsed = snapshot.period.elapsed(snapshot.at)
    needed = arithmetic.required_rate(indicator.counting, m.numerator, m.denominator, found.target, elapsed)
    if needed is not None:
        yield f"Phần còn lại của năm phải đạt: {vn.percent(needed)} (ước tính theo nhịp độ đến nay)"


def _tally(snapshot: Snapshot, unit: Unit, indicator: Indicator) -> Iterator[str]:
    """How many communes of a group reach the target each for itself: the other reading of "38/38 xã"."""
    day = snapshot.at.date()
    communes = [u for u in snapshot.decision.children.get(unit.id, ()) if u.in_force(day)]
    if unit.kind is not Kind.COMMUNE_GROUP or not communes:
        return
    states = [standing(snapshot, commune, indicator).state for commune in communes]
    lacking = states.count(State.ABSENT) + states.count(State.WITHHELD)
    words = [f"{states.count(State.MET)}/{len(communes)} xã đạt"]
    words += [f"{states.count(State.EMPTY)} không phát sinh"] if State.EMPTY in states else []
    words += [f"{lacking} chưa có số liệu"] if lacking else []
    yield f"Từng xã: {', '.join(words)}"


def _proof(snapshot: Snapshot, m: Measurement) -> Iterator[str]:
    if not m.is_sum:
        for evidence in m.evidence:
            yield from _page(snapshot, m, evidence)
            yield f"  Dòng trên cổng: {safe(evidence.row, _ROW_WIDTH)}"
        return
    parts = [
        below
        for part in m.parts
        if (below := snapshot.figures.get(Figure(part, m.indicator, m.period.kind))) is not None
    ]
    pages = {evidence.page: (part, evidence) for part in parts for evidence in part.evidence}
    for part, evidence in pages.values():
        yield from _page(snapshot, part, evidence)
    yield f"Tổng của {len(m.parts)}/{m.parts_expected} đơn vị:"
    for part in parts:
        name = snapshot.decision.units[part.unit].short_name_on(snapshot.at.date())
        yield f"- {name} ({part.unit}): {vn.number(part.numerator)} / {vn.number(part.denominator)}"
        for evidence in part.evidence:
            which = f"[{evidence.page[:8]}] " if len(pages) > 1 else ""
            yield f"    {which}{safe(evidence.row, _ROW_WIDTH)}"
        if part.is_sum:
            yield f"    xem: dvc-exporter explain {part.unit} {m.indicator} --period {m.period.kind}"


def _page(snapshot: Snapshot, m: Measurement, e: Evidence) -> Iterator[str]:
    source = next((s.name for s in snapshot.sources if s.id == e.source), e.source)
    yield f"Nguồn: {source} ({e.source})"
    yield f"  Địa chỉ: {safe(e.url)}"
    if m.as_of is not None:
        yield f"  Số liệu đến: {vn.moment(m.as_of)}"
    unchanged = f" (trang không đổi từ {vn.moment(e.fetched_at)})" if e.fetched_at != m.fetched_at else ""
    yield f"  Đọc lúc: {vn.moment(m.fetched_at)}{unchanged}"
    yield f"  sha256: {e.page}"


def _differs(snapshot: Snapshot, unit: Unit, indicator: Indicator) -> Iterator[str]:
    responsible = snapshot.settings.source_of(unit.kind, indicator.id)
    for source in snapshot.sources:
        if indicator.id in source.differs:
            whose = "" if source.id == responsible else " (chỉ để đối chiếu)"
            yield f"Khác với quyết định – {source.name}{whose}: {source.differs[indicator.id]}"
    for c in snapshot.comparisons:
        if (c.unit, c.indicator) == (unit.id, indicator.id) and c.theirs is not None:
            name = next((s.name for s in snapshot.sources if s.id == c.source), c.source)
            yield f"Nguồn khác nói – {name}, {vn.period(c.period)}: {vn.percent(c.theirs, digits=2)}"


def _doubts(snapshot: Snapshot, unit: Unit, indicator: Indicator) -> Iterator[str]:
    below = {u.id for u in snapshot.decision.children.get(unit.id, ())}
    for w in snapshot.withheld:
        if w.indicator == indicator.id and w.unit in {unit.id, *below}:
            name = snapshot.decision.units[w.unit].short_name_on(snapshot.at.date())
            yield f"Bị giữ lại – {name}, {vn.period(w.period)}, từ {vn.moment(w.since)}: {safe(w.detail)}"
            if w.row:
                yield f"  Dòng trên cổng: {safe(w.row, _ROW_WIDTH)}"
    responsible = snapshot.settings.source_of(unit.kind, indicator.id)
    if responsible is None:
        reasons = [
            r.reason
            for r in snapshot.settings.responsible
            if r.source == "none" and unit.kind in r.kinds and indicator.id in r.indicators
        ]
        why = "; ".join(reasons) or f"chỉ tiêu này không áp dụng cho {_KINDS[unit.kind]}"
        yield f"Không nguồn nào chịu trách nhiệm: {why}"

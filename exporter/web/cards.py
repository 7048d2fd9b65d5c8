"""The landing page's card of each source: how it is, its ages, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from exporter import vietnamese as vn
from exporter.snapshot.model import Snapshot, SourceView
from exporter.web.rows import Names, age, counts, rate, span, steps
from exporter.web.view import SourceCard, Verdict
from exporter.web.words import FAILURES, said


def source_card(view: SourceView, snapshot: Snapshot, names: Names, now: datetime) -> SourceCard:
    """The card of one source, with ages as of `now` (told time, aware)."""
    facts = [("Kỳ số liệu", ", ".join(vn.period(p) for _, p in sorted(view.periods.items(), reverse=True)))]
    facts.append(("Đọc mỗi", span(view.interval_seconds)))
    if view.last_success is not None:
        until = view.last_success + timedelta(seconds=view.validity_seconds)
        facts.append(("Đã hết hiệu lực" if view.expired else "Còn hiệu lực đến", vn.moment(until)))
    if view.last_attempt is not None and view.last_attempt != view.last_success:
        facts.append(("Lần thử gần nhất", vn.moment(view.last_attempt)))
    if view.fetch_duration_seconds is not None:
        facts.append(("Thời gian đọc", f"{vn.decimal(view.fetch_duration_seconds)} giây"))
    failed = [f"{said(FAILURES, reason)}: {vn.number(n)}" for reason, n in view.failures.items() if n]
    if failed:
        facts.append(("Lỗi từ khi chạy", "; ".join(failed)))
    wrong = [
        f"{names.indicator(indicator)} {rate(ratio, digits=2)}"
        for indicator, ratio in view.mismatches.items()
        if ratio
    ]
    if wrong:
        facts.append(("Lệch dòng tổng", "; ".join(wrong)))
    readings = view.readings
    return SourceCard(
        id=view.id,
        name=view.name,
        family=view.family,
        simulated=view.simulated,
        verdict=_source_verdict(view, now),
        read=age(view.last_success, now, "chưa đọc được lần nào"),
        as_of=age(view.as_of, now, "cổng không ghi"),
        changed=age(view.last_change, now, "chưa thấy thay đổi"),
        facts=[(label, text) for label, text in facts if text],
        outcomes=[]
        if readings is None
        else counts(*(readings.get(o, 0) for o in ("accepted", "withheld", "unmatched", "ambiguous"))),
        next_steps=[] if view.up is not False else steps(_last_reasons(view, snapshot)),
    )


def _source_verdict(view: SourceView, now: datetime) -> Verdict:
    if view.expired:
        longest = span(view.validity_seconds)
        return Verdict(
            "bad", "số liệu đã rút", f"Không đọc được quá {longest}: tỷ lệ của nguồn này không được công bố."
        )
    if view.quiet_until is not None and view.quiet_until > now:
        until = vn.moment(view.quiet_until)
        return Verdict("bad", "cổng từ chối", f"Để yên đến {until} rồi mới đọc lại.")
    if view.up is None:
        return Verdict("none", "chưa đọc", "Lần đọc đầu tiên đang chờ hoặc đang chạy.")
    if not view.up:
        return Verdict("warn", "lần đọc gần nhất lỗi", "Vẫn công bố số liệu của lần đọc được trước đó.")
    return Verdict("good", "đọc được")


def _last_reasons(view: SourceView, snapshot: Snapshot) -> Sequence[str]:
    """Reasons of the source's newest failed collection; where that is not known, of all since start."""
    newest = next((run.reasons for run in snapshot.failed_runs if run.source == view.id), ())
    return newest or [reason for reason, count in view.failures.items() if count]

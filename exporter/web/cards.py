"""The landing page's card of each source: how it is, its ages, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from exporter import vietnamese as vn
from exporter.fetch.breaker import left_alone_until
from exporter.quality.checks import WRONG_TOTAL
from exporter.snapshot.model import Run, Snapshot, SourceView
from exporter.web.rows import Names, age, asked_nothing, counts, not_asked, rate, span, steps
from exporter.web.view import Counts, Fact, SourceCard, Tone, Verdict
from exporter.web.words import FAILURES, said

_COUNTED = {**FAILURES, "rejected": "cổng từ chối hoặc được để yên"}
"""Failures as they are counted: also of requests that were not sent to a host that rejected others."""


def source_card(view: SourceView, snapshot: Snapshot, names: Names, now: datetime) -> SourceCard:
    """The card of one source, with ages as of `now` (told time, aware)."""
    return SourceCard(
        id=view.id,
        name=view.name,
        family=view.family,
        simulated=view.simulated,
        verdict=_verdict(view, snapshot, now),
        read=age(view.last_success, now, "chưa lần nào"),
        as_of=age(view.as_of, now, "không ghi"),
        changed=age(view.last_change, now, "chưa thấy"),
        facts=[fact for fact in _facts(view, names) if fact.text],
        outcomes=_outcomes(view, names),
        next_steps=[] if view.up is not False else steps(_last_reasons(view, snapshot)),
    )


def mismatch(view: SourceView) -> float:
    """The widest distance of the portal's own totals from the sums of its rows (ratio)."""
    return max(view.mismatches.values(), default=0.0)


def _facts(view: SourceView, names: Names) -> Iterator[Fact]:
    periods = sorted(view.periods.items(), reverse=True)
    yield Fact("Kỳ số liệu", ", ".join(vn.period(period) for _, period in periods))
    yield Fact("Chu kỳ đọc", span(view.interval_seconds))
    if view.last_success is not None:
        until = view.last_success + timedelta(seconds=view.validity_seconds)
        yield Fact("Đã hết hiệu lực" if view.expired else "Còn hiệu lực đến", vn.moment(until))
    if view.last_attempt is not None and view.last_attempt != view.last_success:
        yield Fact("Lần thử gần nhất", vn.moment(view.last_attempt))
    if view.fetch_duration_seconds is not None:
        yield Fact("Thời gian đọc", f"{vn.decimal(view.fetch_duration_seconds)} giây")
    failed = [f"{said(_COUNTED, reason)}: {vn.number(n)}" for reason, n in view.failures.items() if n]
    yield Fact("Lỗi từ khi chạy", "; ".join(failed), wide=True)
    wrong = [
        f"{names.indicator(indicator)} {rate(ratio, digits=2)}"
        for indicator, ratio in view.mismatches.items()
        if ratio
    ]
    tone: Tone = "warn" if mismatch(view) >= WRONG_TOTAL else "none"
    yield Fact("Lệch so với dòng Tổng cộng", "; ".join(wrong), tone, wide=True)


def _outcomes(view: SourceView, names: Names) -> Counts:
    """What became of the last collection's readings; a failed one's zeros say nothing of the portal."""
    if view.readings is None or (view.up is False and not any(view.readings.values())):
        return []
    found = (view.readings.get(o, 0) for o in ("accepted", "withheld", "unmatched", "ambiguous"))
    return counts(*found, responsible=names.responsible(view.id))


def _verdict(view: SourceView, snapshot: Snapshot, now: datetime) -> Verdict:
    if view.expired:
        longest = span(view.validity_seconds)
        return Verdict(
            "bad", "số liệu đã rút", f"Không đọc được quá {longest}: tỷ lệ của nguồn này không được công bố."
        )
    if view.quiet_until is not None and view.quiet_until > now:
        return _quiet(view, view.quiet_until, snapshot, now)
    if view.up is None:
        return Verdict("none", "chưa đọc", "Lần đọc đầu tiên đang chờ hoặc đang chạy.")
    if not view.up:
        newest = _newest_failure(view, snapshot)
        if newest is not None and asked_nothing(newest):
            until = left_alone_until(newest.failures[0])
            return Verdict("warn", not_asked(until, now), "Vẫn công bố số liệu của lần đọc được trước đó.")
        return Verdict("warn", "lần đọc gần nhất lỗi", "Vẫn công bố số liệu của lần đọc được trước đó.")
    return Verdict("good", "đọc được")


def _quiet(view: SourceView, until: datetime, snapshot: Snapshot, now: datetime) -> Verdict:
    """The host is left alone: because this source was rejected, or because another one was."""
    newest = _newest_failure(view, snapshot)
    if newest is None or not asked_nothing(newest):
        return Verdict("bad", "cổng từ chối", f"Tạm ngừng đọc đến {vn.moment(until)}.")
    why = (
        "Cổng đã từ chối nguồn này."
        if _own_failure(view, snapshot) is not None
        else "Máy chủ này đã từ chối một nguồn khác."
    )
    return Verdict("bad", not_asked(until, now), why)


def _newest_failure(view: SourceView, snapshot: Snapshot) -> Run | None:
    return next((run for run in snapshot.failed_runs if run.source == view.id), None)


def _own_failure(view: SourceView, snapshot: Snapshot) -> Run | None:
    """The source's newest failed collection in which anything was asked, if none succeeded since."""
    for run in snapshot.failed_runs:
        if run.source == view.id and not asked_nothing(run):
            return run if view.last_success is None or run.started > view.last_success else None
    return None


def _last_reasons(view: SourceView, snapshot: Snapshot) -> Sequence[str]:
    """Reasons of the source's newest failed collection; where none is known, of all since start."""
    own = _own_failure(view, snapshot)
    if own is not None:
        return own.reasons
    if _newest_failure(view, snapshot) is not None:
        return ()
    return [reason for reason, count in view.failures.items() if count]

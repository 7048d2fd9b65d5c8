"""How old the figures on the wall are, and from when on that is too old: by the sources' own schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from exporter import vietnamese as vn
from exporter.clock import PROVINCE_TIME
from exporter.snapshot.model import Snapshot, SourceView
from exporter.web.wall.model import Freshness, Notice

_READINGS = 3
"""Figures are late once they were read so many intervals ago: two readings in a row did not come."""

AS_OF = "số liệu đến"
READ = "đọc lúc"

_FURTHER = (
    "Các con số màu xám là của lần đọc cuối, không dùng để đánh giá; tên đơn vị tạm không nêu. "
    "Trang tự cập nhật khi có số liệu."
)
_WAITING = "Trang tự cập nhật khi có số liệu."


def responsible(snapshot: Snapshot) -> Sequence[SourceView]:
    """The sources whose word is published."""
    named = {entry.source for entry in snapshot.settings.responsible}
    return [view for view in snapshot.sources if view.id in named]


def freshness(snapshot: Snapshot) -> Freshness:
    """The age of the oldest figures shown: that of the source that lags behind most."""
    views = [v for v in responsible(snapshot) if v.last_success is not None]
    if not views:
        return Freshness(READ, None, None, None, None)
    stamps = [(view.as_of or _read(view), AS_OF if view.as_of else READ) for view in views]
    stamp, label = min(stamps)
    return Freshness(
        label,
        stamp,
        late_at=min(_late_at(view) for view in views),
        old_at=min(_over_at(view) for view in views),
        over_at=max(_over_at(view) for view in views),
    )


def notice(snapshot: Snapshot) -> Notice | None:
    """Why no figure may be judged by, where that is so: none was read in time."""
    views = responsible(snapshot)
    read = [view for view in views if view.last_success is not None]
    if not read:
        return Notice(
            "Chưa có số liệu",
            "Chưa đọc được cổng dịch vụ công lần nào",
            None,
            _WAITING,
            _facts(views, snapshot.at),
        )
    if not all(view.expired for view in read):
        return None
    return Notice(
        "Số liệu đã quá hạn",
        "Không đọc được cổng dịch vụ công đã",
        max(_read(view) for view in read),
        _FURTHER,
        _facts(views, snapshot.at),
    )


def stamp(moment: datetime) -> str:
    """A told moment as the wall writes it: `16/09/2024 06:00`."""
    local = moment.astimezone(PROVINCE_TIME)
    return f"{vn.day(local.date())} {local:%H:%M}"


def age(span: timedelta) -> str:
    """A span in its largest unit, legible from afar: `27 giờ`, `3 ngày` from two days on."""
    seconds = max(int(span.total_seconds()), 0)
    for size, name, least in ((86_400, "ngày", 2), (3_600, "giờ", 1), (60, "phút", 1)):
        if seconds >= size * least:
            return f"{vn.number(seconds // size)} {name}"
    return f"{seconds} giây"


def _facts(views: Sequence[SourceView], now: datetime) -> list[tuple[str, str]]:
    found = []
    read = [view.last_success for view in views if view.last_success is not None]
    if read:
        found.append(("Đọc được lần cuối", stamp(max(read))))
    due = [d for view in views if (d := _next_attempt(view)) is not None and d > now]
    if due:
        found.append(("Thử lại lần tới", stamp(min(due))))
    return found


def _next_attempt(view: SourceView) -> datetime | None:
    if view.last_attempt is None:
        return None
    planned = view.last_attempt + timedelta(seconds=view.interval_seconds)
    return planned if view.quiet_until is None else max(planned, view.quiet_until)


def _read(view: SourceView) -> datetime:
    if view.last_success is None:
        raise ValueError(view.id)
    return view.last_success


def _late_at(view: SourceView) -> datetime:
    """When two readings did not come, or when the portal's own date is older than a reading may be."""
    by_reading = _read(view) + timedelta(
        seconds=min(_READINGS * view.interval_seconds, view.validity_seconds)
    )
    if view.as_of is None:
        return by_reading
    return min(by_reading, view.as_of + timedelta(seconds=view.validity_seconds))


def _over_at(view: SourceView) -> datetime:
    return _read(view) + timedelta(seconds=view.validity_seconds)

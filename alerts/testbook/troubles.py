"""Faults that operators are told of: what happens, from which step on it is told, and in which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerts.settings import Alerting
from alerts.testbook.unit_cases import Moments
from alerts.testbook.world import Labels, Timeline, Values
from exporter import vietnamese as vn

PORTAL = "cong-hong"


@dataclass(frozen=True)
class Trouble:
    """A fault, from which step on it is told, and how."""

    alert: str
    tick: int
    labels: Labels
    changes: Mapping[str, Values]
    summary: str
    description: str


def troubles(settings: Alerting, time: Timeline) -> Iterator[Trouble]:
    """All of them; some alerts have several."""
    m = Moments.of(settings, time)
    yield from _down(time, settings, m)
    yield from _odd(time, m)
    yield from _machines(time, m)


def _down(time: Timeline, settings: Alerting, m: Moments) -> Iterator[Trouble]:
    cadence, lasting = settings.cadence, settings.lasting
    short = time.tick(cadence.short)
    first_failed = time.tick(3 * time.collection)
    yield Trouble(
        "DvcSourceDown",
        first_failed + time.tick(cadence.source_down),
        {"severity": "critical", "source": PORTAL},
        {},
        f"Không đọc được nguồn {PORTAL}",
        f"Ít nhất hai lần thu thập liên tiếp từ nguồn {PORTAL} không thành công. Số liệu cũ còn được giữ "
        "trong thời hạn "
        "hiệu lực; không gửi thông báo cho thủ trưởng đơn vị trong thời gian này.",
    )
    quiet = "Không gửi thông báo cho thủ trưởng đơn vị trong thời gian này."
    last = 2 * time.collection
    # Strictly older: the step at which it is exactly so old does not count.
    age = last + time.collection + cadence.stale_after
    stale = time.tick(age)
    stale += 1 if stale * time.step == age else 0
    days = vn.age(lasting.stale_as_of)
    read = vn.moment(time.told + last)
    yield Trouble(
        "DvcDataStale",
        stale + time.tick(cadence.stale),
        {"severity": "warning", "source": PORTAL},
        {},
        f"Số liệu của nguồn {PORTAL} đã cũ",
        f"Số liệu của nguồn {PORTAL} đã cũ: quá hai chu kỳ chưa đọc được cổng (lần gần nhất {read}), hoặc "
        "cổng ghi ngày số "
        f"liệu quá {days} trước. {quiet}",
    )
    began = (2 * time.collection - lasting.frozen).total_seconds()
    changed = vn.moment(time.told + timedelta(seconds=began))
    yield Trouble(
        "DvcFiguresFrozen",
        m.trigger + 1 + short,
        {"severity": "warning", "source": PORTAL},
        {f"dvc_source_last_change_timestamp_seconds{{source={PORTAL}}}": time.always(began)},
        f"Số liệu của nguồn {PORTAL} không thay đổi",
        f"Không số liệu nào của nguồn {PORTAL} thay đổi từ {changed}; có thể cổng đã ngừng cập nhật.",
    )


def _odd(time: Timeline, m: Moments) -> Iterator[Trouble]:
    warning = {"severity": "warning", "source": PORTAL}
    yield Trouble(
        "DvcTotalsMismatch",
        m.fires,
        {**warning, "indicator": "online_dossier"},
        {
            f"dvc_source_total_mismatch_ratio{{source={PORTAL},indicator=online_dossier}}": time.from_tick(
                m.trigger, 0.01, 0.0125
            )
        },
        f"Nguồn {PORTAL}: dòng tổng cộng lệch so với các dòng đơn vị",
        f"Nguồn {PORTAL}, chỉ tiêu online_dossier: dòng tổng cộng của cổng lệch 1,25% so với tổng các dòng; "
        "có thể thiếu "
        "hoặc trùng đơn vị.",
    )
    figure = "unit=so-y-te,indicator=online_dossier,period=year,reason=fell"
    held = f"dvc_reading_withheld{{source={PORTAL},{figure}}}"
    yield Trouble(
        "DvcReadingsWithheld",
        m.fires,
        warning,
        {held: time.from_tick(m.trigger, None, 1)},
        f"Nguồn {PORTAL}: 1 số liệu bị giữ lại để kiểm tra",
        f"1 số liệu của nguồn {PORTAL} không được công bố vì có dấu hiệu sai; xem lý do tại trang của bộ "
        "thu thập.",
    )
    yield Trouble(
        "DvcUnitsUnmatched",
        m.fires,
        warning,
        {
            f"dvc_source_readings{{source={PORTAL},outcome=unmatched}}": time.from_tick(m.trigger, 0, 6),
            f"dvc_source_readings{{source={PORTAL},outcome=ambiguous}}": time.from_tick(m.trigger, 0, 1),
        },
        f"Nguồn {PORTAL}: 7 số liệu không khớp đơn vị",
        f"7 số liệu của nguồn {PORTAL} mang tên đơn vị không có hoặc trùng trong tệp chỉ tiêu; cần thêm tên "
        "gọi khác hoặc mã.",
    )
    yield Trouble(
        "DvcArchiveFailing",
        m.trigger,
        {"severity": "warning"},
        {"dvc_archive_failures_total": time.from_tick(m.trigger, 0, 2)},
        "Không lưu được trang đã đọc",
        "Bộ thu thập không lưu được trang của cổng vào kho lưu trữ; số liệu vẫn được công bố nhưng thiếu "
        "bằng chứng. "
        "Kiểm tra dung lượng và quyền ghi.",
    )


def _machines(time: Timeline, m: Moments) -> Iterator[Trouble]:
    mail = 'alertmanager_notifications_failed_total{integration="email", receiver_name="unit-so-y-te"}'
    yield Trouble(
        "DvcMailNotDelivered",
        m.trigger,
        {"severity": "critical", "integration": "email", "receiver_name": "unit-so-y-te"},
        {mail: time.from_tick(m.trigger, 3, 4)},
        "Thư không gửi được (unit-so-y-te)",
        "Alertmanager không gửi được thông báo cho nhóm nhận unit-so-y-te trong giờ qua: máy chủ thư không "
        "trả lời hoặc "
        "từ chối địa chỉ.",
    )
    for program, metric in (
        ("dvc-exporter", "dvc_config_last_reload_successful"),
        ("prometheus", "prometheus_config_last_reload_successful"),
        ("alertmanager", "alertmanager_config_last_reload_successful"),
    ):
        yield Trouble(
            "DvcConfigReloadFailed",
            m.trigger + 1,
            {"severity": "warning", "program": program},
            {metric: time.from_tick(m.trigger, 1, 0)},
            f"Cấu hình mới của {program} bị từ chối",
            f"{program} không đọc được cấu hình mới và vẫn chạy theo cấu hình cũ; xem nhật ký của chương "
            "trình.",
        )
    for metric in ("rule_evaluation_failures_total", "rule_group_iterations_missed_total"):
        yield Trouble(
            "DvcRulesFailing",
            m.trigger,
            {"severity": "critical"},
            {f"prometheus_{metric}": time.from_tick(m.trigger, 0, 1)},
            "Quy tắc cảnh báo tính lỗi hoặc bị bỏ lượt",
            "Trong giờ qua Prometheus không tính được một quy tắc, hoặc tính không kịp; cảnh báo có thể "
            "thiếu. Xem trang "
            "Rules của Prometheus.",
        )
    for metric in ("compactions_failed", "reloads_failures", "wal_corruptions", "wal_writes_failed"):
        yield Trouble(
            "DvcStorageFailing",
            m.trigger,
            {"severity": "critical"},
            {f"prometheus_tsdb_{metric}_total": time.from_tick(m.trigger, 0, 1)},
            "Kho dữ liệu của Prometheus có lỗi",
            "Prometheus không ghi hoặc không nén được dữ liệu trong 6 giờ qua; lịch sử có thể mất. Kiểm tra "
            "dung lượng đĩa.",
        )

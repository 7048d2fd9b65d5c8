"""Alerts for operators: portals, figures that cannot be relied on, and the machinery itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from alerts.alertmanager.calendar import Calendar
from alerts.rulebook import annotations as said
from alerts.rulebook.common import ALIVE, PROVINCE_OFFSET, Alert, block, seconds, span
from alerts.rulebook.known import OFFSET
from alerts.settings import Alerting
from exporter.clock import PROVINCE_TIME
from exporter.vietnamese import age, day

SOURCE = "{{ $labels.source }}"
_VALUE = '{{ printf "%.0f" $value }}'
_SHARE = '{{ $value | humanizePercentage | reReplaceAll "\\\\." "," }}'
_AS_OF = "dvc_source_as_of_timestamp_seconds"
_READ = "dvc_source_last_success_timestamp_seconds"
_CHANGED = "dvc_source_last_change_timestamp_seconds"


@dataclass(frozen=True, slots=True)
class _Operator:
    """One alert for operators, before its annotations."""

    name: str
    severity: str
    expr: str
    wait: timedelta
    summary: str
    description: str
    about: str


def alerts(settings: Alerting, calendar: Calendar) -> Iterator[Alert]:
    """All of them, in the order of docs/runbooks.md."""
    for found in (
        *_sources(settings),
        *_readings(settings),
        *_exporter(settings),
        *_machinery(settings, calendar),
    ):
        yield Alert(
            name=found.name,
            expr=found.expr,
            about=found.about,
            labels={"severity": found.severity, "audience": "operators"},
            annotations={
                "summary": found.summary,
                "description": found.description,
                **({"as_of": _moment(_AS_OF)} if SOURCE in found.summary else {}),
                "runbook_url": said.runbook(found.name, settings),
                "simulated": said.simulated(settings),
            },
            wait=found.wait,
        )


def _moment(metric: str) -> str:
    """When something was, of the source an alert is about; told time."""
    query = f"max(last_over_time({metric}{{source=%q}}[1d])) + scalar({OFFSET}) + {PROVINCE_OFFSET}"
    return said.ask(query, "$labels.source", said.MOMENT)


def _age(metric: str) -> str:
    return f"time() - max by (source) ({metric})"


def _sources(settings: Alerting) -> Iterator[_Operator]:
    cadence, lasting = settings.cadence, settings.lasting
    yield _Operator(
        "DvcSourceDown",
        "critical",
        "max by (source) (dvc_source_up) == 0",
        cadence.source_down,
        f"Không đọc được nguồn {SOURCE}",
        f"Ít nhất hai lần thu thập liên tiếp từ nguồn {SOURCE} không thành công. Số liệu cũ còn được giữ "
        "trong thời "
        "hạn hiệu lực; không gửi thông báo cho thủ trưởng đơn vị trong thời gian này.",
        "Two collections in a row have failed. Inhibits the unit alerts of the source.",
    )
    yield _Operator(
        "DvcDataStale",
        "warning",
        block(
            """
            <read>
                > on (source) max by (source) (dvc_source_collection_interval_seconds) + <late>
            or
            <as_of> > <stale>
            """,
            read=_age(_READ),
            late=seconds(cadence.stale_after),
            as_of=_age(_AS_OF),
            stale=seconds(lasting.stale_as_of),
        ),
        cadence.stale,
        f"Số liệu của nguồn {SOURCE} đã cũ",
        f"Số liệu của nguồn {SOURCE} đã cũ: quá hai chu kỳ chưa đọc được cổng (lần gần nhất "
        f"{_moment(_READ)}), hoặc "
        f"cổng ghi ngày số liệu quá {age(lasting.stale_as_of)} trước. Không gửi thông báo cho thủ trưởng "
        "đơn vị trong thời gian này.",
        "Two of the three ages: when the portal was last read, and of when it says its figures are.",
    )
    yield _Operator(
        "DvcFiguresFrozen",
        "warning",
        f"{_age(_CHANGED)} > {seconds(lasting.frozen)}",
        cadence.short,
        f"Số liệu của nguồn {SOURCE} không thay đổi",
        f"Không số liệu nào của nguồn {SOURCE} thay đổi từ {_moment(_CHANGED)}; có thể cổng đã ngừng cập "
        "nhật.",
        "The portal answers, but what it says has not moved.",
    )


def _readings(settings: Alerting) -> Iterator[_Operator]:
    confirmed = settings.cadence.confirmed
    totals = settings.bands.totals
    yield _Operator(
        "DvcTotalsMismatch",
        "warning",
        f"max by (source, indicator) (dvc_source_total_mismatch_ratio) > {totals:g}",
        confirmed,
        f"Nguồn {SOURCE}: dòng tổng cộng lệch so với các dòng đơn vị",
        f"Nguồn {SOURCE}, chỉ tiêu {{{{ $labels.indicator }}}}: dòng tổng cộng của cổng lệch "
        f"{_SHARE} so với tổng các dòng; có thể thiếu hoặc trùng đơn vị.",
        "The portal's own total against the sum of its rows.",
    )
    yield _Operator(
        "DvcReadingsWithheld",
        "warning",
        "count by (source) (group by (source, unit, indicator, period) (dvc_reading_withheld == 1))",
        confirmed,
        f"Nguồn {SOURCE}: {_VALUE} số liệu bị giữ lại để kiểm tra",
        f"{_VALUE} số liệu của nguồn {SOURCE} không được công bố vì có dấu hiệu sai; xem lý do tại trang "
        "của bộ thu thập.",
        "Readings that the checks keep out of the rates.",
    )
    yield _Operator(
        "DvcUnitsUnmatched",
        "warning",
        "sum by (source) (max by (source, outcome) "
        '(dvc_source_readings{outcome=~"unmatched|ambiguous"})) > 0',
        confirmed,
        f"Nguồn {SOURCE}: {_VALUE} số liệu không khớp đơn vị",
        f"{_VALUE} số liệu của nguồn {SOURCE} mang tên đơn vị không có hoặc trùng trong tệp chỉ tiêu; cần "
        "thêm tên gọi "
        "khác hoặc mã.",
        "Names of the portal that fit no unit, or several.",
    )


def _exporter(settings: Alerting) -> Iterator[_Operator]:
    cadence = settings.cadence
    window = span(2 * cadence.collection)
    yield _Operator(
        "DvcArchiveFailing",
        "warning",
        f"max(increase(dvc_archive_failures_total[{window}])) > 0",
        timedelta(),
        "Không lưu được trang đã đọc",
        "Bộ thu thập không lưu được trang của cổng vào kho lưu trữ; số liệu vẫn được công bố nhưng thiếu "
        "bằng chứng. "
        "Kiểm tra dung lượng và quyền ghi.",
        "Figures without proof: the disk is full or not writable.",
    )
    yield _Operator(
        "DvcExporterDown",
        "critical",
        f'absent(up{{job="{settings.job}"}} == 1) or absent({ALIVE})',
        cadence.short,
        "Bộ thu thập số liệu không trả lời",
        "Prometheus không đọc được số liệu từ bộ thu thập, hoặc bộ thu thập chưa có số liệu nào. Không gửi "
        "thông báo "
        "cho thủ trưởng đơn vị trong thời gian này.",
        "Not scraped, or without a snapshot. Inhibits all unit alerts.",
    )
    yield _Operator(
        "DvcConfigReloadFailed",
        "warning",
        block(
            """
            label_replace(min(dvc_config_last_reload_successful) == 0, <program> "dvc-exporter", "", "")
            or
            label_replace(min(prometheus_config_last_reload_successful) == 0, <program> "prometheus", "", "")
            or
            label_replace(
                min(alertmanager_config_last_reload_successful) == 0, <program> "alertmanager", "", ""
            )
            """,
            program='"program",',
        ),
        cadence.short,
        "Cấu hình mới của {{ $labels.program }} bị từ chối",
        "{{ $labels.program }} không đọc được cấu hình mới và vẫn chạy theo cấu hình cũ; xem nhật ký của "
        "chương trình.",
        "The configuration before stays in force.",
    )


def calendar_end(calendar: Calendar) -> datetime:
    """The first moment of the first year without holidays."""
    first = min((entry.year for entry in calendar.years), default=1970)
    return datetime.combine(calendar.ends(date(first, 1, 1)), time(), PROVINCE_TIME)


def _machinery(settings: Alerting, calendar: Calendar) -> Iterator[_Operator]:
    short = settings.cadence.short
    ends = calendar_end(calendar)
    yield _Operator(
        "DvcMailNotDelivered",
        "critical",
        block(
            """
            sum by (integration, receiver_name) (
                increase(alertmanager_notifications_failed_total{integration=~"email|webhook"}[<window>])
            ) > 0
            """,
            window=span(max(timedelta(hours=1), 4 * settings.cadence.scrape)),
        ),
        timedelta(),
        "Thư không gửi được{{ with $labels.receiver_name }} ({{ . }}){{ end }}",
        "Alertmanager không gửi được thông báo{{ with $labels.receiver_name }} cho nhóm nhận {{ . }}{{ end "
        "}} trong giờ "
        "qua: máy chủ thư không trả lời hoặc từ chối địa chỉ.",
        "From Alertmanager's own metrics; one refused recipient is enough.",
    )
    yield _Operator(
        "DvcCalendarEnding",
        "warning",
        f"vector(time()) >= {(ends - settings.lasting.calendar).timestamp():.0f}",
        timedelta(),
        f"Lịch nghỉ lễ chỉ có đến hết ngày {day(ends.date() - timedelta(days=1))}",
        f"Lịch làm việc chưa có ngày nghỉ của năm {ends.year}; từ ngày {day(ends.date())} không dựng lại "
        "được cấu hình "
        "gửi thư và thư có thể đến vào ngày nghỉ. Bổ sung calendar.yaml theo thông báo nghỉ lễ.",
        "Working days are announced year by year.",
    )
    yield _Operator(
        "DvcRulesFailing",
        "critical",
        block(
            """
            sum(increase(prometheus_rule_evaluation_failures_total[1h])) > 0
            or
            sum(increase(prometheus_rule_group_iterations_missed_total[1h])) > 0
            """
        ),
        timedelta(),
        "Quy tắc cảnh báo tính lỗi hoặc bị bỏ lượt",
        "Trong giờ qua Prometheus không tính được một quy tắc, hoặc tính không kịp; cảnh báo có thể thiếu. "
        "Xem trang Rules của Prometheus.",
        "A rule that fails is an alert that cannot come.",
    )
    yield _Operator(
        "DvcStorageFailing",
        "critical",
        block(
            """
            sum(increase(prometheus_tsdb_compactions_failed_total[6h])) > 0
            or
            sum(increase(prometheus_tsdb_reloads_failures_total[6h])) > 0
            or
            sum(increase(prometheus_tsdb_wal_corruptions_total[6h])) > 0
            or
            sum(increase(prometheus_tsdb_wal_writes_failed_total[6h])) > 0
            """
        ),
        timedelta(),
        "Kho dữ liệu của Prometheus có lỗi",
        "Prometheus không ghi hoặc không nén được dữ liệu trong 6 giờ qua; lịch sử có thể mất. Kiểm tra "
        "dung lượng đĩa.",
        "History is what 'last known' rests on.",
    )
    yield _Operator(
        "DvcWatchdog",
        "info",
        "vector(1)",
        timedelta(),
        "Hệ thống cảnh báo đang hoạt động",
        f"Cảnh báo này luôn bật và được gửi đến thiết bị giám sát ngoài. Khi quá {age(3 * short)} không "
        "nhận được, dây "
        "chuyền cảnh báo đã đứt ở đâu đó.",
        "Always firing, to a dead-man's switch.",
    )

"""Vietnamese words for the ids in labels. Tests hold them against the exporter's and the rules' lists."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models import dashboard

WITHHELD = {
    "above_one": "tử số lớn hơn mẫu số",
    "negative": "số âm",
    "not_a_number": "không phải là số",
    "fell": "số lũy kế giảm",
    "jumped": "tăng bất thường",
    "duplicate": "một đơn vị hai dòng",
    "held": "người vận hành giữ lại",
}
FAILURES = {
    "timeout": "quá thời gian",
    "connection": "không kết nối được",
    "tls": "chứng thư TLS",
    "http_status": "mã HTTP lỗi",
    "rejected": "cổng từ chối",
    "too_large": "trả lời quá lớn",
    "decode": "không giải mã được",
    "schema": "trang đổi cấu trúc",
}
OUTCOMES = {
    "accepted": "nhận",
    "withheld": "giữ lại",
    "unmatched": "không khớp đơn vị",
    "ambiguous": "khớp nhiều đơn vị",
}
ALERTS = {
    "DvcUnitBelowTarget": "▼ thấp hơn chỉ tiêu",
    "DvcUnitFarBelowTarget": "▼▼ còn xa chỉ tiêu",
    "DvcUnitFarBelowTargetLong": "▼▼ còn xa chỉ tiêu kéo dài",
    "DvcUnitBackOnTarget": "✓ đạt trở lại",
    "DvcUnitBehindMilestone": "▼ chậm lộ trình",
    "DvcUnitFalling": "▼ giảm nhanh",
    "DvcTargetOutOfReach": "▼▼ ước tính không còn đạt được",
    "DvcMeasurementMissing": "? chưa có số liệu",
    "DvcTargetMissing": "? có số liệu, không có chỉ tiêu",
    "DvcSourceDown": "▼▼ không đọc được nguồn",
    "DvcDataStale": "▼ số liệu đã cũ",
    "DvcFiguresFrozen": "▼ số liệu đứng yên",
    "DvcTotalsMismatch": "▼ tổng cộng lệch",
    "DvcReadingsWithheld": "▼ số liệu bị giữ lại",
    "DvcUnitsUnmatched": "▼ tên không khớp đơn vị",
    "DvcArchiveFailing": "▼ không lưu được trang",
    "DvcExporterDown": "▼▼ bộ thu thập không trả lời",
    "DvcConfigReloadFailed": "▼ cấu hình bị từ chối",
    "DvcMailNotDelivered": "▼▼ thư không gửi được",
    "DvcCalendarEnding": "▼ sắp hết lịch nghỉ lễ",
    "DvcRulesFailing": "▼▼ quy tắc tính lỗi",
    "DvcStorageFailing": "▼▼ kho dữ liệu lỗi",
    "DvcWatchdog": "✓ hệ thống cảnh báo đang chạy",
}


def texts(found: Mapping[str, str]) -> dashboard.ValueMap:
    """Ids to words, without colours."""
    return dashboard.ValueMap(
        options={
            value: dashboard.ValueMappingResult(text=text, index=index)
            for index, (value, text) in enumerate(found.items())
        }
    )


PERIODS = texts({"year": "năm", "month": "tháng"})
REASONS = texts(WITHHELD)
FAILURE_REASONS = texts(FAILURES)
ALERT_NAMES = texts(ALERTS)
SEVERITIES = texts({"critical": "nghiêm trọng", "warning": "cảnh báo", "info": "thông tin"})

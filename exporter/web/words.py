"""What the closed lists mean to an operator, and what to do about it: Vietnamese, one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from exporter.decision import Kind

KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.PROVINCE: "toàn tỉnh",
        Kind.DEPARTMENT: "sở, ngành",
        Kind.DISTRICT: "cấp huyện",
        Kind.COMMUNE_GROUP: "nhóm xã",
        Kind.COMMUNE: "cấp xã",
    }
)
"""Kinds of units."""

FAILURES: Mapping[str, str] = MappingProxyType(
    {
        "timeout": "quá thời hạn",
        "connection": "không kết nối được",
        "tls": "chứng thư không hợp lệ",
        "http_status": "cổng trả mã lỗi",
        "rejected": "cổng từ chối",
        "too_large": "trả lời quá lớn",
        "decode": "không giải mã được",
        "schema": "sai cấu trúc",
    }
)
"""Reasons for which a part of a collection fails (`dvc_source_failures_total`)."""

NEXT_STEPS: Mapping[str, str] = MappingProxyType(
    {
        "timeout": (
            "Cổng trả lời quá chậm. Chương trình tự thử lại theo lịch; nếu kéo dài, mở địa chỉ này bằng "
            "trình duyệt trên chính máy chủ và tăng `fetch.deadline` trong `exporter.yaml`."
        ),
        "connection": (
            "Kiểm tra mạng, DNS, tường lửa và proxy của máy chủ tới cổng; chương trình tự thử lại theo lịch."
        ),
        "tls": (
            "Chứng thư của cổng hết hạn hoặc thiếu chứng thư trung gian. Báo đơn vị vận hành cổng; không "
            "tắt việc kiểm tra chứng thư."
        ),
        "http_status": (
            "Mở địa chỉ trong nhật ký bằng trình duyệt. 404: cổng đã đổi địa chỉ, sửa `url` trong "
            "`exporter.yaml`; 5xx: cổng đang lỗi, chờ lần đọc sau."
        ),
        "rejected": (
            "Cổng chặn yêu cầu (tường lửa ứng dụng, giới hạn số lượt). Chương trình tạm dừng đọc nguồn này; "
            "đề nghị đơn vị vận hành cổng cho phép địa chỉ IP của máy chủ, hoặc tăng `every` trong "
            "`exporter.yaml`."
        ),
        "too_large": (
            "Trang lớn hơn mức cho phép. Xem `url` có đúng trang thống kê không, rồi tăng "
            "`fetch.max_bytes` nếu đúng."
        ),
        "decode": (
            "Nội dung không đọc được (bảng mã, trang dở dang hoặc JSON hỏng). Thường tự hết ở lần đọc sau; "
            "nếu không, xem trang gốc trong kho lưu bằng `dvc-exporter explain`."
        ),
        "schema": (
            "Cổng đã đổi bảng hoặc tên cột. So trang thống kê với mục `read` của nguồn trong "
            "`exporter.yaml`, sửa tên cột, chạy `dvc-exporter check` rồi nạp lại cấu hình."
        ),
    }
)
"""What an operator can do, by the reason of a failure. Between backticks stands what is written in a file."""

DOUBTS: Mapping[str, str] = MappingProxyType(
    {
        "above_one": "tử số lớn hơn mẫu số",
        "negative": "số âm",
        "not_a_number": "không phải số",
        "fell": "giảm bất thường",
        "jumped": "tăng bất thường",
        "duplicate": "trùng dòng",
        "held": "cán bộ giữ lại",
    }
)
"""Reasons for which a reading is withheld (`dvc_reading_withheld`)."""


def said(words: Mapping[str, str], key: str) -> str:
    """The words for `key`; a key that has none stands for itself."""
    return words.get(key, key)

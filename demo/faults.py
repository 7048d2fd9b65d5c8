"""The ways in which the portal misbehaves on request: what can be asked for, and what is in force.

A fault is asked for by name, for the paths that begin with `path`, for `times` requests or until it
is cleared. Several may be in force at once.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

SIMULATED = "SỐ LIỆU MÔ PHỎNG - không phải số liệu thật"
"""Stands on everything the portal says."""

WIRE: Mapping[str, str] = MappingProxyType(
    {
        "slow": "Trả lời chậm (seconds, mặc định 30)",
        "drip": "Từng byte một (seconds giữa hai byte, where: body hoặc headers)",
        "silent": "Nhận yêu cầu rồi im lặng",
        "reset": "Ngắt kết nối (RST)",
        "cut": "Nửa nội dung rồi đóng, độ dài ghi đúng",
        "cut_quietly": "Nửa nội dung rồi đóng, không ghi độ dài",
        "wrong_length": "Ghi độ dài nhỏ hơn nội dung",
        "too_large": "Nội dung không bao giờ hết",
        "gzip_bomb": "Bom nén gzip",
    }
)
"""What goes wrong with the bytes on their way, by name."""

PAGE: Mapping[str, str] = MappingProxyType(
    {
        "empty": "Nội dung rỗng",
        "http_401": "401",
        "http_403": "403",
        "http_404": "404",
        "http_429": "429 (retry_after)",
        "http_500": "500",
        "http_503": "503 (retry_after)",
        "rejected": "Tường lửa: Request Rejected",
        "login_page": "Trang đăng nhập thay cho số liệu",
        "redirect_away": "Chuyển sang máy chủ khác",
        "redirect_loop": "Chuyển hướng vòng tròn",
        "not_utf8": "Sai bảng mã",
        "broken_html": "HTML hỏng: mất ô, mất thẻ đóng",
        "no_table": "Không có bảng",
        "renamed_column": "Đổi tên cột",
        "html_for_json": "HTML thay cho JSON",
        "broken_json": "JSON hỏng",
        "short_page": "Ít dòng hơn tổng số đã ghi",
    }
)
"""What is wrong with the answer as a whole, by name."""

DATA: Mapping[str, str] = MappingProxyType(
    {
        "missing_rows": "Thiếu dòng: chỉ còn 20 trên 32 (và cùng tỷ lệ ở trang xã)",
        "nan": "NaN thay cho số",
        "above_one": "Tử số lớn hơn mẫu số",
        "negative": "Số âm",
        "fell": "Số lũy kế giảm",
        "jumped": "Số lũy kế tăng vọt",
        "duplicate": "Một đơn vị hai dòng",
        "unmatched": "Tên lạ",
        "ambiguous": "Tên xã trùng, không có tiêu đề huyện",
        "wrong_total": "Tổng cộng sai",
        "old": "Số liệu của năm trước",
        "standing": "Số liệu và ngày ghi đứng yên từ lúc đặt lỗi",
        "frozen": "Số liệu đứng yên, ngày ghi vẫn chạy",
    }
)
"""What is wrong with the figures, by name."""

ALL: Mapping[str, str] = MappingProxyType({**WIRE, **PAGE, **DATA})


_LONGEST = 86_400.0


class BadFaultError(ValueError):
    """A fault was asked for that does not exist, or with options that make no sense."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in force.

    `unit` and `indicator` are ids of the decision (None: a sensible one); `seconds` is a delay;
    `times` is how many requests it still has (None: without end); `since` the told time it was set.
    """

    name: str
    since: datetime
    path: str = "/"
    times: int | None = None
    unit: str | None = None
    indicator: str | None = None
    seconds: float | None = None
    retry_after: int | None = None
    where: str = "body"

    def as_json(self) -> dict[str, object]:
        """What the control endpoint says of it: only what was set."""
        said = {
            "fault": self.name,
            "path": self.path,
            "times": self.times,
            "unit": self.unit,
            "indicator": self.indicator,
            "seconds": self.seconds,
            "retry_after": self.retry_after,
            "where": self.where if self.name == "drip" else None,
            "since": self.since.isoformat(timespec="seconds"),
        }
        return {key: value for key, value in said.items() if value is not None}


_OPTIONS = frozenset({"fault", "path", "times", "unit", "indicator", "seconds", "retry_after", "where"})


def from_request(asked: Mapping[str, object], now: datetime) -> Fault:
    """A fault from what was posted. Raises BadFaultError with a sentence that says what is wrong.

    What a form leaves empty counts as not said.
    """
    said = {key: value for key, value in asked.items() if value not in (None, "")}
    unknown = set(said) - _OPTIONS
    if unknown:
        raise BadFaultError(f"Không hiểu: {', '.join(sorted(unknown))}.")
    name = said.get("fault")
    if not isinstance(name, str) or name not in ALL:
        raise BadFaultError(f"Không có lỗi “{name}”. Có: {', '.join(ALL)}.")
    where = _text(said, "where") or "body"
    if where not in ("body", "headers"):
        raise BadFaultError("where là body hoặc headers.")
    return Fault(
        name,
        now,
        path=_text(said, "path") or "/",
        times=_whole(said, "times"),
        unit=_text(said, "unit"),
        indicator=_text(said, "indicator"),
        seconds=_seconds(said),
        retry_after=_whole(said, "retry_after"),
        where=where,
    )


def _text(said: Mapping[str, object], key: str) -> str | None:
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        raise BadFaultError(f"{key} phải là chữ.")
    return value


def _whole(said: Mapping[str, object], key: str) -> int | None:
    if key not in said:
        return None
    try:
        number = int(str(said[key]))
    except ValueError:
        raise BadFaultError(f"{key} phải là số nguyên.") from None
    if number < 1:
        raise BadFaultError(f"{key} phải từ 1 trở lên.")
    return number


def _seconds(said: Mapping[str, object]) -> float | None:
    try:
        seconds = float(str(said["seconds"])) if "seconds" in said else None
    except ValueError:
        seconds = -1.0
    if seconds is not None and not 0 <= seconds <= _LONGEST:
        raise BadFaultError(f"seconds là số giây, từ 0 đến {_LONGEST:.0f}.")
    return seconds


class Faults:
    """The faults in force, shared by all connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._list: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Puts a fault in force beside the others."""
        with self._lock:
            self._list.append(fault)

    def clear(self) -> None:
        """The portal behaves again."""
        with self._lock:
            self._list.clear()

    def remove(self, name: str, path: str) -> bool:
        """Ends the faults of one name and path; whether there was one."""
        with self._lock:
            left = [fault for fault in self._list if (fault.name, fault.path) != (name, path)]
            found = len(left) < len(self._list)
            self._list = left
        return found

    def listed(self) -> tuple[Fault, ...]:
        """What is in force."""
        with self._lock:
            return tuple(self._list)

    def take(self, target: str) -> tuple[Fault, ...]:
        """The faults that hold for one request to `target` (path and query); it uses each up by one."""
        taken, left = [], []
        with self._lock:
            for fault in self._list:
                if not target.startswith(fault.path):
                    left.append(fault)
                    continue
                taken.append(fault)
                if fault.times is None:
                    left.append(fault)
                elif fault.times > 1:
                    left.append(replace(fault, times=fault.times - 1))
            self._list = left
        return tuple(taken)

"""Until when a page says its figures are."""

from __future__ import annotations

import time as machine
import unicodedata
from datetime import datetime

import pytest

from exporter.clock import PROVINCE_TIME
from exporter.sources.asof import last_moment

READ = datetime(2024, 9, 16, 10, 0, tzinfo=PROVINCE_TIME)


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=PROVINCE_TIME)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Số liệu tính đến 06:00 ngày 16/09/2024", moment(2024, 9, 16, 6, 0)),
        ("đến ngày 15/9/2024", moment(2024, 9, 15, 23, 59, 59)),
        ("Từ ngày 01/01/2024 đến ngày 15/09/2024", moment(2024, 9, 15, 23, 59, 59)),
        ("Từ 06:00 ngày 01/01/2024 đến ngày 15/09/2024", moment(2024, 9, 15, 23, 59, 59)),
        ("(01/01/2024-15/09/2024)", moment(2024, 9, 15, 23, 59, 59)),
        ("15/09/2024 06:30:12", moment(2024, 9, 15, 6, 30)),
        ("15/09/2024 lúc 6 giờ 30 phút", moment(2024, 9, 15, 6, 30)),
        ("06h30, ngày 15-9-2024", moment(2024, 9, 15, 6, 30)),
        ("6h ngày 15.09.2024", moment(2024, 9, 15, 6, 0)),
        ("ngày 15 tháng 9 năm 2024", moment(2024, 9, 15, 23, 59, 59)),
        (unicodedata.normalize("NFD", "ngày 15 tháng 9 năm 2024"), moment(2024, 9, 15, 23, 59, 59)),
        ("2024-09-15T06:00:00", moment(2024, 9, 15, 6, 0)),
        ("Năm 2023: 31/12/2023", moment(2023, 12, 31, 23, 59, 59)),
    ],
)
def test_the_last_date_of_a_text(text: str, expected: datetime) -> None:
    assert last_moment(text, READ) == expected


def test_it_is_never_later_than_the_page_was_read() -> None:
    assert last_moment("đến ngày 16/09/2024", READ) == READ
    assert last_moment("23:00 ngày 16/09/2024", READ) == READ


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Số liệu đang cập nhật",
        "31/02/2024",
        "Từ ngày 01/01/2024 đến ngày 31/02/2024",
        "00/00/2024",
        "Từ ngày 01/01/2024 đến ngày 31/12/2024",
        "17/09/2024",
        "16/09/24",
        "99/99/9999",
        "1/2/3/2024/5",
    ],
)
def test_what_is_no_date_says_nothing(text: str) -> None:
    assert last_moment(text, READ) is None


def test_a_hostile_text_costs_nothing() -> None:
    began = machine.process_time()
    assert last_moment("1:1 " * 1_000_000, READ) is None
    assert last_moment(" " * 1_000_000 + "15/09/2024", READ) is None
    assert machine.process_time() - began < 1

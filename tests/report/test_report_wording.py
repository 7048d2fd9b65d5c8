"""Sentences of the report, and where their lines may end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from exporter.decision import PROVINCE, Decision, Kind, Unit
from exporter.report import wording
from exporter.report.build import build
from exporter.report.wrapping import NO_BREAK, keep_together
from tests.report import builder as b


def named(name: str) -> Callable[[Decision], Decision]:
    """The decision of a province of that name."""
    unit = Unit(PROVINCE, name, "Toàn tỉnh", Kind.PROVINCE, None)
    return lambda made: replace(made, units={**made.units, PROVINCE: unit})


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("Tỉnh Thái Bình", "Thái Bình, ngày 16 tháng 9 năm 2024"),
        ("tỉnh Bà Rịa - Vũng Tàu", "Bà Rịa - Vũng Tàu, ngày 16 tháng 9 năm 2024"),
        ("Thành phố Hải Phòng", "Hải Phòng, ngày 16 tháng 9 năm 2024"),
        ("Huế", "Huế, ngày 16 tháng 9 năm 2024"),
        ("Tỉnh", "Ngày 16 tháng 9 năm 2024"),
    ],
)
def test_the_place_is_the_bare_name_of_the_province(name: str, head: str) -> None:
    table = build(b.snapshot(named(name)(b.decision([]))))
    assert wording.place_and_date(table) == head


def test_without_a_province_the_date_stands_alone() -> None:
    table = build(b.snapshot(b.decision([])))
    nowhere = replace(table, decision=replace(table.decision, units={}))
    assert wording.place_and_date(nowhere) == "Ngày 16 tháng 9 năm 2024"


def test_the_headline_tells_what_is_held_back_from_what_is_missing() -> None:
    made = b.decision([b.department(1, "Sở Công Thương")])
    held = b.snapshot(made, withheld=(b.withheld("so-1", "online_dossier", "Giảm."),))
    assert wording.summary(build(held)) == "0/6 chỉ tiêu đạt, 0 chưa đạt, 1 tạm giữ, 5 chưa có số liệu"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Sở Văn hóa, Thể thao và Du lịch", "Sở Văn_hóa, Thể_thao và_Du_lịch"),
        ("Sở Lao động - Thương binh và Xã hội", "Sở Lao_động_- Thương_binh và_Xã_hội"),
        (
            "Ban Quản lý Khu kinh tế và các Khu công nghiệp",
            "Ban Quản_lý Khu_kinh_tế và_các_Khu_công_nghiệp",
        ),
        ("Ủy ban nhân dân thành phố Thái Bình", "Ủy_ban_nhân_dân thành_phố Thái_Bình"),
        ("38/38 xã, thị trấn huyện Đông Hưng", "38/38_xã, thị_trấn huyện Đông_Hưng"),
        ("Sở Y tế", "Sở Y_tế"),
        ("Huế", "Huế"),
        ("", ""),
    ],
)
def test_no_word_of_a_name_is_torn(name: str, shown: str) -> None:
    assert keep_together(name).replace(NO_BREAK, "_") == shown


def test_what_is_too_long_for_a_line_may_be_torn() -> None:
    torn = keep_together("Sở " + " ".join(["dài"] * 40))
    assert max(len(part) for part in torn.split(" ")) <= 24

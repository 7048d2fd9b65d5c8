"""Names are levelled in the ways Vietnamese is written, and never across kinds."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.resolve.names import level, nearest, province_name

SAME = [
    ("Xã Thuỵ Hải", "XÃ  Thụy Hải"),
    ("Xã Đông Quí", "xã Đông Quý"),
    ("Phường Kì Bá", "Phường Kỳ Bá"),
    ("Xã Hoà Bình", "Xã Hòa Bình"),
    ("Xã Ðông Hòa", "Xã Đông Hòa"),
    ("UBND TP. Thái Bình", "Ủy ban nhân dân thành phố Thái Bình"),
    ("Ủy Ban Nhân Dân Huyện Đông Hưng", "Huyện Đông Hưng"),
    ("TT. Đông Hưng", "Thị trấn Đông Hưng"),
    ("Sở Công Thương - tỉnh Thái Bình", "Sở Công thương"),
    ("UBND xã Đô Lương – Tỉnh Thái Bình", "Xã Đô Lương"),
    ("Sở Lao động – Thương binh & Xã hội", "Sở Lao động - Thương binh và Xã hội"),
    ("Sở Văn hóa, Thể thao và Du lịch", "Sở Văn hoá Thể thao và Du lịch"),
    ("Sở\u00a0Y tế", "Sở Y tế"),
]
DIFFERENT = [
    ("Thị trấn Đông Hưng", "UBND huyện Đông Hưng"),
    ("Xã Tiền Hải", "Thị trấn Tiền Hải"),
    ("Đông Hưng", "Huyện Đông Hưng"),
    ("Xã Tây Tiến", "Xã Tay Tiến"),
    ("Xã Thái Thịnh", "Xã Thái Thinh"),
    ("Sở Công Thương - tỉnh An Giang", "Sở Công Thương"),
    ("Xã Quỳnh Mai", "Xã Quỳnh May"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_unit_written_differently(one: str, other: str) -> None:
    assert level(one, "Thái Bình") == level(other, "Thái Bình")


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_units_stay_apart(one: str, other: str) -> None:
    assert level(one, "Thái Bình") != level(other, "Thái Bình")


@given(st.sampled_from([name for pair in SAME for name in pair]), st.booleans(), st.booleans())
def test_unicode_form_and_case_do_not_matter(name: str, decomposed: bool, upper: bool) -> None:
    written = unicodedata.normalize("NFD" if decomposed else "NFC", name)
    assert level(written.upper() if upper else written, "Thái Bình") == level(name, "Thái Bình")


@given(st.text(max_size=200))
def test_white_space_and_punctuation_around_any_text_do_not_matter(text: str) -> None:
    assert level(f"  {text} .") == level(text)


def test_an_endless_name_is_cut() -> None:
    assert len(level("Xã " + "dài " * 100_000).core) < 1_000


@pytest.mark.parametrize(
    ("whole", "bare"),
    [
        ("Tỉnh Thái Bình", "Thái Bình"),
        ("UBND tỉnh Phú Thọ", "Phú Thọ"),
        ("Ủy ban nhân dân Thành phố Đồng Nai", "Đồng Nai"),
        ("Toàn tỉnh", ""),
    ],
)
def test_province_name(whole: str, bare: str) -> None:
    assert province_name(whole) == bare


def test_nearest_names_come_first() -> None:
    names = ["Sở Y tế", "Xã Đông Quang", "Xã Đông Quan", "Xã Đông Quý", "Sở Nội vụ"]
    assert nearest("Xã Đông Quangg", names) == ("Xã Đông Quang", "Xã Đông Quan", "Xã Đông Quý")
    assert nearest("Sở Ý tê", names, count=1) == ("Sở Y tế",)
    assert nearest("Xã", []) == ()

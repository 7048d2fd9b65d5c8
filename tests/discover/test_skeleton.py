"""A file for a new province: what a portal shows, and that the file loads as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.decision_file import load_decision
from exporter.decision import PROVINCE, Decision, Kind
from exporter.discover.skeleton import skeleton, slug
from exporter.discover.survey import Found, Survey, kind_of


def survey(*units: Found, province: Found | None = None, system: str | None = "national") -> Survey:
    published = frozenset({(Kind.COMMUNE, "online_payment"), (Kind.PROVINCE, "online_dossier")})
    return Survey(units, province, system, published)


def load(text: str, folder: Path) -> Decision:
    path = folder / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return load_decision(path)


PHU_THO = Found("UBND tỉnh Phú Thọ", "H44", Kind.PROVINCE)


def test_a_province_without_districts(tmp_path: Path) -> None:
    text = skeleton(
        survey(
            Found("UBND Phường Việt Trì", "H44.100", Kind.COMMUNE),
            Found("Sở Công Thương - Tỉnh Phú Thọ", "H44.07", Kind.DEPARTMENT),
            Found("UBND xã Lâm Thao - Tỉnh Phú Thọ", "H44.106", Kind.COMMUNE),
            province=PHU_THO,
        ),
        2026,
        "https://portal.example",
    )
    found = load(text, tmp_path)
    assert [(u.id, u.name, u.kind, u.parent, u.number, dict(u.codes)) for u in found.units.values()] == [
        ("tinh", "Tỉnh Phú Thọ", Kind.PROVINCE, None, None, {"national": "H44"}),
        ("h44-07", "Sở Công Thương", Kind.DEPARTMENT, PROVINCE, 1, {"national": "H44.07"}),
        ("h44-100", "UBND Phường Việt Trì", Kind.COMMUNE, PROVINCE, 2, {"national": "H44.100"}),
        ("h44-106", "UBND xã Lâm Thao", Kind.COMMUNE, PROVINCE, 3, {"national": "H44.106"}),
    ]
    assert found.authority == "Chủ tịch Ủy ban nhân dân tỉnh Phú Thọ"
    assert (found.period_start.year, found.period_end.year) == (2026, 2026)
    assert len(found.indicators) == 7
    assert found.indicators["online_payment"].applies_to == {Kind.DEPARTMENT, Kind.COMMUNE}
    assert found.indicators["full_online_provision"].applies_to == {Kind.DEPARTMENT}
    assert found.indicators["electronic_certified_copy"].applies_to == {Kind.COMMUNE}
    for unit in found.units.values():
        assert all(found.target(unit, indicator) is None for indicator in found.indicators.values())


def test_it_says_who_publishes_what() -> None:
    text = skeleton(survey(Found("Xã A", "H44.1", Kind.COMMUNE), province=PHU_THO), 2026, "x")
    assert text.endswith(
        "#   - {source: NGUON, kinds: [province], indicators: [online_dossier]}\n"
        "#   - {source: none, kinds: [province], indicators: [full_online_provision, online_payment, "
        "digitised_result, electronic_result, service_with_dossier, electronic_certified_copy], "
        "reason: Cổng không công bố}\n"
        "#   - {source: NGUON, kinds: [commune], indicators: [online_payment]}\n"
        "#   - {source: none, kinds: [commune], indicators: [full_online_provision, online_dossier, "
        "digitised_result, electronic_result, service_with_dossier, electronic_certified_copy], "
        "reason: Cổng không công bố}\n"
    )


def test_a_province_with_districts_and_without_codes(tmp_path: Path) -> None:
    text = skeleton(
        survey(
            Found("Xã Đô Lương", None, Kind.COMMUNE, "Huyện Đông Hưng"),
            Found("Sở Công Thương", None, Kind.DEPARTMENT, "Sở, ban, ngành"),
            Found("Xã An Châu", None, Kind.COMMUNE, "Huyện Đông Hưng"),
            Found("Xã An Châu", None, Kind.COMMUNE, "Huyện Khác"),
            Found("UBND huyện Đông Hưng", None, Kind.DISTRICT),
            Found("Xã Lẻ", None, Kind.COMMUNE),
            system=None,
        ),
        2024,
        "cong-tinh",
    )
    found = load(text, tmp_path)
    assert [(u.id, u.kind, u.parent) for u in found.units.values()] == [
        ("tinh", Kind.PROVINCE, None),
        ("so-cong-thuong", Kind.DEPARTMENT, PROVINCE),
        ("ubnd-huyen-dong-hung", Kind.DISTRICT, PROVINCE),
        ("xa-le", Kind.COMMUNE, PROVINCE),
        ("nhom-xa-huyen-dong-hung", Kind.COMMUNE_GROUP, "ubnd-huyen-dong-hung"),
        ("xa-do-luong", Kind.COMMUNE, "nhom-xa-huyen-dong-hung"),
        ("xa-an-chau", Kind.COMMUNE, "nhom-xa-huyen-dong-hung"),
        ("nhom-xa-huyen-khac", Kind.COMMUNE_GROUP, PROVINCE),
        ("xa-an-chau-2", Kind.COMMUNE, "nhom-xa-huyen-khac"),
    ]
    assert found.units[PROVINCE].name == "Toàn tỉnh"


def test_names_that_stand_twice_are_told_apart(tmp_path: Path) -> None:
    text = skeleton(
        survey(
            Found("Thanh tra tỉnh", "H44.1", Kind.DEPARTMENT),
            Found("Thanh Tra Tỉnh - Tỉnh Phú Thọ", "H44.2", Kind.DEPARTMENT),
            Found("Chi cục", None, Kind.DEPARTMENT),
            Found("Chi cục", None, Kind.DEPARTMENT),
            Found("Tỉnh", None, Kind.DEPARTMENT),
            Found("Sở A - Tỉnh Khác", None, Kind.DEPARTMENT),
            Found("中文", None, Kind.DEPARTMENT),
            Found(" - tỉnh Phú Thọ", None, Kind.DEPARTMENT),
            province=PHU_THO,
        ),
        2026,
        "x",
    )
    assert [(u.id, u.name) for u in load(text, tmp_path).units.values()][1:] == [
        ("h44-1", "Thanh tra tỉnh"),
        ("h44-2", "Thanh Tra Tỉnh (H44.2)"),
        ("chi-cuc", "Chi cục"),
        ("chi-cuc-2", "Chi cục (2)"),
        ("tinh-2", "Tỉnh"),
        ("so-a-tinh-khac", "Sở A - Tỉnh Khác"),
        ("don-vi", "中文"),
        ("tinh-phu-tho", "- tỉnh Phú Thọ"),
    ]


def test_groups_do_not_take_the_ids_of_units(tmp_path: Path) -> None:
    text = skeleton(
        survey(
            Found("Nhóm xã khác", None, Kind.DEPARTMENT),
            Found("Xã A", None, Kind.COMMUNE, "?"),
            Found("Xã A", None, Kind.COMMUNE, "!"),
        ),
        2026,
        "x",
    )
    groups = [u.id for u in load(text, tmp_path).units.values() if u.kind is Kind.COMMUNE_GROUP]
    assert groups == ["nhom-xa-khac-2", "nhom-xa-khac-3"]


@pytest.mark.parametrize(
    "name",
    [
        "no",
        "12",
        "a: b",
        "- a",
        "a # b",
        "{a}",
        "a, b",
        "[x",
        "'q",
        '"q"',
        "1:30",
        "2024-01-01",
        "null",
        "*a",
        "%",
    ],
)
def test_any_name_is_a_value(name: str, tmp_path: Path) -> None:
    text = skeleton(
        survey(Found(name, "H44.1", Kind.COMMUNE, name), Found(name, None, Kind.DISTRICT)), 2026, "x"
    )
    assert [u.name for u in load(text, tmp_path).units.values()].count(name) == 2


@given(st.text(max_size=60))
def test_an_id_is_always_an_id(text: str) -> None:
    made = slug(text)
    assert made == "" or all(part and part.isascii() and part.isalnum() for part in made.split("-"))
    assert made == made.lower()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("UBND Phường Việt Trì", Kind.COMMUNE),
        ("Xã Đô Lương", Kind.COMMUNE),
        ("Thị trấn Đông Hưng", Kind.COMMUNE),
        ("UBND Đặc khu Phú Quốc", Kind.COMMUNE),
        ("UBND huyện Đông Hưng", Kind.DISTRICT),
        ("Thành phố Thái Bình", Kind.DISTRICT),
        ("Sở Công Thương", Kind.DEPARTMENT),
        ("Văn phòng UBND Tỉnh", Kind.DEPARTMENT),
        ("", Kind.DEPARTMENT),
    ],
)
def test_what_a_unit_is_by_its_name(name: str, kind: Kind) -> None:
    assert kind_of(name) is kind

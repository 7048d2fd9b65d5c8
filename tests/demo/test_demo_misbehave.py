from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from demo.site import Site
from tests.demo.demo_site import (
    COMMUNES,
    UNITS,
    ask,
    fault,
    page,
    row_of,
    table,
    unit_rows,
    value,
)


def both(site: Site, name: str, path: str = UNITS, **options: object) -> tuple[str, str]:
    return page(site, path), page(site, path, fault(name, **options))


def only_changed(before: str, after: str) -> list[tuple[list[str], list[str]]]:
    return [pair for pair in zip(unit_rows(before), unit_rows(after), strict=True) if pair[0] != pair[1]]


@pytest.mark.parametrize("indicator", [
    "full_online_provision", "online_dossier", "online_payment", "digitised_result", "electronic_result",
    "service_with_dossier",
])  # fmt: skip
@pytest.mark.parametrize("name", ["fell", "jumped", "above_one", "negative", "nan"])
def test_a_false_count_hits_the_unit_that_was_named_and_no_other(
    site: Site, name: str, indicator: str
) -> None:
    before, after = both(site, name, unit="so-y-te", indicator=indicator)
    ((old, new),) = only_changed(before, after)
    assert new[1] == old[1] == unicodedata.normalize("NFD", "Sở Y tế")
    part = {"full_online_provision": 3, "online_dossier": 5, "online_payment": 13, "digitised_result": 10,
            "electronic_result": 11, "service_with_dossier": 16}[indicator]  # fmt: skip
    whole = {3: 2, 5: 6, 13: 12, 10: 9, 11: 9, 16: 15}[part]
    if name == "nan":
        assert new[part] == "NaN"
        return
    numerator, denominator = value(new[part]), value(new[whole])
    if indicator == "online_dossier":
        denominator += numerator
    match name:
        case "fell":
            assert 0 < numerator < 0.7 * value(old[part])
        case "jumped":
            assert numerator > 2 * value(old[part])
            assert numerator <= denominator
        case "above_one":
            assert numerator > denominator
        case _:
            assert numerator < 0


def test_a_fault_without_a_unit_takes_the_first_that_counts(site: Site) -> None:
    ((old, new),) = only_changed(*both(site, "above_one"))
    assert old[1] == "Ban quản lý Khu Kinh tế và các Khu công nghiệp"
    assert value(new[13]) > value(new[12])
    before, after = both(site, "negative", COMMUNES, unit="xa-13078", indicator="electronic_certified_copy")
    ((old, new),) = only_changed(before, after)
    assert (old[18], new[18]) == ("0", "-1")
    assert only_changed(*both(site, "fell", unit="xa-13078")) == []


def test_rows_go_missing_while_the_total_stays(site: Site) -> None:
    for path, count in ((UNITS, 15), (COMMUNES, 162)):
        for name in ("missing_rows", "short_page"):
            before, after = both(site, name, path)
            assert len(unit_rows(after)) == count
            assert table(after)[-1] == table(before)[-1]


def test_a_row_stands_there_twice(site: Site) -> None:
    _, after = both(site, "duplicate", unit="so-tu-phap")
    names = [row[1] for row in unit_rows(after)]
    assert names.count("Sở Tư pháp") == 2
    assert len(names) == 25


def test_names_that_nobody_bears_and_names_without_their_district(site: Site) -> None:
    assert row_of(both(site, "unmatched", unit="so-y-te")[1], "Sở Biển và Hải đảo")
    assert row_of(both(site, "unmatched", COMMUNES)[1], "Xã Cồn Vành Mới")
    loose = table(both(site, "ambiguous", COMMUNES)[1])
    assert not [row for row in loose[3:] if len(set(row)) == 1]
    alone = table(both(site, "ambiguous", COMMUNES, unit="xa-13135")[1])
    assert alone[3][1] == "Xã Hòa Bình"
    assert alone[4][0] == "Huyện Đông Hưng"


def test_a_wrong_total_is_wrong_alone(site: Site) -> None:
    before, after = both(site, "wrong_total", indicator="online_dossier")
    assert only_changed(before, after) == []
    assert table(after)[-1][5] == "9.999.999"


def test_old_pages_show_last_year_whatever_was_asked(site: Site) -> None:
    text = page(site, UNITS + "?ky=nam&nam=2024", fault("old"))
    assert "Số liệu tính đến 06:00 ngày 16/09/2023" in text
    assert "(Từ ngày 01/01/2023 đến ngày 16/09/2023)" in text
    assert value(table(text)[-1][5]) > 100_000
    data = ask(site, "dossier-digitized", fault("old"))["data"]
    assert data["overview"]["metrics"][0]["denominator"] > 100_000


def test_standing_pages_stand_with_their_date_and_frozen_ones_without(site: Site) -> None:
    before = page(site, UNITS)
    site.control.set_date(date(2024, 9, 20))
    standing, frozen = (page(site, UNITS, fault(name)) for name in ("standing", "frozen"))
    assert unit_rows(standing) == unit_rows(frozen) == unit_rows(before) != unit_rows(page(site, UNITS))
    assert "06:00 ngày 16/09/2024" in standing
    assert "06:00 ngày 20/09/2024" in frozen

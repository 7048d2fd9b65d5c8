from __future__ import annotations

import unicodedata
from datetime import date, time

import pytest
import yaml
from selectolax.lexbor import LexborHTMLParser

from demo.asking import Asked
from demo.faults import SIMULATED
from demo.portal import TARGETS
from demo.sheet import number, percent
from demo.site import Site, updated
from exporter.decision import Kind
from exporter.periods import Period
from exporter.resolve.match import directory, resolve
from exporter.sources.base import PortalUnit, Reading
from tests.demo.demo_site import (
    COMMUNES,
    NOW,
    UNITS,
    page,
    row_of,
    table,
    unit_rows,
    value,
)


@pytest.mark.parametrize("path", [UNITS, COMMUNES])
@pytest.mark.parametrize("query", ["?ky=nam&nam=2024", "?ky=thang&nam=2024&thang=9", "", "?ky=nam&nam=2023"])
def test_a_page_is_one_rectangular_table_with_its_own_numbering(site: Site, path: str, query: str) -> None:
    rows = table(page(site, path + query))
    assert {len(row) for row in rows} == {19}
    assert rows[2] == [f"({n})" for n in range(1, 20)]
    assert rows[-1][:2] == ["Tổng cộng", "Tổng cộng"]
    headings = [row[0] for row in rows[3:] if len(set(row)) == 1]
    assert headings == (
        ["I. Sở, ban, ngành", "II. Ủy ban nhân dân huyện, thành phố"]
        if path == UNITS
        else [
            "Huyện Đông Hưng",
            "Huyện Hưng Hà",
            "Huyện Kiến Xương",
            "Huyện Quỳnh Phụ",
            "Huyện Thái Thuỵ",
            "Huyện Tiền Hải",
            "Huyện Vũ Thư",
            "Thành phố Thái Bình",
        ]
    )


def test_every_column_that_the_example_configuration_names_is_there_once(site: Site) -> None:
    settings = yaml.safe_load((TARGETS.parent / "exporter.yaml").read_text(encoding="utf-8"))
    for source, path in zip(settings["sources"][:2], (UNITS, COMMUNES), strict=True):
        rows = table(page(site, path))
        columns = [" > ".join(dict.fromkeys(pair)) for pair in zip(*rows[:2], strict=True)]
        read = source["read"]
        wanted = [
            column
            for options in read["indicators"].values()
            for part in ("numerator", "denominator")
            for column in options[part]
        ]
        assert len(wanted) == 15
        for column in [read["unit"], *wanted]:
            assert columns.count(column) == 1, column
        text = page(site, path)
        as_of = LexborHTMLParser(text).css(read["as_of"])
        assert [node.text() for node in as_of] == ["Số liệu tính đến 06:00 ngày 16/09/2024"]
        assert len(LexborHTMLParser(text).css(read["table"])) == 1
        assert set(read["totals"]) == {rows[-1][1]}


@pytest.mark.parametrize("path", [UNITS, COMMUNES])
@pytest.mark.parametrize("query", ["?ky=nam&nam=2024", "?ky=thang&nam=2024&thang=8"])
def test_numbers_are_consistent_and_the_total_is_the_sum(site: Site, path: str, query: str) -> None:
    text = page(site, path + query)
    rows = unit_rows(text)
    total = table(text)[-1]
    for column in (*range(2, 8), *range(9, 14), *range(15, 19)):
        assert sum(value(row[column]) for row in rows) == value(total[column])
    for row in [*rows, total]:
        got = [value(cell) if "," not in cell else 0 for cell in row[2:]]
        assert got[2] == got[3] + got[4] + got[5]
        assert row[8] == percent(got[3], got[3] + got[4])
        assert row[14] == percent(got[11], got[10])
        assert max(got[8], got[9]) <= got[7]
        assert (got[1] <= got[0], got[11] <= got[10], got[14] <= got[13], got[16] <= got[15]) == (True,) * 4


def test_who_stands_on_the_pages_and_what_concerns_them(site: Site) -> None:
    units = unit_rows(page(site, UNITS))
    assert len(units) == 24
    assert all(row[17:] == ["-", "-"] and row[2] != "-" for row in units[:16])
    assert all(row[17:] == ["1", "1"] and row[2:4] == ["-", "-"] for row in units[16:])
    assert row_of(page(site, UNITS), "Sở Tài chính")[12:15] == ["-", "-", "-"]
    assert row_of(page(site, UNITS), "Sở Nội vụ")[12:15] == ["0", "0", "-"]
    communes = unit_rows(page(site, COMMUNES))
    assert len(communes) == 260
    assert {row[17] for row in communes} == {"1"}
    assert {row[18] for row in communes} == {"0", "1"}
    assert any("." in row[4] for row in communes)


def test_every_name_fits_one_unit_within_its_heading(site: Site) -> None:
    decision = site.simulation.decision
    for path, day, count in ((UNITS, NOW.date(), 24), (COMMUNES, NOW.date(), 260)):
        scope, readings = None, []
        for row in table(page(site, path))[3:-1]:
            if len(set(row)) == 1:
                scope = row[0] if path == COMMUNES else None
                continue
            unit = PortalUnit(row[1], scope=scope)
            readings.append(Reading(unit, "online_dossier", Period.year_of(day), 1, 2, "", ""))
        found = resolve(readings, "thu", directory(decision, day))
        assert found.unmatched == ()
        kinds = (Kind.DEPARTMENT, Kind.DISTRICT) if path == UNITS else (Kind.COMMUNE,)
        assert [unit for unit, _ in found.matched] == [u.id for u in decision.in_force(day, *kinds)]
        assert len(found.matched) == count


def test_names_are_written_the_ways_portals_write_them(site: Site) -> None:
    text = page(site, UNITS)
    names = [row[1] for row in unit_rows(text)]
    assert {"UBND huyện Thái Thuỵ", "UBND TP. Thái Bình", "Sở Văn hoá, Thể thao và Du lịch"} <= set(names)
    assert unicodedata.normalize("NFD", "Sở Y tế") in names
    communes = [row[1] for row in unit_rows(page(site, COMMUNES))]
    assert "TT. Hưng Nhân" in communes
    assert "UBND xã Minh Lãng" in communes


def test_communes_merge_on_the_first_of_november_at_six(site: Site) -> None:
    site.control.set_date(date(2024, 11, 1), time(5, 59))
    assert len(unit_rows(page(site, COMMUNES))) == 260
    before = page(site, COMMUNES)
    site.control.set_date(date(2024, 11, 1), time(6, 0))
    after = page(site, COMMUNES)
    rows = unit_rows(after)
    assert len(rows) == 242
    assert row_of(before, "Xã Đô Lương")
    assert "Xã Đô Lương" not in [row[1] for row in rows]
    assert "Xã Liên An Đô" in [row[1] for row in rows]
    assert value(table(after)[-1][5]) >= value(table(before)[-1][5])


def test_figures_appear_at_six_and_say_so(site: Site) -> None:
    site.control.set_date(date(2024, 9, 17), time(5, 59))
    early = page(site, UNITS)
    site.control.set_date(date(2024, 9, 17), time(6, 0))
    late = page(site, UNITS)
    assert "Số liệu tính đến 06:00 ngày 16/09/2024" in early
    assert "Số liệu tính đến 06:00 ngày 17/09/2024" in late
    assert "(Từ ngày 01/01/2024 đến ngày 17/09/2024)" in late
    assert value(table(late)[-1][5]) > value(table(early)[-1][5])
    assert updated(NOW) == NOW.replace(hour=6)


def test_the_first_of_january_starts_a_new_year(site: Site) -> None:
    site.control.set_date(date(2025, 1, 1))
    fresh = page(site, UNITS)
    assert "(Từ ngày 01/01/2025 đến ngày 01/01/2025)" in fresh
    assert value(table(fresh)[-1][5]) == 0
    assert value(table(fresh)[-1][7]) > 0
    whole = page(site, UNITS + "?ky=nam&nam=2024")
    assert "(Từ ngày 01/01/2024 đến ngày 31/12/2024)" in whole
    assert value(table(whole)[-1][5]) > 100_000


@pytest.mark.parametrize(
    "query",
    ["?ky=nam&nam=abc", "?ky=quy&nam=2024", "?ky=thang&nam=2024&thang=13", "?nam=1066"],
)
def test_a_period_that_makes_no_sense_is_refused(site: Site, query: str) -> None:
    answer = site.answer(Asked("GET", UNITS + query, {}))
    assert answer.status == 400
    assert SIMULATED in answer.body.decode()


@pytest.mark.parametrize("target", ["/", UNITS, COMMUNES, "/dieu-khien", "/khong-co", UNITS + "?ky=quy"])
def test_every_page_says_that_it_is_simulated(site: Site, target: str) -> None:
    answer = site.answer(Asked("GET", target, {"accept": "text/html"}))
    assert SIMULATED in answer.body.decode()


def test_numbers_as_officials_write_them() -> None:
    assert [number(n) for n in (0, 999, 1234, -1234567)] == ["0", "999", "1.234", "-1.234.567"]
    assert [percent(*p) for p in ((0, 0), (0, 7), (7, 7), (1, 3), (58_125, 100_000))] == [
        "-",
        "0,00",
        "100,00",
        "33,33",
        "58,13",
    ]

"""Every page at 1080p and 4K, with the longest names: whole, apart, legible and accessible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, ViewportSize

from exporter.clock import FixedClock
from exporter.decision import PROVINCE, Kind
from exporter.snapshot.model import Snapshot
from tests.snapshots import NOW, make_snapshot
from tests.wall_driver import (
    HD,
    UHD,
    Site,
    expired,
    looking,
    real_decision,
    real_snapshot,
    wall_site,
    without,
)

LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
LONGEST = "Ban Quản lý Khu kinh tế, các Khu công nghiệp và Cụm công nghiệp ven biển"


def long_names() -> Snapshot:
    """All names as long as any province has them, sums in which parts are missing, figures that are."""
    snapshot = real_snapshot(clock_offset_seconds=-86_400.0 * 800)
    units = dict(snapshot.decision.units)
    for number, unit in enumerate(units.values()):
        if unit.kind in {Kind.DEPARTMENT, Kind.DISTRICT} and number % 4 == 1:
            units[unit.id] = replace(unit, name=LONGEST, short_name=LONGEST[: 30 + number % 9])
        if unit.kind is Kind.COMMUNE and number % 7 == 1:
            units[unit.id] = replace(unit, name="Thị trấn Quỳnh Phượng Hồng")
    figures = dict(snapshot.figures)
    for figure, m in snapshot.figures.items():
        unit = units[figure.unit]
        if unit.kind in {Kind.COMMUNE_GROUP, Kind.PROVINCE}:
            figures[figure] = replace(m, parts=("a",) * 29, parts_expected=30)
        if unit.kind is Kind.DEPARTMENT and unit.number == 6:
            figures[figure] = replace(m, numerator=0, denominator=0)
    snapshot = replace(snapshot, decision=replace(snapshot.decision, units=units), figures=figures)
    return without(snapshot, ("so-noi-vu", "online_dossier"), ("so-noi-vu", "online_payment"))


def everything_met() -> Snapshot:
    snapshot = real_snapshot()
    return replace(
        snapshot, figures={f: replace(m, numerator=m.denominator) for f, m in snapshot.figures.items()}
    )


def communes_only() -> Snapshot:
    """A province after 1 July 2025: departments and communes, nothing between."""
    decision = real_decision()
    communes = [u for u in decision.units.values() if u.kind is Kind.COMMUNE][:102]
    kept = [u for u in decision.units.values() if u.kind in {Kind.PROVINCE, Kind.DEPARTMENT}]
    units = {u.id: u for u in (*kept, *(replace(u, parent=PROVINCE) for u in communes))}
    decision = replace(decision, units=units)
    return make_snapshot(
        decision=decision, figures={f: m for f, m in real_snapshot().figures.items() if f.unit in units}
    )


def pages(page: Page) -> Iterator[str]:
    """Shows one page after the other."""
    count = page.locator(".page").count()
    for number in range(count):
        found = page.locator(".page:visible").get_attribute("data-page")
        yield f"{number + 1} ({found})"
        page.keyboard.press("ArrowRight")


def looks_right(page: Page) -> dict[str, list[str]]:
    """By page, what is wrong with it."""
    return {name: wrong for name in pages(page) if (wrong := page.evaluate(LOOK))}


@pytest.mark.parametrize(
    ("make", "size"),
    [
        pytest.param(long_names, HD, id="long names, 1080p"),
        pytest.param(long_names, UHD, id="long names, 4K"),
        pytest.param(real_snapshot, HD, id="real names, 1080p"),
        pytest.param(everything_met, HD, id="everything met, 1080p"),
        pytest.param(communes_only, HD, id="a province of communes, 1080p"),
    ],
)
def test_nothing_is_clipped_and_nothing_overlaps(
    browser: Browser, make: Callable[[], Snapshot], size: ViewportSize
) -> None:
    with wall_site(make()) as site, looking(browser, site.url, size) as page:
        assert page.evaluate("document.fonts.check('16px Inter', 'Đề')")
        assert looks_right(page) == {}


def test_a_screen_without_our_font_is_as_legible(browser: Browser) -> None:
    with wall_site(long_names()) as site, looking(browser, site.url) as page:

        def refuse(route: Route) -> None:
            route.abort()

        page.route("**/*.woff2", refuse)
        page.reload()
        assert page.evaluate("Array.from(document.fonts).every(font => font.status !== 'loaded')")
        assert looks_right(page) == {}


@pytest.mark.parametrize("size", [HD, UHD, {"width": 1366, "height": 768}], ids=["1080p", "4K", "768p"])
def test_the_stale_wall_has_room_too(browser: Browser, site: Site, size: ViewportSize) -> None:
    assert isinstance(site.state.clock, FixedClock)
    with looking(browser, site.url, size) as page:
        site.state.clock.moment = NOW + timedelta(hours=27)
        site.publish(expired(real_snapshot(), 27))
        page.locator(".notice:visible").wait_for()
        assert looks_right(page) == {}


@pytest.mark.parametrize("size", [HD, UHD], ids=["1080p", "4K"])
def test_key_figures_are_seen_from_five_metres(browser: Browser, site: Site, size: ViewportSize) -> None:
    with looking(browser, site.url, size) as page:
        sizes = page.evaluate(
            "Array.from(document.querySelectorAll('.band b'))"
            ".map(b => parseFloat(getComputedStyle(b).fontSize))"
        )
        scale = size["height"] / 1080
        assert len(sizes) == 4
        assert min(sizes) >= 72 * scale - 0.1
        assert max(sizes) == sizes[1], "the targets met are the big number"
        heads = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.key b')).fontSize)")
        assert heads >= 72 * scale - 0.1


def test_a_screen_of_another_shape_shows_the_whole_wall(browser: Browser, site: Site) -> None:
    for size in (
        {"width": 1080, "height": 1920},
        {"width": 2560, "height": 1080},
        {"width": 1024, "height": 768},
    ):
        with looking(browser, site.url, ViewportSize(width=size["width"], height=size["height"])) as page:
            box = page.locator("#wall").bounding_box()
            assert box is not None
            assert box["x"] >= -1
            assert box["y"] >= -1
            assert box["width"] <= size["width"] + 1
            assert box["height"] <= size["height"] + 1


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_rules_of_accessibility_hold_on_every_page(browser: Browser, theme: str) -> None:
    with (
        wall_site(long_names()) as site,
        looking(browser, f"{site.url}?theme={theme}", bypass_csp=True) as page,
    ):
        assert page.locator("html").get_attribute("data-theme") == theme
        seen = set()
        for name in pages(page):
            kind = page.locator(".page:visible").get_attribute("class")
            if kind not in seen:  # pages of one kind differ in their figures only
                seen.add(kind)
                results = Axe().run(page)
                assert results.response["violations"] == [], f"{name}\n{results.generate_report()}"
                assert results.response["passes"]
        assert len(seen) >= 4


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_they_hold_on_the_stale_wall(browser: Browser, site: Site, theme: str) -> None:
    with looking(browser, f"{site.url}?theme={theme}", bypass_csp=True) as page:
        site.publish(expired(real_snapshot(), 27))
        page.locator(".notice:visible").wait_for()
        results = Axe().run(page)
        assert results.response["violations"] == [], results.generate_report()


def test_a_screen_reader_reads_tables(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.keyboard.press("ArrowRight")
        table = page.get_by_role("table").first
        row = table.get_by_role("row", name="Sở Công Thương")
        assert row.get_by_role("rowheader").inner_text() == "Sở Công Thương"
        assert row.get_by_role("cell").nth(0).inner_text().split() == ["74,0", "chưa", "đạt"]
        assert "≥ 80%" in table.get_by_role("columnheader").nth(1).inner_text()

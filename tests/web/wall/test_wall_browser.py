"""The wall in a real browser: what it shows, how it turns, and that new figures come without a reload."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from exporter.clock import FixedClock
from exporter.snapshot.model import Figure, Snapshot
from exporter.web.wall.events import StreamLimits
from tests.snapshots import NOW, State
from tests.wall_driver import BEATS, Site, expired, looking, move, real_snapshot, text, wall_site, without

ORDER = [
    *("tinh", "so-nganh", "huyen", "nhom-xa", "xa-dong-hung", "xa-hung-ha", "xa-kien-xuong", "xa-quynh-phu"),
    *("xa-thai-thuy", "xa-tien-hai", "xa-vu-thu", "xa-tp-thai-binh"),
]
MARK = "document.body.dataset.mark = 'the same document'"


def shown(page: Page) -> str:
    """Which page is shown: exactly one is."""
    found = page.locator(".page:visible")
    assert found.count() == 1
    return found.get_attribute("data-page") or ""


def clock(site: Site) -> FixedClock:
    assert isinstance(site.state.clock, FixedClock)
    return site.state.clock


def better(unit: str = "so-cong-thuong") -> Snapshot:
    """A snapshot in which one unit meets everything."""
    snapshot = real_snapshot()
    figures = dict(snapshot.figures)
    for figure, m in snapshot.figures.items():
        if figure.unit == unit:
            figures[figure] = replace(m, numerator=m.denominator)
    return replace(snapshot, figures=figures)


def test_the_band_says_how_many_how_complete_and_how_old(browser: Browser) -> None:
    snapshot = without(real_snapshot(), ("so-noi-vu", "digitised_result"), ("xa-hung-ha", "online_payment"))
    with wall_site(snapshot) as site, looking(browser, site.url) as page:
        assert text(page, ".band") == (
            "0 /32 đơn vị đạt tất cả 41 /191 chỉ tiêu đạt 2 chỉ tiêu chưa có số liệu "
            "3 giờ số liệu đến 16/09/2024 06:00"
        )
        assert text(page, ".names h2").startswith("30 đơn vị chưa đạt · 2 chưa xác định")


def test_who_is_furthest_from_a_target_stands_first(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        assert page.locator(".names tbody tr").all_inner_texts()[0].split("\n") == [
            "Sở Lao động - TB và XH",
            "−100,0",
        ]
        assert page.locator(".names tbody tr").last.inner_text() == "và 9 đơn vị khác, xem các trang sau"


def test_the_band_stays_while_the_pages_turn(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, frozen=True, script=BEATS) as page:
        band, seen = text(page, ".band"), []
        for number in range(1, len(ORDER) + 1):
            seen.append(shown(page))
            assert text(page, ".band") == band
            assert text(page, "#turn") == f"trang {number}/{len(ORDER)}"
            move(page, 15)
        assert seen == ORDER
        assert shown(page) == "tinh"


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("?pages=so-nganh,tinh&every=7", ["tinh", "so-nganh", "tinh"]),
        ("?pages=xa&every=7", ["xa-dong-hung", "xa-hung-ha", "xa-kien-xuong"]),
        ("?pages=huyen&every=7", ["huyen", "huyen", "huyen"]),
        ("?pages=nothing-like-this&every=7", ["tinh", "so-nganh", "huyen"]),
        ("?pages=,,%3Cscript%3E&every=7,0", ["tinh", "so-nganh", "huyen"]),
    ],
)
def test_which_pages_and_how_long(browser: Browser, site: Site, query: str, seen: list[str]) -> None:
    with looking(browser, site.url + query, frozen=True, script=BEATS) as page:
        found = []
        for _ in seen:
            found.append(shown(page))
            move(page, 7)
        assert found == seen


@pytest.mark.parametrize("every", ["0", "nonsense", "1e9"])
def test_a_pace_that_nobody_can_read_is_the_usual_one(browser: Browser, site: Site, every: str) -> None:
    with looking(browser, f"{site.url}?every={every}", frozen=True, script=BEATS) as page:
        move(page, 14)
        assert shown(page) == "tinh"
        move(page, 2)
        assert shown(page) == "so-nganh"


def test_the_arrows_of_a_remote_control_turn_and_its_button_stops(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, frozen=True, script=BEATS) as page:
        page.keyboard.press("ArrowRight")
        assert shown(page) == "so-nganh"
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert shown(page) == ORDER[-1]
        page.keyboard.press("Enter")
        move(page, 60)
        assert shown(page) == ORDER[-1]
        assert text(page, "#turn") == f"dừng ở trang {len(ORDER)}/{len(ORDER)}"
        page.keyboard.press(" ")
        move(page, 16)
        assert shown(page) == "tinh"
        page.keyboard.press("Enter")
        move(page, 590)
        assert shown(page) == "tinh"
        move(page, 30)
        assert shown(page) == "so-nganh", "a page that somebody stopped and forgot turns again"


def test_new_figures_come_in_place_and_leave_the_page_that_is_shown(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, frozen=True) as page:
        move(page, 15)
        page.evaluate(MARK)
        assert "0/16" in text(page, ".page:visible")
        site.publish(better())
        expect(page.locator(".band p").first).to_have_text("1/32 đơn vịđạt tất cả")
        assert shown(page) == "so-nganh"
        assert "1/16" in text(page, ".page:visible")
        assert page.locator("body").get_attribute("data-mark") == "the same document"
        assert page.locator(".turned").count() == 0, "an update is no turn: nothing may fade"


def test_the_same_figures_read_again_touch_nothing(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.evaluate("document.querySelector('#wall').dataset.mark = 'untouched'")
        site.publish(real_snapshot())
        page.wait_for_timeout(500)
        assert page.locator("#wall").get_attribute("data-mark") == "untouched"


def test_ages_come_from_the_exporter_and_not_from_the_television(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, frozen=True) as page:
        assert "2031" in str(page.evaluate("new Date().toISOString()"))
        assert text(page, "#clock") == "16/09/2024 09:08"
        assert text(page, "#age") == "3 giờ số liệu đến 16/09/2024 06:00"
        clock(site).moment = NOW + timedelta(hours=1)
        site.publish(real_snapshot(notes=("x",)))
        page.reload()
        assert text(page, "#clock") == "16/09/2024 10:08"
        assert text(page, "#age b") == "4 giờ"


def test_an_age_turns_amber_and_red_by_the_schedule_of_the_sources(browser: Browser) -> None:
    """Read 12 minutes ago, every 6 hours, valid for 26."""
    with wall_site(real_snapshot()) as site:
        for hours, tone, age in ((0, "new", "3 giờ"), (18, "late", "21 giờ"), (26, "old", "29 giờ")):
            clock(site).moment = NOW + timedelta(hours=hours)
            with looking(browser, site.url) as page:
                assert page.locator("#age").get_attribute("class") == f"age {tone}"
                assert text(page, "#age b") == age


def test_stale_figures_stay_in_place_grey_and_name_nobody(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.keyboard.press("ArrowRight")
        clock(site).moment = NOW + timedelta(hours=27)
        site.publish(expired(real_snapshot(), 27))
        expect(page.locator(".notice .long")).to_have_text("Không đọc được cổng dịch vụ công đã 27 giờ")
        assert shown(page) == "tinh"
        assert text(page, ".notice .what") == "Số liệu đã quá hạn"
        assert "Trang tự cập nhật khi có số liệu." in text(page, ".notice .next")
        assert text(page, ".band p.big") == "42 /191 chỉ tiêu đạt"
        assert "Sở" not in text(page, "main"), "nobody is named"
        assert page.locator("#age").get_attribute("class") == "age old"
        assert text(page, "#age") == "30 giờ số liệu đến 16/09/2024 06:00"
        greys = page.evaluate(
            "['.band p b', '.band p.big b', '.indicators td b']"
            ".map(s => getComputedStyle(document.querySelector(s)).color)"
        )
        assert set(greys) == {"rgb(148, 163, 184)"}
        fresh = NOW + timedelta(hours=28)
        clock(site).moment = fresh
        snapshot = real_snapshot(at=fresh)
        views = [replace(v, last_success=fresh, last_attempt=fresh, as_of=fresh) for v in snapshot.sources]
        site.publish(replace(snapshot, sources=tuple(views)))
        expect(page.locator(".names")).to_be_visible()
        assert page.locator(".notice:visible").count() == 0
        assert page.locator("#age").get_attribute("class") == "age new"


def test_when_the_exporter_is_gone_the_wall_says_so_and_recovers(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, frozen=True) as page:
        page.evaluate(MARK)
        move(page, 16)
        site.stop()
        move(page, 20)
        assert page.locator("body.grey").count() == 0, "a short silence is none"
        move(page, 60)
        expect(page.locator("body.grey")).to_have_count(1)
        assert shown(page) == "tinh"
        assert text(page, ".notice .what") == "Mất kết nối với máy chủ"
        assert text(page, ".notice .long") == "Màn hình không nhận được số liệu đã 1 phút"
        assert "Trang tự cập nhật khi nối lại được." in text(page, ".notice .next")
        assert page.locator(".names:visible").count() == 0
        move(page, 7200)
        assert text(page, ".notice .long").endswith("đã 2 giờ")
        clock(site).moment = NOW + timedelta(hours=2)
        site.start()
        expect(page.locator("body.grey")).to_have_count(0, timeout=10_000)
        expect(page.locator(".names")).to_be_visible()
        assert page.locator("body").get_attribute("data-mark") == "the same document"
        move(page, 16)
        assert shown(page) != "tinh"


def test_where_no_stream_is_to_be_had_the_page_asks_instead(browser: Browser) -> None:
    full = Site(State(current=real_snapshot(), clock=FixedClock(NOW)), StreamLimits(streams=0))
    full.start()
    try:
        with looking(browser, full.url, frozen=True) as page:
            page.evaluate(MARK)
            for _ in range(8):
                with page.expect_response("**/wall/state"):
                    move(page, 30)
                page.wait_for_timeout(50)
            assert page.locator("body.grey").count() == 0
            full.publish(better())
            move(page, 30)
            expect(page.locator(".band p").first).to_have_text("1/32 đơn vịđạt tất cả")
            assert page.locator("body").get_attribute("data-mark") == "the same document"
    finally:
        full.stop()


def test_a_new_version_of_the_exporter_is_loaded(browser: Browser, site: Site) -> None:
    with looking(browser, site.url) as page:
        page.evaluate(MARK)
        site.stop()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("exporter.web.wall.drawing.exporter_version", lambda: "9.9.9")
            site.start()
        expect(page.locator("body:not([data-mark])")).to_have_count(1, timeout=10_000)
        assert text(page, ".band p.big") == "42 /191 chỉ tiêu đạt"


def test_without_scripts_the_first_page_stands_and_reloads_itself(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, java_script=False) as page:
        assert shown(page) == "tinh"
        assert text(page, "#age b") == "3 giờ"
        assert page.locator("noscript meta[http-equiv=refresh]").get_attribute("content") == "60"


def test_before_the_first_snapshot_and_before_the_first_reading(browser: Browser) -> None:
    with wall_site(None) as site, looking(browser, site.url) as page:
        assert "Đang khởi động" in text(page, "main")
        unread = real_snapshot(figures={})
        views = [
            replace(v, up=None, last_success=None, last_attempt=None, as_of=None) for v in unread.sources
        ]
        site.publish(replace(unread, sources=tuple(views)))
        expect(page.locator(".notice .what")).to_have_text("Chưa có số liệu")
        assert text(page, ".band") == (
            "– /32 đơn vị đạt tất cả – /191 chỉ tiêu đạt – chỉ tiêu chưa có số liệu – đọc lúc chưa đọc"
        )
        site.publish(real_snapshot())
        expect(page.locator(".band p.big")).to_have_text("42/191 chỉ tiêuđạt")


def test_what_is_simulated_says_so_on_every_page(browser: Browser) -> None:
    with (
        wall_site(real_snapshot(clock_offset_seconds=-86_400.0 * 800)) as site,
        looking(browser, site.url) as page,
    ):
        for _ in ORDER:
            assert "số liệu mô phỏng đồng hồ mô phỏng 16/09/2024 09:08" in text(page, "header")
            page.keyboard.press("ArrowRight")
    real = real_snapshot()
    real = replace(real, sources=tuple(replace(v, simulated=False) for v in real.sources))
    with wall_site(real) as site, looking(browser, site.url) as page:
        assert "mô phỏng" not in text(page, "body")


@pytest.mark.parametrize(("motion", "name"), [("reduce", "none"), ("no-preference", "turned")])
def test_whoever_wants_no_motion_gets_none(
    browser: Browser, site: Site, motion: Literal["reduce", "no-preference"], name: str
) -> None:
    with looking(browser, site.url, reduced_motion=motion) as page:
        page.keyboard.press("ArrowRight")
        animation = page.evaluate(
            "getComputedStyle(document.querySelector('.page:not([hidden])')).animationName"
        )
        assert animation == name


def test_a_name_is_text_and_never_markup(browser: Browser) -> None:
    snapshot = real_snapshot()
    units = dict(snapshot.decision.units)
    evil = "<img src=x onerror=alert(1)>"
    units["so-y-te"] = replace(units["so-y-te"], name=evil, short_name=evil)
    snapshot = replace(snapshot, decision=replace(snapshot.decision, units=units))
    assert Figure("so-y-te", "online_dossier", "year") in snapshot.figures
    with wall_site(snapshot) as site, looking(browser, site.url) as page:
        page.keyboard.press("ArrowRight")
        assert evil in text(page, ".page:visible")
        assert page.locator("img").count() == 0

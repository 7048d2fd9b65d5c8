"""A day of rotation on the page's own clock: nothing may grow, since a wall is never switched off."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Browser, CDPSession, Page, expect

from exporter.snapshot.model import Figure
from tests.wall_driver import BEATS, Site, looking, move, real_snapshot

HOURS = 24
BEGIN = 2
"""Hours after which everything that is made once has been made."""
FIGURE = Figure("so-cong-thuong", "full_online_provision", "year")


HELD = ("Nodes", "Documents", "JSEventListeners", "JSHeapUsedSize")


def measure(session: CDPSession, page: Page) -> dict[str, float]:
    """What the page holds once the rubbish is collected, which the browser does in several goes."""
    goes = []
    for _ in range(4):
        session.send("HeapProfiler.collectGarbage")
        found = session.send("Performance.getMetrics")["metrics"]
        goes.append({metric["name"]: metric["value"] for metric in found})
        page.wait_for_timeout(150)
    return {name: min(go[name] for go in goes) for name in HELD}


def test_a_day_of_rotation_with_new_figures_every_hour_grows_nothing(browser: Browser, site: Site) -> None:
    with looking(browser, site.url, frozen=True, script=BEATS) as page:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        page.evaluate(
            "window.turns = 0; new MutationObserver(() => { window.turns += 1; })"
            ".observe(document.body, { subtree: true, attributeFilter: ['hidden'] })"
        )
        start: dict[str, float] = {}
        for hour in range(1, HOURS + 1):
            move(page, 3600)
            snapshot = real_snapshot()
            m = snapshot.figures[FIGURE]
            site.publish(
                replace(
                    snapshot,
                    figures={**snapshot.figures, FIGURE: replace(m, numerator=m.denominator * hour // 100)},
                )
            )
            before = page.locator("body").get_attribute("data-id") or ""
            page.evaluate("window.news = true")
            while page.evaluate("window.news"):
                move(
                    page, 1
                )  # by the second, so that the page's patience with the answer does not end meanwhile
            expect(page.locator("body")).not_to_have_attribute("data-id", before)
            assert page.locator("body.grey").count() == 0
            if hour == BEGIN:
                start = measure(session, page)
        end = measure(session, page)
        assert page.evaluate("window.turns") >= HOURS * 3600 / 15 * 0.9
        assert end["Nodes"] <= start["Nodes"] * 1.05
        assert end["JSEventListeners"] <= start["JSEventListeners"]
        assert end["Documents"] <= start["Documents"]
        # The engine's own caches move by a tenth; a page kept each hour would more than double it.
        assert end["JSHeapUsedSize"] <= start["JSHeapUsedSize"] * 1.3, (start, end)

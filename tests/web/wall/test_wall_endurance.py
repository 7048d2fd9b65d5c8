"""A day of rotation on the page's own clock: nothing may grow, since a wall is never switched off."""

from __future__ import annotations

from dataclasses import replace

from playwright.sync_api import Browser, CDPSession, expect

from exporter.snapshot.model import Figure
from tests.wall_driver import BEATS, Site, looking, move, real_snapshot

HOURS = 24
BEGIN = 2
"""Hours after which everything that is made once has been made."""
FIGURE = Figure("so-cong-thuong", "full_online_provision", "year")


def measure(session: CDPSession) -> dict[str, float]:
    """What the page holds after the rubbish was collected."""
    session.send("HeapProfiler.collectGarbage")
    found = session.send("Performance.getMetrics")["metrics"]
    return {metric["name"]: metric["value"] for metric in found}


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
                replace(snapshot, figures={**snapshot.figures, FIGURE: replace(m, numerator=m.denominator * hour // 100)})
            )
            before = page.locator("body").get_attribute("data-id") or ""
            page.evaluate("window.news = true")
            move(page, 16)
            expect(page.locator("body")).not_to_have_attribute("data-id", before)
            assert page.locator("body.grey").count() == 0
            if hour == BEGIN:
                start = measure(session)
        end = measure(session)
        assert page.evaluate("window.turns") >= HOURS * 3600 / 15 * 0.9
        assert end["Nodes"] <= start["Nodes"] * 1.02
        assert end["JSEventListeners"] <= start["JSEventListeners"]
        assert end["Documents"] <= start["Documents"]
        assert end["JSHeapUsedSize"] <= start["JSHeapUsedSize"] * 1.1, (start, end)
        print({name: (start[name], end[name]) for name in ("Nodes", "JSEventListeners", "JSHeapUsedSize")})

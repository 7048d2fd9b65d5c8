"""The wall as tests drive it: an exporter whose snapshots and clock they set, and a browser that looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from exporter.clock import FixedClock
from exporter.config.decision_file import load_decision
from exporter.decision import Decision
from exporter.snapshot.model import Figure, Snapshot
from exporter.web.guard import Limits
from exporter.web.server import Address
from exporter.web.wall.events import StreamLimits
from exporter.web.wall.routes import create_wall_app
from tests.serving import serving
from tests.snapshots import NOW, State, make_figures, make_snapshot
from tools.browser import installed_browser

ROOT = Path(__file__).parent.parent
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HD = {"width": 1920, "height": 1080}
UHD = {"width": 3840, "height": 2160}


@cache
def real_decision() -> Decision:
    """Decision 805 with its real names."""
    return load_decision(ROOT / "config" / "targets.yaml")


def real_snapshot(**changes: object) -> Snapshot:
    """Invented figures for the real units: in part met, in part missed, in part far below."""
    decision = real_decision()
    snapshot = make_snapshot(decision=decision, figures=make_figures(decision))
    return replace(snapshot, **changes)  # type: ignore[arg-type]


def without(snapshot: Snapshot, *figures: tuple[str, str]) -> Snapshot:
    """The snapshot without the year's figures of these (unit, indicator)."""
    gone = {Figure(unit, indicator, "year") for unit, indicator in figures}
    return replace(snapshot, figures={f: m for f, m in snapshot.figures.items() if f not in gone})


def expired(snapshot: Snapshot, hours: float) -> Snapshot:
    """What becomes of it when no source was read for so many hours: its figures are withdrawn."""
    read = snapshot.at
    return replace(
        snapshot,
        at=read + timedelta(hours=hours),
        figures={},
        sources=tuple(
            replace(view, expired=True, up=False, as_of=None, last_success=read, last_attempt=read)
            for view in snapshot.sources
        ),
    )


@dataclass
class Site:
    """A wall on a port of its own."""

    state: State
    address: Address

    @property
    def url(self) -> str:
        return f"http://{self.address}/wall"

    def publish(self, snapshot: Snapshot) -> None:
        """A new snapshot is there."""
        self.state.current = snapshot


@contextmanager
def wall_site(
    snapshot: Snapshot | None, streams: StreamLimits | None = None, now: datetime = NOW
) -> Iterator[Site]:
    """Serves the wall of a snapshot at a moment until the block ends."""
    import threading

    closing = threading.Event()
    state = State(current=snapshot, clock=FixedClock(now))
    limits = streams or StreamLimits(look_seconds=0.1, retry_seconds=0.2)
    with serving(create_wall_app(state, limits, closing), Limits()) as address:
        try:
            yield Site(state, address)
        finally:
            closing.set()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(installed_browser()), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(browser: Browser, url: str, size: dict[str, int] = HD, **options: object) -> Iterator[Page]:
    """A page that is looked at, in a context of its own; whatever goes wrong in it fails the test."""
    context = browser.new_context(viewport=size, **options)  # type: ignore[arg-type]
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    try:
        page.goto(url)
        page.evaluate("document.fonts.ready.then(() => 0)")
        yield page
    finally:
        context.close()
    assert wrong == []

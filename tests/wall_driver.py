"""The wall as tests drive it: an exporter whose snapshots and clock they set, and a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from exporter.clock import FixedClock
from exporter.config.decision_file import load_decision
from exporter.decision import Decision
from exporter.snapshot.model import Figure, Snapshot
from exporter.web.server import Address, WebServer, bind
from exporter.web.wall.events import StreamLimits
from exporter.web.wall.routes import create_wall_app
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
HD: ViewportSize = {"width": 1920, "height": 1080}
UHD: ViewportSize = {"width": 3840, "height": 2160}
_BRISK = StreamLimits(look_seconds=0.1, retry_seconds=0.2)
_ANYWHERE = Address("127.0.0.1", 0)
STANDING = datetime(2031, 1, 1, tzinfo=UTC)
"""What the television's own clock says in tests: wrong, as such clocks are."""

BEATS = """
window.EventSource = class extends EventTarget {
  constructor() {
    super();
    this.readyState = 1;
    const began = Number(document.body.dataset.now) - performance.now();
    const beat = () => {
      const id = window.news ? "news" : document.body.dataset.id;
      window.news = false;
      const state = { now: began + performance.now(), id, build: document.body.dataset.build };
      this.dispatchEvent(new MessageEvent("state", { data: JSON.stringify(state) }));
      setTimeout(beat, 15000);
    };
    setTimeout(beat, 0);
  }
  close() { this.readyState = 2; }
};
window.EventSource.CLOSED = 2;
"""
"""An exporter that is heard by the page's own clock, however fast that runs; `news`: a new snapshot."""


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
    """A wall on a port of its own, whose snapshots and time a test sets; it may go away and come back."""

    state: State
    streams: StreamLimits = _BRISK
    address: Address = _ANYWHERE
    _server: WebServer | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Of the wall."""
        return f"http://{self.address}/wall"

    def publish(self, snapshot: Snapshot) -> None:
        """A new snapshot is there."""
        self.state.current = snapshot

    def start(self) -> None:
        """Serves, on the same port as before."""
        closing = threading.Event()
        app = create_wall_app(self.state, self.streams, closing)
        self._server = WebServer(app, bind(self.address), grace_seconds=1, closing=closing)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        assert self._server.wait_started(10)
        self.address = self._server.addresses[0]

    def stop(self) -> None:
        """Is gone."""
        if self._server and self._thread:
            self._server.stop()
            self._thread.join(10)
            assert not self._thread.is_alive()
        self._server = self._thread = None


@contextmanager
def wall_site(snapshot: Snapshot | None, now: datetime = NOW) -> Iterator[Site]:
    """Serves the wall of a snapshot at a moment until the block ends."""
    site = Site(State(current=snapshot, clock=FixedClock(now)))
    site.start()
    try:
        yield site
    finally:
        site.stop()


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
def looking(
    browser: Browser,
    url: str,
    size: ViewportSize = HD,
    *,
    frozen: bool = False,
    script: str = "",
    java_script: bool = True,
    reduced_motion: Literal["reduce", "no-preference"] = "reduce",
    bypass_csp: bool = False,
) -> Iterator[Page]:
    """A page that is looked at, in a context of its own; whatever goes wrong in it fails the test.

    `frozen`: its clock stands until the test moves it (`page.clock`). `script` runs before the page's own.
    """
    context = browser.new_context(
        viewport=size,
        java_script_enabled=java_script,
        reduced_motion=reduced_motion,
        bypass_csp=bypass_csp,
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
    try:
        if frozen:
            page.clock.install()
            page.clock.pause_at(STANDING)
        if script:
            page.add_init_script(script)
        page.goto(url)
        if java_script:
            page.evaluate("document.fonts.ready.then(() => 0)")
        yield page
    finally:
        context.close()
    assert wrong == []


def move(page: Page, seconds: float) -> None:
    """The page's own time goes on, with all that is due in it; the told time of the exporter does not."""
    page.clock.run_for(round(seconds * 1000))


def text(page: Page, selector: str) -> str:
    """What is seen in the first element of that kind, in one line."""
    return " ".join(page.locator(selector).first.inner_text().split())

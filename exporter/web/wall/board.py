"""Holds the newest wall: drawn once per snapshot, told the time at most once a second."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from exporter.snapshot.model import Snapshot
from exporter.web.state import WebState
from exporter.web.wall.build import wall
from exporter.web.wall.drawing import Drawing, Page, Theme
from exporter.web.wall.model import Wall

log = logging.getLogger(__name__)

BEAT_SECONDS = 15.0
"""How often an open page hears that the exporter is there."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as of one second: plain and compressed."""

    page: Page
    second: int
    plain: bytes
    packed: bytes


class Board:
    """Safe to ask from several threads and loops, however often."""

    def __init__(self, state: WebState, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self.state = state
        self.beat_seconds = beat_seconds
        self.drawing = Drawing()
        self.fonts: Mapping[str, bytes] = {f.path: f.content for f in self.drawing.fonts.values()}
        self._lock = Lock()
        self._starting = self.drawing.page(None, beat_seconds)
        self._drawn: tuple[Snapshot | None, Page] = (None, self._starting)
        self._judged: Wall | None = None
        self._answers: dict[Theme, Answer] = {}

    def now(self) -> datetime:
        """The told time."""
        return self.state.clock.now()

    def drawn(self) -> Page | None:
        """The page of the newest snapshot where it is drawn already; costs nothing."""
        snapshot, page = self._drawn
        return page if snapshot is self.state.snapshot() else None

    def page(self) -> Page:
        """The page of the newest snapshot, drawn now where it is not yet."""
        if (ready := self.drawn()) is not None:
            return ready
        with self._lock:
            snapshot = self.state.snapshot()
            drawn, page = self._drawn
            if drawn is not snapshot:
                page = self._try(snapshot, page)
                self._drawn = (snapshot, page)
            return page

    def answer(self, theme: Theme) -> Answer:
        """The page as of now."""
        page, now = self.page(), self.now()
        second = int(now.timestamp())
        kept = self._answers.get(theme)
        if kept is not None and kept.page is page and kept.second == second:
            return kept
        made = Answer(page, second, *self.drawing.answer(page, theme, now))
        self._answers[theme] = made
        return made

    def told(self) -> str:
        """What an open page needs to know, as JSON on one line."""
        return self.drawing.state(self.page(), self.now())

    def _try(self, snapshot: Snapshot | None, before: Page) -> Page:
        """The page of a snapshot; where none can be drawn the last one stays, and grows old visibly."""
        try:
            return self._draw(snapshot)
        except Exception:
            log.exception("the wall of the new snapshot could not be drawn, the last one stays")
            return before

    def _draw(self, snapshot: Snapshot | None) -> Page:
        if snapshot is None:
            return self._starting
        made = wall(snapshot, self._judged)
        if made.notice is None:
            self._judged = made
        return self.drawing.page(made, self.beat_seconds)

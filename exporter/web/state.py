"""What the HTTP face asks of whoever runs it."""

from __future__ import annotations

from typing import Protocol

from exporter.clock import Clock
from exporter.metrics.exposition import Exposition
from exporter.settings import Settings
from exporter.snapshot.model import Snapshot


class WebState(Protocol):
    """Answers at once and from any thread; only `reload` may take its time."""

    @property
    def clock(self) -> Clock:
        """Tells the time that ages on pages count from."""
        ...

    def snapshot(self) -> Snapshot | None:
        """The newest snapshot; None before the first."""
        ...

    def exposition(self) -> Exposition:
        """The newest snapshot's exposition; before the first what `render_starting` makes."""
        ...

    def not_ready_reason(self) -> str | None:
        """Why it is too early to rely on the figures, one sentence; None when it is not."""
        ...

    def settings(self) -> Settings:
        """The configuration in force."""
        ...

    def reload(self) -> str | None:
        """Reads the configuration again: None when it is in force, else what is wrong with it."""
        ...

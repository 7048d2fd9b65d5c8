"""What the log says of a source: only what is new, and each thing once."""

from __future__ import annotations

import logging

from exporter.fetch.transitions import Transitions
from exporter.quality.checks import WRONG_TOTAL
from exporter.quality.state import SourceState
from exporter.sanitise import safe
from exporter.snapshot.model import Run, Unmatched

log = logging.getLogger(__name__)


class News:
    """Remembers what was told, so that a fault that lasts does not fill the log."""

    def __init__(self) -> None:
        self._transitions = Transitions(log)
        self._strangers: dict[str, frozenset[str]] = {}
        self._wrong_totals: dict[str, frozenset[str]] = {}

    def tell(self, source: str, state: SourceState, run: Run) -> None:
        """Log lines for the changes that a collection brought: down, back, wrong totals, new names."""
        moment = state.last_attempt or run.started
        if run.ok:
            self._transitions.succeeded(source, moment)
        else:
            self._transitions.failed(source, run.reasons[0], run.failures[0], moment)
        self._tell_totals(source, state)
        self._tell_names(source, state)

    def _tell_totals(self, source: str, state: SourceState) -> None:
        wrong = frozenset(
            indicator
            for part in state.parts.values()
            for indicator, gap in part.mismatches.items()
            if gap >= WRONG_TOTAL
        )
        for indicator in sorted(wrong - self._wrong_totals.get(source, frozenset())):
            log.warning("source %s: its total of %s is not the sum of its rows", source, indicator)
        self._wrong_totals[source] = wrong

    def _tell_names(self, source: str, state: SourceState) -> None:
        strange: dict[str, Unmatched] = {u.name: u for part in state.parts.values() for u in part.unmatched}
        known = self._strangers.get(source, frozenset())
        for name, u in strange.items():
            if name not in known:
                what = "fits several units" if u.ambiguous else "matches no unit; the nearest names are"
                within = f" under {u.scope!r}" if u.scope else ""
                near = ", ".join(u.candidates)
                log.warning("source %s: %s%s %s: %s", source, safe(name), safe(within), what, near)
        self._strangers[source] = frozenset(strange)

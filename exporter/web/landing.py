"""The landing page: an overview drawn with one template, without scripts and without anything external."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exporter.sanitise import visible
from exporter.snapshot.model import Snapshot
from exporter.version import exporter_version
from exporter.web.overview import overview

_HERE = Path(__file__).parent
_FRESH_SECONDS = 5.0


def _shown(value: object) -> object:
    """What a portal wrote can neither turn a line around nor hide in it; our own style stays as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A page, and what it was drawn from."""

    snapshot: Snapshot | None
    told: tuple[str | None, datetime | None]
    at: datetime
    html: str

    def holds(
        self, snapshot: Snapshot | None, told: tuple[str | None, datetime | None], now: datetime
    ) -> bool:
        """Whether the page is still right. Two snapshots are the same only if they are one."""
        fresh = abs((now - self.at).total_seconds()) < _FRESH_SECONDS
        return fresh and self.snapshot is snapshot and self.told == told


class LandingPage:
    """Draws the page; asked again within seconds it gives the one it has, whoever asks how often."""

    def __init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("landing.html")
        css = (_HERE / "static" / "landing.css").read_text(encoding="utf-8")
        self._css = Markup(css)  # noqa: S704 - a file of our own
        digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
        self.policy = (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
            "base-uri 'none'; form-action 'none'"
        )
        """Content-Security-Policy: nothing is allowed but the page's own style."""
        self._lock = Lock()
        self._drawn: _Drawn | None = None

    def html(
        self, snapshot: Snapshot | None, not_ready: str | None, scraped: datetime | None, now: datetime
    ) -> str:
        """The page as of `now`; `scraped` is when Prometheus last asked (told times, aware)."""
        with self._lock:
            if self._drawn is not None and self._drawn.holds(snapshot, (not_ready, scraped), now):
                return self._drawn.html
            html = self._template.render(
                page=None if snapshot is None else overview(snapshot, scraped, now),
                not_ready=not_ready,
                version=exporter_version(),
                css=self._css,
            )
            self._drawn = _Drawn(snapshot, (not_ready, scraped), now, html)
            return html

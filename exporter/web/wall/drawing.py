"""Draws the wall: one page per snapshot and theme, into which each answer only puts the time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from exporter.clock import PROVINCE_TIME
from exporter.version import exporter_version
from exporter.web.wall.freshness import age, stamp
from exporter.web.wall.model import Wall

Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = get_args(Theme)

_WEB = Path(__file__).parents[1]
_STATIC = _WEB / "static" / "wall"
_HOLE = "\ue000{}\ue001"
"""Where an answer puts what changes with time; characters that no name holds."""
_HOLES = {name: _HOLE.format(name) for name in ("now", "clock", "age", "tone", "since", "theme", "id")}
_LEVEL = 6
_ZONE_SECONDS = round((PROVINCE_TIME.utcoffset(datetime(2024, 1, 1)) or timedelta()).total_seconds())  # noqa: DTZ001
"""The province has no summer time: its time is the same way ahead of UTC all year round."""


@dataclass(frozen=True, slots=True)
class Page:
    """The page with holes, and what tells it from another."""

    id: str
    """Changes with anything that a person sees, and with nothing else."""
    html: str
    wall: Wall | None


@dataclass(frozen=True, slots=True)
class Font:
    """A font file under a path that changes with its content."""

    path: str
    content: bytes


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _fonts() -> Mapping[str, Font]:
    found = {}
    for name in ("inter-latin", "inter-vietnamese"):
        content = (_STATIC / f"{name}.woff2").read_bytes()
        found[name] = Font(f"/wall/{name}.{_digest(content)}.woff2", content)
    return MappingProxyType(found)


class Drawing:
    """The template with its style, script and fonts. Raises OSError where the package is not whole."""

    def __init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(_WEB / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["stamp"] = stamp
        environment.filters["unix"] = _milliseconds
        self._template = environment.get_template("wall.html")
        self.fonts = _fonts()
        css = _read("wall.css")
        for name, font in self.fonts.items():
            css = css.replace(f"url({name})", f"url({font.path})")
        script = _read("wall.js")
        self._css, self._script = Markup(css), Markup(script)  # noqa: S704 - files of our own
        sources = [
            path.read_text(encoding="utf-8") for path in sorted((_WEB / "templates").glob("wall*.html"))
        ]
        self.build = _digest("\0".join([exporter_version(), css, script, *sources]).encode())
        """Changes when a page loaded before no longer understands what it is told."""
        self.policy = (
            f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; font-src 'self'; "
            "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
        )
        """Content-Security-Policy: the page's own style and script, and what this server says."""

    def page(self, wall: Wall | None, beat_seconds: float) -> Page:
        """The page of a wall; None: of an exporter that is still starting."""
        html = self._template.render(
            wall=wall,
            holes=_HOLES,
            build=self.build,
            beat=round(beat_seconds),
            zone=_ZONE_SECONDS,
            css=self._css,
            script=self._script,
            fonts=[font.path for font in self.fonts.values()],
        )
        id_ = _digest(html.encode())
        return Page(id_, html.replace(_HOLES["id"], id_), wall)

    def answer(self, page: Page, theme: Theme, now: datetime) -> tuple[bytes, bytes]:
        """The page as of `now` (told time): plain, and compressed."""
        old, tone = _age(page.wall, now)
        notice = page.wall.notice if page.wall else None
        told = {
            "now": str(_milliseconds(now)),
            "clock": stamp(now),
            "age": old,
            "tone": tone,
            "since": age(now - notice.since) if notice and notice.since else "",
            "theme": theme,
        }
        html = page.html
        for name, text in told.items():
            html = html.replace(_HOLES[name], text)
        plain = html.encode()
        return plain, gzip.compress(plain, _LEVEL, mtime=0)

    def state(self, page: Page, now: datetime) -> str:
        """What a page that is open needs to know, as JSON on one line."""
        return json.dumps({"now": _milliseconds(now), "id": page.id, "build": self.build})


def _age(wall: Wall | None, now: datetime) -> tuple[str, str]:
    """How old the figures are, and how that is: `new`, `late` or `old`."""
    if wall is None or wall.freshness.stamp is None:
        return "–", "none"
    fresh = wall.freshness
    over = wall.notice is not None or (fresh.old_at is not None and now >= fresh.old_at)
    late = fresh.late_at is not None and now >= fresh.late_at
    return age(now - wall.freshness.stamp), "old" if over else "late" if late else "new"


def _milliseconds(moment: datetime | None) -> int | str:
    return "" if moment is None else round(moment.timestamp() * 1000)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

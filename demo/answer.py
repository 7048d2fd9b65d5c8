"""What the portal answers, before it goes on its way: status, type, body."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from demo.faults import SIMULATED

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_HTML = "text/html; charset=utf-8"
_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. `headers` are those beyond type and length."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_json(self) -> bool:
        """Whether it claims to be JSON."""
        return self.content_type.startswith("application/json")


def render(template: str, **values: object) -> Answer:
    """A page from a template."""
    text = _ENVIRONMENT.get_template(template).render(simulated=SIMULATED, **values)
    return Answer(200, _HTML, text.encode())


def html_page(title: str, content: str, status: int = 200) -> Answer:
    """A small page; `content` is HTML of our own, `title` is escaped."""
    text = (
        f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"</head><body><p><strong>{SIMULATED}</strong></p><h1>{html.escape(title)}</h1>{content}</body></html>"
    )
    return Answer(status, _HTML, text.encode())


def json_answer(content: object, status: int = 200) -> Answer:
    """JSON without blanks, as the National Portal writes it; NaN stays NaN, which is no JSON."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, _JSON, text.encode())

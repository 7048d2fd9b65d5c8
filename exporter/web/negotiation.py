"""Which format and which encoding a scrape gets, by its Accept and Accept-Encoding headers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from exporter.metrics.exposition import Format

_LONGEST = 2_000
"""Bytes of a header that are looked at: Prometheus's own are under 300."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A format and its content type, as the answer says it."""

    format: Format
    content_type: bytes


PLAIN = Choice(Format.TEXT, b"text/plain; version=0.0.4; charset=utf-8")
"""What everybody understands."""

_ESCAPINGS = frozenset({"allow-utf-8", "underscores", "values"})
"""Schemes that leave our names, which are all ASCII, as they are. `dots` would not."""


@lru_cache(maxsize=64)
def choose_format(accept: bytes) -> Choice:
    """The format that the header likes best of those we have; plain text where it names none.

    Prometheus names the scheme by which it wants names escaped, and is told the one that was used.
    """
    ranges = sorted(_ranges(accept), key=lambda found: -found[1])
    return next(
        (choice for media, q, options in ranges if q > 0 and (choice := _choice(media, options))), PLAIN
    )


@lru_cache(maxsize=64)
def accepts_gzip(accept_encoding: bytes) -> bool:
    """Whether the header allows gzip; without a header nothing is compressed."""
    weights = {coding: q for coding, q, _ in _ranges(accept_encoding)}
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _choice(media: str, options: dict[str, str]) -> Choice | None:
    version = options.get("version", "")
    asked = options.get("escaping")
    escaping = asked if asked in _ESCAPINGS else "underscores"
    if media == "application/openmetrics-text":
        if version not in {"", "1.0.0"}:
            return None
        suffix = f"; escaping={escaping}" if asked else ""
        content_type = f"application/openmetrics-text; version=1.0.0; charset=utf-8{suffix}"
        return Choice(Format.OPENMETRICS, content_type.encode())
    if media == "text/plain" and version == "1.0.0":
        content_type = f"text/plain; version=1.0.0; charset=utf-8; escaping={escaping}"
        return Choice(Format.TEXT, content_type.encode())
    if media in {"text/plain", "text/*", "*/*"} and version in {"", "0.0.4"}:
        return PLAIN
    return None


def _ranges(header: bytes) -> list[tuple[str, float, dict[str, str]]]:
    """The entries of such a header with their weights (0-1) and parameters."""
    found = []
    for entry in header[:_LONGEST].decode("latin-1").lower().split(","):
        name, *rest = (part.strip() for part in entry.split(";"))
        options = {
            key.strip(): value.strip().strip('"') for key, _, value in (part.partition("=") for part in rest)
        }
        found.append((name, _weight(options.pop("q", "1")), options))
    return found


def _weight(text: str) -> float:
    """A weight (0-1); what is none counts as refused."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0

"""The portal families. A new one is a new file here and one line in FAMILIES."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from exporter.sources import html_table, national_portal
from exporter.sources.base import Source
from exporter.sources.html_options import HtmlTableOptions


@dataclass(frozen=True, slots=True)
class Family:
    """The options a family takes under `read:`, and how a source is made of them."""

    options: type[BaseModel]
    build: Callable[..., Source]
    """Takes a validated instance of `options`."""


FAMILIES: Mapping[str, Family] = {
    "html_table": Family(HtmlTableOptions, html_table.build),
    "national_portal": Family(national_portal.NationalPortalOptions, national_portal.build),
}
"""By the name that `family:` gives."""

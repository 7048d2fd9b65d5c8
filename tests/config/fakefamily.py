"""A portal family for tests of the configuration: options of many shapes, and no portal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from exporter.config.yamlmodel import Model
from exporter.sources import Family
from exporter.sources.base import Source


class Columns(Model):
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]


class Options(Model):
    url: str | dict[str, str]
    table: str = "table"
    page: Annotated[StrictInt, Field(ge=1)] = 1
    period: Literal["year", "month"] = "year"
    indicators: dict[str, Columns] = Field(default_factory=dict)
    mirrors: tuple[str, ...] = ()


def build(_: Options) -> Source:
    raise NotImplementedError


FAKE = {"fake": Family(Options, build)}

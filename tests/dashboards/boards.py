"""What tests of the boards share: the boards as data, and ways through them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dashboards.build import files
from dashboards.inputs import Inputs, load

Node = Mapping[str, Any]


@cache
def inputs() -> Inputs:
    return load()


@cache
def texts() -> Mapping[str, str]:
    return files(inputs())


@cache
def boards() -> Mapping[str, Node]:
    """By uid."""
    return {name.removesuffix(".json"): json.loads(text) for name, text in texts().items()}


@dataclass(frozen=True)
class Asked:
    """A question of a panel."""

    board: str
    panel: str
    ref: str
    expr: str
    step: str

    def __str__(self) -> str:
        return f"{self.board} · {self.panel} · {self.ref}"


def questions() -> list[Asked]:
    return [
        Asked(
            uid,
            panel["title"],
            query["refId"],
            query["expr"],
            query.get("interval", "") if query.get("range") else "",
        )
        for uid, board in boards().items()
        for panel in board["panels"]
        for query in panel.get("targets", [])
    ]


def nodes(tree: object) -> Iterator[Node]:
    """Every object in a tree of JSON."""
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from nodes(value)

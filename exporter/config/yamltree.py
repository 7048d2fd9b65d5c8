"""The tree of a YAML document, made of the parser's events, with the place of everything in it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from exporter.config.faults import ConfigError, Fault

MAX_VALUES = 200_000
"""Values a file may hold once its aliases are expanded: a guard against alias bombs."""
MAX_DEPTH = 40
"""Levels of nesting."""

Where = tuple[str | int, ...]
"""The way to a value: keys of mappings and indices of lists from the root."""

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?=[.eE])(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of one line; line and column count from 1, in characters."""

    line: int
    column: int
    length: int


class Items(list[object]):
    """A list that knows which place of the file each of its entries comes from.

    `cut` says that entries were left out because of their faults.
    """

    def __init__(self, entries: list[object], origins: list[int] | None = None, *, cut: bool = False) -> None:
        super().__init__(entries)
        self.origins = list(range(len(entries))) if origins is None else origins
        self.cut = cut


@dataclass(slots=True)
class Node:
    """A scalar, mapping or list as the parser saw it. `size` and `height` count what is inside."""

    mark: Mark
    text: str = ""
    value: object = None
    entries: list[tuple[Node, Node]] | None = None
    """Keys and values; the entries of a list are their own keys."""
    mapping: bool = False
    bad: bool = False
    size: int = 1
    height: int = 0

    def take(self, child: Node) -> None:
        """Counts `child` in."""
        self.size += child.size
        self.height = max(self.height, child.height + 1)


def fault_at(shown: str, lines: tuple[str, ...], mark: Mark, message: str) -> Fault:
    """A fault at a place of the file shown as `shown`."""
    return Fault(shown, mark.line, mark.column, mark.length, lines[mark.line - 1], message)


@dataclass(slots=True)
class Builder:
    """Makes a tree of what the parser reports, and notes what is allowed in YAML but not here."""

    shown: str
    lines: tuple[str, ...]
    faults: list[Fault] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    count: int = 0
    scalar: Callable[[str], object] = field(default=lambda text: resolve(text))  # noqa: PLW0108 - stands below
    """What a scalar without quotes stands for."""

    def root(self, events: Iterator[yaml.Event]) -> Node | None:
        """The tree of the only document; None where the file holds nothing."""
        found: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found is not None:
                    self._note(self._mark(event), "a second document begins here; use one file for each")
                    raise ConfigError(self.faults)
                found = self._node(next(events), events, 0)
        if found is not None and found.entries is None and found.value is None and not found.bad:
            return None
        return found

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
        mark = self._mark(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(str(event.anchor), mark, depth)
        node = Node(mark)
        self._grow(1, depth, mark)
        if isinstance(event, yaml.MappingStartEvent):
            self._fill_mapping(node, events, depth + 1)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._fill_list(node, events, depth + 1)
        elif isinstance(event, yaml.ScalarEvent):
            node.text = event.value
            plain = not event.style and event.tag is None
            node.value = self.scalar(event.value) if plain else event.value
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if tag is not None and (node.entries is not None or tag not in _TEXT_TAGS):
            short = tag.replace("tag:yaml.org,2002:", "!!")
            self._note(mark, f"the tag '{short}' is not used here; delete it")
            node.bad = True
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def _fill_mapping(self, node: Node, events: Iterator[yaml.Event], depth: int) -> None:
        node.mapping, node.entries = True, []
        seen: dict[str, Mark] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth)
            value = self._node(next(events), events, depth)
            node.take(key)
            node.take(value)
            if key.entries is not None:
                self._note(key.mark, "a key must be plain text, not a list or a mapping; check { } and [ ]")
            elif key.text == "<<":
                self._note(key.mark, "merging with '<<' is not supported; write the keys out")
            elif key.text in seen:
                first = seen[key.text].line
                self._note(key.mark, f"key '{key.text}' is already given on line {first}; keep one of them")
            else:
                seen[key.text] = key.mark
                node.entries.append((key, value))

    def _fill_list(self, node: Node, events: Iterator[yaml.Event], depth: int) -> None:
        node.entries = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            child = self._node(event, events, depth)
            node.take(child)
            node.entries.append((child, child))

    def _alias(self, name: str, mark: Mark, depth: int) -> Node:
        node = self.anchors.get(name)
        if node is None:
            self._note(mark, f"nothing above is marked '&{name}'; check the name after '*'")
            return Node(mark, bad=True)
        self._grow(node.size, depth + node.height, mark)
        return node

    def _grow(self, size: int, depth: int, mark: Mark) -> None:
        self.count += size
        if self.count > MAX_VALUES:
            self._note(mark, f"more than {MAX_VALUES} values from here on; shorten the file or its aliases")
            raise ConfigError(self.faults)
        if depth > MAX_DEPTH:
            self._note(
                mark, f"more than {MAX_DEPTH} levels inside each other; check brackets and indentation"
            )
            raise ConfigError(self.faults)

    def _note(self, mark: Mark, message: str) -> None:
        self.faults.append(fault_at(self.shown, self.lines, mark, message))

    def _mark(self, event: yaml.Event) -> Mark:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:  # pragma: no cover
            raise TypeError(event)
        if start.line >= len(self.lines):
            return Mark(len(self.lines), len(self.lines[-1]) + 1, 0)
        line = self.lines[start.line]
        last = end.column if end.line == start.line else len(line)
        if isinstance(event, yaml.CollectionStartEvent):
            last = len(line)
        return Mark(start.line + 1, start.column + 1, len(line[start.column : last].rstrip()))


def resolve(text: str) -> object:
    """What a scalar without quotes stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


@dataclass(slots=True)
class Flat:
    """Unfolds a tree into plain data and the places of all its keys and values."""

    keys: dict[Where, Mark] = field(default_factory=dict)
    values: dict[Where, Mark] = field(default_factory=dict)
    bad: set[Where] = field(default_factory=set)

    def plain(self, node: Node, where: Where) -> object:
        """The data under `node`, which stands at `where`."""
        self.values[where] = node.mark
        if node.bad:
            self.bad.add(where)
        if node.entries is None:
            return node.value
        if not node.mapping:
            return Items([self.plain(child, (*where, i)) for i, (_, child) in enumerate(node.entries)])
        data: dict[str, object] = {}
        for key, child in node.entries:
            self.keys[*where, key.text] = key.mark
            data[key.text] = self.plain(child, (*where, key.text))
        return data

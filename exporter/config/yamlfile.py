"""A YAML file as plain data in which every key and value knows its line and column.

Plain scalars are read by the core rules of YAML 1.2, so that `no`, `1:30` and `012` stay the text
they look like; dates stay text until a model asks for one. Keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

from exporter.config.faults import ConfigError, Fault
from exporter.config.yamltree import Builder, Flat, Items, Mark, Where, fault_at, resolve

__all__ = ["ConfigError", "Document", "Fault", "Items", "Mark", "Where", "read_document"]

MAX_BYTES = 5_000_000
"""Size above which a file is not read."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile(r"\r\n|\n|\r")
_FORBIDDEN = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_INDENT = re.compile(r"[ \t\xa0\u2000-\u200b\u202f\u3000\ufeff]*")


@dataclass(frozen=True)
class Document:
    """A file that could be parsed. `faults` are what is wrong with it as YAML, `bad` where."""

    path: str
    lines: tuple[str, ...]
    data: Mapping[str, object]
    keys: Mapping[Where, Mark]
    values: Mapping[Where, Mark]
    faults: tuple[Fault, ...] = ()
    bad: frozenset[Where] = frozenset()

    def fault(self, where: Where, message: str, *, key: bool = False) -> Fault:
        """A fault at a value (or at its key), else at the nearest thing around it that is there."""
        while where and where not in self.values:
            where, key = where[:-1], True
        mark = self.values[where]
        if (key or not mark.length) and where in self.keys:
            mark = self.keys[where]
        return fault_at(self.path, self.lines, mark, message)

    def text(self, where: Where) -> str:
        """What stands in the file at a value (its first line)."""
        mark = self.values[where]
        return self.lines[mark.line - 1][mark.column - 1 : mark.column - 1 + mark.length]

    def line(self, where: Where) -> int:
        """The line a value begins on."""
        return self.values[where].line


def read_document(path: Path | str, scalar: Callable[[str], object] = resolve) -> Document:
    """The file at `path`, which is shown in faults as given. `scalar` reads what has no quotes.

    Raises ConfigError when it cannot be read or parsed, or holds no mapping.
    """
    shown = str(path)
    text = _decode(shown, _read(shown))
    lines = tuple(_BREAK.split(text))
    if spoilt := [*_characters(shown, lines)]:
        raise ConfigError(spoilt)
    builder = Builder(shown, lines, scalar=scalar)
    try:
        root = builder.root(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise ConfigError([*builder.faults, _syntax(shown, lines, error)]) from None
    if root is None:
        raise ConfigError([Fault(shown, 0, 0, 0, "", "the file is empty; begin with the example shipped")])
    if not root.mapping:
        message = "the file must be a mapping of keys to values; begin its lines with keys, like 'key: value'"
        raise ConfigError([*builder.faults, fault_at(shown, lines, root.mark, message)])
    flat = Flat()
    data = flat.plain(root, ())
    return Document(
        shown,
        lines,
        cast("Mapping[str, object]", data),
        flat.keys,
        flat.values,
        tuple(builder.faults),
        frozenset(flat.bad),
    )


def _read(shown: str) -> bytes:
    try:
        with Path(shown).open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        message = "no such file; check the path, or copy the example that ships with the program"
    except IsADirectoryError:
        message = "this is a directory; name the file in it"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"cannot be read ({reason}); check its owner and its permissions"
    else:
        if len(body) <= MAX_BYTES:
            return body
        message = f"is larger than {MAX_BYTES // 1_000_000} MB; this is not a configuration file"
    raise ConfigError([Fault(shown, 0, 0, 0, "", message)])


def _decode(shown: str, body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError([Fault(shown, 0, 0, 0, "", "is encoded as UTF-16; save it as UTF-8")])
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise ConfigError(_broken(shown, body)) from None


def _broken(shown: str, body: bytes) -> Iterator[Fault]:
    """The first byte that is not UTF-8 of every line that holds one."""
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", body), 1):
        try:
            line.decode()
        except UnicodeDecodeError as error:
            message = (
                f"byte {error.start + 1} of this line (0x{line[error.start]:02X}) is not UTF-8; "
                "save the file as UTF-8"
            )
            column = len(line[: error.start].decode()) + 1
            yield Fault(shown, number, column, 1, _printable(line.decode(errors="replace")), message)


def _characters(shown: str, lines: tuple[str, ...]) -> Iterator[Fault]:
    """Tabs and odd spaces in the indentation, and characters that have no place in a text file."""
    for number, line in enumerate(lines, 1):
        if found := _FORBIDDEN.search(line):
            code = f"U+{ord(found[0]):04X}"
            message = f"the character {code} has no place in a configuration file; delete it"
            yield Fault(shown, number, found.start() + 1, 1, _printable(line), message)
            continue
        indent = _INDENT.match(line)
        if indent is not None and (odd := indent[0].lstrip(" ")):
            what = "a tab" if odd[0] == "\t" else f"the character U+{ord(odd[0]):04X}"
            message = f"{what} stands in the indentation; use spaces only"
            yield Fault(shown, number, len(indent[0]) - len(odd) + 1, len(odd), line, message)


def _printable(line: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", line)


def _syntax(shown: str, lines: tuple[str, ...], error: yaml.MarkedYAMLError) -> Fault:
    """The parser's own complaint, with the sentences people ask about most put plainly."""
    problem, context = error.problem or "cannot be understood", error.context or ""
    at = error.problem_mark or error.context_mark
    line, column = _place(lines, at)
    char = lines[line][column : column + 1]
    if char == "\t":
        message = "a tab stands where YAML allows only spaces; replace it by spaces"
    elif "mapping values are not allowed" in problem:
        message = "a second ': ' in one value; put the value in quotes, or check the indentation"
    elif "quoted scalar" in context and "end of stream" in problem:
        line, column = _place(lines, error.context_mark)
        message = "this quote is never closed; close it, or double it where it is part of the text"
    elif "flow" in context:
        message = f"a ',' or a closing bracket is missing before line {line + 1}, column {column + 1}; add it"
        line, column = _place(lines, error.context_mark)
    elif "simple key" in context:
        line, column = _place(lines, error.context_mark)
        message = "this line is neither 'key: value' nor part of the value above; add the ':' or indent it"
    elif "block" in context:
        message = "this does not continue what stands above; check its indentation, '-', ':' and quotes"
    elif "alias" in context or "anchor" in context:
        line, column = _place(lines, error.context_mark)
        message = "a name after '*' or '&' may hold only a-z, 0-9, '-' and '_'; put text in quotes"
    elif "directive" in context:
        line, column = _place(lines, error.context_mark)
        message = "a line cannot begin with '%'; put the value in quotes"
    elif "cannot start any token" in problem:
        message = f"a value cannot begin with '{char}'; put it in quotes"
    else:
        message = f"not YAML ({problem}); check quotes, brackets and indentation"
    return fault_at(shown, lines, Mark(line + 1, column + 1, 1), message)


def _place(lines: tuple[str, ...], mark: yaml.Mark | None) -> tuple[int, int]:
    """Line and column from 0; the end of the file where the parser went past it."""
    if mark is None or mark.line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return mark.line, min(mark.column, len(lines[mark.line]))

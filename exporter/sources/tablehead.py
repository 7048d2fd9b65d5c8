"""The header of a table: which rows it is, what each column is called, which column is meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from exporter.errors import PortalError, Reason
from exporter.sources.numbers import parse_count
from exporter.sources.tablegrid import Row

STEP = ">"
"""Stands between the steps of a header path: "Hồ sơ tiếp nhận > Trực tuyến"."""
_NUMBERED = re.compile(r"\(?([0-9]{1,3})\)?(?:\s*=.{0,80})?")
_LETTERED = re.compile(r"\(?[A-ZĐ]\)?")
_FIRST_NUMBERS = range(4)
_LISTED = 40
_QUOTED = 120


@lru_cache(maxsize=4096)
def level(text: str) -> str:
    """A text as it is compared: without regard to case, white space and Unicode form."""
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).split())


@dataclass(frozen=True, slots=True)
class Column:
    """What stands above a column, from the top down, and its number in the row "(1) (2) …"."""

    path: tuple[str, ...]
    number: str = ""

    def __str__(self) -> str:
        """How it is written in the configuration."""
        return f" {STEP} ".join(self.path)[:_QUOTED]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a statistic: what its columns are called, and the rows below the header."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def read_table(rows: Sequence[Row]) -> Table:
    """Parts the header from the rows below it."""
    count = _header_rows(rows)
    header = [row for row in rows[:count] if not row.single and column_numbers(row) is None]
    numbers: dict[int, str] = {}
    body: list[Row] = []
    for index, row in enumerate(rows):
        found = column_numbers(row)
        if found is not None:
            numbers = numbers or found
        elif index >= count:
            body.append(row)
    width = max((row.width for row in header), default=0)
    columns = tuple(Column(_path(header, column), numbers.get(column, "")) for column in range(width))
    return Table(columns, tuple(body))


def _header_rows(rows: Sequence[Row]) -> int:
    """How many rows from the top are the header: the head, else headings, else all before the data."""
    count = 0
    while count < len(rows) and rows[count].head:
        count += 1
    while count < len(rows) and rows[count].headings and not rows[count].single:
        count += 1
    if any(not row.single for row in rows[:count]):
        return count
    # No head worth the name: what stands before the first row with a number in it.
    for count, row in enumerate(rows):  # noqa: B007 - how far it came is what is asked
        if column_numbers(row) is None and any(isinstance(parse_count(cell), int) for cell in row.cells()):
            break
    else:
        count = 1
        while count < len(rows) and rows[count].continued:
            count += 1
        return min(count, len(rows))
    while count > 0 and _sparse(rows[count - 1]):
        count -= 1
    return count


def _sparse(row: Row) -> bool:
    """Whether a row above the first data is rather the first heading between the rows."""
    texts = row.cells()
    return row.single or sum(1 for text in texts if not text) * 2 >= len(texts)


def _path(header: Iterable[Row], column: int) -> tuple[str, ...]:
    return tuple(text for row in header if column not in row.continued and (text := row.text(column)))


def column_numbers(row: Row) -> dict[int, str] | None:
    """The numbers by column of a row like "(1) | (2) | (3) = (4) + (5)"; None where it is another row."""
    numbers: dict[int, str] = {}
    last: int | None = None
    for column in range(row.width):
        text = row.text(column)
        if not text or _LETTERED.fullmatch(text):
            continue
        found = _NUMBERED.fullmatch(text)
        if found is None:
            return None
        number = int(found[1])
        if number not in _FIRST_NUMBERS if last is None else number != last + 1:
            return None
        numbers[column], last = f"({number})", number
    return numbers if len(numbers) > 1 else None


def find_column(columns: Sequence[Column], name: str) -> int:
    """The one column that `name` means: its last header, a path of headers, or its number "(4)".

    A path may leave out steps, but not the last. A header of one step alone is that column even
    where others end in the same words.

    Raises PortalError (schema) with what there is, when there is none or several.
    """
    steps = _steps(name)
    paths = [_steps(f" {STEP} ".join(column.path)) for column in columns]
    found = [i for i, path in enumerate(paths) if path == steps and columns[i].path]
    if not found:
        found = [i for i, column in enumerate(columns) if column.number and column.number == name.strip()]
    if not found:
        found = [i for i, path in enumerate(paths) if _leads_to(steps, path)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise PortalError(
            Reason.SCHEMA,
            f"no column is called {name!r}; write one of those there are: {listed(columns)}",
        )
    raise PortalError(Reason.SCHEMA, _ambiguous(columns, found, name))


def _ambiguous(columns: Sequence[Column], found: Sequence[int], name: str) -> str:
    paths = {str(columns[i]) for i in found}
    if len(paths) > 1:
        choice = " or ".join(f'"{path}"' for path in sorted(paths))
        return f"{len(found)} columns are called {name!r}; write {choice}"
    numbers = [columns[i].number for i in found if columns[i].number]
    if numbers:
        choice = " or ".join(numbers)
        return f"{len(found)} columns are called {name!r}; write the number below the header: {choice}"
    places = " and ".join(str(i + 1) for i in found)
    return f"columns {places} are both called {name!r}, and nothing in the table tells them apart"


def listed(columns: Iterable[Column]) -> str:
    """The headers there are, as they are written in the configuration."""
    names = [f'"{column}"' for column in columns if column.path]
    if not names:
        return "no headers"
    return ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")


def _steps(text: str) -> tuple[str, ...]:
    return tuple(level(step) for step in text.split(STEP))


def _leads_to(steps: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Whether `steps` stand in `path` in this order, the last of them at its end."""
    if not any(path) or steps[-1] != path[-1]:
        return False
    above = iter(path[:-1])
    return all(step in above for step in steps[:-1])

"""How many names and rows have room on one screen, so that nothing is ever clipped or shortened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

LIST_LINES = 12
"""Lines of one column of the list of units, on the first page."""
LIST_COLUMNS = 2
LIST_ROOMY = 10
"""Up to so many lines a column has room for higher ones."""
LIST_LETTERS = 28
"""Letters of a name that have room in one line there, in a wide font too; a longer name takes two lines."""
TABLE_LINES = 16
"""Lines of a table."""
TABLE_LETTERS = 38
LARGE_LETTERS = 26
"""In a table with large rows."""
COMMUNE_LINES = 13
COMMUNE_COLUMNS = 3
COMMUNE_LETTERS = 22


def halves(name: str) -> Sequence[str]:
    """A name in the two lines, split between words, of which the longer is shortest; one word in one."""
    words = name.split()
    cuts = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    return min(cuts, key=lambda cut: max(map(len, cut))) if cuts else (name,)


def lines(name: str, letters: int) -> int:
    """How many lines a name takes where `letters` have room in one."""
    return max(-(-len(name) // letters), 1)


def columns(
    items: Sequence[T], heights: Sequence[int], height: int, most: int
) -> tuple[Sequence[Sequence[T]], int]:
    """The first of the items in at most `most` columns of `height` lines, and how many are left over.

    `heights` says how many lines each item takes. Columns are filled evenly, but never past their end.
    """
    found: list[list[T]] = []
    taken = 0
    while taken < len(items) and len(found) < most:
        even = -(-sum(heights[taken:]) // (most - len(found)))
        room = min(max(even, 1), height)
        column: list[T] = []
        used = 0
        while taken < len(items) and used < room and used + heights[taken] <= height:
            column.append(items[taken])
            used += heights[taken]
            taken += 1
        if not column:  # an item that is higher than a column gets one for itself
            column.append(items[taken])
            taken += 1
        found.append(column)
    return found, len(items) - taken


def screens(items: Sequence[T], heights: Sequence[int], room: int) -> Sequence[Sequence[T]]:
    """The items on as few screens as they need, filled evenly; `room` is the lines of one."""
    needed = max(-(-sum(heights) // room), 1)
    found: list[list[T]] = []
    rest, even = list(zip(items, heights, strict=True)), -(-sum(heights) // needed)
    while rest:
        screen: list[T] = []
        used = 0
        while rest and (not screen or (used < even and used + rest[0][1] <= room)):
            item, height = rest.pop(0)
            screen.append(item)
            used += height
        found.append(screen)
    return found

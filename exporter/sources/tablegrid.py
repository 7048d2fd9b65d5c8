"""An HTML table as rows of equal columns, with cells that span rows and columns laid out.

Bounded: what a hostile page claims to span costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from selectolax.lexbor import LexborNode

from exporter.errors import PortalError, Reason

MAX_COLUMNS = 200
"""Columns beyond this are not read."""
MAX_CELLS = 500_000
"""Cells of one table beyond which it is taken for an attack or a mistake."""
_MOST_ROWS_SPANNED = 65_534
_SPACE = re.compile(r"[ \t\r\n\f]+")
_LEADING_DIGITS = re.compile(r"\s*([0-9]{1,9})")
_SPANNING = "td[colspan], td[rowspan], th[colspan], th[rowspan]"
_GROUPS = frozenset({"thead", "tbody", "tfoot"})
_CELLS = frozenset({"td", "th"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the text of the cell that covers each column.

    Ordinary white space in `texts` is collapsed; non-breaking and thin spaces stay, since they may
    stand between thousands.
    """

    texts: tuple[str, ...]
    head: bool
    """Whether it is of the table's head (`thead`)."""
    headings: bool
    """Whether all its own cells are headings (`th`)."""
    starts: tuple[int, ...] | None = None
    """Per column the first column of the covering cell; None where no cell spans anything."""
    merged: frozenset[int] = frozenset()
    """Columns whose cell covers other columns or rows as well."""
    continued: frozenset[int] = frozenset()
    """Columns whose cell began in a row above."""

    @property
    def width(self) -> int:
        """How many columns its cells cover."""
        return len(self.texts)

    def text(self, column: int) -> str:
        """The text of the cell that covers `column`, all white space collapsed; "" where there is none."""
        return " ".join(self.texts[column].split()) if column < len(self.texts) else ""

    def covered_alike(self, one: int, other: int) -> bool:
        """Whether one and the same cell covers both columns of this row."""
        starts = self.starts
        if starts is None or one == other or max(one, other) >= len(starts):
            return False
        return starts[one] == starts[other]

    def cells(self) -> tuple[str, ...]:
        """The texts of its cells, each once."""
        if self.starts is None:
            return self.texts
        return tuple(text for i, text in enumerate(self.texts) if self.starts[i] == i)

    @property
    def single(self) -> bool:
        """Whether it is one cell: a title, a heading between rows, a note."""
        return len(self.cells()) == 1


def lay_out(table: LexborNode) -> tuple[Row, ...]:
    """The rows of a table, those of its head first; rows of tables inside it are not its own.

    Raises PortalError (schema) when it is too large to be a statistic.
    """
    spanning = {cell.parent.mem_id for cell in table.css(_SPANNING) if cell.parent is not None}
    head: list[Row] = []
    body: list[Row] = []
    room = MAX_CELLS
    for group in table.iter():
        if group.tag in _GROUPS:
            in_head = group.tag == "thead"
            for row in _group(group, spanning, head=in_head):
                (head if in_head else body).append(row)
                room -= max(row.width, 1)
                if room < 0:
                    raise PortalError(Reason.SCHEMA, f"the table has more than {MAX_CELLS} cells")
    return (*head, *body)


def _group(group: LexborNode, spanning: set[int], *, head: bool) -> Iterator[Row]:
    """Rows of a `thead`, `tbody` or `tfoot`: no cell reaches out of it (HTML Standard)."""
    pending: dict[int, _Slot] = {}
    for tr in group.iter():
        if tr.tag != "tr":
            continue
        if pending or tr.mem_id in spanning:
            yield _spanning_row(tr, pending, head=head)
        else:
            nodes = [cell for cell in islice(tr.iter(), MAX_COLUMNS) if cell.tag in _CELLS]
            texts = tuple([_text(cell) for cell in nodes])
            headings = bool(nodes) and nodes[0].tag == "th" and all(cell.tag == "th" for cell in nodes)
            yield Row(texts, head, headings)


@dataclass(frozen=True, slots=True)
class _Slot:
    """One column of one row, and for how many rows below its cell covers that column."""

    text: str
    start: int
    merged: bool
    continued: bool
    rows_below: int


def _spanning_row(tr: LexborNode, pending: dict[int, _Slot], *, head: bool) -> Row:
    """A row in which cells span, or into which cells of `pending` reach; notes there what reaches on."""
    slots: list[_Slot] = []

    def take_over() -> None:
        while (above := pending.pop(len(slots), None)) is not None:
            slots.append(replace(above, continued=True, rows_below=above.rows_below - 1))

    headings = True
    for cell in tr.iter():
        if cell.tag not in _CELLS:
            continue
        take_over()
        start = len(slots)
        columns, rows = _spans(cell)
        headings = headings and cell.tag == "th"
        slot = _Slot(_text(cell), start, columns > 1 or rows > 1, continued=False, rows_below=rows - 1)
        for column in range(start, min(start + columns, MAX_COLUMNS)):
            if column in pending:
                break
            slots.append(slot)
    take_over()
    while pending:
        # Cells from above stand further right than this row's own cells reach.
        slots.append(_Slot("", len(slots), merged=False, continued=False, rows_below=0))
        take_over()
    pending.update((column, slot) for column, slot in enumerate(slots) if slot.rows_below > 0)
    return Row(
        texts=tuple(slot.text for slot in slots),
        head=head,
        headings=headings and not all(slot.continued for slot in slots),
        starts=tuple(slot.start for slot in slots),
        merged=frozenset(column for column, slot in enumerate(slots) if slot.merged),
        continued=frozenset(column for column, slot in enumerate(slots) if slot.continued),
    )


def _spans(cell: LexborNode) -> tuple[int, int]:
    """How many columns and rows a cell claims to cover; rowspan 0: all rows of its group."""
    attributes = cell.attributes
    columns = _claimed(attributes.get("colspan"))
    rows = _claimed(attributes.get("rowspan"))
    return max(columns, 1), min(rows or _MOST_ROWS_SPANNED, _MOST_ROWS_SPANNED)


def _claimed(value: str | None) -> int:
    found = _LEADING_DIGITS.match(value or "")
    return int(found[1]) if found else 1


def _text(cell: LexborNode) -> str:
    """What a cell says. A line break or a tag parts words, so that "12<br>345" is never 12345."""
    only = cell.first_child
    if only is None:
        return ""
    # Most cells hold one piece of text, which is faster asked for by itself; None: it is an element.
    text = only.text_content if only.next is None else None
    if text is None:
        text = cell.text(separator=" ")
    if text.isprintable() and " " not in text:
        return text
    return _SPACE.sub(" ", text).strip(" ")

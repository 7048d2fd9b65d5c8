"""The only ways in which anything is written into the workbook, and how it then looks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from math import floor

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from exporter.clock import PROVINCE_TIME
from exporter.report import wording
from exporter.report.model import Cell
from exporter.snapshot.standing import State

Property = bool | int | str
Look = Mapping[str, Property]
"""Properties of a cell's format, as XlsxWriter names them."""

BASE: Look = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
BOXED: Look = {"border": 1, "border_color": "#8A8A8A"}
HEAD: Look = {**BOXED, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#ECECEC"}
LOW: Look = {"bg_color": "#FBE3C4", "font_color": "#7A2E00", "bold": True}
SOFT: Look = {"font_color": "#555555"}
TOTAL: Look = {"bg_color": "#ECECEC", "bold": True}
CENTRED: Look = {"align": "center"}
WRAPPED: Look = {"text_wrap": True}

PAPER_A4 = 9
MOST_DIGITS = 6
"""Decimals of a percentage beyond which nobody looks."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet may take for the beginning of a formula once a cell is edited or pasted."""


class Pen:
    """Writes into one sheet. Rows and columns count from 0."""

    def __init__(self, workbook: Workbook, name: str) -> None:
        self.sheet: Worksheet = workbook.add_worksheet(name)
        self._workbook = workbook
        self._made: dict[tuple[tuple[str, Property], ...], Format] = {}

    def text(self, row: int, column: int, value: str, *look: Look) -> None:
        """Write text as text: never as a formula, a link or a number."""
        quoted: Look = {"quote_prefix": True} if value.startswith(RISKY) else {}
        self.sheet.write_string(row, column, value, self.format(*look, quoted))

    def number(self, row: int, column: int, value: float, *look: Look) -> None:
        """Write a number; counts unless the look says otherwise."""
        self.sheet.write_number(row, column, value, self.format({"num_format": "#,##0"}, *look))

    def blank(self, row: int, column: int, *look: Look) -> None:
        """Leave a cell without a value, in its looks."""
        self.sheet.write_blank(row, column, None, self.format(*look))

    def ratio(self, row: int, column: int, value: Fraction | None, *look: Look) -> None:
        """Write a target or a road-map value (ratio 0-1) in percent; nothing where there is none."""
        if value is None:
            self.blank(row, column, *look)
        else:
            digits = 0 if (value * 100).denominator == 1 else 2
            self.number(row, column, float(value), *look, {"num_format": percent_format(digits)})

    def moment(self, row: int, column: int, value: datetime | None, *look: Look) -> None:
        """Write a time as a number of the calendar; nothing where there is none."""
        if value is None:
            self.blank(row, column, *look)
            return
        # A spreadsheet knows no time zones: what it shows is the time in the province.
        local = value.astimezone(PROVINCE_TIME).replace(tzinfo=None)
        style = self.format(CENTRED, {"num_format": "dd/mm/yyyy hh:mm"}, *look)
        self.sheet.write_datetime(row, column, local, style)

    def rate(self, row: int, column: int, cell: Cell, *look: Look) -> None:
        """Write a cell's rate as a number with its sign; without a rate the word for that, no number."""
        if cell.ratio is None:
            words: Look = {**SOFT, **CENTRED, "italic": cell.state is not State.UNASSIGNED}
            self.text(row, column, wording.WORDS[cell.state], *look, words)
            return
        sign = {State.MET: '"✓ "', State.MISSED: '"▼ "'}.get(cell.state, "")
        shown = sign + percent_format(digits_that_tell(cell.ratio, cell.target))
        low = LOW if cell.state is State.MISSED else {}
        self.number(row, column, float(cell.ratio), *look, low, {"align": "right", "num_format": shown})

    def heads(self, row: int, column: int, texts: tuple[str, ...], *look: Look) -> None:
        """Write column headers side by side."""
        for offset, text in enumerate(texts):
            self.text(row, column + offset, text, HEAD, *look)

    def across(self, row: int, columns: tuple[int, int], text: str, *look: Look) -> None:
        """Write text over several columns of one row (first and last)."""
        self.sheet.merge_range(row, columns[0], row, columns[1], "", self.format(*look))
        self.text(row, columns[0], text, *look)

    def down(self, rows: tuple[int, int], column: int, text: str, *look: Look) -> None:
        """Write text over several rows of one column (first and last)."""
        self.sheet.merge_range(rows[0], column, rows[1], column, "", self.format(*look))
        self.text(rows[0], column, text, *look)

    def page(self, *, repeat: tuple[int, int], simulated: bool) -> None:
        """Print on A4 landscape, one page wide, the header rows (first and last) on every page."""
        self.sheet.set_landscape()
        self.sheet.set_paper(PAPER_A4)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(*repeat)
        left = f"&L&B{wording.SIMULATED}&B" if simulated else ""
        self.sheet.set_footer(f"{left}&RTrang &P/&N")

    def format(self, *look: Look) -> Format:
        """The format with these properties over the base, each made once."""
        merged: dict[str, Property] = dict(BASE)
        for some in look:
            merged.update(some)
        key = tuple(sorted(merged.items()))
        if key not in self._made:
            self._made[key] = self._workbook.add_format(merged)
        return self._made[key]


def percent_format(digits: int) -> str:
    """The number format for a percentage with so many decimals."""
    return f"0.{'0' * digits}%" if digits else "0%"


def digits_that_tell(ratio: Fraction, target: Fraction | None) -> int:
    """How many decimals a percentage needs to stay on its side of the target (ratios 0-1).

    A spreadsheet rounds as it likes: 49,97 % would stand as 50,0 % in a cell that says "missed".
    """
    if target is None:
        return 1
    for digits in range(1, MOST_DIGITS):
        unit = 100 * Fraction(10) ** digits
        if (floor(ratio * unit + Fraction(1, 2)) >= target * unit) == (ratio >= target):
            return digits
    return MOST_DIGITS

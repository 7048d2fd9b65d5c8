"""Sổ tay xử lý: docs/runbooks.md as a board, a panel for each alert; mails to operators lead there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from grafana_foundation_sdk.models import dashboard

from alerts.boards import RUNBOOKS_UID
from dashboards import board, common, words
from dashboards.inputs import ROOT, Inputs
from dashboards.layout import COLUMNS, Grid

UID = RUNBOOKS_UID
PAGE = ROOT / "docs/runbooks.md"
_INTRODUCTION = "Cách dùng"
_LINE = 88
"""Characters in a line of half a screen, cautiously."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading."""

    title: str
    text: str

    @property
    def rows(self) -> int:
        """How many rows of the grid the text takes beside another one."""
        paragraphs = self.text.split("\n\n")
        lines = sum(len(found) // _LINE + 1 for found in paragraphs)
        # A line is 20 pixels high, a paragraph's end as much; a row has 38, and the title takes one.
        return (lines + len(paragraphs)) * 20 // 38 + 2


def sections(page: str) -> Iterator[Section]:
    """The introduction, then each alert. A paragraph is one line, that it breaks where the panel ends."""
    parts = re.split(r"^## (\w+)\n", page, flags=re.MULTILINE)
    introduction = parts[0].partition("\n")[2]
    for title, text in zip([_INTRODUCTION, *parts[1::2]], [introduction, *parts[2::2]], strict=True):
        yield Section(title, re.sub(r"(?<!\n)\n(?!\n)", " ", text.strip()))


def build(inputs: Inputs) -> dashboard.Dashboard:
    """The board."""
    first, *alerts = sections(PAGE.read_text("utf-8"))
    grid = Grid(UID)
    y = grid.row(0, board.HEAD_ROWS, [(board.head(inputs), COLUMNS)])
    y = grid.row(y, (first.rows + 3) // 2, [(_panel(first), COLUMNS)])
    for left, right in zip_longest(alerts[::2], alerts[1::2]):
        pair = [section for section in (left, right) if section is not None]
        rows = max(section.rows for section in pair)
        y = grid.row(y, rows, [(_panel(section), COLUMNS // 2) for section in pair])
    about = "Mỗi cảnh báo nghĩa là gì, kiểm tra gì, làm gì; đường dẫn trong thư vận hành trỏ đến từng mục."
    return board.made(grid, about, inputs)


def _panel(section: Section) -> dashboard.Panel:
    name = words.ALERTS.get(section.title)
    about = f"Cách xử lý cảnh báo “{name}”." if name else "Sổ tay dành cho bộ phận vận hành hệ thống."
    return common.note(section.title, about, section.text)

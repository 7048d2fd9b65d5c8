"""What tests of mails share: the decision, its name tables, letters of every kind."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from alerts.mail.names import Addresses, name_tables
from exporter.decision import Decision
from exporter.settings import Settings, load_config

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).resolve().parent / "golden"
DAY = date(2024, 9, 16)
HEADS = {"so-cong-thuong": "Đồng chí Giám đốc Sở Công Thương"}
SOURCE = "cong-quoc-gia"
"""The one whose formulas differ from the decision's."""


@cache
def configuration() -> tuple[Decision, Settings]:
    """Those of the project."""
    return load_config(ROOT / "config/exporter.yaml")


def names(addresses: Addresses | None = None) -> str:
    """Name tables of the project's decision."""
    decision, settings = configuration()
    return name_tables(decision, settings, addresses or Addresses("https://chitieu.example.vn", HEADS), DAY)


def settled(text: str) -> str:
    """Without what is another every time: the true day, and when an alert ended."""
    text = re.sub(r"((?:ngày|Ngày) gửi thật: )\d\d/\d\d/\d{4}", r"\1NGÀY", text)
    return re.sub(r"(?<=09:00 12/08/2024 đến )\d\d:\d\d \d\d/\d\d/\d{4}", "LÚC HẾT", text)


def one(tree: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    """The first node of a selector, which must be there."""
    found = tree.css_first(selector)
    assert found is not None, selector
    return found

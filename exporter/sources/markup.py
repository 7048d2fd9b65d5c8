"""An HTML page as a tree, where a page may be cut off, hostile or a login form instead."""

from __future__ import annotations

from collections import Counter

from selectolax.lexbor import LexborHTMLParser

from exporter.errors import PortalError, Reason
from exporter.sources.base import Page
from exporter.sources.decoding import html_text

MAX_DEPTH = 5_000
"""Elements open inside each other beyond which a page is not parsed."""
# These do not nest, whether or not a page closes them.
_FLAT = frozenset(
    b"area base br col dd dt embed hr img input link meta option p source td th tr track wbr".split()
)
_LONGEST_NAME = 12
_QUOTED = 80


def parse_html(page: Page) -> LexborHTMLParser:
    """The page without its scripts and styles.

    Raises PortalError: decode when its characters cannot be told, schema when it is nested beyond
    reason or ends inside a table.
    """
    # As UTF-8, which is what the parser takes, and in which counting is many times faster.
    body = html_text(page).encode("utf-8", "replace")
    if _too_deep(body):
        raise PortalError(
            Reason.SCHEMA,
            f"more than {MAX_DEPTH} elements stand inside each other; this is no page of statistics",
        )
    tree = LexborHTMLParser(body)
    tree.strip_tags(["script", "style", "template"])
    _refuse_cut_off(tree, body)
    return tree


def _refuse_cut_off(tree: LexborHTMLParser, body: bytes) -> None:
    # A connection that breaks looks like a page with fewer units; its last table is never closed.
    tables = len(tree.css("table"))
    if body.count(b"</table") < tables and body.lower().count(b"</table") < tables:
        raise PortalError(Reason.SCHEMA, "the page ends inside a table; it was cut off on its way")


def _too_deep(body: bytes) -> bool:
    """Whether elements nest beyond MAX_DEPTH.

    The parser takes time with the square of the depth: 100,000 open `div` cost it half a minute.
    """
    # Rows and cells do not nest by themselves, and are most of what a page of statistics is made of.
    opened = body.count(b"<") - body.count(b"</") - body.count(b"<t")
    if opened + body.count(b"<ta") <= MAX_DEPTH:
        return False
    depth = 0
    unclosed: Counter[bytes] = Counter()
    for piece in body.split(b"<"):
        closing = piece.startswith(b"/")
        name = _tag_name(piece[1:] if closing else piece)
        if not name or name in _FLAT:
            continue
        if not closing:
            unclosed[name] += 1
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif unclosed[name] > 0:
            unclosed[name] -= 1
            depth -= 1
    return False


def _tag_name(piece: bytes) -> bytes:
    if not piece[:1].isalpha():
        return b""
    return piece[:_LONGEST_NAME].replace(b"/", b" ").replace(b">", b" ").split(maxsplit=1)[0].lower()


def describe(tree: LexborHTMLParser) -> str:
    """What a page without the expected table seems to be, for a sentence."""
    title = tree.css_first("title")
    name = " ".join(title.text().split())[:_QUOTED] if title is not None else ""
    called = f"a page titled {name!r}" if name else "a page without a title"
    if tree.css_first("input[type=password]") is not None:
        return f"{called} that asks for a password"
    tables = len(tree.css("table"))
    if not tables:
        return f"{called}, no table in it"
    return f"{called} with {tables} table{'' if tables == 1 else 's'}"

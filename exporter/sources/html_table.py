"""Any page of statistics with tables: one unit in a row, counts in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

from exporter.errors import PortalError, Reason
from exporter.periods import Period, PeriodKind
from exporter.sources.asof import last_moment
from exporter.sources.base import Page, PartReading, Reading, Request
from exporter.sources.html_options import HtmlTableOptions, fill_address
from exporter.sources.html_rows import Columns, Statistics, find_columns
from exporter.sources.markup import describe, parse_html
from exporter.sources.tablegrid import lay_out
from exporter.sources.tablehead import Table, listed, read_table

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_WRAPPERS = 3
"""How many elements may be wrapped around a table below its heading."""
_SHOWN = 5


class HtmlTable:
    """The source made of `HtmlTableOptions`. See `Source` for what its methods mean."""

    def __init__(self, options: HtmlTableOptions) -> None:
        self.options = options
        self.code_system = options.codes

    def requests(self, today: date) -> Sequence[Request]:
        """One page for the year so far, and one for the month that is offered."""
        kinds: tuple[PeriodKind, ...] = ("year", "month")
        return tuple(
            Request(
                part=kind,
                period=(period := self._period(kind, today)),
                url=fill_address(template, period, today, self.options.date_format),
                expect="html",
            )
            for kind in kinds
            if (template := self.options.url.of(kind)) is not None
        )

    def _period(self, kind: PeriodKind, today: date) -> Period:
        running = Period.of(kind, today)
        ended = kind == "month" and self.options.month_offered == "ended"
        return running.previous() if ended else running

    def next_request(self, pages: Sequence[Page]) -> Request | None:  # noqa: ARG002 - Source asks so
        """A part is one page."""
        return None

    def parse(self, pages: Sequence[Page]) -> PartReading:
        """What the rows of its tables say, each of the period it can be of (see `dated`)."""
        page = pages[-1]
        tree = parse_html(page)
        as_of = self._as_of(tree, page)
        statistics = Statistics(self.options, page.request.period, page.sha256)
        found = self._tables(tree)
        for node, table, columns in found:
            caption = _caption(node) if self.options.sections and len(found) > 1 else None
            statistics.read(table, columns, caption)
        return PartReading(dated(statistics.readings(), page.request.period, as_of), as_of)

    def _as_of(self, tree: LexborHTMLParser, page: Page) -> datetime | None:
        selector = self.options.as_of
        if selector is None:
            return None
        element = tree.css_first(selector)
        if element is None:
            raise PortalError(
                Reason.SCHEMA,
                f"no element matches 'as_of: {selector}' in {describe(tree)}; correct it or delete 'as_of'",
            )
        return last_moment(element.text(separator=" "), page.fetched_at)

    def _tables(self, tree: LexborHTMLParser) -> list[tuple[LexborNode, Table, Columns]]:
        selector = self.options.table
        nodes = tree.css("table") if selector is None else list(_selected(tree, selector))
        if not nodes:
            wanted = "no table" if selector is None else f"no table matches 'table: {selector}'"
            raise PortalError(Reason.SCHEMA, f"{wanted}: this is {describe(tree)}")
        tables = [(node, read_table(lay_out(node))) for node in nodes]
        if selector is not None or len(tables) == 1:
            return [(node, table, find_columns(table.columns, self.options)) for node, table in tables]
        found = list(self._fitting(tables))
        if not found:
            shown = "; ".join(
                f"table {i + 1}: {listed(table.columns)}" for i, (_, table) in enumerate(tables[:_SHOWN])
            )
            raise PortalError(
                Reason.SCHEMA,
                f"none of the {len(tables)} tables has the columns asked for; correct their names, or say "
                f"with 'table:' which table it is ({shown})",
            )
        return found

    def _fitting(
        self, tables: Sequence[tuple[LexborNode, Table]]
    ) -> Iterator[tuple[LexborNode, Table, Columns]]:
        for node, table in tables:
            try:
                columns = find_columns(table.columns, self.options)
            except PortalError:
                continue
            yield node, table, columns


def dated(readings: tuple[Reading, ...], asked: Period, as_of: datetime | None) -> tuple[Reading, ...]:
    """The readings of a page that was asked for a period, where it prints an earlier day.

    On 1 January a portal may show two things beside the date of 31 December: still the figures of
    the old year, or the new one, of which it can know nothing yet. So an indicator with anything in
    any numerator is of the period the printed day lies in. One with nothing at all is of the period
    that was asked for, and its counts are missing: as a 0 it would look like a fall in the old year,
    and what comes next like a jump in the new one.
    """
    if as_of is None or as_of.date() >= asked.start:
        return readings
    old = Period.of(asked.kind, as_of.date())
    happened = {reading.indicator for reading in readings if reading.numerator}
    return tuple(
        replace(reading, period=old)
        if reading.indicator in happened
        else replace(reading, numerator=None, denominator=None)
        for reading in readings
    )


def _selected(tree: LexborHTMLParser, selector: str) -> Iterator[LexborNode]:
    """The tables that a selector matches, or that stand in what it matches, each once."""
    seen: set[int] = set()
    for node in tree.css(selector):
        for table in [node] if node.tag == "table" else node.css("table"):
            if table.mem_id not in seen:
                seen.add(table.mem_id)
                yield table


def _caption(table: LexborNode) -> str | None:
    """The caption of a table, else the heading right before it (or before what it is wrapped in)."""
    caption = next((child for child in table.iter() if child.tag == "caption"), None)
    if caption is not None:
        return " ".join(caption.text(separator=" ").split()) or None
    node = table
    for _ in range(_WRAPPERS):
        before = _element_before(node)
        if before is not None:
            return " ".join(before.text(separator=" ").split()) if before.tag in _HEADINGS else None
        node = node.parent or node
    return None


def _element_before(node: LexborNode) -> LexborNode | None:
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    return before


def build(options: HtmlTableOptions) -> HtmlTable:
    """The source for a validated `read:`."""
    return HtmlTable(options)

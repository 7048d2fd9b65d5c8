"""What `read:` may say of an HTML page with statistics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from string import Formatter
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from exporter.periods import Period, PeriodKind

PLACEHOLDERS = ("year", "month", "from", "to")
"""What an address may hold in braces."""
_APART = (date(2024, 9, 16), date(2023, 9, 16), date(2024, 8, 16), date(2024, 9, 15))
"""Days that differ in the year, the month or the day alone."""
_EXAMPLE = Period("month", date(2024, 9, 1))


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _selector(value: str) -> str:
    try:
        LexborHTMLParser("<p>").css(value)
    except SelectolaxError:
        raise ValueError(
            f"'{value}' is no CSS selector; write one like table.thong-ke or #so-lieu-den"
        ) from None
    return value


def _placeholders(template: str) -> Iterator[str]:
    """The names in braces; raises ValueError with a sentence for whatever else stands there."""
    advice = "; write {year}, {month}, {month:02}, {from} or {to}"
    try:
        parsed = list(Formatter().parse(template))
    except ValueError:
        raise ValueError(f"a brace is not closed in '{template}'{advice}") from None
    for _, name, spec, conversion in parsed:
        if name is None:
            continue
        if name not in PLACEHOLDERS:
            raise ValueError(f"unknown placeholder '{{{name}}}' in an address{advice}")
        if conversion or (spec and (name, spec) != ("month", "02")):
            raise ValueError(f"'{{{name}}}' takes no format here{advice}")
        yield name


def _address(template: str) -> str:
    """An address template; raises ValueError with a sentence that says what to write."""
    list(_placeholders(template))
    try:
        parts = urlsplit(fill_address(template, _EXAMPLE, _EXAMPLE.start, "%Y-%m-%d"))
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"http", "https"} or " " in template:
        raise ValueError(
            f"'{template}' is no address; write one that begins with https:// and the portal's host"
        )
    return template


def fill_address(template: str, period: Period, today: date, date_format: str) -> str:
    """The address of a period's page: {to} is today, or the period's last day when it is over."""
    until = max(min(today, period.end), period.start)
    return template.format_map(
        {
            "year": period.start.year,
            "month": period.start.month,
            "from": quote(period.start.strftime(date_format), safe=""),
            "to": quote(until.strftime(date_format), safe=""),
        },
    )


def _date_format(value: str) -> str:
    if len({day.strftime(value) for day in _APART}) != len(_APART):
        raise ValueError(f"'{value}' does not write a whole date; write one like '%d/%m/%Y' or '%Y-%m-%d'")
    return value


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Selector = Annotated[str, AfterValidator(_selector)]
Address = Annotated[str, AfterValidator(_address)]
Header = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Headers = Annotated[tuple[Header, ...], BeforeValidator(_several), Field(min_length=1)]
Names = Annotated[tuple[Header, ...], BeforeValidator(_several)]


class Addresses(_Options):
    """`url:` - where the page of a year so far and that of a month are; one of them is enough."""

    year: Address | None = None
    month: Address | None = None

    @model_validator(mode="after")
    def _any(self) -> Addresses:
        if self.year is None and self.month is None:
            raise ValueError("no address is given; write 'year:' or 'month:' or both below 'url:'")
        return self

    def of(self, kind: PeriodKind) -> str | None:
        """The address template for a kind of period."""
        return self.year if kind == "year" else self.month


class Counts(_Options):
    """One entry of `indicators:` - the columns that are summed to its numerator and denominator."""

    numerator: Headers
    denominator: Headers


class HtmlTableOptions(_Options):
    """`read:` of an `html_table` source. A column is named by its last header, a path, or its number."""

    url: Addresses
    date_format: Annotated[str, AfterValidator(_date_format)] = "%Y-%m-%d"
    """How {from} and {to} are written (strftime)."""
    month_offered: Literal["running", "ended"] = "running"
    """Which month the portal is asked for: the running one, or the last that has ended."""
    table: Selector | None = None
    """CSS selector of the table or tables, or of what holds them; absent: all that have the columns."""
    unit: Header
    """The column with the units' names."""
    code: Header | None = None
    """The column with the units' codes."""
    codes: str | None = None
    """Which of the units' `codes` in the decision those are."""
    district: Header | None = None
    """The column with the district each row lies in."""
    sections: bool = False
    """Whether rows without counts, and captions above several tables, head the rows below them."""
    scope: str | None = None
    """What the whole page is of, such as a district; a heading or a district column goes before it."""
    totals: Names = ()
    """How rows are called that total the page (or their section, where they stand once in each)."""
    section_totals: Names = ()
    """How rows are called that always total the section they stand in."""
    totals_are: Literal["tinh", "none"] = "none"
    """`tinh`: the page's total is the province's own figure; `none`: it only checks the rows."""
    as_of: Selector | None = None
    """CSS selector of the element that says until when the figures are."""
    indicators: Annotated[dict[str, Counts], Field(min_length=1)]

    @model_validator(mode="after")
    def _code_system(self) -> HtmlTableOptions:
        if self.code is not None and self.codes is None:
            raise ValueError(
                "'code' names a column of codes; say with 'codes:' which of the units' codes they are"
            )
        if self.codes is not None and self.code is None:
            raise ValueError("'codes' is given without a column of codes; name it with 'code:'")
        return self

"""What may be said of an HTML page, and the sentence for what may not."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from exporter.periods import Period
from exporter.sources import FAMILIES
from exporter.sources.html_options import HtmlTableOptions, fill_address
from exporter.sources.html_table import HtmlTable

GOOD: dict[str, object] = {
    "url": {"year": "https://portal.example/{year}"},
    "unit": "Đơn vị",
    "indicators": {"x": {"numerator": "a", "denominator": ["b", "c"]}},
}


def sentences(**options: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        HtmlTableOptions.model_validate({**GOOD, **options})
    return [str(error.get("ctx", {}).get("error", error["msg"])) for error in caught.value.errors()]


def test_the_family_is_registered() -> None:
    family = FAMILIES["html_table"]
    assert isinstance(family.build(family.options.model_validate(GOOD)), HtmlTable)


def test_one_column_may_be_written_without_brackets() -> None:
    options = HtmlTableOptions.model_validate({**GOOD, "totals": "Cộng"})
    assert options.indicators["x"].numerator == ("a",)
    assert options.indicators["x"].denominator == ("b", "c")
    assert options.totals == ("Cộng",)


def test_options_are_frozen_and_closed() -> None:
    options = HtmlTableOptions.model_validate(GOOD)
    with pytest.raises(ValidationError, match="frozen"):
        options.unit = "x"  # type: ignore[misc]
    assert sentences(tabel="x") == ["Extra inputs are not permitted"]


NO_ADDRESS = " is no address; write one that begins with https:// and the portal's host"
PLACES = "; write {year}, {month}, {month:02}, {from} or {to}"


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://p.example/{nam}", f"unknown placeholder '{{nam}}' in an address{PLACES}"),
        ("https://p.example/{}", f"unknown placeholder '{{}}' in an address{PLACES}"),
        ("https://p.example/{0}", f"unknown placeholder '{{0}}' in an address{PLACES}"),
        (
            "https://p.example/{year.real}",
            f"unknown placeholder '{{year.real}}' in an address{PLACES}",
        ),
        ("https://p.example/{year", f"a brace is not closed in 'https://p.example/{{year'{PLACES}"),
        ("https://p.example/{year:>99999999}", f"'{{year}}' takes no format here{PLACES}"),
        ("https://p.example/{month!r}", f"'{{month}}' takes no format here{PLACES}"),
        ("https://p.example/{month:{year}}", f"'{{month}}' takes no format here{PLACES}"),
        (
            "ftp://p.example/",
            "'ftp://p.example/'" + NO_ADDRESS,
        ),
        ("p.example", "'p.example' is no address; write one that begins with https:// and the portal's host"),
        (
            "https://p.example:x/",
            "'https://p.example:x/'" + NO_ADDRESS,
        ),
        (
            "https://p.example/a b",
            "'https://p.example/a b'" + NO_ADDRESS,
        ),
    ],
)
def test_an_address_that_is_none(address: str, sentence: str) -> None:
    assert sentences(url={"year": address}) == [sentence]
    assert sentences(url={"month": address}) == [sentence]


def test_no_address_at_all() -> None:
    assert sentences(url={}) == ["no address is given; write 'year:' or 'month:' or both below 'url:'"]


@pytest.mark.parametrize("selector", ["table[", "..", "", "a > > b"])
def test_a_selector_that_is_none(selector: str) -> None:
    sentence = f"'{selector}' is no CSS selector; write one like table.thong-ke or #so-lieu-den"
    assert sentences(table=selector) == [sentence]
    assert sentences(as_of=selector) == [sentence]


@pytest.mark.parametrize("form", ["%d/%m", "%Y-%m", "%Y-%d", "ngày", "", "%y%y%y"])
def test_a_date_format_that_writes_no_whole_date(form: str) -> None:
    assert sentences(date_format=form) == [
        f"'{form}' does not write a whole date; write one like '%d/%m/%Y' or '%Y-%m-%d'"
    ]


def test_codes_and_their_system_belong_together() -> None:
    assert sentences(code="Mã") == [
        "'code' names a column of codes; say with 'codes:' which of the units' codes they are"
    ]
    assert sentences(codes="official") == ["'codes' is given without a column of codes; name it with 'code:'"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": " "},
        {"indicators": {}},
        {"indicators": {"x": {"numerator": [], "denominator": ["b"]}}},
        {"indicators": {"x": {"numerator": ["a"]}}},
        {"totals_are": "district"},
        {"month_offered": "next"},
    ],
)
def test_what_else_is_refused(wrong: dict[str, object]) -> None:
    assert len(sentences(**wrong)) == 1


@pytest.mark.parametrize(
    ("today", "address"),
    [
        (date(2024, 9, 16), "2024-01-01..2024-09-16 2024 1"),
        (date(2024, 12, 31), "2024-01-01..2024-12-31 2024 1"),
        (date(2025, 1, 5), "2024-01-01..2024-12-31 2024 1"),
        (date(2023, 12, 31), "2024-01-01..2024-01-01 2024 1"),
    ],
)
def test_to_is_today_or_the_last_day_of_the_period(today: date, address: str) -> None:
    period = Period("year", date(2024, 1, 1))
    assert fill_address("{from}..{to} {year} {month}", period, today, "%Y-%m-%d") == address

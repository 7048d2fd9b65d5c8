"""One answer of the National Portal's evaluation reports: its envelope, its units, its pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.sources.base import Page, PortalUnit, Reading
from exporter.sources.decoding import json_object
from exporter.sources.numbers import NotANumber, json_count

Json = Mapping[str, object]

NAMELESS = "(không tên)"
"""Stands for the name of a unit that has none, so that it shows as unmatched."""
_CODE = re.compile(
    r"(?:(?P<below>[0-9]{1,4}(?:\.[0-9]{1,4}){0,5})\.)?"
    r"(?P<code>H[0-9]{2}(?:\.[0-9]{1,4}){0,5})"
)
_LONGEST_ROW = 2_000
_LONGEST_NAME = 300
_SHOWN_FIELDS = 20
_QUOTED = 80


@dataclass(frozen=True, slots=True)
class Pagination:
    """Which page of how many this is, and how many units there are on all of them."""

    current: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in either of the portal's two shapes (overview and list, parent and children)."""

    province: Json
    units: tuple[Json, ...]
    pagination: Pagination | None
    """None: the answer is whole by itself."""

    def goes_on(self, number: int, most: int) -> bool:
        """Whether page `number` + 1 is there to be asked for.

        Raises PortalError (schema) when the portal gave another page than `number`, an empty one
        before its end, or claims more than `most`.
        """
        if self.pagination is None:
            return False
        if self.pagination.current != number:
            given = self.pagination.current
            raise PortalError(Reason.SCHEMA, f"page {number} was asked for, and the portal gave page {given}")
        if self.pagination.pages > most:
            raise PortalError(Reason.SCHEMA, f"the portal claims {self.pagination.pages} pages of units")
        if number >= self.pagination.pages:
            return False
        if not self.units:
            raise PortalError(
                Reason.SCHEMA, f"page {number} of {self.pagination.pages} pages of units is empty"
            )
        return True

    def refuse_incomplete(self, count: int) -> None:
        """Raises PortalError (schema) when the `count` units of all pages are fewer than there are."""
        total = self.pagination.total if self.pagination is not None else 1
        if count < total:
            came = f"{count} of {total} units came" if self.pagination is not None else "no unit came"
            raise PortalError(Reason.SCHEMA, f"{came}; the answer is not complete")


def read_answer(page: Page, root: str) -> Answer:
    """The answer that a page is, of the department `root`.

    Raises PortalError: decode when it is not JSON, schema when the envelope is not OK, parts of it
    are missing, or it is of another department.
    """
    envelope = json_object(page)
    if envelope.get("code") != "OK":
        said = " ".join(str(envelope.get(key))[:_QUOTED] for key in ("code", "message") if envelope.get(key))
        raise PortalError(Reason.SCHEMA, f"the portal answers {said or 'without a code'!r} instead of 'OK'")
    data = _mapping(envelope.get("data"), "data")
    overview, units = ("overview", "evaluation") if "evaluation" in data else ("parent", "children")
    province = _mapping(data.get(overview), f"data.{overview}")
    given = province.get("departmentId")
    if not isinstance(given, str) or given.casefold() != root.casefold():
        shown = str(given)[:_QUOTED]
        raise PortalError(Reason.SCHEMA, f"department {root} was asked for, and the answer is of {shown}")
    return Answer(province, _units(data.get(units), f"data.{units}"), _pagination(data.get("pagination")))


def fields(row: Json, *names: str, needed: bool) -> Json:
    """The named fields of a row, null where one is missing.

    Where they are `needed` (in the province's own row, which has them all) a missing one means that
    the portal has renamed it: raises PortalError (schema), for null is an answer and absence none.
    """
    absent = [name for name in names if name not in row]
    if needed and absent:
        has = ", ".join(map(str, list(row)[:_SHOWN_FIELDS]))
        raise PortalError(Reason.SCHEMA, f"the field '{absent[0]}' is not there any more; there are {has}")
    return {name: row.get(name) for name in names}


def metrics(unit: Json, code: str, *, needed: bool) -> tuple[Json, ...]:
    """The metrics of a unit with this code, usually one.

    Raises PortalError (schema) where there is none although it is `needed`.
    """
    given = unit.get("metrics")
    found = tuple(
        metric
        for metric in (given if isinstance(given, list) else ())
        if isinstance(metric, dict) and metric.get("code") == code
    )
    if needed and not found:
        raise PortalError(Reason.SCHEMA, f"the metric '{code}' is not there any more")
    return found


def _mapping(value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise PortalError(Reason.SCHEMA, f"'{where}' should be an object, and is {_kind(value)}")
    return value


def _units(value: object, where: str) -> tuple[Json, ...]:
    if not isinstance(value, list):
        raise PortalError(Reason.SCHEMA, f"'{where}' should be a list of units, and is {_kind(value)}")
    return tuple(_mapping(unit, f"{where}[{index}]") for index, unit in enumerate(value))


def _pagination(value: object) -> Pagination | None:
    if value is None:
        return None
    given = _mapping(value, "data.pagination")
    numbers = [json_count(given.get(key)) for key in ("currentPage", "totalPages", "total")]
    whole = [number for number in numbers if isinstance(number, int) and number >= 0]
    if len(whole) != len(numbers):
        raise PortalError(
            Reason.SCHEMA, "'data.pagination' should hold the numbers currentPage, totalPages and total"
        )
    return Pagination(*whole)


def _kind(value: object) -> str:
    return {dict: "an object", list: "a list", str: "a text", type(None): "missing"}.get(
        type(value), "neither a list nor an object"
    )


def department_code(value: object) -> str | None:
    """The code as units carry it: "H44.01"; "000.00.00.H37" is H37, and "000.00.07.H37" is H37.07.

    The older way to write a code puts what is above behind what is below, and fills up with zeros.
    """
    found = _CODE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    below = [part for part in (found["below"] or "").split(".") if part.strip("0")]
    return ".".join([found["code"], *reversed(below)])


def department_name(unit: Json) -> str:
    """The name of a unit, as printed but for white space."""
    name = unit.get("departmentName")
    return (" ".join(name.split()) if isinstance(name, str) else "")[:_LONGEST_NAME] or NAMELESS


def count_reading(  # noqa: PLR0913 - what makes up a reading
    unit: Json,
    indicator: str,
    period: Period,
    page: str,
    *,
    names: Json,
    total: bool,
    under: Json | None = None,
) -> Reading | None:
    """What a unit says of an indicator: `names` are its numerator and its denominator as they stand there.

    None where both are missing or null: there is no such count, as with the placeholder of the
    certified copies (null, null, 100).
    """
    numerator, denominator = (json_count(value) for value in names.values())
    if numerator is None and denominator is None:
        return None
    fault = next((n.text for n in (numerator, denominator) if isinstance(n, NotANumber)), None)
    shown = {"departmentName": unit.get("departmentName"), "departmentCode": unit.get("departmentCode")}
    return Reading(
        unit=PortalUnit(department_name(unit), department_code(unit.get("departmentCode"))),
        indicator=indicator,
        period=period,
        numerator=None if fault is not None or isinstance(numerator, NotANumber) else numerator,
        denominator=None if fault is not None or isinstance(denominator, NotANumber) else denominator,
        row=_compact({**shown, **(under or {}), **names}),
        page=page,
        fault=fault,
        total=total,
    )


def _compact(fields: Json) -> str:
    """The fields as the portal printed them; what is no plain value, and hostile numbers, are cut short."""
    plain = {
        key: value if isinstance(value, str | bool | float | None) else _short(value)
        for key, value in fields.items()
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))[:_LONGEST_ROW]


def _short(value: object) -> object:
    number = json_count(value)
    return number.text if isinstance(number, NotANumber) else number

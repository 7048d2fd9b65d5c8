"""The statistics table as officials know it: columns, lines, numbers as printed. Not yet HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from demo.figures import Counts, total
from exporter.decision import Kind

NOTHING = "-"
"""What the form prints where there is nothing."""

LineKind = Literal["heading", "unit", "total"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of figures: `whole` is None for a count, else what the rate is held against.

    `concern` names the kinds of unit it concerns (None: all); others print a dash.
    """

    group: str
    header: str
    part: Callable[[Counts], int]
    whole: Callable[[Counts], int] | None = None
    concern: frozenset[Kind] | None = None


_DEPARTMENTS = frozenset({Kind.DEPARTMENT})
_COMMITTEES = frozenset({Kind.DISTRICT, Kind.COMMUNE})
_PROVISION = "TTHC đủ điều kiện toàn trình"
_RECEIVED = "Hồ sơ tiếp nhận"
_RESULTS = "Kết quả giải quyết"
_PAYMENTS = "Giao dịch thanh toán"
_SERVICES = "DVC trực tuyến"
_COPIES = "Chứng thực bản sao điện tử"

COLUMNS: tuple[Column, ...] = (
    Column(_PROVISION, "Tổng số", lambda c: c.eligible, concern=_DEPARTMENTS),
    Column(_PROVISION, "Đã cung cấp", lambda c: c.provided, concern=_DEPARTMENTS),
    Column(_RECEIVED, "Tổng số", lambda c: c.handled),
    Column(_RECEIVED, "Trực tuyến", lambda c: c.online),
    Column(_RECEIVED, "Trực tiếp, bưu chính", lambda c: c.paper),
    Column(_RECEIVED, "Kỳ trước chuyển sang", lambda c: c.carried),
    Column(_RECEIVED, "Tỷ lệ trực tuyến (%)", lambda c: c.online, whole=lambda c: c.received),
    Column(_RESULTS, "Tổng số", lambda c: c.completed),
    Column(_RESULTS, "Đã số hóa", lambda c: c.digitised),
    Column(_RESULTS, "Bản điện tử", lambda c: c.electronic),
    Column(_PAYMENTS, "Tổng số", lambda c: c.payments),
    Column(_PAYMENTS, "Trực tuyến trên Cổng DVCQG", lambda c: c.paid_online),
    Column(_PAYMENTS, "Tỷ lệ trực tuyến (%)", lambda c: c.paid_online, whole=lambda c: c.payments),
    Column(_SERVICES, "Tổng số", lambda c: c.services),
    Column(_SERVICES, "Có phát sinh hồ sơ", lambda c: c.services_used),
    Column(_COPIES, "Cơ quan", lambda c: c.offices, concern=_COMMITTEES),
    Column(_COPIES, "Đã cung cấp", lambda c: c.offices_offering, concern=_COMMITTEES),
)

INDICATOR_COLUMNS = {
    "full_online_provision": (1, 0),
    "online_dossier": (3, 4),
    "online_payment": (11, 10),
    "digitised_result": (8, 7),
    "electronic_result": (9, 7),
    "service_with_dossier": (14, 13),
    "electronic_certified_copy": (16, 15),
}
"""Which columns (by place in COLUMNS) hold an indicator's numerator, and its denominator or the rest."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. A heading has only a name."""

    kind: LineKind
    name: str
    cells: tuple[str, ...] = ()
    number: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class UnitLine:
    """What stands in a line of a unit, before it is printed. `silent`: indicators it never fills in."""

    unit: str
    kind: Kind
    name: str
    counts: Counts
    silent: frozenset[str] = frozenset()


def number(value: int) -> str:
    """A count with dots between thousands, "-12" below zero."""
    return f"{value:,}".replace(",", ".")


def percent(part: int, whole: int) -> str:
    """A rate in percent with a decimal comma and without the sign; a dash for nothing of nothing."""
    if whole == 0:
        return NOTHING
    hundredths = (20_000 * part + whole) // (2 * whole)
    return f"{number(hundredths // 100)},{hundredths % 100:02}"


def _cells(counts: Counts, kind: Kind | None, silent: frozenset[str]) -> tuple[str, ...]:
    dashed = {place for indicator in silent for place in INDICATOR_COLUMNS[indicator]}
    texts = []
    for place, column in enumerate(COLUMNS):
        if place in dashed or (kind and column.concern and kind not in column.concern):
            texts.append(NOTHING)
        elif column.whole is None:
            texts.append(number(column.part(counts)))
        else:
            texts.append(percent(column.part(counts), column.whole(counts)))
    return tuple(texts)


def lines(sections: Iterable[tuple[str, Sequence[UnitLine]]]) -> list[Line]:
    """All lines of a page: headings, units numbered within their section, and the total of the units."""
    found: list[Line] = []
    everything = []
    for heading, rows in sections:
        found.append(Line("heading", heading))
        for place, row in enumerate(rows, 1):
            cells = _cells(row.counts, row.kind, row.silent)
            found.append(Line("unit", row.name, cells, str(place), row.unit))
            everything.append(row.counts)
    found.append(Line("total", "Tổng cộng", _cells(total(everything), None, frozenset())))
    return found


def header_groups() -> list[tuple[str, int]]:
    """The upper header row: each group of columns with how many it spans."""
    groups: list[tuple[str, int]] = []
    for column in COLUMNS:
        if groups and groups[-1][0] == column.group:
            groups[-1] = (column.group, groups[-1][1] + 1)
        else:
            groups.append((column.group, 1))
    return groups

"""A small province to test with: two departments, two districts with communes, one merger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from exporter.clock import PROVINCE_TIME
from exporter.decision import PROVINCE, Alias, Counting, Decision, Indicator, Kind, Unit
from exporter.periods import Period
from exporter.settings import Settings
from exporter.sources.base import Collection, Page, PartReading, PortalUnit, Reading, Request

ALL = frozenset({Kind.DEPARTMENT, Kind.DISTRICT, Kind.COMMUNE_GROUP, Kind.COMMUNE})
YEAR = Period("year", date(2024, 1, 1))
SEPTEMBER = Period("month", date(2024, 9, 1))


def at(day: str, hour: str = "09:00") -> datetime:
    """A told moment."""
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=PROVINCE_TIME)


def indicator(name: str, counting: Counting, target: str, applies: frozenset[Kind] = ALL) -> Indicator:
    """An indicator with a target such as "1/2"."""
    return Indicator(name, f"Tỷ lệ {name}", name, counting, "hồ sơ", applies, Fraction(target), "Điều 1")


def unit(
    id_: str,
    name: str,
    kind: Kind,
    parent: str | None,
    *,
    aliases: Iterable[Alias] = (),
    code: str | None = None,
    until: date | None = None,
    merged_into: str | None = None,
    exempt: dict[str, str] | None = None,
) -> Unit:
    """A unit."""
    codes = {"official": code} if code else {}
    return Unit(
        id_,
        name,
        name,
        kind,
        parent,
        codes=codes,
        aliases=tuple(aliases),
        until=until,
        merged_into=merged_into,
        exempt=exempt or {},
    )


LAST = date(2024, 10, 31)
UNITS = (
    unit(PROVINCE, "Tỉnh Thái Bình", Kind.PROVINCE, None, code="34"),
    unit(
        "so-tai-chinh", "Sở Tài chính", Kind.DEPARTMENT, PROVINCE, exempt={"online_payment": "không thu phí"}
    ),
    unit("so-y-te", "Sở Y tế", Kind.DEPARTMENT, PROVINCE, aliases=[Alias("SYT")]),
    unit("ubnd-dong-hung", "Ủy ban nhân dân huyện Đông Hưng", Kind.DISTRICT, PROVINCE),
    unit("xa-dong-hung", "4/4 xã, thị trấn huyện Đông Hưng", Kind.COMMUNE_GROUP, "ubnd-dong-hung"),
    unit("xa-1", "Thị trấn Đông Hưng", Kind.COMMUNE, "xa-dong-hung", code="1"),
    unit("xa-2", "Xã Đô Lương", Kind.COMMUNE, "xa-dong-hung", code="2", until=LAST, merged_into="xa-3"),
    unit(
        "xa-3",
        "Xã Liên An Đô",
        Kind.COMMUNE,
        "xa-dong-hung",
        code="3",
        aliases=[Alias("Xã An Châu", until=LAST)],
    ),
    unit("xa-4", "Xã Đông Quang", Kind.COMMUNE, "xa-dong-hung", code="4"),
    unit("ubnd-tien-hai", "Ủy ban nhân dân huyện Tiền Hải", Kind.DISTRICT, PROVINCE),
    unit("xa-tien-hai", "2/2 xã, thị trấn huyện Tiền Hải", Kind.COMMUNE_GROUP, "ubnd-tien-hai"),
    unit("xa-5", "Xã Đông Quang", Kind.COMMUNE, "xa-tien-hai", code="5"),
    unit("xa-6", "Xã Đông Quí", Kind.COMMUNE, "xa-tien-hai", code="6"),
)
INDICATORS = (
    indicator("online_dossier", Counting.FLOW, "1/2"),
    indicator("online_payment", Counting.FLOW, "45/100"),
    indicator("digitised_result", Counting.BACKLOG, "1"),
    indicator("full_online_provision", Counting.CATALOGUE, "80/100", frozenset({Kind.DEPARTMENT})),
)


def decision(units: Iterable[Unit] = UNITS) -> Decision:
    """The decision of the small province."""
    return Decision(
        number="805/QĐ-UBND",
        title="Giao chỉ tiêu",
        authority="Chủ tịch Ủy ban nhân dân tỉnh Thái Bình",
        issued=date(2024, 5, 24),
        period_start=date(2024, 1, 1),
        period_end=date(2024, 12, 31),
        in_force_until=None,
        monitors=(),
        indicators={i.id: i for i in INDICATORS},
        units={u.id: u for u in units},
    )


def settings(tmp: Path, **more: object) -> Settings:
    """One source `cong` responsible for everything, and `khac` that is compared with it."""
    kinds = [k.value for k in Kind]
    ids = [i.id for i in INDICATORS]
    source: dict[str, object] = {
        "family": "fake",
        "every": timedelta(hours=1),
        "validity": timedelta(hours=26),
        "read": {},
    }
    base: dict[str, object] = {
        "archive": {"directory": str(tmp / "archive")},
        "sources": [
            {"id": "cong", "name": "Cổng tỉnh", **source},
            {"id": "khac", "name": "Cổng khác", **source},
        ],
        "responsible": [{"source": "cong", "kinds": kinds, "indicators": ids}],
    }
    return Settings.model_validate({**base, **more})


def row(
    name: str,
    numerator: int | None,
    denominator: int | None,
    indicator_id: str = "online_dossier",
    *,
    scope: str | None = None,
    period: Period = YEAR,
    code: str | None = None,
    fault: str | None = None,
    total: bool = False,
) -> Reading:
    """What one row says."""
    text = f"{name} | {numerator} | {denominator}"
    return Reading(
        PortalUnit(name, code, scope),
        indicator_id,
        period,
        numerator,
        denominator,
        text,
        "page",
        fault,
        total,
    )


class FakeSource:
    """A source whose pages carry, in their body, the number of the reading that they stand for."""

    code_system: str | None = "official"

    def __init__(self) -> None:
        self.said: list[PartReading | Exception] = []

    def page(self, reading: PartReading | Exception, fetched: datetime, part: str = "year") -> Page:
        """A page that parses to `reading`, or to its failure."""
        self.said.append(reading)
        request = Request(part, YEAR, "http://cong/" + part, "html")
        body = str(len(self.said) - 1).encode()
        return Page(request, request.url, 200, "text/html", body, fetched)

    def requests(self, today: date) -> tuple[Request, ...]:
        """One page."""
        return (Request("year", Period.year_of(today), "http://cong/year", "html"),)

    def next_request(self, pages: object) -> None:
        """There is never another page."""

    def parse(self, pages: Sequence[Page]) -> PartReading:
        """What the page stands for."""
        said = self.said[int(pages[0].body)]
        if isinstance(said, Exception):
            raise said
        return said


def collection(*pages: Page, source: str = "cong", finished: datetime | None = None) -> Collection:
    """A collection of these pages."""
    moment = finished or pages[-1].fetched_at
    return Collection(f"{moment:%Y%m%dT%H%M%S}-00000000", source, moment, moment, pages)

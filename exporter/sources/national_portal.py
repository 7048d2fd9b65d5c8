"""The National Public Service Portal (2026): `POST /api/v1/reporting/evaluation/…`.

Rates come from its counts. Its `ratio` is never used: on a tree it is a score, not a rate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from exporter.periods import Period, PeriodKind
from exporter.sources.base import Page, PartReading, Reading, Request
from exporter.sources.national_answer import Answer, count_reading, fields, metrics, read_answer

PATH = "/api/v1/reporting/evaluation/"
CODE_SYSTEM = "national"
"""Which of a unit's `codes` the portal's codes (H44.01) belong to."""
MAX_PAGES = 100
"""Pages of one part beyond which the portal is taken to go round in circles."""
_LARGEST_TREE_PAGE = 100
"""What the portal's own page asks of the payment tree."""

_PAYMENT = {"online_payment": ("totalDossierOnlinePaymentSuccess", "totalDossierFinancialObligation")}
_PROVISION = {
    "online_dossier": ("channelOnlineSum", "channelTotalSum"),
    "service_with_dossier": ("onlineDossierCount", "onlineServiceTotal"),
}
_DIGITISED = {
    "digitised_result": "SO_HOA_GIAY_TO_GIAI_QUYET",
    "electronic_result": "ORIGINAL_RESULT_AVAILABLE",
}


def _base_address(value: str) -> str:
    advice = "; write one like https://dichvucong.gov.vn"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"'{value}' is no address{advice}") from None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or " " in value:
        raise ValueError(f"'{value}' is no address of a portal{advice}")
    return value.rstrip("/")


def _department_id(value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise ValueError(
            f"'{value}' is no id of a department; write the province's UUID, like "
            "019d2be3-6a88-732b-8b0b-a4fad4f39fbc"
        ) from None


def _each_once(kinds: tuple[PeriodKind, ...]) -> tuple[PeriodKind, ...]:
    if len(set(kinds)) != len(kinds):
        raise ValueError("a period stands here twice; write each once")
    return kinds


class NationalPortalOptions(BaseModel):
    """`read:` of a `national_portal` source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, AfterValidator(_base_address)]
    """The portal, without a path of its interface."""
    root: Annotated[str, AfterValidator(_department_id)]
    """The province's id (`rootDepartmentId`, a UUID)."""
    page_size: Annotated[int, Field(ge=1, le=1000)] = 200
    """Units asked for at once."""
    periods: Annotated[tuple[PeriodKind, ...], Field(min_length=1), AfterValidator(_each_once)] = (
        "year",
        "month",
    )
    """The year so far, and the last month that has ended (the portal offers no running one)."""


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """One report: its part of a collection, its path, and how its units become readings."""

    part: str
    path: str
    read: Callable[[Answer, Period, str], tuple[Reading, ...]]
    largest_page: int | None = None


class NationalPortal:
    """The source made of `NationalPortalOptions`. See `Source` for what its methods mean."""

    code_system: str | None = CODE_SYSTEM

    def __init__(self, options: NationalPortalOptions) -> None:
        self.options = options

    def requests(self, today: date) -> Sequence[Request]:
        """Three reports, of the year so far and of the last month that has ended."""
        found: list[Request] = []
        for kind in self.options.periods:
            period = Period.of(kind, today)
            if kind == "month":
                period = period.previous()
            found.extend(self._request(endpoint, period, 1) for endpoint in ENDPOINTS)
        return tuple(found)

    def _request(self, endpoint: _Endpoint, period: Period, number: int) -> Request:
        size = min(self.options.page_size, endpoint.largest_page or self.options.page_size)
        body: dict[str, object] = {"timeType": period.kind, "year": period.start.year}
        if period.kind == "month":
            body["month"] = period.start.month
        body |= {"rootDepartmentId": self.options.root, "currentPage": number, "pageSize": size}
        return Request(
            part=f"{period.kind}/{endpoint.part}",
            period=period,
            url=self.options.url + PATH + endpoint.path,
            expect="json",
            json=body,
        )

    def next_request(self, pages: Sequence[Page]) -> Request | None:
        """The next page while the portal's `pagination` says that there is one."""
        answer = read_answer(pages[-1], self.options.root)
        if not answer.goes_on(len(pages), MAX_PAGES):
            return None
        first = pages[0].request
        return self._request(_endpoint(first.part), first.period, len(pages) + 1)

    def parse(self, pages: Sequence[Page]) -> PartReading:
        """What the units of all pages say; the province from the first page."""
        endpoint = _endpoint(pages[0].request.part)
        period = pages[0].request.period
        answers = self.answers(pages)
        readings = [
            reading
            for number, (page, answer) in enumerate(zip(pages, answers, strict=True))
            for reading in endpoint.read(answer, period, page.sha256)
            if not (reading.total and number)
        ]
        return PartReading(tuple(readings))

    def answers(self, pages: Sequence[Page]) -> tuple[Answer, ...]:
        """The answers of one part; raises PortalError (schema) when units are missing among them."""
        answers = tuple(read_answer(page, self.options.root) for page in pages)
        answers[-1].refuse_incomplete(sum(len(answer.units) for answer in answers))
        return answers


def _tree(counts: Mapping[str, tuple[str, str]], *, units: bool) -> Callable[..., tuple[Reading, ...]]:
    """Reads counts that stand in the province itself, and in each unit where the report has them there."""

    def read(answer: Answer, period: Period, page: str) -> tuple[Reading, ...]:
        rows = [(answer.province, True), *((unit, False) for unit in answer.units if units)]
        found = (
            count_reading(
                unit,
                indicator,
                period,
                page,
                names=fields(unit, over, under, needed=total),
                total=total,
            )
            for unit, total in rows
            for indicator, (over, under) in counts.items()
        )
        return tuple(reading for reading in found if reading is not None)

    return read


def _digitised(answer: Answer, period: Period, page: str) -> tuple[Reading, ...]:
    """Reads counts that stand in `metrics`, a list; metrics we do not ask for are not looked at."""
    found = []
    for unit, total in [(answer.province, True), *((unit, False) for unit in answer.units)]:
        for indicator, code in _DIGITISED.items():
            for metric in metrics(unit, code, needed=total):
                names = fields(metric, "numerator", "denominator", needed=total)
                reading = count_reading(
                    unit, indicator, period, page, names=names, total=total, under={"code": code}
                )
                if reading is not None:
                    found.append(reading)
    return tuple(found)


ENDPOINTS = (
    _Endpoint("digitised", "dossier-digitized", _digitised),
    _Endpoint(
        "online_payment", "formality-online-payment-tree", _tree(_PAYMENT, units=True), _LARGEST_TREE_PAGE
    ),
    _Endpoint("online_provision", "provide-online-tree", _tree(_PROVISION, units=False)),
)


def _endpoint(part: str) -> _Endpoint:
    name = part.partition("/")[2]
    return next(endpoint for endpoint in ENDPOINTS if endpoint.part == name)


def build(options: NationalPortalOptions) -> NationalPortal:
    """The source for a validated `read:`."""
    return NationalPortal(options)

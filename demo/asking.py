"""What was asked of the portal: requests, their periods and their bodies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, parse_qsl, urlsplit

from exporter.periods import Period
from exporter.vietnamese import period as period_text

_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_MONTHS_LISTED = 4


class BadRequestError(Exception):
    """What was asked makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: `target` is path and query, header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        """Without the query."""
        return urlsplit(self.target).path


def _period(kind: object, year: object, month: object) -> Period:
    try:
        first = date(int(str(year)), int(str(month)), 1)
    except ValueError:
        raise BadRequestError("Năm hoặc tháng không đúng.") from None
    if kind not in ("year", "month") or not _FIRST_YEAR <= first.year <= _LAST_YEAR:
        raise BadRequestError("Kỳ báo cáo là năm hoặc tháng, từ năm 2000 đến năm 2100.")
    return Period.year_of(first) if kind == "year" else Period.month_of(first)


def asked_month_or_year(target: str, today: date) -> Period:
    """The period of a statistics page: ?ky=nam&nam=2024 or ?ky=thang&nam=2024&thang=9; else this year.

    Raises BadRequestError.
    """
    query = {key: values[0] for key, values in parse_qs(urlsplit(target).query).items()}
    kinds = {"nam": "year", "thang": "month"}
    kind = kinds.get(query.get("ky", "nam"))
    month = query.get("thang", today.month) if kind == "month" else 1
    return _period(kind, query.get("nam", today.year), month)


def asked_period(body: Mapping[str, object]) -> Period:
    """The period of a question to the National Portal. Raises BadRequestError."""
    kind = body.get("timeType")
    return _period(kind, body.get("year"), body.get("month") if kind == "month" else 1)


def json_body(asked: Asked) -> dict[str, object]:
    """The object that was posted. Raises BadRequestError."""
    try:
        body = json.loads(asked.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadRequestError("Nội dung phải là một đối tượng JSON.")
    return body


def positive(body: Mapping[str, object], key: str, default: int) -> int:
    """A count from 1. Raises BadRequestError."""
    value = body.get(key, default)
    if not isinstance(value, int) or value < 1:
        raise BadRequestError(f"{key} phải là số nguyên từ 1 trở lên.")
    return value


def posted_fields(asked: Asked) -> dict[str, object]:
    """What a form or a program posted; fields left empty in a form are left out.

    Raises BadRequestError.
    """
    if asked.headers.get("content-type", "").startswith("application/json"):
        return json_body(asked)
    try:
        return dict(parse_qsl(asked.body.decode(), strict_parsing=bool(asked.body)))
    except ValueError:
        raise BadRequestError("Không đọc được biểu mẫu.") from None


def refuse_strangers(asked: Asked) -> None:
    """A page of another site must not steer the portal. Raises BadRequestError."""
    origin = asked.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != asked.headers.get("host"):
        raise BadRequestError("Yêu cầu đến từ trang khác.")


def link(path: str, period: Period) -> tuple[str, str]:
    """Text and address of a statistics page."""
    year, month = period.start.year, period.start.month
    query = f"ky=nam&nam={year}" if period.kind == "year" else f"ky=thang&nam={year}&thang={month}"
    return period_text(period).capitalize(), f"{path}?{query}"


def newest_months(today: date) -> list[Period]:
    """The month of `today` and those before it, newest first."""
    found = [Period.month_of(today)]
    while len(found) < _MONTHS_LISTED:
        found.append(found[-1].previous())
    return found

"""The National Portal's evaluation API of 2026, played for the simulated province.

Same envelope, keys, key order and zero conventions as the real one; its figures follow the simulated
province's own counts, but by the National Portal's formulas, so they differ a little: results are held
against all dossiers received, payments through any gateway are counted, districts are unknown to it.
`ratio` on a parent or child is score/maxScore, as misleading as in reality.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demo.faults import SIMULATED, Fault
from demo.figures import Counts, total
from demo.misbehave import doctor_counts
from demo.national_faults import Json, spoil
from demo.sheet import UnitLine
from demo.units import NationalUnit

ENDPOINTS = ("dossier-digitized", "formality-online-payment-tree", "provide-online-tree")
PREFIX = "/api/v1/reporting/evaluation/"

_MEASURES = {
    "ORIGINAL_RESULT_AVAILABLE": (
        "Tỷ lệ hồ sơ thủ tục hành chính có cấp kết quả giải quyết thủ tục hành chính điện tử",
        6,
        100.0,
    ),
    "SO_HOA_GIAY_TO_GIAI_QUYET": ("Tỷ lệ hồ sơ thủ tục hành chính thực hiện số hóa hồ sơ", 4, 100.0),
    "REUSED_DIGITIZED_DATA": ("Tỷ lệ hồ sơ khai thác, sử dụng lại thông tin, dữ liệu số hóa", 2, 80.0),
    "SYNCED_WITH_DVCQG_PERSONAL_STORAGE": (
        "Tỷ lệ hồ sơ TTHC được số hóa có kết nối, chia sẻ dữ liệu phục vụ tái sử dụng",
        4,
        100.0,
    ),
    "CITIZEN_DATA_CONNECTED_DOSSIER": ("Tỷ lệ hồ sơ TTHC có sử dụng thông tin, dữ liệu dân cư", 2, 100.0),
    "CITIZEN_DATA_CONNECTED_FORMALITY": (
        "Tỷ lệ TTHC triển khai kết nối, chia sẻ dữ liệu dân cư phục vụ GQ TTHC",
        2,
        100.0,
    ),
}
"""By code: name, highest score, and from which ratio (percent) on it is given."""
_PLACEHOLDER: Json = {
    "code": "ELECTRONIC_CERTIFIED_COPY",
    "name": "Tỷ lệ cung cấp dịch vụ chứng thực bản sao điện tử từ bản chính",
    "numerator": None,
    "denominator": None,
    "ratio": 100,
    "score": 2,
    "maxScore": 2,
}
_MAX_DIGITISED = 22
_MAX_PAYMENT = 10
_MAX_ONLINE = 12
_KEPT, _OF = 20, 32


@dataclass(frozen=True, slots=True)
class Row:
    """A unit with its counts, as the API lists it."""

    unit: NationalUnit
    counts: Counts


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the rows of which province, which page, and what the chart shows by month (1-12)."""

    root: NationalUnit
    rows: Sequence[Row]
    page: int
    size: int
    chart: Mapping[int, tuple[int, int]]


def _number(value: float) -> int | float:
    """As the API writes numbers: two decimals at most, whole ones without."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _capped(part: int, whole: int, *, honest: bool) -> int:
    """A part is not above its whole, unless a fault put it there."""
    return min(part, whole) if honest else part


def _metric(code: str, part: int, whole: int) -> Json:
    """One measure; nothing of nothing has neither ratio nor score."""
    name, most, full_at = _MEASURES[code]
    ratio = _share(part, whole)
    return {
        "code": code,
        "name": name,
        "numerator": part,
        "denominator": whole,
        "ratio": _number(ratio) if whole else None,
        "score": _number(most * min(ratio / full_at, 1.0)) if whole else None,
        "maxScore": most,
    }


def digitised_metrics(counts: Counts) -> list[Json]:
    """The seven measures of `dossier-digitized`; the last is a placeholder, as everywhere."""
    whole = counts.received
    electronic = _capped(counts.electronic * 99 // 100, whole, honest=counts.electronic <= counts.completed)
    digitised = _capped(counts.digitised * 94 // 100, whole, honest=counts.digitised <= counts.completed)
    return [
        _metric("ORIGINAL_RESULT_AVAILABLE", electronic, whole),
        _metric("SO_HOA_GIAY_TO_GIAI_QUYET", digitised, whole),
        _metric("REUSED_DIGITIZED_DATA", whole // 9, whole),
        _metric("SYNCED_WITH_DVCQG_PERSONAL_STORAGE", 0, whole),
        _metric("CITIZEN_DATA_CONNECTED_DOSSIER", whole * 2 // 3, whole),
        _metric("CITIZEN_DATA_CONNECTED_FORMALITY", counts.services // 5, counts.services),
        dict(_PLACEHOLDER),
    ]


def _evaluated(number: int, row: Row, kind: str) -> Json:
    metrics = digitised_metrics(row.counts)
    score = sum(m["score"] for m in metrics if isinstance(m["score"], (int, float)))
    return {
        "stt": number,
        "departmentId": row.unit.id,
        "departmentName": row.unit.name,
        "departmentCode": row.unit.code,
        "departmentType": kind,
        "departmentLevel": row.unit.level,
        "agencyLevel": "level_1" if kind == "PROVINCE" else "level_2",
        "totalScore": _number(score),
        "totalMaxScore": _MAX_DIGITISED,
        "ratio": _number(_share(round(score * 100), _MAX_DIGITISED * 100)),
        "metrics": metrics,
        "scoreDelta": None,
    }


def _kind(row: Row) -> str:
    return "PROVINCIAL_DEPARTMENT" if row.unit.level == "PROVINCE" else "COMMUNE_PEOPLE_COMMITTEE"


def _digitized(asked: Question) -> Json:
    first = (asked.page - 1) * asked.size
    listed = [_evaluated(n, row, _kind(row)) for n, row in enumerate(asked.rows, 1)]
    whole = Row(asked.root, total(row.counts for row in asked.rows))
    return {
        "overview": _evaluated(1, whole, "PROVINCE") if listed else None,
        "evaluation": listed[first : first + asked.size],
        "pagination": {
            "total": len(listed),
            "currentPage": asked.page,
            "pageSize": asked.size,
            "totalPages": math.ceil(len(listed) / asked.size),
        },
        "source": f"{SIMULATED} (reporting_digitized_dossiers_daily Mongo collection)",
    }


def _payment(counts: Counts) -> Json:
    honest = counts.paid_online <= counts.payments
    obliged = counts.payments * 97 // 100
    paid = _capped(counts.paid_online * 103 // 100, obliged, honest=honest)
    formalities = max(counts.services // 3, 1)
    paying = min(paid // 25 + (paid > 0), formalities) if paid > 0 else 0
    with_fee = min(obliged // 90, formalities)
    score = 6 * _share(paid, obliged) / 100 + min(2.0, 2.5 * paying / formalities)
    score = min(score + 2.5 * with_fee / formalities, float(_MAX_PAYMENT))
    return {
        "totalMaxScore": _MAX_PAYMENT,
        "totalScore": _number(score),
        "totalDossierOnlinePaymentSuccess": paid,
        "totalDossierFinancialObligation": obliged,
        "totalDossierOnlineFormalityPaymentSuccess": paying,
        "totalFeeDossierFormalityDistinct": formalities,
        "totalFeeDossierFormality": with_fee,
        "totalFeeFormality": formalities,
        "ratio": _number(10 * score),
    }


def _head(unit: NationalUnit) -> Json:
    return {"departmentId": unit.id, "departmentName": unit.name, "departmentCode": unit.code}


def _payments(asked: Question) -> Json:
    children = []
    for row in asked.rows:
        said = _payment(row.counts)
        ordered = {"totalMaxScore": said.pop("totalMaxScore"), "ratio": said.pop("ratio"), **said}
        children.append({**_head(row.unit), "level": row.unit.level, **ordered, "scoreDelta": None})
    whole = total(row.counts for row in asked.rows)
    return {"parent": {**_head(asked.root), **_payment(whole)} if children else None, "children": children}


def _online_score(counts: Counts) -> Json:
    score = 7 * _share(counts.online, counts.received) / 100
    score += 5 * _share(counts.services_used, counts.services) / 100
    return {
        "totalScore": _number(score),
        "totalMaxScore": _MAX_ONLINE,
        "ratio": _number(100 * score / _MAX_ONLINE),
    }


def services(rows: Sequence[Row]) -> tuple[int, int]:
    """Services of the province and those with a dossier: communes all offer the same list."""
    departments = [row.counts for row in rows if row.unit.level == "PROVINCE"]
    communes = [row.counts for row in rows if row.unit.level == "COMMUNE"]
    used = sum(c.services_used for c in departments) + max((c.services_used for c in communes), default=0)
    offered = sum(c.services for c in departments) + max((c.services for c in communes), default=0)
    return used, offered


def _provided(asked: Question) -> Json:
    children: list[Json] = [
        {**_head(row.unit), "level": row.unit.level, **_online_score(row.counts), "scoreDelta": None}
        for row in asked.rows
    ]
    whole = total(row.counts for row in asked.rows)
    used, offered = services(asked.rows)
    online, direct, postal = whole.online * 99 // 100, whole.paper * 85 // 100, whole.paper * 12 // 100
    parent: Json = {
        **_head(asked.root),
        **_online_score(whole),
        "authorityCount": whole.eligible,
        "partialCount": (whole.eligible - whole.provided) * 2 // 3,
        "fullCount": whole.provided,
        "onlineDossierCount": used,
        "onlineServiceTotal": offered,
        "channelOnlineSum": online,
        "channelDirectSum": direct,
        "channelPostalSum": postal,
        "channelTotalSum": online + direct + postal,
        "onlineOnTimeSum": online * 97 // 100,
        "onlineOverdueSum": online - online * 97 // 100,
    }
    chart = [
        {"label": f"{month:02}", "onlineDossierPct": _number(_share(*asked.chart.get(month, (0, 0))))}
        for month in range(1, 13)
    ]
    return {"parent": parent if children else None, "children": children, "monthlyChart": chart}


def data(endpoint: str, asked: Question, faults: Sequence[Fault]) -> Json:
    """What stands under `data` for one of ENDPOINTS, with what the faults make of it."""
    lines = [UnitLine(r.unit.unit.id, r.unit.unit.kind, r.unit.name, r.counts) for r in asked.rows]
    doctored = doctor_counts(lines, faults)
    rows = [Row(r.unit, line.counts) for r, line in zip(asked.rows, doctored, strict=True)]
    if any(fault.name == "missing_rows" for fault in faults):
        rows = rows[: max(len(rows) * _KEPT // _OF, 1)]
    build = {"dossier-digitized": _digitized, ENDPOINTS[1]: _payments, ENDPOINTS[2]: _provided}[endpoint]
    said = build(Question(asked.root, rows, asked.page, asked.size, asked.chart))
    ids = {row.unit.unit.id: row.unit.id for row in rows}
    for fault in faults:
        spoil(said, fault, ids)
    return said

"""Asks the simulated portal without a socket, and reads its tables as a strict reader would."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from demo.asking import Asked
from demo.faults import Fault, from_request
from demo.site import Site
from exporter.clock import PROVINCE_TIME

ROOT = "01900000-0000-7000-8000-000000000054"
UNITS, COMMUNES = "/thong-ke/don-vi", "/thong-ke/xa"
API = "/api/v1/reporting/evaluation/"
NOW = datetime(2024, 9, 16, 9, 0, tzinfo=PROVINCE_TIME)


def page(site: Site, target: str, *faults: Fault) -> str:
    answer = site.answer(Asked("GET", target, {}), faults)
    assert answer.status == 200
    return answer.body.decode()


def fault(name: str, **options: object) -> Fault:
    return from_request({"fault": name, **options}, NOW)


def grid(table: LexborNode) -> list[list[str]]:
    """The table as rows of equal width, cells that span repeated."""
    rows: list[list[str]] = []
    hanging: dict[tuple[int, int], str] = {}
    for y, tr in enumerate(table.css("tr")):
        row: list[str] = []
        for cell in tr.css("td, th"):
            while (y, len(row)) in hanging:
                row.append(hanging[y, len(row)])
            text = " ".join(cell.text().split())
            for _ in range(int(cell.attributes.get("colspan") or 1)):
                for below in range(1, int(cell.attributes.get("rowspan") or 1)):
                    hanging[y + below, len(row)] = text
                row.append(text)
        while (y, len(row)) in hanging:
            row.append(hanging[y, len(row)])
        rows.append(row)
    return rows


def table(text: str) -> list[list[str]]:
    found = LexborHTMLParser(text).css("table.thong-ke")
    assert len(found) == 1
    return grid(found[0])


def unit_rows(text: str) -> list[list[str]]:
    return [row for row in table(text)[3:] if len(set(row)) > 1 and row[0] != "Tổng cộng"]


def row_of(text: str, name: str) -> list[str]:
    return next(row for row in unit_rows(text) if row[1] == name)


def value(text: str) -> int:
    return 0 if text == "-" else int(text.replace(".", ""))


def ask(site: Site, endpoint: str, *faults: Fault, **body: object) -> Any:  # noqa: ANN401 - JSON
    asked = {"timeType": "year", "year": 2024, "rootDepartmentId": ROOT, "currentPage": 1, "pageSize": 500}
    headers = {"content-type": "application/json"}
    answer = site.answer(Asked("POST", API + endpoint, headers, json.dumps(asked | body).encode()), faults)
    assert (answer.status, answer.content_type) == (201, "application/json; charset=utf-8")
    return json.loads(answer.body)

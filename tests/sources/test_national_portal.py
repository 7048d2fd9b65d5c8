"""The National Portal's reports: real answers (Phú Thọ, August 2026, shortened), and answers gone wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.clock import PROVINCE_TIME
from exporter.errors import PortalError, Reason
from exporter.periods import Period
from exporter.sources import FAMILIES
from exporter.sources.base import Page, PortalUnit, Reading, Request
from exporter.sources.national_answer import department_code
from exporter.sources.national_portal import NationalPortal, NationalPortalOptions

TESTDATA = Path(__file__).parent / "testdata"
ROOT = "019d2be3-6a88-732b-8b17-b68020c8553a"
AUGUST = Period("month", date(2026, 8, 1))
BASE = "https://portal.example/api/v1/reporting/evaluation/"
Json = dict[str, Any]


def portal(**options: object) -> NationalPortal:
    given = {"url": "https://portal.example", "root": ROOT, **options}
    return NationalPortal(NationalPortalOptions.model_validate(given))


def recorded(name: str) -> Json:
    found: Json = json.loads((TESTDATA / f"national_{name}.json").read_text())
    return found


def page(answer: object, part: str = "month/digitised", number: int = 1) -> Page:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    request = Request(part, AUGUST, BASE, "json", {"currentPage": number})
    now = datetime(2026, 9, 26, 10, 0, tzinfo=PROVINCE_TIME)
    return Page(request, request.url, 201, "application/json; charset=utf-8", body, now)


def parse(answer: object, part: str = "month/digitised") -> tuple[Reading, ...]:
    found = portal().parse([page(answer, part)])
    assert found.as_of is None
    return found.readings


def counted(readings: tuple[Reading, ...]) -> list[tuple[str | None, str, int | None, int | None, bool]]:
    return [(r.unit.code, r.indicator, r.numerator, r.denominator, r.total) for r in readings]


def test_the_family_is_registered() -> None:
    family = FAMILIES["national_portal"]
    made = family.build(family.options.model_validate({"url": "https://a.example/", "root": ROOT}))
    assert isinstance(made, NationalPortal)
    assert made.code_system == "national"


def test_what_is_asked_on_a_day() -> None:
    asked = portal().requests(date(2026, 9, 26))
    assert [(r.part, r.url.removeprefix(BASE), r.expect) for r in asked] == [
        ("year/digitised", "dossier-digitized", "json"),
        ("year/online_payment", "formality-online-payment-tree", "json"),
        ("year/online_provision", "provide-online-tree", "json"),
        ("month/digitised", "dossier-digitized", "json"),
        ("month/online_payment", "formality-online-payment-tree", "json"),
        ("month/online_provision", "provide-online-tree", "json"),
    ]
    assert json.dumps(asked[0].json) == (
        f'{{"timeType": "year", "year": 2026, "rootDepartmentId": "{ROOT}", "currentPage": 1, '
        '"pageSize": 200}'
    )
    assert json.dumps(asked[3].json) == (
        f'{{"timeType": "month", "year": 2026, "month": 8, "rootDepartmentId": "{ROOT}", "currentPage": 1, '
        '"pageSize": 200}'
    )
    assert asked[4].json is not None
    assert asked[4].json["pageSize"] == 100
    assert {r.period for r in asked} == {Period("year", date(2026, 1, 1)), AUGUST}


def test_the_last_ended_month_of_january_is_december() -> None:
    asked = portal(periods=["month"], page_size=50).requests(date(2027, 1, 1))
    assert {r.period for r in asked} == {Period("month", date(2026, 12, 1))}
    assert [(r.json or {})["month"] for r in asked] == [12, 12, 12]
    assert [(r.json or {})["pageSize"] for r in asked] == [50, 50, 50]


def test_digitised_and_electronic_results() -> None:
    found = parse(recorded("digitised"))
    assert counted(found) == [
        ("H44", "digitised_result", 21233, 184513, True),
        ("H44", "electronic_result", 133274, 184513, True),
        ("H44.01", "digitised_result", 0, 0, False),
        ("H44.01", "electronic_result", 0, 0, False),
        ("H44.03", "digitised_result", 312, 588, False),
        ("H44.03", "electronic_result", 385, 588, False),
        ("H44.100", "digitised_result", 479, 2971, False),
        ("H44.100", "electronic_result", 2469, 2971, False),
    ]


def test_payments() -> None:
    found = parse(recorded("payment"), "month/online_payment")
    assert counted(found) == [
        ("H44", "online_payment", 82913, 98459, True),
        ("H44.01", "online_payment", 0, 0, False),
        ("H44.03", "online_payment", 7, 7, False),
        ("H44.100", "online_payment", 1516, 1707, False),
    ]
    assert found[3].unit == PortalUnit("UBND Phường Việt Trì", "H44.100")
    assert found[3].row == (
        '{"departmentName":"UBND Phường Việt Trì","departmentCode":"H44.100",'
        '"totalDossierOnlinePaymentSuccess":1516,"totalDossierFinancialObligation":1707}'
    )
    assert found[3].period == AUGUST
    assert len(found[3].page) == 64


def test_what_only_the_province_has() -> None:
    assert counted(parse(recorded("provision"), "month/online_provision")) == [
        ("H44", "online_dossier", 150956, 152595, True),
        ("H44", "service_with_dossier", 406, 1968, True),
    ]


def test_the_placeholder_of_the_certified_copies_is_no_reading() -> None:
    answer = recorded("digitised")
    assert any(m["code"] == "ELECTRONIC_CERTIFIED_COPY" for m in answer["data"]["overview"]["metrics"])
    assert {r.indicator for r in parse(answer)} == {"digitised_result", "electronic_result"}


def test_a_missing_metric_is_no_reading_for_that_unit() -> None:
    answer = recorded("digitised")
    units = answer["data"]["evaluation"]
    units[0]["metrics"] = None
    del units[1]["metrics"][0]
    units[2]["metrics"] = [
        None,
        7,
        {"code": "SO_HOA_GIAY_TO_GIAI_QUYET", "numerator": None, "denominator": None},
    ]
    assert [(r.unit.code, r.indicator) for r in parse(answer) if not r.total] == [
        ("H44.03", "digitised_result")
    ]
    answer = recorded("payment")
    del answer["data"]["children"][0]["totalDossierOnlinePaymentSuccess"]
    del answer["data"]["children"][0]["totalDossierFinancialObligation"]
    answer["data"]["children"][1]["totalDossierOnlinePaymentSuccess"] = None
    assert counted(parse(answer, "month/online_payment"))[1:] == [
        ("H44.03", "online_payment", None, 7, False),
        ("H44.100", "online_payment", 1516, 1707, False),
    ]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("12", "12"),
        (True, "true"),
        (1.5, "1.5"),
        (float("nan"), "nan"),
        ([1], "[…]"),
        ({}, "{…}"),
        (10**13, str(10**13)),
    ],
)
def test_an_odd_value_is_a_fault_of_that_unit_alone(value: object, fault: str) -> None:
    for key in ("totalDossierOnlinePaymentSuccess", "totalDossierFinancialObligation"):
        answer = recorded("payment")
        answer["data"]["children"][0][key] = value
        found = parse(answer, "month/online_payment")
        assert (found[1].numerator, found[1].denominator, found[1].fault) == (None, None, fault)
        assert found[2].numerator == 7
        json.loads(found[1].row)


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("H44", "H44"),
        ("H44.01", "H44.01"),
        (" H44.100 ", "H44.100"),
        ("000.00.00.H37", "H37"),
        ("000.00.07.H37", "H37.07"),
        ("001.02.07.H37", "H37.07.02.001"),
        ("", None),
        ("H4", None),
        ("G12.3", None),
        ("xH44", None),
        (None, None),
        (44, None),
        ("0." * 50 + "H44", None),
    ],
)
def test_codes(printed: object, code: str | None) -> None:
    assert department_code(printed) == code


@pytest.mark.parametrize(
    ("name", "shown"), [(None, "(không tên)"), (7, "(không tên)"), (" Sở \n A ", "Sở A")]
)
def test_names(name: object, shown: str) -> None:
    answer = recorded("payment")
    answer["data"]["children"][0] |= {"departmentName": name, "departmentCode": None}
    assert parse(answer, "month/online_payment")[1].unit == PortalUnit(shown, None)


def paged(*sizes: int, total: int | None = None, pages: int | None = None) -> list[Json]:
    """Answers of the list's shape with that many units on each page."""
    whole = recorded("digitised")
    made = []
    for number, size in enumerate(sizes, start=1):
        answer = copy.deepcopy(whole)
        answer["data"]["evaluation"] = [whole["data"]["evaluation"][1]] * size
        answer["data"]["pagination"] = {
            "total": sum(sizes) if total is None else total,
            "currentPage": number,
            "pageSize": 2,
            "totalPages": len(sizes) if pages is None else pages,
        }
        made.append(answer)
    return made


def test_pages_are_followed_to_the_end() -> None:
    made = portal(page_size=2)
    first = made.requests(date(2026, 9, 26))[3]
    pages = [page(answer, first.part) for answer in paged(2, 2, 1)]
    pages[0] = replace(pages[0], request=first)
    following = made.next_request(pages[:1])
    assert following is not None
    assert following.json == {**(first.json or {}), "currentPage": 2}
    assert (following.part, following.period, following.url) == (first.part, first.period, first.url)
    third = made.next_request(pages[:2])
    assert third is not None
    assert third.json is not None
    assert third.json["currentPage"] == 3
    assert made.next_request(pages) is None
    found = made.parse(pages).readings
    assert [r.total for r in found] == [True] * 2 + [False] * 10


def test_a_tree_is_whole_by_itself() -> None:
    assert portal().next_request([page(recorded("payment"), "month/online_payment")]) is None


def test_a_tree_with_pages_is_followed_too() -> None:
    answer = recorded("payment")
    answer["data"]["pagination"] = {"total": 200, "currentPage": 1, "pageSize": 100, "totalPages": 2}
    following = portal().next_request([page(answer, "month/online_payment")])
    assert following is not None
    assert following.url == BASE + "formality-online-payment-tree"


def sentence(call: Callable[[], object], reason: Reason = Reason.SCHEMA) -> str:
    with pytest.raises(PortalError) as caught:
        call()
    assert caught.value.reason is reason
    return caught.value.detail


def test_fewer_units_than_there_are() -> None:
    pages = [page(a) for a in paged(2, 1, total=4)]
    assert sentence(lambda: portal().parse(pages)) == "3 of 4 units came; the answer is not complete"


def test_no_units_at_all() -> None:
    answer = recorded("payment")
    answer["data"]["children"] = []
    said = sentence(lambda: parse(answer, "month/online_payment"))
    assert said == "no unit came; the answer is not complete"


def test_pages_that_lead_nowhere() -> None:
    again, empty, many = paged(2, 2), paged(2, 0, 2), paged(1, pages=101)
    made = portal()
    said = sentence(lambda: made.next_request([page(again[0]), page(again[0])]))
    assert said == "page 2 was asked for, and the portal gave page 1"
    said = sentence(lambda: made.next_request([page(empty[0]), page(empty[1])]))
    assert said == "page 2 of 3 pages of units is empty"
    assert sentence(lambda: made.next_request([page(many[0])])) == "the portal claims 101 pages of units"


@pytest.mark.parametrize(
    "pagination",
    [{}, {"total": 3, "currentPage": 1}, {"total": "3", "currentPage": 1, "totalPages": 1},
     {"total": -1, "currentPage": 1, "totalPages": 1}, {"total": None, "currentPage": 1, "totalPages": 1}],
)  # fmt: skip
def test_a_pagination_without_numbers(pagination: Json) -> None:
    answer = recorded("digitised")
    answer["data"]["pagination"] = pagination
    assert sentence(lambda: parse(answer)) == (
        "'data.pagination' should hold the numbers currentPage, totalPages and total"
    )


def test_another_department_than_asked() -> None:
    for name, key in (("digitised", "overview"), ("payment", "parent")):
        for given in ("019d2be3-0000-0000-0000-000000000000", None):
            answer = recorded(name)
            answer["data"][key]["departmentId"] = given
            assert sentence(lambda answer=answer: parse(answer)) == (  # type: ignore[misc]
                f"department {ROOT} was asked for, and the answer is of {given}"
            )
    answer = recorded("payment")
    answer["data"]["parent"]["departmentId"] = ROOT.upper()
    assert parse(answer, "month/online_payment")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "the portal answers 'without a code' instead of 'OK'"),
        ({"code": "ERR", "message": "Lỗi"}, "the portal answers 'ERR Lỗi' instead of 'OK'"),
        ({"code": "x" * 1000}, f"the portal answers '{'x' * 80}' instead of 'OK'"),
        ({"code": "OK"}, "'data' should be an object, and is missing"),
        ({"code": "OK", "data": []}, "'data' should be an object, and is a list"),
        ({"code": "OK", "data": {}}, "'data.parent' should be an object, and is missing"),
        (
            {"code": "OK", "data": {"evaluation": [], "overview": "x"}},
            "'data.overview' should be an object, and is a text",
        ),
        (
            {"code": "OK", "data": {"parent": {"departmentId": ROOT}}},
            "'data.children' should be a list of units, and is missing",
        ),
        (
            {"code": "OK", "data": {"parent": {"departmentId": ROOT}, "children": {}}},
            "'data.children' should be a list of units, and is an object",
        ),
        (
            {"code": "OK", "data": {"parent": {"departmentId": ROOT}, "children": [7]}},
            "'data.children[0]' should be an object, and is neither a list nor an object",
        ),
        (
            {"code": "OK", "data": {"parent": {"departmentId": ROOT}, "children": [{}], "pagination": 1}},
            "'data.pagination' should be an object, and is neither a list nor an object",
        ),
    ],
)
def test_an_answer_of_another_shape(answer: Json, said: str) -> None:
    assert sentence(lambda: parse(answer)) == said
    assert sentence(lambda: portal().next_request([page(answer)])) == said


@pytest.mark.parametrize("body", [b"", b"<html>Request Rejected</html>", b'{"code":', b'{"a":' * 100_000])
def test_what_is_no_json(body: bytes) -> None:
    sentence(lambda: portal().next_request([page(body)]), Reason.DECODE)
    sentence(lambda: portal().parse([page(body)]), Reason.DECODE)


def refused(**options: object) -> str:
    with pytest.raises(ValidationError) as caught:
        portal(**options)
    error = caught.value.errors()[0]
    return str(error.get("ctx", {}).get("error", error["msg"]))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("dichvucong.gov.vn", "'dichvucong.gov.vn' is no address of a portal"),
        ("ftp://a.example", "'ftp://a.example' is no address of a portal"),
        ("https://", "'https://' is no address of a portal"),
        ("https://a.example/?x=1", "'https://a.example/?x=1' is no address of a portal"),
        ("https://a.example:x", "'https://a.example:x' is no address"),
        ("https://[a", "'https://[a' is no address"),
    ],
)
def test_an_address_that_is_none(url: str, said: str) -> None:
    assert refused(url=url) == said + "; write one like https://dichvucong.gov.vn"


def test_other_options_that_are_refused() -> None:
    assert refused(root="H44") == (
        "'H44' is no id of a department; write the province's UUID, like 019d2be3-6a88-732b-8b0b-a4fad4f39fbc"
    )
    assert refused(periods=["year", "year"]) == "a period stands here twice; write each once"
    assert "at least 1 item" in refused(periods=[])
    assert "greater than or equal to 1" in refused(page_size=0)
    assert "less than or equal to 1000" in refused(page_size=100_000)
    assert refused(indicators={}) == "Extra inputs are not permitted"


def test_options_are_made_uniform() -> None:
    options = portal(url="https://a.example/", root=ROOT.upper().replace("-", "")).options
    assert (options.url, options.root) == ("https://a.example", ROOT)

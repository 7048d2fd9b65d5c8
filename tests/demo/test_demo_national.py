from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from demo.asking import Asked
from demo.faults import SIMULATED
from demo.figures import Simulation
from demo.site import Site
from demo.units import national_units
from exporter.clock import FixedClock
from exporter.decision import Decision
from tests.demo.demo_site import (
    API,
    NOW,
    ROOT,
    UNITS,
    ask,
    fault,
    page,
    row_of,
    value,
)


def test_the_api_answers_in_the_real_shape(site: Site) -> None:
    said = ask(site, "dossier-digitized")
    assert list(said) == ["code", "data", "message"]
    assert said["code"] == "OK"
    assert SIMULATED in said["message"]
    data = said["data"]
    assert list(data) == ["overview", "evaluation", "pagination", "source"]
    assert SIMULATED in data["source"]
    assert data["pagination"] == {"total": 276, "currentPage": 1, "pageSize": 500, "totalPages": 1}
    assert list(data["overview"]) == [
        "stt", "departmentId", "departmentName", "departmentCode", "departmentType", "departmentLevel",
        "agencyLevel", "totalScore", "totalMaxScore", "ratio", "metrics", "scoreDelta",
    ]  # fmt: skip
    assert (data["overview"]["departmentName"], data["overview"]["departmentCode"]) == (
        "UBND tỉnh Thái Bình",
        "H54",
    )
    codes = [child["departmentCode"] for child in data["evaluation"]]
    assert codes == sorted(codes)
    assert len(set(codes)) == 276
    for child in data["evaluation"]:
        scores = [metric["score"] or 0 for metric in child["metrics"]]
        assert child["totalScore"] == pytest.approx(sum(scores), abs=0.001)
        for metric in child["metrics"][:-1]:
            assert metric["ratio"] == round(100 * metric["numerator"] / metric["denominator"], 2)
            assert 0 <= metric["numerator"] <= metric["denominator"]
        assert child["metrics"][-1] == {
            "code": "ELECTRONIC_CERTIFIED_COPY",
            "name": "Tỷ lệ cung cấp dịch vụ chứng thực bản sao điện tử từ bản chính",
            "numerator": None, "denominator": None, "ratio": 100, "score": 2, "maxScore": 2,
        }  # fmt: skip


def test_the_api_follows_the_provinces_own_counts_by_another_formula(site: Site) -> None:
    own = row_of(page(site, UNITS), "Sở Công Thương")
    name = "Sở Công Thương - Tỉnh Thái Bình"
    child = next(
        c for c in ask(site, "dossier-digitized")["data"]["evaluation"] if c["departmentName"] == name
    )
    digitised = child["metrics"][1]
    assert digitised["code"] == "SO_HOA_GIAY_TO_GIAI_QUYET"
    assert digitised["denominator"] == value(own[5]) + value(own[6])
    assert 0.9 * value(own[10]) < digitised["numerator"] < value(own[10])
    paid = next(
        c
        for c in ask(site, "formality-online-payment-tree")["data"]["children"]
        if c["departmentName"] == name
    )
    assert paid["totalDossierFinancialObligation"] == value(own[12]) * 97 // 100
    assert paid["totalDossierOnlinePaymentSuccess"] == value(own[13]) * 103 // 100


def test_trees_carry_counts_where_the_real_ones_do(site: Site) -> None:
    payment = ask(site, "formality-online-payment-tree")["data"]
    assert list(payment) == ["parent", "children"]
    for field in ("totalDossierOnlinePaymentSuccess", "totalDossierFinancialObligation"):
        assert abs(payment["parent"][field] - sum(c[field] for c in payment["children"])) < 276
    by_name = {c["departmentName"]: c for c in payment["children"]}
    nothing = by_name["Sở Tài chính - Tỉnh Thái Bình"]
    assert (nothing["totalDossierOnlinePaymentSuccess"], nothing["totalDossierFinancialObligation"]) == (0, 0)
    assert (nothing["ratio"], nothing["totalScore"]) == (0, 0)
    online = ask(site, "provide-online-tree")["data"]
    assert list(online) == ["parent", "children", "monthlyChart"]
    parent = online["parent"]
    assert parent["channelTotalSum"] == sum(
        parent[f"channel{way}Sum"] for way in ("Online", "Direct", "Postal")
    )
    assert 0 < parent["onlineDossierCount"] < parent["onlineServiceTotal"]
    assert list(online["children"][0]) == [
        "departmentId", "departmentName", "departmentCode", "level", "totalScore", "totalMaxScore", "ratio",
        "scoreDelta",
    ]  # fmt: skip
    chart = {point["label"]: point["onlineDossierPct"] for point in online["monthlyChart"]}
    assert list(chart) == [f"{month:02}" for month in range(1, 13)]
    assert chart["08"] > 0 == chart["09"]


def test_the_ratio_of_a_parent_is_its_score_and_misleads(site: Site) -> None:
    parent = ask(site, "formality-online-payment-tree")["data"]["parent"]
    paid, due = parent["totalDossierOnlinePaymentSuccess"], parent["totalDossierFinancialObligation"]
    assert parent["ratio"] == pytest.approx(10 * parent["totalScore"], abs=0.06)
    assert parent["ratio"] != round(100 * paid / due, 2)


def test_a_month_is_offered_only_after_it_has_ended(site: Site) -> None:
    assert ask(site, "dossier-digitized", timeType="month", month=9)["data"]["evaluation"] == []
    assert ask(site, "provide-online-tree", timeType="month", month=9)["data"]["children"] == []
    ended = ask(site, "provide-online-tree", timeType="month", month=8)["data"]
    parent = ended["parent"]
    labels = [point["label"] for point in ended["monthlyChart"] if point["onlineDossierPct"]]
    assert labels == ["08"]
    share = round(100 * parent["onlineDossierCount"] / parent["onlineServiceTotal"], 2)
    assert ended["monthlyChart"][7]["onlineDossierPct"] == share


def test_pages_of_the_api(site: Site) -> None:
    pages = [ask(site, "dossier-digitized", currentPage=n, pageSize=100)["data"] for n in (1, 2, 3, 4)]
    assert [len(p["evaluation"]) for p in pages] == [100, 100, 76, 0]
    assert pages[2]["pagination"] == {"total": 276, "currentPage": 3, "pageSize": 100, "totalPages": 3}
    assert [p["evaluation"][0]["stt"] for p in pages[:3]] == [1, 101, 201]


def test_a_province_that_nobody_knows_is_empty(site: Site) -> None:
    data = ask(site, "dossier-digitized", rootDepartmentId="x")["data"]
    assert (data["overview"], data["evaluation"], data["pagination"]["total"]) == (None, [], 0)
    assert ask(site, "provide-online-tree", rootDepartmentId="x")["data"]["parent"] is None


def test_in_the_first_days_nothing_of_nothing_has_no_ratio(site: Site) -> None:
    site.control.set_date(date(2025, 1, 1))
    data = ask(site, "dossier-digitized", year=2025)["data"]
    first = data["evaluation"][0]
    assert [first["metrics"][0][key] for key in ("numerator", "denominator", "ratio", "score")] == [
        0,
        0,
        None,
        None,
    ]
    assert first["totalScore"] >= 2


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"timeType":"week","year":2024}', b'{"timeType":"month","year":2024}',
     b'{"timeType":"year","year":2024,"pageSize":0}', b'{"timeType":"year","year":2024,"currentPage":"1"}'],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(site: Site, body: bytes) -> None:
    answer = site.answer(Asked("POST", API + "dossier-digitized", {"content-type": "application/json"}, body))
    assert answer.status == 400
    said = json.loads(answer.body)
    assert (said["code"], said["data"]) == ("BAD_REQUEST", None)
    assert SIMULATED in said["message"]


def test_communes_keep_the_province_behind_their_name_only_where_it_is_not_unique(
    simulation: Simulation,
) -> None:
    names = [u.name for u in national_units(simulation.decision, NOW.date())]
    assert "UBND xã Đô Lương" in names
    assert names.count("UBND xã Hòa Bình - Tỉnh Thái Bình") == 3
    assert "UBND Thị trấn Đông Hưng" in names
    late = national_units(simulation.decision, date(2024, 11, 2))
    assert len(late) == 258
    codes = {u.unit.id: u.code for u in national_units(simulation.decision, NOW.date())}
    assert all(codes[u.unit.id] == u.code for u in late)


def spoilt(site: Site, name: str, endpoint: str, **options: object) -> tuple[Any, Any]:
    return ask(site, endpoint)["data"], ask(site, endpoint, fault(name, **options))["data"]


def test_faults_of_the_figures_in_the_api(site: Site) -> None:
    _, many = spoilt(site, "above_one", "dossier-digitized", unit="so-y-te", indicator="digitised_result")
    health = next(c for c in many["evaluation"] if c["departmentName"].startswith("Sở Y tế"))
    assert health["metrics"][1]["numerator"] > health["metrics"][1]["denominator"]
    before, after = spoilt(site, "short_page", "dossier-digitized")
    assert len(after["evaluation"]) < after["pagination"]["total"] == before["pagination"]["total"]
    _, fewer = spoilt(site, "missing_rows", "dossier-digitized")
    assert len(fewer["evaluation"]) == fewer["pagination"]["total"] == 172
    _, twice = spoilt(site, "duplicate", "formality-online-payment-tree", unit="so-tu-phap")
    codes = [child["departmentCode"] for child in twice["children"]]
    assert len(codes) == len(set(codes)) + 1
    _, strange = spoilt(site, "unmatched", "dossier-digitized")
    assert strange["evaluation"][0]["departmentName"] == "Sở Biển và Hải đảo"
    _, commune = spoilt(site, "unmatched", "provide-online-tree", unit="xa-13078")
    assert [c["departmentName"] for c in commune["children"]].count("Xã Cồn Vành Mới") == 1
    for endpoint, head in (("dossier-digitized", "overview"), ("formality-online-payment-tree", "parent"),
                           ("provide-online-tree", "parent")):  # fmt: skip
        right, wrong = spoilt(site, "wrong_total", endpoint)
        assert right[head] != wrong[head]
        assert right[list(right)[1]] == wrong[list(wrong)[1]]
    assert (
        ask(site, "dossier-digitized", fault("duplicate"), rootDepartmentId="x")["data"]["evaluation"] == []
    )
    site.control.set_date(date(2024, 1, 1))
    assert (
        ask(site, "dossier-digitized", fault("wrong_total"))["data"]["overview"]["metrics"][0]["denominator"]
        == 0
    )


@pytest.mark.parametrize(
    "endpoint", ["dossier-digitized", "formality-online-payment-tree", "provide-online-tree"]
)
def test_nan_in_json(site: Site, endpoint: str) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps({"timeType": "year", "year": 2024, "rootDepartmentId": ROOT, "pageSize": 500})
    asked = Asked("POST", API + endpoint, headers, body.encode())
    assert site.answer(asked, [fault("nan")]).body.count(b":NaN") == 1


def test_a_province_without_a_code_is_known_as_the_one_of_the_demo(simulation: Simulation) -> None:
    decision: Decision = simulation.decision
    bare = replace(decision.units["tinh"], codes={}, name="Tỉnh Thái Bình", aliases=())
    other = replace(decision, units={**decision.units, "tinh": bare})
    site = Site(Simulation(other, 805), FixedClock(NOW))
    assert ask(site, "dossier-digitized")["data"]["overview"]["departmentName"] == "UBND tỉnh Thái Bình"

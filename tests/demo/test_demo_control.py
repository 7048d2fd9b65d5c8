from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from demo import faults as catalogue
from demo.asking import Asked
from demo.faults import SIMULATED, BadFaultError
from demo.figures import Simulation
from demo.site import Site
from exporter.clock import Clock
from tests.demo.demo_site import (
    API,
    COMMUNES,
    NOW,
    UNITS,
    fault,
)


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("POST", "/", "GET, HEAD"),
        ("DELETE", UNITS, "GET, HEAD"),
        ("GET", API + "dossier-digitized", "POST"),
        ("PUT", "/dieu-khien", "GET, HEAD, POST, DELETE"),
        ("GET", "/dieu-khien/ngay", "POST"),
    ],
)
def test_other_methods_are_refused(site: Site, method: str, target: str, allow: str) -> None:
    answer = site.answer(Asked(method, target, {}))
    assert (answer.status, answer.headers["Allow"]) == (405, allow)


def post(site: Site, target: str, said: Mapping[str, object], **headers: str) -> int:
    kind = {"content-type": "application/json", "host": "a:1", **headers}
    return site.answer(Asked("POST", target, kind, json.dumps(said).encode())).status


def listed(site: Site) -> Any:  # noqa: ANN401 - JSON
    return json.loads(site.answer(Asked("GET", "/dieu-khien", {})).body)


def test_faults_are_set_listed_used_up_and_cleared(site: Site) -> None:
    assert post(site, "/dieu-khien", {"fault": "slow", "path": COMMUNES, "times": 2, "seconds": 0.5}) == 200
    assert post(site, "/dieu-khien", {"fault": "http_503", "retry_after": 9}) == 200
    assert [f["fault"] for f in listed(site)["faults"]] == ["slow", "http_503"]
    assert listed(site)["message"] == SIMULATED
    assert [f.name for f in site.take(Asked("GET", COMMUNES, {}))] == ["slow", "http_503"]
    assert [f.name for f in site.take(Asked("GET", UNITS, {}))] == ["http_503"]
    assert listed(site)["faults"][0]["times"] == 1
    site.take(Asked("GET", COMMUNES, {}))
    assert [f["fault"] for f in listed(site)["faults"]] == ["http_503"]
    assert site.take(Asked("GET", "/", {})) == site.take(Asked("GET", "/dieu-khien", {})) == ()
    site.answer(Asked("DELETE", "/dieu-khien", {}))
    assert listed(site)["faults"] == []


def test_a_person_sets_faults_and_days_with_buttons(site: Site) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", "host": "a:1", "origin": "http://a:1"}
    body = b"path=%2Fthong-ke%2Fxa&unit=&indicator=&times=&fault=login_page"
    answer = site.answer(Asked("POST", "/dieu-khien", form, body))
    assert (answer.status, answer.headers["Location"]) == (303, "/dieu-khien")
    shown = page_of_control(site)
    assert "login_page" in [node.text() for node in shown.css("table td")]
    assert len(shown.css("button[name=fault]")) == len(catalogue.ALL)
    assert site.answer(Asked("POST", "/dieu-khien/ngay", form, b"date=2024-11-02")).status == 303
    assert site.control.clock.now() == NOW.replace(month=11, day=2)
    assert site.answer(Asked("POST", "/dieu-khien/bo", form)).status == 303
    assert site.faults.listed() == ()


def page_of_control(site: Site) -> LexborHTMLParser:
    return LexborHTMLParser(page_with(site, {"accept": "text/html"}))


def page_with(site: Site, headers: Mapping[str, str]) -> str:
    return site.answer(Asked("GET", "/dieu-khien", headers)).body.decode()


def test_the_day_is_set_for_clocks_that_stand_and_for_those_that_run(simulation: Simulation) -> None:
    running = Site(simulation, Clock())
    assert post(running, "/dieu-khien/ngay", {"date": "2024-11-02", "time": "05:59"}) == 200
    told = running.control.clock.now()
    assert (told.date(), told.hour, told.minute) == (date(2024, 11, 2), 5, 59)
    assert type(running.control.clock) is Clock


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("/dieu-khien/ngay", {}),
        ("/dieu-khien/ngay", {"date": "2.11.2024"}),
        ("/dieu-khien/ngay", {"date": "2024-11-02", "time": "spät"}),
        ("/dieu-khien", {"fault": "khong-co"}),
        ("/dieu-khien", {"fault": "slow", "wann": "jetzt"}),
        ("/dieu-khien", {"fault": "slow", "times": 0}),
        ("/dieu-khien", {"fault": "slow", "times": "viel"}),
        ("/dieu-khien", {"fault": "slow", "seconds": "viel"}),
        ("/dieu-khien", {"fault": "slow", "seconds": -1}),
        ("/dieu-khien", {"fault": "drip", "where": "da"}),
        ("/dieu-khien", {"fault": "nan", "unit": 7}),
        ("/dieu-khien", {"fault": "nan", "unit": "so-khong-co"}),
        ("/dieu-khien", {"fault": "nan", "unit": "tinh"}),
        ("/dieu-khien", {"fault": "nan", "indicator": "khong-co"}),
        ("/dieu-khien/bo", {"fault": "slow"}),
    ],
)
def test_nonsense_changes_nothing(site: Site, target: str, said: Mapping[str, object]) -> None:
    assert post(site, target, said) == 400
    assert site.faults.listed() == ()
    assert site.control.clock.now() == NOW


def test_what_does_not_exist_is_refused_with_a_sentence(site: Site) -> None:
    def said(**fault: str) -> str:
        kind = {"content-type": "application/json"}
        body = json.dumps({"fault": "nan", **fault}).encode()
        message = json.loads(site.answer(Asked("POST", "/dieu-khien", kind, body)).body)["message"]
        return str(message).removesuffix(f" - {SIMULATED}")

    assert said(unit="so-khong-co") == "Không có đơn vị “so-khong-co” trong targets.yaml."
    assert said(unit="tinh") == "Tỉnh Thái Bình không có dòng riêng trên trang nào của cổng vào ngày này."
    assert said(indicator="x").startswith("Không có chỉ tiêu “x”. Có: full_online_provision, ")
    assert (
        post(site, "/dieu-khien", {"fault": "nan", "unit": "so-y-te", "indicator": "online_dossier"}) == 200
    )


def test_one_fault_is_ended_and_the_others_stay(site: Site) -> None:
    for path in (UNITS, COMMUNES):
        assert post(site, "/dieu-khien", {"fault": "slow", "path": path, "times": 3}) == 200
    assert post(site, "/dieu-khien", {"fault": "nan"}) == 200
    assert post(site, "/dieu-khien/bo", {"fault": "slow", "path": UNITS}) == 200
    assert post(site, "/dieu-khien/bo", {"fault": "nan"}) == 200
    assert [(f.name, f.path, f.times) for f in site.faults.listed()] == [("slow", COMMUNES, 3)]
    assert len(page_of_control(site).css("form[action='/dieu-khien/bo'] input[name=fault]")) == 1


def test_every_option_of_a_fault_can_be_filled_in(site: Site) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", "host": "a:1"}
    body = b"path=%2F&unit=&indicator=&times=&seconds=0.5&retry_after=9&where=headers&fault=drip"
    assert site.answer(Asked("POST", "/dieu-khien", form, body)).status == 303
    (fault_set,) = site.faults.listed()
    assert (fault_set.seconds, fault_set.retry_after, fault_set.where) == (0.5, 9, "headers")
    shown = page_of_control(site)
    fields = {node.attributes["name"] for node in shown.css(".tham-so label > [name]")}
    assert fields == {"path", "times", "unit", "indicator", "seconds", "retry_after", "where"}
    text = " ".join(shown.text(separator=" ").split())
    assert "seconds 0.5 retry_after 9 where headers" in text
    assert "401: chưa đăng nhập" in text


def test_other_sites_do_not_steer_the_portal(site: Site) -> None:
    assert post(site, "/dieu-khien", {"fault": "slow"}, origin="http://evil.example") == 400
    assert post(site, "/dieu-khien", {"fault": "slow"}, origin="http://a:1") == 200
    broken = {"content-type": "application/x-www-form-urlencoded"}
    assert site.answer(Asked("POST", "/dieu-khien", broken, b"fault")).status == 400
    assert site.answer(Asked("POST", "/dieu-khien/gibt-es-nicht", {})).status == 404


def test_a_fault_that_does_not_exist_cannot_be_set() -> None:
    with pytest.raises(BadFaultError, match="Không có lỗi"):
        fault("gibt-es-nicht")

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
import requests

from demo import faults as catalogue
from demo.portal import DemoPortal
from tests.demo.demo_asking import API, PAGE, PATIENCE, QUESTION, get


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_statuses(portal: DemoPortal, status: int) -> None:
    portal.fault(f"http_{status}")
    answer = get(portal)
    assert answer.status_code == status
    assert "Retry-After" not in answer.headers
    assert "X-Mo-Phong" in answer.headers
    portal.clear()
    portal.fault(f"http_{status}", retry_after=7)
    assert get(portal).headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("rejected", "<title>Request Rejected</title>"),
        ("login_page", 'type="password"'),
        ("html_for_json", "bảo trì"),
    ],
)
def test_html_in_place_of_data(portal: DemoPortal, name: str, mark: str) -> None:
    portal.fault(name)
    for answer in (get(portal), requests.post(portal.url + API, json=QUESTION, timeout=PATIENCE)):
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert mark in answer.text
        assert "SỐ LIỆU MÔ PHỎNG" in answer.text
        assert "<table" not in answer.text


def test_empty_is_empty(portal: DemoPortal) -> None:
    portal.fault("empty")
    answer = get(portal)
    assert (answer.status_code, answer.content) == (200, b"")


def test_redirects(portal: DemoPortal) -> None:
    portal.fault("redirect_loop")
    with pytest.raises(requests.TooManyRedirects):
        get(portal, PAGE + "?ky=nam")
    portal.clear()
    portal.fault("redirect_away")
    away = get(portal, PAGE + "?ky=nam", allow_redirects=False)
    assert away.status_code == 302
    assert away.headers["Location"] == f"http://localhost:{portal.port}{PAGE}?ky=nam&chuyen=1"
    # Whoever follows is given data: a test that must not follow then sees that it did.
    assert get(portal, PAGE + "?chuyen=1").status_code == 200


def test_pages_that_are_wrong_in_themselves(portal: DemoPortal) -> None:
    whole = get(portal).text
    portal.fault("not_utf8")
    with pytest.raises(UnicodeDecodeError):
        get(portal).content.decode()
    portal.clear()
    portal.fault("no_table")
    assert "<table" not in get(portal).text
    portal.clear()
    portal.fault("renamed_column")
    assert "Trực tuyến trên Cổng DVCQG" in whole
    assert "Trực tuyến trên Cổng DVCQG" not in get(portal).text
    portal.clear()
    portal.fault("broken_html")
    broken = get(portal).text
    assert broken.count("</tr>") < whole.count("</tr>") - 20
    assert re.findall("<td", whole[whole.index("Sở Công Thương") :][:400])[:5] == ["<td"] * 5
    assert broken.count('<td class="so">') == whole.count('<td class="so">') - 24


def test_json_that_is_wrong_in_itself(portal: DemoPortal) -> None:
    def ask() -> requests.Response:
        return requests.post(portal.url + API, json=QUESTION, timeout=PATIENCE)

    portal.fault("broken_json")
    with pytest.raises(requests.JSONDecodeError):
        ask().json()
    portal.clear()
    portal.fault("not_utf8")
    with pytest.raises(UnicodeDecodeError):
        ask().content.decode()
    portal.clear()
    portal.fault("renamed_column")
    metric = ask().json()["data"]["evaluation"][0]["metrics"][0]
    assert "numerator" not in metric
    assert "tuSo" in metric
    portal.clear()
    portal.fault("nan")
    assert "NaN" in ask().text
    # What is meant for the other kind of answer changes nothing here.
    portal.clear()
    right = ask().content
    for name in ("no_table", "broken_html", "ambiguous"):
        portal.fault(name)
    assert ask().content == right


def test_faults_hold_for_their_path_only(portal: DemoPortal) -> None:
    portal.fault("http_500", path="/thong-ke/xa")
    assert get(portal).status_code == 200
    assert get(portal, "/thong-ke/xa?ky=nam").status_code == 500
    portal.clear()
    portal.fault("http_500", path="/thong-ke/xa?ky=thang")
    assert get(portal, "/thong-ke/xa?ky=nam&nam=2024").status_code == 200


def test_every_fault_changes_some_answer(portal: DemoPortal) -> None:
    def answers() -> Iterator[bytes]:
        plain = {"Accept-Encoding": "identity"}
        for path in (PAGE, "/thong-ke/xa"):
            yield get(portal, path, headers=plain, allow_redirects=False).content
        yield requests.post(portal.url + API, json=QUESTION, timeout=PATIENCE, allow_redirects=False).content

    portal.set_date(date(2024, 9, 17))
    before = list(answers())
    for name in set(catalogue.DATA) | set(catalogue.PAGE):
        portal.set_date(date(2024, 9, 16))
        portal.fault(name)
        portal.set_date(date(2024, 9, 17))
        assert any(now != then for now, then in zip(answers(), before, strict=False)), name
        portal.clear()
    assert list(answers()) == before

"""A hostile portal, hostile names and hostile alerts, with the real servers and their real configuration."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
import requests
import yaml

from demo.answer import Answer
from demo.asking import Asked
from demo.faults import Fault
from tests.alerts.mail.hostile import HOSTILE, ONCE, is_whole, tags
from tests.stack import OPERATORS, Stack, eventually, small_province, stack
from tools.postbox import Letter

PAYMENT = "online_payment"
PORTAL = "cong-gia-mao"
"""A word that only the hostile portal says."""
API = "lenh-gia-mao"
"""A word that only hostile alerts hold."""
NAMES: Mapping[str, str] = {
    "so-y-te": HOSTILE["encoded word"],
    "so-xay-dung": HOSTILE["address"],
    "so-cong-thuong": HOSTILE["html"],
    "so-giao-duc-dao-tao": HOSTILE["template"],
    "ubnd-hung-ha": ("Ắ" * 500),
    "ubnd-kien-xuong": HOSTILE["attribute"],
}
"""What units of the decision are called, which the configuration takes."""
PLAIN = "ubnd-thai-thuy"
ADDRESSED = "so-nong-nghiep-ptnt"
"""Has no alert of its own: whoever tells of it is the API."""
HEADERS = (*ONCE, "Reply-To", "Auto-Submitted")


def province() -> str:
    whole = yaml.safe_load(small_province())
    for unit in whole["units"]:
        if unit["id"] in NAMES:
            unit |= {"name": NAMES[unit["id"]], "short_name": NAMES[unit["id"]]}
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


def doctored(answer: Answer) -> Answer:
    """A page on which units are called by every hostile text; one follows the day of the figures."""
    page = answer.body.decode()
    row = re.findall(r'<tr class="don-vi">.*?</tr>', page, re.DOTALL)[-1]
    before, after = re.split(r'(?<=<td class="ten">).*?(?=</td>)', row)
    rows = (f"{before}{html.escape(PORTAL + text[:1_000])}{after}" for text in HOSTILE.values())
    day = re.findall(r'<p class="so-lieu-den">.*?(?=</p>)', page)[0]
    page = page.replace(day, day + html.escape(f" {PORTAL} {HOSTILE['header']}"))
    return replace(answer, body=page.replace("</tbody>", "".join(rows) + "</tbody>").encode())


def alerts() -> Iterator[dict[str, object]]:
    """Every hostile text as whatever an alert consists of: of the operators, of no unit, of a unit."""
    for text in HOSTILE.values():
        said = f"{API} {text}"
        rest = dict.fromkeys(("severity", "kind", "parent", "indicator", "source"), said)
        figures = ("summary", "description", "rate", "target", "gap", "as_of", "since", "runbook_url")
        for labels in (
            {"alertname": said, "audience": "operators", "unit": said},
            {"alertname": "DvcUnitBelowTarget", "audience": "unit", "unit": said},
            {"alertname": "DvcUnitBelowTarget", "audience": "unit", "unit": ADDRESSED},
        ):
            yield {"labels": {**rest, **labels}, "annotations": dict.fromkeys(figures, said)}


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Letter]:
    """Everything that was written to anybody."""
    folder = tmp_path_factory.mktemp("hostile") / "stack"
    with pytest.MonkeyPatch.context() as patch, stack(folder, province=province()) as here:
        answered = here.portal.site.answer

        def hostile(asked: Asked, faults: Sequence[Fault], port: int) -> Answer:
            answer = answered(asked, faults, port)
            return doctored(answer) if asked.path == "/thong-ke/don-vi" else answer

        patch.setattr(here.portal.site, "answer", hostile)
        for unit in (*NAMES, PLAIN):
            assert here.portal.let_in("below", unit, PAYMENT) == 1
        url = f"http://127.0.0.1:{here.ports.alertmanager}/api/v2/alerts"
        answer = requests.post(url, json=list(alerts()), timeout=10)
        assert answer.ok, answer.text
        told(here)
        return here.box.letters


def told(here: Stack) -> None:
    """Waits for what is expected."""
    eventually(lambda: all(here.to(unit) for unit in (*NAMES, PLAIN, ADDRESSED)), "heads are told")
    eventually(lambda: bool(here.to_operators("không khớp đơn vị")), "operators are told of unmatched units")
    eventually(lambda: len(here.to_operators(API)) >= len(HOSTILE), "operators are told what the API said")


def of(letters: Sequence[Letter], unit: str) -> Letter:
    (letter,) = [one for one in letters if one.recipients == (f"{unit}@example.vn",)]
    return letter


def test_every_mail_has_our_headers_and_goes_to_whom_the_contacts_name(
    letters: Sequence[Letter],
) -> None:
    for letter in letters:
        is_whole(letter, HEADERS)
        assert [one.addr_spec for one in letter.message["To"].addresses] == list(letter.recipients)
        assert [one.addr_spec for one in letter.message["From"].addresses] == ["chitieu-dvc@example.vn"]
        assert letter.message["Reply-To"] == "ttcds@example.vn"
    told = {letter.recipients for letter in letters}
    assert told == {(OPERATORS,), *((f"{unit}@example.vn",) for unit in (*NAMES, PLAIN, ADDRESSED))}


def test_no_word_of_a_portal_stands_in_any_mail(letters: Sequence[Letter]) -> None:
    assert any("không khớp đơn vị" in letter.subject for letter in letters)
    for letter in letters:
        assert PORTAL not in letter.subject + letter.text + letter.html


def test_a_unit_may_be_called_anything(letters: Sequence[Letter]) -> None:
    plain = of(letters, PLAIN)
    for unit, name in NAMES.items():
        letter = of(letters, unit)
        assert tags(letter) == tags(plain)
        assert name in letter.text
        if len(name) < 500:
            assert letter.subject == f"[Chỉ tiêu DVC] {name}: 1 chỉ tiêu chưa đạt"
    assert of(letters, "ubnd-hung-ha").subject == f"[Chỉ tiêu DVC] {'Ắ' * 26}…: 1 chỉ tiêu chưa đạt"


def test_what_anybody_tells_alertmanager_is_inert(letters: Sequence[Letter]) -> None:
    said = [letter for letter in letters if API in letter.text + letter.html]

    assert {letter.recipients for letter in said} == {(OPERATORS,), (f"{ADDRESSED}@example.vn",)}
    for letter in said:
        names = {tag for tag, _ in tags(letter)}
        assert not names & {"script", "img", "svg", "iframe", "object", "form", "base", "link"}
        assert not [name for _, attributes in tags(letter) for name in attributes if name.startswith("on")]

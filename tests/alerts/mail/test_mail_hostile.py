"""Whatever stands in a label, an annotation or a name: no new header, the same recipients, inert HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email import message_from_string
from email.policy import default
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from selectolax.lexbor import LexborHTMLParser

from alerts.alertmanager.receivers import NO_CONTACT, REHEARSAL, addressees, mailbox
from alerts.mail.names import brief
from alerts.mail.rendering import render
from alerts.mail.samples import SampleAlert
from exporter.config.faults import ConfigError
from exporter.settings import load_config
from tests.alerts.mail.hostile import HOSTILE, MAIL_LINE, is_whole, tags
from tests.alerts.mail.mail_driver import names
from tests.demo_setup import write_config
from tools.postbox import Letter

ORDINARY = "x"
FIGURES = (
    *(
        "rate",
        "target",
        "gap",
        "missing",
        "required",
        "counts",
        "since",
        "as_of",
        "read_at",
        "met",
        "unknown",
    ),
    *("communes", "parts", "period_note", "milestone", "summary", "description", "simulated", "runbook_url"),
)


def said(kind: str, text: str) -> SampleAlert:
    """An alert in which a text stands wherever a text can."""
    labels = dict.fromkeys(("severity", "unit", "kind", "parent", "indicator", "source"), text)
    name = text if kind.startswith("operators") else "DvcUnitBelowTarget"
    annotations = {} if kind == "operators:bare" else dict.fromkeys(FIGURES, text)
    return SampleAlert({**labels, "alertname": name, "audience": "unit"}, annotations)


VISIBLE = [text for text in HOSTILE.values() if text.isprintable()]
"""What a configuration may hold as well: it refuses the rest."""
KINDS = ("unit", "communes", "escalation", "operators", "operators:bare", "monitors")


@pytest.fixture(scope="module")
def rendered(alertmanager: Path) -> Mapping[tuple[str, str], Letter]:
    """By kind of mail and what stands in it, from one run of the real Alertmanager."""
    texts = {**HOSTILE, "ordinary": ORDINARY}
    keys = {f"{kind}:{what}": (kind, what) for kind in KINDS for what in texts}
    alerts = {key: [said(kind, texts[what])] for key, (kind, what) in keys.items()}
    found = render(alertmanager, names(), alerts)
    numbers = {key: f"sample-{number}@example.vn" for number, key in enumerate(alerts)}
    assert {key: letter.recipients for key, letter in found.items()} == {
        key: (address,) for key, address in numbers.items()
    }
    return {keys[key]: letter for key, letter in found.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("what", HOSTILE)
def test_no_text_changes_what_a_mail_is_made_of(
    kind: str, what: str, rendered: Mapping[tuple[str, str], Letter]
) -> None:
    letter, ordinary = rendered[kind, what], rendered[kind, "ordinary"]

    is_whole(letter)
    assert [address for _, address in getaddresses([letter.message["To"]])] == list(letter.recipients)
    assert letter.message["From"] == ordinary.message["From"]
    assert letter.sender == ordinary.sender
    assert tags(letter) == tags(ordinary)
    for link in LexborHTMLParser(letter.html).css("a"):
        assert urlsplit(link.attributes["href"] or "").scheme in {"", "http", "https"}


@pytest.mark.parametrize("kind", ["unit", "communes", "escalation", "operators", "operators:bare"])
def test_what_looks_like_a_template_or_an_encoded_word_is_shown_as_it_stands(
    kind: str, rendered: Mapping[tuple[str, str], Letter]
) -> None:
    assert "{{ .Labels }}" in rendered[kind, "template"].subject
    assert "{{ .Labels }}" in rendered[kind, "template"].text
    assert "=?utf-8?q?=0D=0ABcc:_victim@example.test?=" in rendered[kind, "encoded word"].subject


def test_a_line_for_operators_is_cut_only_where_it_must_be(alertmanager: Path) -> None:
    lines = {
        "plain": "Nguồn cong-tinh-don-vi: 182 số liệu không khớp đơn vị",
        "long": "Ban Quản lý Khu kinh tế và các Khu công nghiệp: Hồ sơ trực tuyến thấp hơn chỉ tiêu 26,8",
        "full": "x" * 168,
        "one more": "x" * 169,
    }
    alerts = {
        f"operators:{what}": [SampleAlert({"alertname": "DvcX"}, {"summary": text})]
        for what, text in lines.items()
    }

    found = render(alertmanager, names(), alerts)

    shown = {what.partition(":")[2]: letter.subject for what, letter in found.items()}
    whole = {what: f"[Chỉ tiêu DVC, vận hành] {text}" for what, text in lines.items()}
    assert shown == whole | {"one more": f"[Chỉ tiêu DVC, vận hành] {'x' * 168}…"}


def test_a_long_subject_says_that_it_is_cut(rendered: Mapping[tuple[str, str], Letter]) -> None:
    assert rendered["operators", "long"].subject.endswith("Ắ…")
    assert rendered["operators", "long word"].subject == f"[Chỉ tiêu DVC, vận hành] {'x' * 168}…"
    assert "Ắ…: 1 chỉ tiêu chưa đạt" in rendered["unit", "long"].subject
    assert HOSTILE["long"] in rendered["operators", "long"].text


@pytest.mark.parametrize("char", ["\0", "\x1b", "\u202e", "\u200b", "\ufeff"])
def test_a_name_with_a_sign_that_cannot_be_seen_is_refused(char: str, tmp_path: Path) -> None:
    config = write_config(tmp_path, "http://127.0.0.1:9")
    rename(tmp_path, f"Sở Y{char} tế")

    with pytest.raises(ConfigError, match=rf"holds a sign that cannot be seen \(U\+{ord(char):04X}\)"):
        load_config(config)


@pytest.mark.parametrize("name", [*VISIBLE, "Ắ" * 240, "\U0001f600" * 240, "Nguyễn Văn A, Giám đốc"])
def test_a_name_beside_an_address_is_never_another_address(name: str) -> None:
    address = f"{'a' * 64}@{'b' * 180}.vn"
    header = mailbox(name, address)

    assert len(f"Reply-To: {header}") <= MAIL_LINE
    assert header.isascii()
    assert header.isprintable()
    assert header.count("@") == 1
    parsed = message_from_string(f"To: {header}\n\n", policy=default)
    assert [one.addr_spec for one in parsed["To"].addresses] == [address]


@pytest.mark.parametrize("count", [1, 3, 4])
def test_a_rehearsals_subject_names_as_many_addresses_as_fit(count: int) -> None:
    short = [f"a{number}@example.vn" for number in range(count)]
    long = [f"{'a' * 60}{number}@{'b' * 180}.vn" for number in range(count)]
    rest = f" và {count - 3} địa chỉ khác" if count > 3 else ""

    assert addressees(short) == ", ".join(short[:3]) + rest
    assert addressees(long) == long[0] + (f" và {count - 1} địa chỉ khác" if count > 1 else "")


def test_the_longest_that_a_subject_may_hold_is_a_line_that_servers_take() -> None:
    widest = "\U0001f600" * 100
    ends = "chưa đạt, 1 chỉ tiêu giảm nhanh, 1 chỉ tiêu chưa có số liệu, 1 chỉ tiêu đã đạt trở lại"
    to = addressees([f"{'a' * 24}@{'b' * 30}.vn"] * 3)
    assert len(to) > 100
    of_unit = f"{REHEARSAL} (gửi {to}) [Chỉ tiêu DVC] {brief(widest)}: 1 chỉ tiêu {ends}"
    summary = "abc\U0001f600" * 42
    of_operators = f"{REHEARSAL} {NO_CONTACT} [Chỉ tiêu DVC, vận hành] Đã hết: {summary}…"

    assert len(f"Subject: {encoded(of_unit)}") <= MAIL_LINE
    assert len(f"Subject: {encoded(of_operators)}") <= MAIL_LINE


def encoded(text: str) -> str:
    """As Alertmanager writes a header: words of at most 75 bytes, none of which breaks a character."""
    words, word = [], ""
    for char in text:
        quoted = char if char.isascii() and char not in "=?_" else "".join(f"={b:02X}" for b in char.encode())
        if len(word) + len(quoted) > 75 - len("=?utf-8?q??="):
            words.append(word)
            word = ""
        word += quoted
    return " ".join(f"=?utf-8?q?{one}?=" for one in [*words, word])


def rename(folder: Path, name: str) -> None:
    """Another name for one unit of the decision in a folder, however it is to be written there."""
    path = folder / "targets.yaml"
    whole = yaml.safe_load(path.read_text("utf-8"))
    (unit,) = [one for one in whole["units"] if one["id"] == "so-y-te"]
    unit |= {"name": name, "short_name": name}
    path.write_text(json.dumps(whole, default=str), "utf-8")

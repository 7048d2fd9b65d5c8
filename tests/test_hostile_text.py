"""What a hostile portal writes, on its way to everything that people and machines read."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from selectolax.lexbor import LexborHTMLParser

from exporter import logs
from exporter.report.build import build
from exporter.report.html import render
from exporter.web.app import create_app
from tests.serving import ask, serving
from tests.test_pipeline import Make, World, make

__all__ = ["make"]

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "Sở Y tế\r\nBcc: victim@example.test\r\n\r\nthân thư",
    "\x1b[2J\x1b[31mSở Y tế\x07\x9b",
    "\u202eexe.txt\u2066Sở\u2028Y tế",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}{{ .Labels }}",
    "%(message)s %n ${jndi:ldap://x}",
    'a"} 1\ndvc_indicator_ratio{unit="so-y-te',
    "=cmd|' /C calc'!A0",
    "x" * 100_000,
]
NEVER = ("<script>alert", "<img src=x", "<svg onload", "Bcc: victim", "\x1b", "\u202e", "7 * 7", "jndi")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_hostile_portal_is_quoted_and_never_obeyed(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    pipeline = make()
    World.answer = [["Sở Y tế", 40, 100], *([name, 1, 2] for name in HOSTILE)]
    pipeline.collect("cong")
    snapshot = pipeline.snapshot()
    assert snapshot is not None
    assert len(snapshot.unmatched) >= len(HOSTILE) - 1

    with serving(create_app(pipeline)) as face:
        pages = {
            path: ask(face, "GET", path).text for path in ("/", "/wall", "/wall/state", "/metrics", "/config")
        }
    pages["report"] = render(build(snapshot))

    landing = LexborHTMLParser(pages["/"])
    assert not landing.css("script, img, svg[onload], iframe")
    assert "&lt;script&gt;alert(1)" in pages["/"]
    # What is drawn, measured and mailed bears our own names: a portal's words reach none of it.
    for where in ("/wall", "/wall/state", "/metrics", "report"):
        assert not any(text in pages[where] for text in NEVER), where
    for where, text in pages.items():
        assert not any(character in text for character in "\x1b\x07\x9b\u202e\u2066\u2028"), where
    json.loads(pages["/wall/state"])

    said = capsys.readouterr().err
    assert "matches no unit" in said
    assert all(line.isprintable() for line in said.splitlines())
    assert not any(line.startswith(("Bcc:", "dvc_")) for line in said.splitlines())


def test_a_failure_in_a_portals_words_is_one_line(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    pipeline = make()
    World.answer = [["Sở Y tế", "\n16/09/2024 ERROR exporter: giả\x1b[0m", 100]]
    pipeline.collect("cong")
    lines = capsys.readouterr().err.splitlines()
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("16/09/2024 ERROR") for line in lines)

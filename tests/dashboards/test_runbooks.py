from __future__ import annotations

import re

import yaml

from alerts import boards as addresses
from dashboards import runbooks
from dashboards.inputs import ROOT
from dashboards.runbooks import PAGE, sections
from tests.dashboards.boards import boards

BOARD = boards()[runbooks.UID]
PANELS = {panel["id"]: panel for panel in BOARD["panels"]}


def test_every_link_of_the_rules_leads_to_the_panel_of_its_alert() -> None:
    rules = [
        rule
        for name in ("operators", "units")
        for group in yaml.safe_load((ROOT / f"alerts/rules/{name}.yaml").read_text("utf-8"))["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]

    assert len({rule["alert"] for rule in rules}) == len(PANELS) - 2  # the head, and how to use it
    for rule in rules:
        address, _, panel = rule["annotations"]["runbook_url"].partition("&viewPanel=panel-")
        assert address == addresses.runbooks(addresses.LOCAL)
        assert PANELS[int(panel)]["title"] == rule["alert"]


def test_a_panel_holds_the_section_whole() -> None:
    page = PAGE.read_text("utf-8")
    shown = " ".join(p["options"]["content"] for p in PANELS.values() if p["type"] == "text")

    assert shown.split() == re.sub(r"^#+ .*$", "", page, flags=re.MULTILINE).split()


def test_paragraphs_are_lines_and_nothing_is_taken_for_a_variable() -> None:
    found = list(sections(PAGE.read_text("utf-8")))

    assert found[0].title == "Cách dùng"
    assert all("\n" not in text for section in found for text in section.text.split("\n\n"))
    assert not re.search(r"\$\w|\$\{|\[\[", PAGE.read_text("utf-8"))

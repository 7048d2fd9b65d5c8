from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from alerts import boards
from alerts.alertmanager.calendar import load_calendar
from alerts.build import ROOT, Inputs, built, led
from alerts.contacts import load_contacts
from alerts.settings import Alerting, Links, load_alerting
from exporter.settings import load_config

GRAFANA = "https://chitieu.example.vn/grafana/"
OWN = "https://so-tay.example.vn/canh-bao"


def runbook_urls(alerting: Alerting) -> set[str]:
    """Where the rules of a build lead."""
    decision, settings = load_config(ROOT / "config/exporter.yaml")
    people = load_contacts(ROOT / "config/contacts.example.yaml", decision)
    inputs = Inputs(alerting, decision, settings, people, load_calendar(), GRAFANA)
    groups = yaml.safe_load(built(inputs, date(2026, 9, 14))[Path("rules/operators.yaml")])["groups"]
    return {
        rule["annotations"]["runbook_url"] for group in groups for rule in group["rules"] if "alert" in rule
    }


def test_addresses_name_the_organisation_that_has_the_boards() -> None:
    for address in (boards.unit(GRAFANA), boards.operations(GRAFANA), boards.runbooks(GRAFANA)):
        assert address.startswith("https://chitieu.example.vn/grafana/d/dvc-")
        assert "?orgId=1" in address
    assert boards.unit(GRAFANA).endswith("&var-unit=")


def test_a_runbook_is_a_panel_of_the_board_or_a_heading_of_a_page() -> None:
    panel = boards.panel_id("DvcSourceDown")

    board = boards.runbook(boards.runbooks(GRAFANA), "DvcSourceDown")
    assert board == f"https://chitieu.example.vn/grafana/d/dvc-runbooks?orgId=1&viewPanel=panel-{panel}"
    assert boards.runbook(OWN + "/", "DvcSourceDown") == f"{OWN}#dvcsourcedown"


def test_rules_lead_to_the_grafana_that_the_build_is_given() -> None:
    found = runbook_urls(load_alerting(ROOT / "config/alerts.yaml"))

    assert all(url.startswith(boards.runbooks(GRAFANA) + "&viewPanel=panel-") for url in found)
    assert len(found) > 10


@pytest.mark.parametrize("alerting", [Alerting(links=Links(runbooks=OWN))])
def test_a_page_of_ones_own_wins(alerting: Alerting) -> None:
    assert led(alerting, GRAFANA) is alerting
    assert all(url.startswith(f"{OWN}#dvc") for url in runbook_urls(alerting))


def test_what_the_place_says_of_runbooks_wins_as_well(tmp_path: Path) -> None:
    place = tmp_path / "place.yaml"
    place.write_text(f"links: {{runbooks: {OWN}}}\n", "utf-8")
    alerting = load_alerting(ROOT / "config/alerts.yaml", place)

    assert led(alerting, GRAFANA).links.runbooks == OWN

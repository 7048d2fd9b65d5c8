"""`discover`: from a portal's answers to a file that loads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.clock import PROVINCE_TIME, Clock
from exporter.commands import discover as command
from exporter.config.decision_file import load_decision
from exporter.decision import Kind
from exporter.errors import PortalError, Reason
from exporter.settings import FetchSettings
from exporter.sources.base import Page, Request

TESTDATA = Path(__file__).parents[1] / "sources" / "testdata"
ROOT = "019d2be3-6a88-732b-8b17-b68020c8553a"
NATIONAL = {
    "dossier-digitized": "digitised",
    "formality-online-payment-tree": "payment",
    "provide-online-tree": "provision",
}


def national(request: Request) -> bytes:
    """The recorded month 8/2026; nothing else is there."""
    asked = request.json or {}
    if (asked["timeType"], asked["year"], asked.get("month")) != ("month", 2026, 8):
        raise PortalError(Reason.HTTP_STATUS, "status 404")
    return (TESTDATA / f"national_{NATIONAL[request.url.rpartition('/')[2]]}.json").read_bytes()


def statistics(request: Request) -> bytes:
    """The same page for the year and the month."""
    assert request.json is None
    return (TESTDATA / "don-vi.html").read_bytes()


def nothing(request: Request) -> bytes:
    """A portal that is away."""
    raise PortalError(Reason.TIMEOUT, f"no answer of {request.url}")


class FakeFetcher:
    """Answers without a network."""

    answer = staticmethod(national)

    def __init__(self, settings: FetchSettings, clock: Clock) -> None:
        assert settings.deadline.total_seconds() > 0
        self._clock = clock

    def fetch(self, request: Request, *, within: float | None = None) -> Page:
        assert within is not None
        body = type(self).answer(request)
        return Page(request, request.url, 200, "text/html; charset=utf-8", body, self._clock.now())


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "Fetcher", FakeFetcher)


def run(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(command.discover, list(arguments), env=dict(env or {}))


def test_the_national_portal_without_any_configuration(tmp_path: Path) -> None:
    result = run("--url", "https://portal.example", "--root", ROOT, "--date", "2026-09-26")
    assert result.exit_code == 0
    assert "3 units" in result.stderr
    assert "year/online_payment: http_status: status 404" in result.stderr
    path = tmp_path / "targets.yaml"
    path.write_text(result.stdout, encoding="utf-8")
    found = load_decision(path)
    assert [(u.id, u.kind, u.name) for u in found.units.values()] == [
        ("tinh", Kind.PROVINCE, "Tỉnh Phú Thọ"),
        ("h44-01", Kind.DEPARTMENT, "Văn phòng UBND Tỉnh"),
        ("h44-03", Kind.DEPARTMENT, "Ban quản lý các khu công nghiệp"),
        ("h44-100", Kind.COMMUNE, "UBND Phường Việt Trì"),
    ]
    assert "{source: NGUON, kinds: [commune], indicators: [online_payment, digitised_result," in result.stdout
    assert "kinds: [province], indicators: [online_dossier, online_payment," in result.stdout


def test_a_kind_the_portal_does_not_know_goes_by_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(request: Request) -> bytes:
        answer = json.loads(national(request))
        for unit in answer["data"].get("children", answer["data"].get("evaluation")):
            unit.pop("level", None)
            unit["departmentType"] = ["?"]
        return json.dumps(answer).encode()

    monkeypatch.setattr(FakeFetcher, "answer", staticmethod(odd))
    result = run("--url", "https://portal.example", "--root", ROOT, "--date", "2026-09-26")
    assert result.stdout.count("kind: commune") == 1
    assert result.stdout.count("kind: department") == 2


CONFIG = """\
decision: targets.yaml
clock: {date: 2024-09-16}
archive: {directory: archive}
sources:
  - id: cong-tinh
    name: Cổng tỉnh
    family: html_table
    read:
      url: {year: "https://portal.example/?nam={year}", month: "https://portal.example/?thang={month}"}
      table: table.thong-ke
      unit: Tên đơn vị
      sections: true
      totals: [Tổng cộng]
      indicators:
        online_dossier: {numerator: Hồ sơ tiếp nhận > Trực tuyến, denominator: Hồ sơ tiếp nhận > Tổng số}
responsible:
  - {source: cong-tinh, kinds: [department, province], indicators: all}
"""
DECISION = """\
decision:
  number: 1/QĐ-UBND
  title: Giao chỉ tiêu
  authority: Chủ tịch
  issued: 2024-01-01
  period: {start: 2024-01-01, end: 2024-12-31}
indicators:
  - id: online_dossier
    name: Hồ sơ
    short_name: Hồ sơ
    counting: flow
    counted: hồ sơ
    applies_to: [department]
units:
  - {id: so-a, name: Sở A, kind: department}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "targets.yaml").write_text(DECISION, encoding="utf-8")
    path = tmp_path / "exporter.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_a_source_of_the_configuration(monkeypatch: pytest.MonkeyPatch, config: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(FakeFetcher, "answer", staticmethod(statistics))
    result = run("cong-tinh", "--config", str(config))
    assert result.exit_code == 0, result.output
    path = tmp_path / "new.yaml"
    path.write_text(result.stdout, encoding="utf-8")
    found = load_decision(path)
    assert [(u.id, u.kind) for u in found.units.values()] == [
        ("tinh", Kind.PROVINCE),
        ("so-cong-thuong", Kind.DEPARTMENT),
        ("so-tai-chinh", Kind.DEPARTMENT),
        ("nhom-xa-huyen-dong-hung", Kind.COMMUNE_GROUP),
        ("thi-tran-dong-hung", Kind.COMMUNE),
        ("xa-do-luong", Kind.COMMUNE),
        ("xa-me-linh", Kind.COMMUNE),
    ]
    assert found.period_start.year == 2024


def test_a_portal_that_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeFetcher, "answer", staticmethod(nothing))
    result = run("--url", "https://portal.example", "--root", ROOT)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "timeout: no answer of https://portal.example" in result.stderr
    assert "https://portal.example shows no units; nothing is written" in result.stderr


def test_without_a_date_the_machine_says_which_day_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def note(request: Request) -> bytes:
        asked.append((request.json or {})["year"])
        return nothing(request)

    monkeypatch.setattr(FakeFetcher, "answer", staticmethod(note))
    run("--url", "https://portal.example", "--root", ROOT)
    assert datetime.now(PROVINCE_TIME).year in asked


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--url", "https://portal.example"], "--url and --root belong together"),
        (["--root", ROOT], "--url and --root belong together"),
        (["--url", "portal", "--root", ROOT], "'portal' is no address of a portal; write one like https://"),
        (["--url", "https://portal.example", "--root", "H44"], "'H44' is no id of a department"),
        (["--config", "{config}"], "which source? Name one of cong-tinh, or give --url and --root"),
        (["khac", "--config", "{config}"], "has no source 'khac'; it has cong-tinh"),
        (["khac", "--config", "{config}.none"], "no such file"),
    ],
)
def test_options_that_cannot_be_used(arguments: list[str], sentence: str, config: Path) -> None:
    result = run(*(argument.replace("{config}", str(config)) for argument in arguments))
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""

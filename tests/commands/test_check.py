from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli import main
from exporter.commands.check import check, found, today
from exporter.settings import load_config
from tests.config.fakefamily import FAKE
from tests.config.files import SETTINGS, TARGETS, write

SHIPPED = Path(__file__).parents[2] / "config" / "exporter.yaml"

RICH = """\
clock: {date: 2024-09-16}
accept:
  - {unit: h44-01, indicator: online_dossier, until: 2024-09-30, reason: Đã rà soát, by: Nguyễn Văn A}
hold:
  - {unit: h44-02, indicator: online_dossier, until: 2024-09-20, reason: Đang sửa, by: Nguyễn Văn A}
archive: {directory: /srv/dvc, keep_days: 30}
sources:
  - id: cong
    name: Cổng dịch vụ công tỉnh
    family: fake
    every: 90s
    simulated: true
    differs: {online_dossier: Đếm cả hồ sơ chuyển kỳ}
    read: {url: https://cong.example/thong-ke}
  - {id: khac, name: Cổng khác, family: fake, read: {url: http://localhost/}}
responsible:
  - {source: cong, kinds: [department, commune], indicators: all}
  - {source: none, kinds: [province], indicators: all, reason: Cổng không công bố}
"""

RICH_TARGETS = (
    TARGETS.replace("target: 100%", "target: 100%\n    note: Cần xác nhận")
    .replace("indicators:", "  in_force: 2025-06-30\n  note: Hai ngày khác nhau\nindicators:", 1)
    .replace("codes: {national: H44.01}", "exempt: {online_dossier: Không thu phí}")
    .replace(
        "certified_copy: 12.25%}", "certified_copy: 12.25%}, milestones: {online_dossier: {2024-06-30: 40%}}"
    )
    + """\
  - {id: h44-102, name: Phường Hai, kind: commune, code: "00002", until: 2024-10-31, merged_into: h44-101}
  - {id: h44-103, name: Phường Ba, kind: commune, code: "00003", since: 2024-12-01}
"""
)

SAID = """\
Decision 1/QĐ-UBND of 24/05/2024, Chủ tịch Ủy ban nhân dân tỉnh
  Giao chỉ tiêu
  in force from 01/01/2024 until 30/06/2025
  2 indicators, 5 units (2 department, 3 commune), 8 targets
  Sở Y tế: online_dossier exempt (Không thu phí)
  Sở Nội vụ: certified_copy 12.25%, online_dossier with a road map of 1 step(s)
  communes: 2 on 16/09/2024, 1 from 01/11/2024, 2 from 01/12/2024

Source cong: Cổng dịch vụ công tỉnh (fake, SIMULATED)
  read every 90s, valid for 26h
  responsible for department, commune: online_dossier, certified_copy
Source khac: Cổng khác (fake)
  read every 6h, valid for 26h
  compared only, never published
Archive /srv/dvc: kept whole for 30 days

Keep in mind
  - the clock is set to 16/09/2024: a demo or a rehearsal
  - nobody publishes online_dossier, certified_copy of province: Cổng không công bố
  - cong, online_dossier: Đếm cả hồ sơ chuyển kỳ
  - accepted h44-01 online_dossier until 30/09/2024: Đã rà soát (Nguyễn Văn A)
  - held h44-02 online_dossier until 20/09/2024: Đang sửa (Nguyễn Văn A)
  - decision: Hai ngày khác nhau
  - Chứng thực: Cần xác nhận
"""


@pytest.fixture(autouse=True)
def _fake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "shipped" not in request.node.name:
        monkeypatch.setattr("exporter.sources.FAMILIES", FAKE)


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    decision, settings = load_config(write(tmp_path, RICH, RICH_TARGETS))
    assert today(settings) == date(2024, 9, 16)
    assert found(decision, settings, date(2024, 9, 16)) == SAID


def test_nothing_to_keep_in_mind(tmp_path: Path) -> None:
    decision, settings = load_config(write(tmp_path))
    said = found(decision, settings, date(2024, 9, 16))
    assert "Keep in mind" not in said
    assert "in force from 01/01/2024 until replaced" in said
    assert "communes: 1 on 16/09/2024\n" in said


def test_no_communes(tmp_path: Path) -> None:
    targets = TARGETS[: TARGETS.index("  - {id: h44-101")]
    decision, settings = load_config(write(tmp_path, targets=targets))
    assert "communes:" not in found(decision, settings, date(2024, 9, 16))


def test_the_command_prints_what_was_found(tmp_path: Path) -> None:
    result = CliRunner().invoke(check, ["--config", str(write(tmp_path))])
    assert result.exit_code == 0
    assert result.stdout.startswith("Decision 1/QĐ-UBND")
    assert result.stderr == ""


def test_the_command_takes_the_file_from_the_environment(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["check"], env={"DVC_CONFIG": str(write(tmp_path))})
    assert result.exit_code == 0


def test_all_faults_and_exit_code_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, SETTINGS.replace("family: fake", "family: fakee"), TARGETS.replace("100%", "101%"))
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(check, ["--config", "exporter.yaml"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "exporter.yaml:5:13: unknown family 'fakee'; did you mean 'fake'?" in result.stderr
    assert "targets.yaml:21:13: 101% is more than 100 %" in result.stderr


def test_the_shipped_configuration() -> None:
    result = CliRunner().invoke(check, ["--config", str(SHIPPED)])
    assert result.exit_code == 0, result.stderr
    assert "7 indicators, 32 units (16 department, 8 district, 8 commune_group), 191 targets" in result.stdout
    assert "communes: 260 on 16/09/2024, 242 from 01/11/2024" in result.stdout
    assert "Sở Tài chính: online_payment exempt (Không đăng ký do các thủ tục không thu phí)" in result.stdout

"""The command line, as an operator types it, on the demo portal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from demo.portal import DemoPortal
from exporter.cli import main
from exporter.commands.terminal import figures_tables
from exporter.settings import load_config
from exporter.setup import told_clock
from exporter.snapshot.replay import snapshot_at
from tests.demo_setup import write_config

FAST = "fetch: {deadline: 5s, pause: 0s, retries: 0}\n"


class Desk:
    """An operator with a terminal."""

    def __init__(self, portal: DemoPortal, config: Path) -> None:
        self.portal = portal
        self.config = config

    def type(self, *words: str) -> Result:
        """One command."""
        command, *rest = words
        return CliRunner().invoke(main, [command, "--config", str(self.config), *rest])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with DemoPortal(date=date(2024, 9, 16), running=True) as portal:
        yield Desk(portal, write_config(tmp_path, portal.url, more=FAST))


@pytest.mark.parametrize("command", ["serve", "check", "collect", "explain", "report", "discover"])
def test_every_command_has_help_for_an_operator(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 6


def test_help_lists_the_commands_in_the_order_of_work() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    listed = [line.split()[0] for line in output.split("Commands:")[1].splitlines() if line.strip()]
    assert listed == ["serve", "check", "collect", "explain", "report", "discover", "probe"]
    assert CliRunner().invoke(main, ["nonsense"]).exit_code == 2
    assert "dvc-exporter" in CliRunner().invoke(main, ["--version"]).output


def test_collect_prints_units_beside_their_targets(desk: Desk) -> None:
    result = desk.type("collect")
    assert result.exit_code == 0, result.output
    assert "SỐ LIỆU MÔ PHỎNG · 805/QĐ-UBND · năm 2024" in result.output
    line = next(line for line in result.output.splitlines() if "Sở Tài chính" in line)
    assert "miễn" in line
    assert "/80%" in line
    assert "Toàn tỉnh" in result.output
    assert "Xã Đô Lương" not in result.output
    assert "khớp nhiều đơn vị" in result.output
    month = desk.type("collect", "--period", "month", "--communes", "--source", "cong-tinh-don-vi")
    assert "tháng 9/2024" in month.output
    assert "Xã Đô Lương" in month.output
    assert "/80%" not in month.output


def test_collect_in_other_formats(desk: Desk) -> None:
    records = json.loads(desk.type("collect", "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(desk.type("collect", "--format", "csv").stdout)))
    assert len(records) == len(rows)
    found = next(
        r
        for r in records
        if (r["unit"], r["indicator"], r["period"]) == ("so-y-te", "online_dossier", "year")
    )
    assert found["ratio"] == pytest.approx(found["numerator"] / found["denominator"])
    assert (found["target"], found["state"], found["parts"]) == (0.5, "met", None)
    group = next(r for r in records if (r["unit"], r["indicator"]) == ("xa-vu-thu", "online_dossier"))
    assert (group["parts"], group["parts_expected"]) == (30, 30)
    text = desk.type("collect", "--format", "prometheus").stdout
    assert "# TYPE dvc_indicator_ratio gauge" in text


def test_collect_says_what_is_missing_and_ends_with_1(desk: Desk) -> None:
    desk.portal.fault("http_500", path="/thong-ke/xa")
    desk.portal.fault("above_one", path="/thong-ke/don-vi", unit="so-y-te", indicator="online_dossier")
    result = desk.type("collect")
    assert result.exit_code == 1
    assert "✗ Cổng dịch vụ công tỉnh – xã, phường, thị trấn: year: http_status" in result.output
    assert "giữ lại: Sở Y tế, Hồ sơ trực tuyến, năm 2024: Tử số" in result.output
    assert "chưa có số liệu" in result.output


def test_collect_refuses_a_source_that_is_not_there(desk: Desk) -> None:
    result = desk.type("collect", "--source", "cong")
    assert result.exit_code == 2
    assert "exporter.yaml has no such source; it has cong-tinh-don-vi, cong-tinh-xa" in result.stderr


def test_explain_proves_a_figure_from_the_archive_alone(desk: Desk) -> None:
    desk.type("collect")
    desk.portal.fault("reset")
    result = desk.type("explain", "Sở Công thương", "online_payment")
    assert result.exit_code == 0, result.output
    for expected in (
        "Sở Công Thương (so-cong-thuong)",
        "SỐ LIỆU MÔ PHỎNG",
        "Chỉ tiêu: 45% – Quyết định 805/QĐ-UBND ngày 24/05/2024, Điều 1",
        "Nguồn: Cổng dịch vụ công tỉnh – sở, ngành, huyện (cong-tinh-don-vi)",
        "Địa chỉ: http://127.0.0.1:",
        "Số liệu đến: ",
        "Đọc lúc: ",
        "sha256: ",
        "Dòng trên cổng: 2 | Sở Công Thương |",
        "Khác với quyết định – Cổng Dịch vụ công quốc gia (chỉ để đối chiếu): ",
        "Nguồn khác nói – Cổng Dịch vụ công quốc gia, năm 2024: ",
    ):
        assert expected in result.output
    # The counts it names are those on the archived row.
    counts = next(line for line in result.output.splitlines() if line.startswith("Tỷ lệ năm 2024"))
    numerator, _, denominator, *_ = counts.split(": ")[1].split()
    row = next(line for line in result.output.splitlines() if "Dòng trên cổng" in line)
    assert f"| {denominator} | {numerator} |" in row


def test_explain_of_a_sum_names_its_parts(desk: Desk) -> None:
    desk.type("collect")
    result = desk.type("explain", "xa-vu-thu", "digitised_result")
    assert "Tổng của 30/30 đơn vị:" in result.output
    assert result.output.count("sha256: ") == 1
    assert result.output.count("    1 | ") == 1
    assert "Từng xã: " in result.output
    assert "/30 xã đạt" in result.output
    province = desk.type("explain", "tinh", "online_dossier")
    assert "Tổng của 32/32 đơn vị:" in province.output
    assert "xem: dvc-exporter explain xa-vu-thu online_dossier --period year" in province.output


def test_explain_says_why_there_is_no_figure(desk: Desk) -> None:
    never = desk.type("explain", "so-y-te", "online_dossier")
    assert never.exit_code == 1
    assert "Chưa có số liệu." in never.output
    assert "Kho lưu trữ chưa có gì" in never.output
    desk.portal.fault("negative", path="/thong-ke/don-vi", unit="so-y-te", indicator="online_dossier")
    desk.type("collect")
    withheld = desk.type("explain", "so-y-te", "online_dossier")
    assert withheld.exit_code == 1
    assert "Bị giữ lại – Sở Y tế, năm 2024, từ " in withheld.output
    assert "Cổng ghi số âm: −" in withheld.output
    exempt = desk.type("explain", "so-tai-chinh", "online_payment")
    assert "Chỉ tiêu: miễn – " in exempt.output
    assert "Được miễn, không tính." in exempt.output
    unassigned = desk.type("explain", "ubnd-vu-thu", "full_online_provision")
    assert "Chỉ tiêu: không giao" in unassigned.output
    assert "không áp dụng cho Ủy ban nhân dân cấp huyện" in unassigned.output
    by_name = desk.type("explain", "UBND huyện Vũ Thư", "Hồ sơ trực tuyến")
    assert by_name.exit_code == 0


def test_explain_of_a_past_day(desk: Desk) -> None:
    desk.type("collect")
    result = desk.type("explain", "so-y-te", "online_dossier", "--at", "2024-09-01")
    assert result.exit_code == 1
    assert "Thời điểm: 23:59 01/09/2024" in result.output
    assert "chưa có ở thời điểm 23:59 01/09/2024" in result.output
    future = desk.type("explain", "so-y-te", "online_dossier", "--at", "31/12/2024")
    assert future.exit_code == 2
    assert "--at 31/12/2024 has not come yet" in future.stderr
    nonsense = desk.type("explain", "so-y-te", "online_dossier", "--at", "hôm qua")
    assert "write it like 16/09/2024 or 2024-09-16" in nonsense.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("explain", "Xã Minh Tân", "online_dossier"), "fits several units; write one of xa-"),
        (
            ("explain", "Sở Y tê", "online_dossier"),
            "'Sở Y tê'; the nearest are Sở Y tế (so-y-te), ",
        ),
        (
            ("explain", "so-y-te", "online"),
            "unknown indicator 'online'; did you mean online_",
        ),
    ],
)
def test_explain_helps_with_what_was_mistyped(desk: Desk, words: tuple[str, ...], expected: str) -> None:
    result = desk.type(*words)
    assert result.exit_code == 2
    assert expected in result.stderr


def test_a_report_of_what_was_collected(desk: Desk, tmp_path: Path) -> None:
    desk.type("collect")
    result = desk.type("report", "--output", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    written = sorted(p.suffix for p in (tmp_path / "out").iterdir())
    assert written == [".html", ".xlsx"]
    page = next((tmp_path / "out").glob("*.html")).read_text(encoding="utf-8")
    text = page.replace("&nbsp;", " ").replace("\u00a0", " ")
    assert text.count("Sở Công Thương") >= 1
    assert "mô phỏng" in page.casefold()


def test_a_bad_configuration_is_told_whole_by_every_command(tmp_path: Path) -> None:
    config = tmp_path / "exporter.yaml"
    config.write_text("decision: nowhere.yaml\nsources: []\n", encoding="utf-8")
    for words in (["collect"], ["explain", "a", "b"], ["report"], ["serve"], ["check"]):
        result = CliRunner().invoke(main, [words[0], "--config", str(config), *words[1:]])
        assert result.exit_code == 2, words
        assert "exporter.yaml:" in result.stderr
        assert "Traceback" not in result.output


def test_explain_of_a_figure_that_is_below_its_target(desk: Desk) -> None:
    desk.type("collect")
    payment = desk.type("explain", "so-lao-dong-thuong-binh-xa-hoi", "online_payment").output
    assert "Chưa đạt chỉ tiêu (−" in payment
    assert "Cần thêm: " in payment
    assert "Phần còn lại của năm phải đạt: " in payment
    nothing = desk.type("explain", "so-noi-vu", "online_payment").output
    assert "không có, vì không phát sinh (0 / 0 giao dịch)" in nothing
    month = desk.type("explain", "so-y-te", "online_dossier", "--period", "month").output
    assert "Tỷ lệ tháng 9/2024: " in month


@pytest.mark.parametrize("width", [80, 120, 160, 200])
def test_nothing_is_cut_off_in_a_narrow_terminal(desk: Desk, width: int) -> None:
    desk.type("collect", "--source", "cong-tinh-don-vi")
    decision, settings = load_config(desk.config)
    snapshot = snapshot_at(decision, settings, told_clock(settings).now())
    text = io.StringIO()
    console = Console(file=text, width=width)
    tables = list(figures_tables(snapshot, "year", width=width))
    for table in tables:
        console.print(table)
    shown = text.getvalue()
    assert "…" not in shown
    assert max(len(line) for line in shown.splitlines()) <= width
    assert sum(len(table.columns) - 2 for table in tables) == 7
    assert shown.count("Sở Công Thương") == len(tables)


def test_what_cannot_be_kept_is_said(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("in the way")
    result = desk.type("collect", "--source", "cong-tinh-don-vi")
    assert result.exit_code == 1
    assert "Không lưu được vào kho lưu trữ" in result.output
    assert "Sở Công Thương" in result.output

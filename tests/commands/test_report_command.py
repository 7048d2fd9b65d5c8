"""`dvc-exporter report`: from an archive on disk to the two files, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import NoReturn, cast

import openpyxl
import pytest
from click.testing import CliRunner, Result
from pydantic import BaseModel

from exporter.archive.store import Archive
from exporter.clock import Clock, FixedClock
from exporter.commands import report as command
from exporter.decision import Decision
from exporter.settings import Settings
from exporter.snapshot import replay
from exporter.snapshot.model import Snapshot
from exporter.sources import FAMILIES, Family
from exporter.sources.base import PartReading, Source
from tests import builders as b

NOW = b.at("2024-09-18", "10:00")


class Province:
    """The small province with an archive; `report` runs in it at 10 o'clock on 18 September 2024."""

    def __init__(self, tmp: Path) -> None:
        self.settings = b.settings(tmp)
        self.decision = b.decision()
        self.source = b.FakeSource()
        self.archive = Archive(self.settings.archive.directory)
        self.output = tmp / "bao-cao"

    def day(self, day: str, counts: Mapping[str, tuple[int, int]]) -> None:
        rows = tuple(b.row(name, n, d) for name, (n, d) in counts.items())
        page = self.source.page(PartReading(rows), b.at(day))
        self.archive.store(b.collection(page))

    def report(self, *options: str) -> Result:
        return CliRunner().invoke(command.report, ["--output", str(self.output), *options])

    def cell(self, day: str, name: str, column: int) -> object:
        content = (self.output / f"bao-cao-805-{day}.xlsx").read_bytes()
        sheet = openpyxl.load_workbook(BytesIO(content))["Báo cáo"]
        return next(row[column].value for row in sheet.iter_rows() if row[1].value == name)


@pytest.fixture
def province(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Province:
    made = Province(tmp_path)

    def load(_: Path) -> tuple[Decision, Settings]:
        return made.decision, made.settings

    def clock(_: date | None) -> Clock:
        return FixedClock(NOW)

    monkeypatch.setattr(command, "load_or_refuse", load)
    monkeypatch.setattr(Clock, "starting_on", clock)
    family = Family(BaseModel, cast("Callable[..., Source]", lambda _: made.source))
    monkeypatch.setitem(cast("dict[str, Family]", FAMILIES), "fake", family)
    return made


def test_a_past_day_is_told_as_it_ended(province: Province) -> None:
    province.day("2024-09-16", {"Sở Y tế": (40, 100)})
    province.day("2024-09-17", {"Sở Y tế": (50, 100)})
    result = province.report("--date", "2024-09-16")
    assert result.exit_code == 0, result.output
    files = [province.output / f"bao-cao-805-2024-09-16.{kind}" for kind in ("html", "xlsx")]
    assert result.stdout.splitlines() == [str(f) for f in files]
    assert result.stderr == "0/19 chỉ tiêu đạt, 1 chưa đạt, 18 chưa có số liệu\n"
    assert province.cell("2024-09-16", "Sở Y tế", 2) == pytest.approx(0.4)
    page = files[0].read_text(encoding="utf-8")
    assert "bảng lập theo thời điểm 23:59 16/09/2024" in page
    assert "đọc lúc 09:00 16/09/2024" in page
    assert sorted(p.name for p in province.output.iterdir()) == [f.name for f in files]


def test_without_a_date_it_is_today_as_of_now(province: Province) -> None:
    province.day("2024-09-17", {"Sở Y tế": (50, 100)})
    for options in ((), ("--date", "2024-09-18")):
        result = province.report("--format", "html", *options)
        assert result.exit_code == 0, result.output
        page = (province.output / "bao-cao-805-2024-09-18.html").read_text(encoding="utf-8")
        assert "bảng lập theo thời điểm 10:00 18/09/2024" in page
    assert not (province.output / "bao-cao-805-2024-09-18.xlsx").exists()


def test_a_day_on_which_the_portal_was_long_down_has_a_report_that_says_so(province: Province) -> None:
    province.day("2024-09-14", {"Sở Y tế": (50, 100)})
    assert province.report("--format", "html").exit_code == 0
    page = (province.output / "bao-cao-805-2024-09-18.html").read_text(encoding="utf-8")
    assert "đọc lần cuối lúc 09:00 14/09/2024, quá 1 ngày 2 giờ nên đã rút số liệu" in page


def test_nothing_in_the_archive_is_an_error_that_says_what_to_do(province: Province) -> None:
    province.day("2024-09-17", {"Sở Y tế": (50, 100)})
    result = province.report("--date", "2024-09-16")
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: the archive {province.settings.archive.directory} holds no successful collection of the days"
        " up to 2024-09-16; choose a later --date, or run `dvc-exporter collect` first\n"
    )
    assert not province.output.exists()


def test_a_day_to_come_is_refused(province: Province) -> None:
    result = province.report("--date", "2024-09-19")
    assert result.exit_code == 2
    assert result.stderr == "--date 2024-09-19 has not come yet: it is 2024-09-18\n"


def test_a_date_that_is_none_is_refused(province: Province) -> None:
    result = province.report("--date", "2024-16-09")
    assert result.exit_code == 2
    assert "write it like 16/09/2024 or 2024-09-16" in result.stderr


def test_an_unreadable_archive_is_said(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_decision: Decision, settings: Settings, _moment: datetime) -> NoReturn:
        raise PermissionError(13, "Permission denied", str(settings.archive.directory))

    monkeypatch.setattr(replay, "snapshot_at", broken)
    result = province.report()
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the archive cannot be read: ")
    assert "Permission denied" in result.stderr


def test_a_folder_that_cannot_be_written_is_said_and_leaves_nothing(province: Province) -> None:
    province.day("2024-09-17", {"Sở Y tế": (50, 100)})
    blocked = province.output / "bao-cao-805-2024-09-18.html"
    blocked.mkdir(parents=True)
    result = province.report()
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {blocked} cannot be written: ")
    assert list(province.output.iterdir()) == [blocked]
    file = province.output / "file"
    file.write_text("")
    result = CliRunner().invoke(command.report, ["--output", str(file / "below")])
    assert result.exit_code == 1
    assert "cannot be written: " in result.stderr


def test_an_older_report_is_replaced_whole(province: Province) -> None:
    province.day("2024-09-17", {"Sở Y tế": (50, 100)})
    assert province.report().exit_code == 0
    province.day("2024-09-18", {"Sở Y tế": (60, 110)})
    assert province.report().exit_code == 0
    assert province.cell("2024-09-18", "Sở Y tế", 2) == pytest.approx(60 / 110)


@pytest.mark.parametrize(
    ("number", "stem"),
    [
        ("805/QĐ-UBND", "bao-cao-805-2024-09-16"),
        ("../../etc", "bao-cao-2024-09-16"),
        ("12a/2025", "bao-cao-12a-2024-09-16"),
    ],
)
def test_file_names_are_plain(number: str, stem: str) -> None:
    made = b.decision()
    named = type(made)(**{**{f: getattr(made, f) for f in made.__dataclass_fields__}, "number": number})
    assert command.file_stem(named, date(2024, 9, 16)) == stem


def test_help_is_for_the_operator() -> None:
    text = CliRunner().invoke(command.report, ["--help"]).output
    assert "dvc-exporter report --date 16/09/2024 --output bao-cao" in text
    assert "archived pages alone" in text


def test_a_snapshot_is_asked_for_the_last_moment_of_the_day(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []
    original = replay.snapshot_at

    def noting(decision: Decision, settings: Settings, moment: datetime) -> Snapshot:
        asked.append(moment)
        return original(decision, settings, moment)

    monkeypatch.setattr(replay, "snapshot_at", noting)
    province.day("2024-09-16", {"Sở Y tế": (40, 100)})
    province.report("--date", "2024-09-16")
    assert asked == [b.at("2024-09-16", "23:59:59.999999")]

"""The record of every mail: nothing of it is lost or told twice, and what else is written down goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerts.__main__ import main
from alerts.record.distil import TAKEN, distil
from tests.demo_setup import ROOT

MAIL, SILENCE, STANDING = "notification", "silenceCreated", "alertGrouped"


def line(kind: str, number: int) -> str:
    return json.dumps({"@timestamp": "2026-11-26T16:16:09Z", "data": {kind: {"number": number}}}) + "\n"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(line(kind, n) for n in range(3) for kind in (STANDING, MAIL, SILENCE)), "utf-8")
    return path


def kept(*numbers: int) -> str:
    return "".join(line(kind, number) for number in numbers for kind in (MAIL, SILENCE))


def test_mails_and_silences_are_kept_and_what_stands_is_not(events: Path, tmp_path: Path) -> None:
    record = tmp_path / "told.jsonl"
    record.write_text(line(MAIL, 99), "utf-8")

    assert distil(events, record, settled=0) == 6

    assert record.read_text("utf-8") == line(MAIL, 99) + kept(0, 1, 2)
    assert list(tmp_path.iterdir()) == [record]


def test_where_nothing_was_written_down_there_is_nothing_to_keep(tmp_path: Path) -> None:
    assert distil(tmp_path / "events.jsonl", tmp_path / "told.jsonl", settled=0) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_torn_line_is_told_and_costs_no_other(
    events: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with events.open("a", encoding="utf-8") as file:
        file.write('{"data": {"notifi\n[]\n' + line(MAIL, 7) + '{"data"')
    record = tmp_path / "told.jsonl"

    distil(events, record, settled=0)

    assert record.read_text("utf-8") == kept(0, 1, 2) + line(MAIL, 7)
    assert [said.message.partition(": ")[0] for said in caplog.records] == [
        f"events.jsonl{TAKEN}0, line {number}" for number in (10, 11, 13)
    ]


@pytest.mark.parametrize("written", range(0, len(kept(0, 1, 2)) + 1, 7))
def test_killed_while_it_writes_it_goes_on_where_it_was(events: Path, tmp_path: Path, written: int) -> None:
    record = tmp_path / "told.jsonl"
    before = line(MAIL, 99)
    record.write_bytes((before + kept(0, 1, 2)).encode()[: len(before) + written])
    events.rename(events.with_name(f"{events.name}{TAKEN}{len(before)}"))
    events.write_text(line(MAIL, 3), "utf-8")

    distil(events, record, settled=0)
    distil(events, record, settled=0)

    assert record.read_text("utf-8") == before + kept(0, 1, 2) + line(MAIL, 3)


def test_a_full_disk_loses_nothing(events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = tmp_path / "told.jsonl"

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            distil(events, record, settled=0)
    distil(events, record, settled=0)

    assert record.read_text("utf-8") == kept(0, 1, 2)


def test_the_command_runs_once_for_a_timer(events: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["record", str(tmp_path / "told.jsonl")])

    assert done.exit_code == 0, done.output
    assert (tmp_path / "told.jsonl").read_text("utf-8") == kept(0, 1, 2)
    assert not events.exists()


def test_the_command_says_what_is_wrong_and_that_nothing_is_lost(events: Path, tmp_path: Path) -> None:
    (tmp_path / "told.jsonl").mkdir()

    done = CliRunner().invoke(main, ["record", str(tmp_path / "told.jsonl")])

    assert done.exit_code != 0
    assert "told.jsonl" in done.output
    assert events.exists()


def test_a_span_that_is_none_is_refused_with_advice(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["record", str(tmp_path / "told.jsonl"), "--every", "soon"])

    assert done.exit_code == 2
    assert "write a number with s, m, h or d" in done.output


def test_it_goes_on_until_it_is_ended_and_looks_once_more(events: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "alerts", "record", str(tmp_path / "told.jsonl"), "--every", "1s"]
    record = tmp_path / "told.jsonl"
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
        until = time.monotonic() + 30
        while not (record.exists() and record.read_text("utf-8") == kept(0, 1, 2)):
            assert time.monotonic() < until
            time.sleep(0.05)
        events.write_text(line(MAIL, 3), "utf-8")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert record.read_text("utf-8") == kept(0, 1, 2) + line(MAIL, 3)


@pytest.mark.parametrize(
    ("name", "age", "code"),
    [
        ("events.jsonl", timedelta(minutes=59), 0),
        ("events.jsonl", timedelta(minutes=61), 1),
        (f"events.jsonl{TAKEN}0", timedelta(minutes=61), 1),
        ("other", timedelta(minutes=61), 0),
    ],
)
def test_what_nobody_has_looked_at_for_long_is_told_by_the_health_check(
    tmp_path: Path, name: str, age: timedelta, code: int
) -> None:
    stamp = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
    (tmp_path / name).write_text(json.dumps({"@timestamp": stamp, "data": {}}) + "\n", "utf-8")

    done = CliRunner().invoke(main, ["record", str(tmp_path / "told.jsonl"), "--check", "1h"])

    assert done.exit_code == code, done.output

"""Log lines for people and for machines."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest

from exporter import logs


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    logging.getLogger("exporter.test").info("source %s is back", "cong")
    logging.getLogger("exporter.test").debug("not shown")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(" INFO    exporter.test: source cong is back")


def test_a_line_for_machines_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning", "json")
    try:
        raise ValueError("two\nlines")  # noqa: TRY301 - what is raised here is the point
    except ValueError:
        logging.getLogger("exporter.test").exception("sự cố\n%s", "x")
    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("error", "exporter.test", "sự cố\nx")
    assert "ValueError: two" in said["traceback"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_nothing_in_a_line_looks_like_another_or_moves_the_cursor(
    style: logs.LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", style)
    hostile = "Sở\r\n16/09/2024 08:00:00 ERROR   exporter: giả\x1b[31m\u202etxt.exe\u2028\x9b2J\x00"
    logging.getLogger("exporter.test").info("tên lạ: %s", hostile)
    out = capsys.readouterr().err
    assert all(line.isprintable() for line in out.splitlines())
    assert sum(line.startswith(("16/09", '{"time"')) for line in out.splitlines()) == (style == "json")
    assert "\\u001b[31m" in out
    assert "\\u202e" in out


def test_for_machines_also_what_python_would_print_itself_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure("warning", "json")
    try:
        raise ValueError("two\nlines")  # noqa: TRY301 - what is raised here is the point
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    thread = threading.Thread(target=int, args=("no number",))
    thread.start()
    thread.join()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["critical", "critical"]
    assert "no number" in lines[1]["traceback"]

"""Bringing the browser that the wall's tests look with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.binaries import ToolError
from tools.browser import bring_browser, installed_browser


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which there is nothing but what a test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("DVC_CHROMIUM", raising=False)
    return folder


def test_what_path_has_is_used(empty: Path) -> None:
    found = program(empty / "chromium")
    said: list[str] = []
    assert bring_browser(said.append) == found
    assert said == [f"chromium: {found}"]


def test_what_the_variable_names_is_used_before(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(empty / "chromium")
    other = program(tmp_path / "other")
    monkeypatch.setenv("DVC_CHROMIUM", str(other))
    assert installed_browser() == other
    monkeypatch.setenv("DVC_CHROMIUM", str(tmp_path / "absent"))
    with pytest.raises(ToolError, match="DVC_CHROMIUM="):
        bring_browser(print)


def test_where_it_is_missing_root_gets_debians(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty / "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> None:
        asked.append(command)
        if "install" in command:
            program(empty / "chromium")

    said: list[str] = []
    assert bring_browser(said.append, run) == empty / "chromium"
    assert [command[2] for command in asked] == ["update", "install"]
    assert asked[1][-1] == "chromium"
    assert said[0] == "chromium: installing Debian's package"


@pytest.mark.usefixtures("empty")
def test_whoever_may_not_install_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ToolError, match="sudo apt-get install chromium"):
        bring_browser(print)
    with pytest.raises(ToolError, match="make tools"):
        installed_browser()


def test_what_apt_answers_is_passed_on(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty / "apt-get").write_text("#!/bin/sh\necho 'E: no network' >&2\nexit 100\n", "utf-8")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ToolError, match="E: no network"):
        bring_browser(print)

    def hangs(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("apt-get", 1)

    monkeypatch.setattr(subprocess, "run", hangs)
    with pytest.raises(ToolError, match="timed out"):
        bring_browser(print)

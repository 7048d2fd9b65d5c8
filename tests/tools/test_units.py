"""Bringing systemd's checker of units."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.binaries import ToolError
from tools.units import bring_analyser, installed_analyser


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH on which there is nothing but what a test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n", "utf-8")
    path.chmod(0o755)
    return path


def test_what_path_has_is_used(empty: Path) -> None:
    found = program(empty / "systemd-analyze")
    said: list[str] = []
    assert bring_analyser(said.append) == found
    assert said == [f"systemd-analyze: {found}"]


def test_where_it_is_missing_root_gets_debians(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty / "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    asked: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> None:
        asked.append(command)
        if "install" in command:
            program(empty / "systemd-analyze")

    assert bring_analyser(print, run) == empty / "systemd-analyze"
    assert [command[-1] for command in asked] == ["update", "systemd"]


@pytest.mark.usefixtures("empty")
def test_whoever_may_not_install_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ToolError, match="apt-get install systemd"):
        bring_analyser(print)
    with pytest.raises(ToolError, match="make tools"):
        installed_analyser()

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser

from alerts.mail import pictures
from alerts.mail.pictures import WIDTHS, PictureError, draw, page
from alerts.mail.rendering import FAMILIES
from tests.alerts.mail.mail_driver import ROOT, one
from tools.postbox import Letter


def browser(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a chromium on PATH that does what the script says."""
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_page_shows_the_head_of_the_mail_and_the_mail_in_a_frame(letters: Mapping[str, Letter]) -> None:
    tree = LexborHTMLParser(page(letters["unit"], 640))

    assert one(tree, "h1").text() == letters["unit"].subject
    assert "Đến: Giám đốc Sở Công Thương" in one(tree, "header").text()
    assert one(tree, "iframe").attributes["srcdoc"] == letters["unit"].html


def test_a_mail_is_drawn_as_high_as_it_is(
    letters: Mapping[str, Letter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser(
        tmp_path,
        """for word in "$@"; do case $word in
  --dump-dom) echo "<title>1234</title>" ;;
  --window-size=*) size=$word ;;
  --screenshot=*) echo "$size" > "${word#*=}" ;;
esac; done""",
        monkeypatch,
    )

    draw(letters["unit"], 390, tmp_path / "pictures/a.png")

    assert (tmp_path / "pictures/a.png").read_text() == "--window-size=390,1234\n"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "chromium: "),
        ("echo '<title>0</title>'", "could not lay the mail out"),
        ("echo '<title>100</title>'", "drew nothing"),
    ],
)
def test_a_browser_that_fails_is_said(
    letters: Mapping[str, Letter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    browser(tmp_path, script, monkeypatch)

    with pytest.raises(PictureError, match=said):
        draw(letters["unit"], 640, tmp_path / "a.png")


def test_a_missing_browser_is_said(
    letters: Mapping[str, Letter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PictureError, match="not on PATH"):
        draw(letters["unit"], 640, tmp_path / "a.png")


def test_the_command_draws_each_mail_at_both_widths(
    letters: Mapping[str, Letter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touch(_letter: Letter, width: int, target: Path) -> None:
        target.write_text(f"{width}")

    monkeypatch.setattr(pictures, "render", lambda *_: {"unit": letters["unit"]})
    monkeypatch.setattr(pictures, "draw", touch)

    done = CliRunner().invoke(pictures.main, ["--into", str(tmp_path)])

    assert done.exit_code == 0, done.output
    drawn = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert drawn == {"mail-unit.png": "640", "mail-unit-phone.png": "390"}


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("ending", WIDTHS)
def test_there_is_a_picture_of_each_kind_at_each_width(kind: str, ending: str) -> None:
    head = (ROOT / f"docs/pictures/mail-{kind}{ending}.png").read_bytes()[:24]

    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", head[16:20])[0] == 2 * WIDTHS[ending]

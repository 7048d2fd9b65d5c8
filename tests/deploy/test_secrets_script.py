"""deploy/secrets.sh, with a `chown` that only says what it was asked for."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MADE = ("grafana/admin-password", "grafana/secret-key")


def run(folder: Path) -> str:
    """What it says, and `chown` among it."""
    commands = folder.parent / "commands"
    commands.mkdir(exist_ok=True)
    (commands / "chown").write_text('#!/bin/sh\necho "chown $*"\n', "utf-8")
    (commands / "chown").chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", ROOT / "deploy/secrets.sh", folder],
        env={"PATH": f"{commands}{os.pathsep}/usr/bin{os.pathsep}/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_password_and_key_are_made_long_and_for_grafana_alone(tmp_path: Path) -> None:
    said = run(tmp_path / "secrets")

    for name, length in zip(MADE, (24, 32), strict=True):
        path = tmp_path / "secrets" / name
        assert len(base64.b64decode(path.read_text("ascii"), validate=False)) == length
        assert path.stat().st_mode & 0o777 == 0o400
        assert f"chown 472:0 {path}" in said
        assert path.read_text("ascii").strip() not in said


def test_what_is_there_stays(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    run(folder)
    before = [(folder / name).read_bytes() for name in MADE]
    said = run(folder)

    assert [(folder / name).read_bytes() for name in MADE] == before
    assert "made" not in said.replace("to be made", "")

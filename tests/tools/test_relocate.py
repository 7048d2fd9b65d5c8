from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.binaries import TOOLS
from tools.relocate import RelocationError, place, relocated

FOLDER = "/usr/share/prometheus/alertmanager"


def test_the_folder_is_replaced_by_a_descriptor_of_the_same_length() -> None:
    program = b"\x7fELF..." + FOLDER.encode() + b"next" + FOLDER.encode() + b"/ui/"

    changed = relocated(program, FOLDER)

    assert len(changed) == len(program)
    assert b"/proc/self/fd/9///////////////////next" in changed
    assert FOLDER.encode() not in changed


@pytest.mark.parametrize("program", [b"elsewhere", b"/usr"])
def test_a_program_that_does_not_name_the_folder_is_refused(program: bytes) -> None:
    with pytest.raises(RelocationError, match="does not look for its files"):
        relocated(program, FOLDER)


def test_a_folder_with_too_short_a_name_is_refused() -> None:
    with pytest.raises(RelocationError, match="does not look for its files"):
        relocated(b"/usr", "/usr")


def packaged(folder: Path) -> tuple[Path, Path]:
    """A program that shows a file of its own, and these files, as in an unpacked package."""
    binary = folder / TOOLS["alertmanager"].member
    binary.parent.mkdir(parents=True)
    binary.write_text(f'#!/bin/sh\n# version 0.33.1\ncat {FOLDER}/default.tmpl\necho "$@"\n')
    binary.chmod(0o755)
    share = folder / FOLDER.lstrip("/")
    share.mkdir(parents=True)
    (share / "default.tmpl").write_text("its own\n")
    return binary, share


def test_the_program_finds_its_files_wherever_it_lies_and_is_called_from(tmp_path: Path) -> None:
    binary, share = packaged(tmp_path / "package")
    target = tmp_path / "a place with blanks/bin/alertmanager"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    place(binary, share, FOLDER, target)
    place(binary, share, FOLDER, target)
    link = elsewhere / "linked"
    link.symlink_to(target)

    for called in (target, link):
        done = subprocess.run([called, "--a b"], cwd=elsewhere, capture_output=True, text=True, check=True)
        assert done.stdout == "its own\n--a b\n"


def test_a_link_that_stood_there_is_replaced_and_what_it_points_to_is_left_alone(tmp_path: Path) -> None:
    binary, share = packaged(tmp_path / "package")
    other = tmp_path / "other"
    other.write_text("other")
    target = tmp_path / "bin/alertmanager"
    target.parent.mkdir()
    target.symlink_to(other)

    place(binary, share, FOLDER, target)

    assert other.read_text() == "other"
    assert not target.is_symlink()

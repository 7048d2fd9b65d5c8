from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import apt
from tools.apt import AptError, Offer, PrivateApt
from tools.sources import Archive

ARCHIVE = Archive("http://deb.example.test/debian", "/usr/share/keyrings/debian-archive-keyring.gpg")
Commands = Callable[..., None]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Puts shell scripts on PATH in the place of apt's commands; each notes how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def make(**scripts: str) -> None:
        for name, script in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text(f"#!/bin/sh\necho $0 $* >>{tmp_path}/called\n{script}\n")
            path.chmod(0o755)

    return make


def test_the_release_of_the_machine_is_read(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text('NAME="Debian GNU/Linux"\nVERSION_CODENAME="bookworm"\n')

    assert apt.codename(tmp_path / "os-release") == "bookworm"


@pytest.mark.parametrize("text", [None, "NAME=Arch\n"])
def test_a_machine_that_does_not_say_its_release_has_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "os-release").write_text(text)

    assert apt.codename(tmp_path / "os-release") == ""


def test_the_archives_of_the_machine_are_those_of_all_its_source_files(
    tmp_path: Path, commands: Commands
) -> None:
    commands(apt_get="", dpkg="")
    lists = tmp_path / "apt/sources.list.d"
    lists.mkdir(parents=True)
    (tmp_path / "os-release").write_text("VERSION_CODENAME=bookworm\n")
    (tmp_path / "apt/sources.list").write_text("deb http://first.example.test/debian bookworm main\n")
    (lists / "second.sources").write_text(
        "Types: deb\nURIs: http://second.example.test/debian\nSuites: bookworm\nComponents: main\n",
    )
    (lists / "off.list.disabled").write_text("deb http://off.example.test/debian bookworm main\n")

    found = [archive.uri for archive in apt.machine_archives(tmp_path)]

    assert found == ["http://first.example.test/debian", "http://second.example.test/debian"]


def test_a_machine_without_a_debian_archive_says_what_was_read(tmp_path: Path, commands: Commands) -> None:
    commands(apt_get="", dpkg="")
    (tmp_path / "apt").mkdir()
    (tmp_path / "apt/sources.list").write_text("deb http://archive.example.test/ubuntu noble main\n")

    with pytest.raises(AptError, match=r"no Debian archive .*\(read: sources\.list\)"):
        apt.machine_archives(tmp_path)


def test_a_machine_without_apt_is_no_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(AptError, match="no apt-get and dpkg"):
        apt.machine_archives(tmp_path)


def test_a_private_apt_keeps_how_the_network_is_reached_and_nothing_that_acts_or_weakens(
    tmp_path: Path,
) -> None:
    settings = """\
Acquire::http::Proxy "http://proxy.example.test:3128";
Acquire::Retries "3";
Acquire::AllowInsecureRepositories "1";
APT::Update::Post-Invoke:: "rm -f everything";
APT::Get::AllowUnauthenticated "1";
"""

    text = apt.configuration(tmp_path, settings)

    assert 'Acquire::http::Proxy "http://proxy.example.test:3128";\nAcquire::Retries "3";\n' in text
    assert 'Acquire::Check-Valid-Until "false";\n' in text
    assert f'Dir::Etc::parts "{tmp_path}/parts";' in text
    for word in ("Insecure", "Post-Invoke", "Unauthenticated"):
        assert word not in text


def test_a_suite_is_signed_by_what_the_machine_expects_of_its_archive() -> None:
    assert apt.source_file(ARCHIVE, "sid") == (
        "Types: deb\nURIs: http://deb.example.test/debian\nSuites: sid\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )
    assert "Signed-By" not in apt.source_file(Archive("http://deb.example.test/debian"), "sid")


def test_offers_are_the_binary_packages_that_apt_lists() -> None:
    madison = """\
prometheus | 3.5.3+ds1-6 | http://deb.example.test/debian sid/main amd64 Packages
prometheus | 2.53.3+ds1-2 | http://deb.example.test/debian sid/main amd64 Packages
prometheus | 3.5.3+ds1-6 | http://deb.example.test/debian sid/main Sources
"""

    assert apt.offers(madison, "sid") == [
        Offer("prometheus", "3.5.3+ds1-6", "sid"),
        Offer("prometheus", "2.53.3+ds1-2", "sid"),
    ]
    assert apt.offers("", "sid") == []


def test_a_package_is_downloaded_and_unpacked_in_the_private_folder(
    tmp_path: Path, commands: Commands
) -> None:
    commands(
        apt_config="echo 'Acquire::Retries \"3\";'",
        apt_cache='echo "thing | 1:3.5-1 | http://deb.example.test/debian sid/main amd64 Packages"',
        apt_get='grep -q Retries "$APT_CONFIG" || exit 9; [ $1 != download ] || touch thing_3.5.deb',
        dpkg='mkdir -p "$3/usr/bin"; echo hello >"$3/usr/bin/thing"',
    )

    with apt.private_apt(ARCHIVE, "sid") as private:
        folder = private.folder
        (offer,) = private.offers("thing")
        unpacked = private.unpack(offer)

        assert folder.stat().st_mode & 0o077 == 0
        assert (unpacked / "usr/bin/thing").read_text() == "hello\n"
        assert (folder / "sources.d/archive.sources").read_text() == apt.source_file(ARCHIVE, "sid")

    assert not folder.exists()
    called = (tmp_path / "called").read_text()
    assert "apt-get update --error-on=any\n" in called
    assert "apt-get download thing=1:3.5-1\n" in called


def test_what_apt_says_when_it_fails_is_passed_on(commands: Commands) -> None:
    commands(apt_config="", apt_get="echo 'E: The repository is not signed.' >&2; exit 100")

    with (
        pytest.raises(AptError, match=r"`apt-get update` failed: E: The repository is not signed\."),
        apt.private_apt(ARCHIVE, "sid"),
    ):
        pass


def test_a_command_that_is_not_there_or_hangs_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = PrivateApt(tmp_path, "sid")
    with pytest.raises(AptError, match="no-such-command"):
        private.run("no-such-command")

    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("apt-get", apt.SECONDS)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(AptError, match="timed out"):
        private.run("apt-get")

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools import binaries
from tools.__main__ import main
from tools.apt import AptError, Offer
from tools.binaries import (
    TOOLS,
    ToolError,
    bring,
    choose,
    installed,
    version_of,
    version_packaged,
    version_said,
)
from tools.sources import Archive

ARCHIVE = Archive("http://deb.example.test/debian")


def program(path: Path, version: str, *, status: int = 0) -> Path:
    """A program that says this version in the way of Prometheus."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{path.name}, version {version} (branch: test)' >&2\nexit {status}\n")
    path.chmod(0o755)
    return path


class FakeApt:
    """An apt whose packages are on disk already: name to version and the version its programs say."""

    def __init__(self, suite: str, folder: Path, packages: dict[str, tuple[str, dict[str, str]]]) -> None:
        self.suite = suite
        self.folder = folder
        self.packages = packages

    def offers(self, package: str) -> list[Offer]:
        return [Offer(package, self.packages[package][0], self.suite)] if package in self.packages else []

    def unpack(self, offer: Offer) -> Path:
        folder = self.folder / self.suite / offer.package
        for name, says in self.packages[offer.package][1].items():
            program(folder / "usr/bin" / name, says)
        return folder


Packages = dict[str, dict[str, tuple[str, dict[str, str]]]]


class Debian:
    """What the archive holds in a test, by suite; a suite that is not named cannot be reached."""

    def __init__(self) -> None:
        self.suites: Packages = {}


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Debian:
    """An archive without network, and a PATH with nothing of ours on it."""
    archive = Debian()

    @contextmanager
    def private_apt(of: Archive, suite: str) -> Iterator[FakeApt]:
        assert of == ARCHIVE
        if suite not in archive.suites:
            raise AptError("no such suite")
        yield FakeApt(suite, tmp_path / "unpacked", archive.suites[suite])

    monkeypatch.setattr(binaries, "machine_archives", lambda: [ARCHIVE])
    monkeypatch.setattr(binaries, "private_apt", private_apt)
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:/usr/bin:/bin")
    monkeypatch.delenv("DVC_PROMTOOL", raising=False)
    return archive


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.mark.parametrize(
    ("output", "version"),
    [
        (
            "promtool, version 3.5.3+ds1 (branch: debian/sid, revision: 3.5.3+ds1-6)\n  go version: go1.27.1",
            (3, 5, 3),
        ),
        ("prometheus, version 2.42.0+ds (branch: debian/sid)", (2, 42, 0)),
        ("alertmanager, version 0.28.1 (branch: HEAD)", (0, 28, 1)),
        ("promtool, version v3.14.0-rc.0", (3, 14, 0)),
        ("usage: promtool <command>", None),
        ("", None),
    ],
)
def test_the_version_is_read_from_what_a_program_says(output: str, version: tuple[int, ...] | None) -> None:
    assert version_said(output) == version


@pytest.mark.parametrize(
    ("packaged", "version"),
    [
        ("3.5.3+ds1-6", (3, 5, 3)),
        ("2.42.0+ds-5+b5", (2, 42, 0)),
        ("1:3.5-1", (3, 5)),
        ("0.28.1+ds-1", (0, 28, 1)),
        ("sid", None),
    ],
)
def test_the_upstream_version_is_read_from_debians(packaged: str, version: tuple[int, ...] | None) -> None:
    assert version_packaged(packaged) == version


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ((3, 5), True),
        ((3, 5, 0), True),
        ((3, 14, 1), True),
        ((3, 4, 9), False),
        ((4, 0, 0), False),
        (None, False),
    ],
)
def test_versions_from_3_5_and_before_4_will_do(version: tuple[int, ...] | None, *, fits: bool) -> None:
    assert TOOLS["promtool"].fits(version) is fits


def test_the_newest_version_that_will_do_is_chosen() -> None:
    offers = [Offer("promtool", version, "sid") for version in ("4.0.0-1", "3.6.0-1", "3.5.3-1", "2.53-1")]

    chosen = choose(TOOLS["promtool"], offers)

    assert chosen is not None
    assert chosen.version == "3.6.0-1"
    assert choose(TOOLS["promtool"], offers[-1:]) is None


def test_a_program_that_fails_or_is_not_there_has_no_version(tmp_path: Path) -> None:
    assert version_of(program(tmp_path / "good", "3.5.0")) == (3, 5, 0)
    assert version_of(program(tmp_path / "fails", "3.5.0", status=1)) is None
    assert version_of(tmp_path / "absent") is None


@pytest.mark.usefixtures("debian")
def test_a_program_on_path_that_fits_is_linked(tmp_path: Path, said: list[str]) -> None:
    on_path = program(tmp_path / "path/promtool", "3.7.1")

    found = bring("promtool", said.append, tmp_path / "bin")

    assert found.resolve() == on_path
    assert said == [f"promtool 3.7.1: {on_path}"]
    assert installed("promtool", tmp_path / "bin") == found


def test_what_is_there_already_is_kept(tmp_path: Path, debian: Debian, said: list[str]) -> None:
    there = program(tmp_path / "bin/promtool", "3.5.3")
    program(tmp_path / "path/promtool", "3.9.0")

    assert bring("promtool", said.append, tmp_path / "bin") == there
    assert not there.is_symlink()
    assert debian.suites == {}


def test_what_the_environment_names_goes_before_all_else(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: list[str],
) -> None:
    program(tmp_path / "bin/promtool", "3.5.3")
    mine = program(tmp_path / "mine/promtool-next", "3.9.0")
    monkeypatch.setenv("DVC_PROMTOOL", str(mine))

    assert bring("promtool", said.append, tmp_path / "bin").resolve() == mine


@pytest.mark.parametrize(
    ("version", "says"), [("2.42.0", "says it is version 2.42.0"), (None, "does not run")]
)
def test_what_the_environment_names_must_fit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: list[str],
    version: str | None,
    says: str,
) -> None:
    if version:
        program(tmp_path / "promtool", version)
    monkeypatch.setenv("DVC_PROMTOOL", str(tmp_path / "promtool"))

    with pytest.raises(
        ToolError, match=rf"DVC_PROMTOOL=.* {says}.*; it must be version 3\.5 or newer, before 4"
    ):
        bring("promtool", said.append, tmp_path / "bin")


def test_the_newest_suite_that_has_it_is_taken(tmp_path: Path, debian: Debian, said: list[str]) -> None:
    program(tmp_path / "path/promtool", "2.42.0")
    debian.suites = {
        "sid": {"promtool": ("3.6.0-1", {"promtool": "3.6.0"})},
        "testing": {"promtool": ("3.5.3-1", {"promtool": "3.5.3"})},
    }

    found = bring("promtool", said.append, tmp_path / "bin")

    assert version_of(found) == (3, 6, 0)
    assert not found.is_symlink()
    assert said[-1] == f"promtool: {found} (promtool 3.6.0-1, Debian sid from http://deb.example.test/debian)"


def test_the_older_package_that_holds_both_will_do_too(
    tmp_path: Path, debian: Debian, said: list[str]
) -> None:
    debian.suites = {"sid": {"prometheus": ("3.5.0-1", {"promtool": "3.5.0", "prometheus": "3.5.0"})}}

    assert version_of(bring("promtool", said.append, tmp_path / "bin")) == (3, 5, 0)


def test_every_way_that_failed_is_told_with_what_to_do(
    tmp_path: Path, debian: Debian, said: list[str]
) -> None:
    program(tmp_path / "path/promtool", "2.42.0")
    debian.suites = {
        # A build for a newer C library: it is there, and does not run here.
        "sid": {"promtool": ("3.6.0-1", {"promtool": "unknown"}), "prometheus": ("3.6.0-1", {})},
        "stable": {"prometheus": ("2.53.3+ds1-2", {"promtool": "2.53.3"})},
    }

    with pytest.raises(ToolError) as error:
        bring("promtool", said.append, tmp_path / "bin")

    where = "from http://deb.example.test/debian"
    assert str(error.value) == (
        "promtool (version 3.5 or newer, before 4) could not be had. Tried:\n"
        f"  - PATH: {tmp_path / 'path/promtool'} says it is version 2.42.0\n"
        f"  - Debian sid {where}: promtool 3.6.0-1 does not run on this machine\n"
        f"  - Debian sid {where}: prometheus 3.6.0-1 does not hold usr/bin/promtool\n"
        f"  - Debian testing {where}: no such suite\n"
        f"  - Debian stable {where}: package promtool: no such package\n"
        f"  - Debian stable {where}: package prometheus: 2.53.3+ds1-2\n"
        "Get it from prometheus.io and put it on PATH, or point to it: DVC_PROMTOOL=/path/to/promtool"
    )
    assert not (tmp_path / "bin/promtool").exists()


@pytest.mark.usefixtures("debian")
def test_a_machine_that_is_no_debian_says_so(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: list[str],
) -> None:
    def no_apt() -> list[Archive]:
        raise AptError("it is not a Debian system")

    monkeypatch.setattr(binaries, "machine_archives", no_apt)

    with pytest.raises(ToolError, match=r"- PATH: none there\n  - Debian: it is not a Debian system\n"):
        bring("promtool", said.append, tmp_path / "bin")


def test_a_tool_that_was_not_brought_is_an_error_that_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"promtool .* is not in .*: run `make tools`"):
        installed("promtool", tmp_path)


VERSIONS = {
    "alertmanager": "0.33.1",
    "amtool": "0.33.1",
    "docker-compose": "2.40.3",
    "prometheus": "3.5.0",
    "promtool": "3.5.0",
}


def test_the_command_prints_where_each_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in VERSIONS.items():
        monkeypatch.setenv(TOOLS[name].variable, str(program(tmp_path / name, version)))
    browser = str(program(tmp_path / "chromium", "156.0"))
    monkeypatch.setenv("DVC_CHROMIUM", browser)
    (tmp_path / "path").mkdir()
    analyser = str(program(tmp_path / "path/systemd-analyze", "252"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:{os.environ['PATH']}")

    result = CliRunner().invoke(main, ["--into", str(tmp_path / "bin")])

    assert result.exit_code == 0
    assert list(VERSIONS) == sorted(TOOLS)
    assert result.stdout == "".join(f"{tmp_path}/bin/{name}\n" for name in VERSIONS) + (
        f"{browser}\n{analyser}\n"
    )
    assert result.stderr.splitlines() == [
        *(f"{name} {version}: {tmp_path}/{name}" for name, version in VERSIONS.items()),
        f"chromium: {browser}",
        f"systemd-analyze: {analyser}",
    ]


def test_the_command_fails_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_PROMTOOL", str(tmp_path / "absent"))

    result = CliRunner().invoke(main, ["promtool"])

    assert result.exit_code == 1
    assert "Error: DVC_PROMTOOL=" in result.stderr


def test_one_package_gives_the_server_under_debians_name_and_its_checker(
    tmp_path: Path, debian: Debian, said: list[str]
) -> None:
    programs = {"prometheus-alertmanager": "0.33.1", "amtool": "0.33.1"}
    debian.suites = {"sid": {"prometheus-alertmanager": ("0.33.1-5", programs)}}

    server = bring("alertmanager", said.append, tmp_path / "bin")
    checker = bring("amtool", said.append, tmp_path / "bin")

    assert server == tmp_path / "bin/alertmanager"
    assert version_of(server) == version_of(checker) == (0, 33, 1)


def test_a_server_that_looks_for_its_own_files_finds_them_where_it_was_unpacked(
    tmp_path: Path, debian: Debian, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = TOOLS["alertmanager"].share
    unpacked = tmp_path / "package"
    server = program(unpacked / "usr/bin/prometheus-alertmanager", "0.33.1")
    server.write_text(server.read_text() + f"\nif [ -f {folder}/default.tmpl ]; then echo started; fi\n")
    server.write_text(server.read_text().replace("exit 0", ""))
    (unpacked / folder.lstrip("/")).mkdir(parents=True)
    (unpacked / folder.lstrip("/") / "default.tmpl").touch()
    debian.suites = {"sid": {"prometheus-alertmanager": ("0.33.1-5", {})}}
    monkeypatch.setattr(FakeApt, "unpack", lambda _apt, _offer: unpacked)

    target = bring("alertmanager", said.append, tmp_path / "bin")

    assert subprocess.run([target], capture_output=True, text=True, check=True).stdout == "started\n"


@pytest.mark.parametrize(
    ("version", "fits"), [((0, 33), True), ((0, 35, 0), True), ((0, 32, 9), False), ((1, 0), False)]
)
def test_alertmanagers_from_0_33_and_before_1_will_do(version: tuple[int, ...], *, fits: bool) -> None:
    assert TOOLS["alertmanager"].fits(version) is fits
    assert TOOLS["amtool"].fits(version) is fits


def test_the_real_ones_of_this_project_run(
    promtool: Path, prometheus: Path, alertmanager: Path, amtool: Path
) -> None:
    for binary in (promtool, prometheus, alertmanager, amtool):
        assert TOOLS[binary.name].fits(version_of(binary))

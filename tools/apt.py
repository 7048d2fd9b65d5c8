"""Fetches a Debian package without installing it: a private apt beside the machine's own.

Nothing of the system is changed and nobody needs to be root: lists, cache and configuration live
in a temporary folder. Signatures are checked as ever, with the machine's Debian keyring.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.sources import Archive, debian_archives

SUITES = ("sid", "testing", "stable")
"""Where to look for a package, the newest first."""
SECONDS = 600.0
"""How long one run of apt or dpkg may take."""
KEPT_SETTINGS = ("Acquire::http", "Acquire::https", "Acquire::ftp", "Acquire::Retries", "Acquire::Check-")
"""What a private apt takes over of the machine's settings: how the network is reached."""


class AptError(Exception):
    """The private apt could not do what was asked; the message says what it answered."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One version of a package that an archive has in a suite."""

    package: str
    version: str
    """As Debian writes it, like `3.5.3+ds1-6`."""
    suite: str


def machine_archives(etc: Path = Path("/etc")) -> Sequence[Archive]:
    """The Debian archives this machine is set up to use, the surest first; `etc` is its /etc.

    Raises AptError when the machine has no apt or no Debian archive among its sources.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise AptError("this machine has no apt-get and dpkg: it is not a Debian system")
    paths = [etc / "apt/sources.list", *sorted((etc / "apt/sources.list.d").glob("*"))]
    files = {
        path.name: path.read_text("utf-8", errors="replace")
        for path in paths
        if path.suffix in {".list", ".sources"} and path.is_file()
    }
    archives = debian_archives(files, codename(etc / "os-release"))
    if not archives:
        names = ", ".join(files) or "none at all"
        raise AptError(f"apt's source files name no Debian archive with component main (read: {names})")
    return archives


def codename(os_release: Path) -> str:
    """The machine's release, like `bookworm`; empty where its os-release file does not say."""
    if not os_release.is_file():
        return ""
    for line in os_release.read_text("utf-8").splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip("\"' ")
    return ""


def configuration(folder: Path, machine_settings: str) -> str:
    """apt.conf of a private apt in `folder`; `machine_settings` is what `apt-config dump` prints.

    The machine's own parts are not read: their hooks would act on the system after an update.
    """
    kept = [line for line in machine_settings.splitlines() if line.startswith(KEPT_SETTINGS)]
    return "\n".join(
        [
            f'Dir::State "{folder}/state";',
            f'Dir::State::status "{folder}/status";',
            f'Dir::Cache "{folder}/cache";',
            f'Dir::Etc::sourcelist "{folder}/none";',
            f'Dir::Etc::sourceparts "{folder}/sources.d";',
            f'Dir::Etc::main "{folder}/none";',
            f'Dir::Etc::parts "{folder}/parts";',
            f'Dir::Etc::preferences "{folder}/none";',
            f'Dir::Etc::preferencesparts "{folder}/parts";',
            'Acquire::Languages "none";',
            # Root's apt would fetch as user _apt, to whom this private folder is closed.
            'APT::Sandbox::User "root";',
            # A mirror that stands still (a snapshot) will do: what it has is signed by Debian all the
            # same, and the version is chosen here.
            'Acquire::Check-Valid-Until "false";',
            *kept,
            "",
        ],
    )


def source_file(archive: Archive, suite: str) -> str:
    """The deb822 source of one suite; signed as the machine expects it of that archive."""
    lines = ["Types: deb", f"URIs: {archive.uri}", f"Suites: {suite}", "Components: main"]
    if archive.signed_by is not None:
        lines.append(f"Signed-By: {archive.signed_by}")
    return "\n".join([*lines, ""])


def offers(madison: str, suite: str) -> Sequence[Offer]:
    """What `apt-cache madison` prints (`package | version | source`), the newest first."""
    rows = [[cell.strip() for cell in line.split("|")] for line in madison.splitlines() if "|" in line]
    return [Offer(package=row[0], version=row[1], suite=suite) for row in rows if "Sources" not in row[-1]]


class PrivateApt:
    """apt for one suite of one archive, in a folder of its own."""

    def __init__(self, folder: Path, suite: str) -> None:
        self.folder = folder
        self.suite = suite

    def offers(self, package: str) -> Sequence[Offer]:
        """The versions of a package that the suite has, the newest first. Raises AptError."""
        return offers(self.run("apt-cache", "madison", package), self.suite)

    def unpack(self, offer: Offer) -> Path:
        """Downloads a package and unpacks it; gives the folder its files are in. Raises AptError."""
        self.run("apt-get", "download", f"{offer.package}={offer.version}")
        (archive,) = self.folder.glob(f"{offer.package}_*.deb")
        unpacked = self.folder / f"{offer.package}.unpacked"
        self.run("dpkg", "-x", str(archive), str(unpacked))
        return unpacked

    def run(self, *command: str) -> str:
        """What a command prints. Raises AptError with its last words when it fails."""
        environment = os.environ | {"APT_CONFIG": str(self.folder / "apt.conf"), "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AptError(str(error)) from error
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.strip()][-3:]
            raise AptError(f"`{' '.join(command[:2])}` failed: {' / '.join(said) or done.returncode}")
        return done.stdout


@contextmanager
def private_apt(archive: Archive, suite: str) -> Iterator[PrivateApt]:
    """An apt that knows only this suite, with fresh lists; its folder goes when it is left.

    Raises AptError when the lists cannot be had or their signature is not valid.
    """
    with tempfile.TemporaryDirectory(prefix="apt-") as name:
        folder = Path(name)
        for part in ("state/lists/partial", "cache/archives/partial", "sources.d", "parts"):
            (folder / part).mkdir(parents=True)
        (folder / "status").touch()
        (folder / "sources.d/archive.sources").write_text(source_file(archive, suite), "utf-8")
        apt = PrivateApt(folder, suite)
        # Without an apt.conf of its own yet, this prints the machine's settings.
        (folder / "apt.conf").touch()
        (folder / "apt.conf").write_text(configuration(folder, apt.run("apt-config", "dump")), "utf-8")
        # Fails when the suite cannot be had; without this, apt goes on with what it has: nothing.
        apt.run("apt-get", "update", "--error-on=any")
        yield apt

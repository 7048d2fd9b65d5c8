"""The servers and checkers that tests run for real: where each is found, and in what version.

All of them end up in `.tools/bin`, whoever they come from; tests look only there. A further one is
one line in TOOLS.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import relocate
from tools.apt import SUITES, AptError, Offer, PrivateApt, machine_archives, private_apt
from tools.relocate import RelocationError
from tools.sources import Archive

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".tools/bin"
SECONDS = 60.0
"""How long a tool may take to say its version."""

Version = tuple[int, ...]
Say = Callable[[str], None]


class ToolError(Exception):
    """A tool is not to be had; the message says what was tried and what to do."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that tests need, and the versions that will do."""

    name: str
    packages: tuple[str, ...]
    """Debian packages that may hold it, as `usr/bin/<file>`, in the order to try."""
    since: Version
    before: Version
    file: str = ""
    """Its file in the package where that is not its name."""
    share: str = ""
    """The folder of its own files that is compiled into Debian's build, where it does not start without."""

    @property
    def member(self) -> Path:
        """Where it lies in its package."""
        return Path("usr/bin", self.file or self.name)

    @property
    def variable(self) -> str:
        """The environment variable that points to one."""
        return f"DVC_{self.name.upper().replace('-', '_')}"

    @property
    def wanted(self) -> str:
        """The versions that will do, for people."""
        return f"version {_dotted(self.since)} or newer, before {_dotted(self.before)}"

    def fits(self, version: Version | None) -> bool:
        """Whether a version will do."""
        return version is not None and self.since <= version < self.before


TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for tool in (
        # Debian's package prometheus held promtool until they became two, with version 3.
        Tool("promtool", ("promtool", "prometheus"), since=(3, 5), before=(4,)),
        Tool("prometheus", ("prometheus",), since=(3, 5), before=(4,)),
        # Event recorder, and matchers as the generated configuration writes them, since 0.33.
        Tool(
            "alertmanager",
            ("prometheus-alertmanager",),
            since=(0, 33),
            before=(1,),
            file="prometheus-alertmanager",
            share="/usr/share/prometheus/alertmanager",
        ),
        Tool("amtool", ("prometheus-alertmanager",), since=(0, 33), before=(1,)),
        # Reads docker-compose.yml; needs no Docker for that.
        Tool("docker-compose", ("docker-compose",), since=(2, 30), before=(6,)),
    )
}


def _dotted(version: Version) -> str:
    return ".".join(str(part) for part in version)


def version_said(output: str) -> Version | None:
    """The version in what `--version` prints, like `promtool, version 3.5.3+ds1 (branch: …)`."""
    found = re.search(r"\bversion v?(\d+(?:\.\d+)+)", output)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def version_packaged(version: str) -> Version | None:
    """The upstream version in a Debian one, like (3, 5, 3) in `1:3.5.3+ds1-6`."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def version_of(binary: Path) -> Version | None:
    """The version a program says it has; None when it does not run here or says none."""
    try:
        done = subprocess.run(
            [binary, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    # promtool and prometheus have been seen to say it on either.
    return version_said(done.stdout + done.stderr) if done.returncode == 0 else None


def installed(name: str, folder: Path = BIN) -> Path:
    """The tool in the project's folder. Raises ToolError when it is not there or does not fit."""
    tool = TOOLS[name]
    binary = folder / name
    if not tool.fits(version_of(binary)):
        raise ToolError(f"{name} ({tool.wanted}) is not in {folder}: run `make tools`, which brings it")
    return binary


def bring(name: str, say: Say, folder: Path = BIN) -> Path:
    """Sees to it that a tool is in the project's folder, and says where it came from.

    In this order: what its environment variable points to, what is there already, what PATH has,
    Debian's package. Raises ToolError with all that was tried.
    """
    tool = TOOLS[name]
    target = folder / name
    tried: list[str] = []
    found = _chosen(tool) or _fitting(tool, target) or _on_path(tool, tried)
    if found:
        if found.binary != target:
            _link(found.binary, target)
        say(f"{name} {_dotted(found.version)}: {found.binary}")
        return target
    say(f"{name}: looking in Debian's archive")
    source = _from_debian(tool, target, tried)
    if source is None:
        raise ToolError(_advice(tool, tried))
    say(f"{name}: {target} ({source})")
    return target


@dataclass(frozen=True, slots=True)
class _Found:
    binary: Path
    version: Version


def _fitting(tool: Tool, binary: Path) -> _Found | None:
    version = version_of(binary)
    return _Found(binary, version) if version and tool.fits(version) else None


def _chosen(tool: Tool) -> _Found | None:
    """What its environment variable points to; whoever sets it means it, so it must fit."""
    binary = os.environ.get(tool.variable)
    if not binary:
        return None
    found = _fitting(tool, Path(binary).absolute())
    if not found:
        raise ToolError(f"{tool.variable}={binary} {_says(Path(binary))}; it must be {tool.wanted}")
    return found


def _on_path(tool: Tool, tried: list[str]) -> _Found | None:
    binary = shutil.which(tool.name)
    if binary is None:
        tried.append("PATH: none there")
        return None
    found = _fitting(tool, Path(binary).absolute())
    if not found:
        tried.append(f"PATH: {binary} {_says(Path(binary))}")
    return found


def _says(binary: Path) -> str:
    version = version_of(binary)
    return f"says it is version {_dotted(version)}" if version else "does not run, or says no version"


def _advice(tool: Tool, tried: Sequence[str]) -> str:
    lines = "".join(f"\n  - {line}" for line in tried)
    return (
        f"{tool.name} ({tool.wanted}) could not be had. Tried:{lines}\n"
        f"Get it from prometheus.io and put it on PATH, or point to it: {tool.variable}=/path/to/{tool.name}"
    )


def _link(binary: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.symlink_to(binary.resolve())


def _from_debian(tool: Tool, target: Path, tried: list[str]) -> str | None:
    """Puts Debian's build at `target` and says which; None, and why in `tried`, when there is none."""
    try:
        archives = machine_archives()
    except AptError as error:
        tried.append(f"Debian: {error}")
        return None
    for archive, suite in ((archive, suite) for archive in archives for suite in SUITES):
        where = f"Debian {suite} from {archive.uri}"
        try:
            with private_apt(archive, suite) as apt:
                for offer, binary in _candidates(tool, apt, archive, tried):
                    version = version_of(binary)
                    if tool.fits(version):
                        _place(tool, binary, target)
                        return f"{offer.package} {offer.version}, {where}"
                    tried.append(f"{where}: {offer.package} {offer.version} does not run on this machine")
        except (AptError, RelocationError) as error:
            tried.append(f"{where}: {error}")
    return None


def _candidates(
    tool: Tool,
    apt: PrivateApt,
    archive: Archive,
    tried: list[str],
) -> Iterator[tuple[Offer, Path]]:
    """The tool out of every package of the suite that fits and holds it, unpacked."""
    for package in tool.packages:
        where = f"Debian {apt.suite} from {archive.uri}"
        found = apt.offers(package)
        fitting = choose(tool, found)
        if fitting is None:
            has = ", ".join(offer.version for offer in found) or "no such package"
            tried.append(f"{where}: package {package}: {has}")
            continue
        binary = apt.unpack(fitting) / tool.member
        if binary.is_file():
            yield fitting, binary
        else:
            tried.append(f"{where}: {package} {fitting.version} does not hold {tool.member}")


def choose(tool: Tool, found: Sequence[Offer]) -> Offer | None:
    """The newest version that will do; None when none does. `found` has the newest first."""
    return next((offer for offer in found if tool.fits(version_packaged(offer.version))), None)


def _place(tool: Tool, binary: Path, target: Path) -> None:
    """Copies it beside its place first, so that what stands there is always whole."""
    if tool.share and tool.share.encode() in binary.read_bytes():
        unpacked = binary.parents[len(tool.member.parts) - 1]
        relocate.place(binary, unpacked / tool.share.lstrip("/"), tool.share, target)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = target.with_name(f"{target.name}.new")
    shutil.copy2(binary, whole)
    whole.replace(target)

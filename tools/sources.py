"""Reads where this machine gets Debian packages from: apt's one-line and deb822 source files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

RELEASES = ("stable", "oldstable", "testing", "unstable", "sid")
"""What Debian calls its releases beside their code names."""
DEBIAN_KEYRING = "debian-archive"
"""How the names of Debian's own keyrings begin."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A Debian archive as the machine is set up to use it."""

    uri: str
    signed_by: str | None = None
    """A keyring's path, or an embedded key as it stands in the file; None: the machine's trusted keys."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a source file: where packages come from, for which suites and components."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str | None


def one_line_entries(text: str) -> Iterator[Entry]:
    """The `deb` lines of a `.list` file: `deb [option=value ...] uri suite component ...`."""
    for line in text.splitlines():
        found = re.match(r"\s*deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<rest>[^#]+)", line)
        if not found:
            continue
        uri, *suite_and_components = found["rest"].split()
        options = dict(option.split("=", 1) for option in (found["options"] or "").split() if "=" in option)
        yield Entry(
            (uri,),
            tuple(suite_and_components[:1]),
            tuple(suite_and_components[1:]),
            options.get("signed-by"),
        )


def deb822_entries(text: str) -> Iterator[Entry]:
    """The enabled `deb` stanzas of a `.sources` file."""
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        yield Entry(
            tuple(fields.get("uris", "").split()),
            tuple(fields.get("suites", "").split()),
            tuple(fields.get("components", "").split()),
            fields.get("signed-by") or None,
        )


def _fields(stanza: str) -> Mapping[str, str]:
    """Field names in lower case; lines that continue a value stay in it as they stand."""
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in {" ", "\t"} and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def entries(files: Mapping[str, str]) -> Iterator[Entry]:
    """All entries of source files, given by name (its ending tells the format) with their text."""
    for name, text in files.items():
        yield from deb822_entries(text) if name.endswith(".sources") else one_line_entries(text)


def debian_archives(files: Mapping[str, str], codename: str) -> Sequence[Archive]:
    """The Debian archives among the machine's sources, the surest first.

    `codename` is the machine's release. An archive counts when it gives that release (or one named
    by its role) from component `main`; update, security and backports suites live elsewhere or
    are parts of it. Third parties use the same words, so what Debian's own keyring signs comes
    first, then what the machine's trusted keys sign, then the rest (a mirror that signs anew).
    """
    found: dict[Archive, int] = {}
    for entry in entries(files):
        if "main" not in entry.components or not {codename, *RELEASES} & set(entry.suites):
            continue
        rank = 1 if entry.signed_by is None else 0 if DEBIAN_KEYRING in entry.signed_by else 2
        for uri in entry.uris:
            if not uri.startswith("cdrom:"):
                found.setdefault(Archive(uri, entry.signed_by), rank)
    return sorted(found, key=lambda archive: found[archive])

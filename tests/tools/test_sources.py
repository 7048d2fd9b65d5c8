from __future__ import annotations

import pytest

from tools.sources import Archive, Entry, deb822_entries, debian_archives, one_line_entries

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def test_one_line_entries_are_read_with_their_options() -> None:
    text = f"""\
# deb http://old.example.test/debian bookworm main
deb [ arch=amd64 signed-by={KEYRING} ] http://deb.example.test/debian bookworm main contrib # ours
  deb http://second.example.test/debian/ bookworm-updates main
deb-src http://deb.example.test/debian bookworm main
deb [trusted=yes] mirror+file:/etc/apt/mirrors/debian.list bookworm main

nonsense
"""

    assert list(one_line_entries(text)) == [
        Entry(("http://deb.example.test/debian",), ("bookworm",), ("main", "contrib"), KEYRING),
        Entry(("http://second.example.test/debian/",), ("bookworm-updates",), ("main",), None),
        Entry(("mirror+file:/etc/apt/mirrors/debian.list",), ("bookworm",), ("main",), None),
    ]


def test_deb822_stanzas_are_read_with_comments_lists_and_keys() -> None:
    text = f"""\
Types: deb deb-src
# a comment between the fields
a line that is no field
URIs: http://deb.example.test/debian
  http://second.example.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: {KEYRING}

Types: deb
URIs: http://off.example.test/debian
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://sources.example.test/debian
Suites: bookworm
Components: main

types: deb
uris: http://embedded.example.test/debian
suites: bookworm
components: main
signed-by:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS/xcRfwEQWzr
 -----END PGP PUBLIC KEY BLOCK-----
"""

    first, last = deb822_entries(text)

    assert first == Entry(
        ("http://deb.example.test/debian", "http://second.example.test/debian"),
        ("bookworm", "bookworm-updates"),
        ("main",),
        KEYRING,
    )
    assert last.uris == ("http://embedded.example.test/debian",)
    assert last.signed_by is not None
    assert last.signed_by.startswith("\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDME")


def test_the_archive_is_the_one_that_gives_the_release_and_not_a_third_party_or_a_part_of_it() -> None:
    files = {
        "docker.list": "deb [signed-by=/k/docker.asc] https://docker.example.test/debian bookworm stable",
        "postgres.list": "deb https://postgres.example.test/pub/repos/apt bookworm-pgdg main",
        "sources.list": "deb cdrom:[Debian GNU/Linux 12.0.0 _Bookworm_ - Official]/ bookworm main\n",
        "disc.list": "deb cdrom:[Debian]/ bookworm main",
        "debian.sources": f"""\
Types: deb
URIs: http://deb.example.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: {KEYRING}

Types: deb
URIs: http://deb.example.test/debian-security
Suites: bookworm-security
Components: main
Signed-By: {KEYRING}
""",
    }

    assert debian_archives(files, "bookworm") == [Archive("http://deb.example.test/debian", KEYRING)]


def test_what_debians_own_keyring_signs_comes_first_and_what_somebody_else_signs_last() -> None:
    files = {
        "a.list": "deb [signed-by=/k/hashicorp.gpg] https://vendor.example.test bookworm main",
        "b.list": "deb http://plain.example.test/debian bookworm main",
        "c.list": f"deb [signed-by={KEYRING}] http://deb.example.test/debian bookworm main",
    }

    found = [archive.uri for archive in debian_archives(files, "bookworm")]

    assert found == [
        "http://deb.example.test/debian",
        "http://plain.example.test/debian",
        "https://vendor.example.test",
    ]


@pytest.mark.parametrize("suite", ["trixie", "stable", "testing", "sid"])
def test_a_release_may_be_named_by_its_role(suite: str) -> None:
    files = {"sources.list": f"deb http://deb.example.test/debian {suite} main"}

    assert debian_archives(files, "trixie") == [Archive("http://deb.example.test/debian")]


def test_an_archive_named_twice_is_tried_once() -> None:
    line = "deb http://deb.example.test/debian bookworm main\n"

    assert len(debian_archives({"sources.list": line * 2}, "bookworm")) == 1

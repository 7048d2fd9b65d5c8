"""No file of the repository holds a secret: keys, tokens, passwords in addresses or in settings.

Patterns of our own rather than a scanner's: the repository holds thousands of hashes (pins, golden files),
which scanners by entropy report, and its own secrets have a few known shapes.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHAPES = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}"),
    "token of a service": re.compile(
        r"\b(?:ghp_[A-Za-z0-9]{36}|github_pat_\w{40,}|glpat-[\w-]{20}|AKIA[0-9A-Z]{16}|xox[bap]-[\w-]{20,}"
        r"|glsa_\w{30,}|pypi-[\w-]{50,})"
    ),
    "password in an address": re.compile(
        r"\b[a-z][a-z0-9+]*://[^\s/:@\"'<>{}$]+:[^\s/@\"'<>{}$]{6,}@[a-z0-9]"
    ),
    "password in a setting": re.compile(
        r"^\s*-?\s*(?!configSecret\b)[\w.-]*(?:password|passwd|secret|api_key|auth_token)\s*[:=]\s*['\"]?[^\s'\"$<{/#][^\s'\"]{5,}",
        re.IGNORECASE | re.MULTILINE,
    ),
}
SETTINGS = {".yaml", ".yml", ".env", ".ini", ".toml", ".example", ".conf", ".cfg", ".sh"}
"""Where a line `password: …` is a setting; in code it is an assignment from somewhere."""


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def found(text: str, suffix: str) -> list[str]:
    return [
        name
        for name, shape in SHAPES.items()
        if (name != "password in a setting" or suffix in SETTINGS) and shape.search(text)
    ]


@pytest.mark.parametrize(
    ("text", "suffix", "named"),
    [
        ("-----BEGIN PRIVATE " + "KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ", ".pem", "private key"),
        ("x = 'ghp" + "_0123456789abcdefghijABCDEFGHIJ012345'", ".py", "token of a service"),
        ("https://user:hunter" + "2@mail.thaibinh.gov.vn/", ".md", "password in an address"),
        ("smtp_auth_pass" + "word: hunter2hunter2", ".yml", "password in a setting"),
        ("GF_SECURITY_ADMIN_PASS" + "WORD=hunter2hunter2", ".env", "password in a setting"),
    ],
)
def test_a_secret_is_recognised(text: str, suffix: str, named: str) -> None:
    assert found(text, suffix) == [named]


@pytest.mark.parametrize(
    "text",
    [
        "password_file: /etc/dvc-monitor/smtp-password",
        "GF_SECURITY_ADMIN_PASSWORD__FILE: /run/secrets/dvc/admin-password",
        "password: ${FROM_ELSEWHERE}",
        "configSecret: dvc-alertmanager-config",  # Kubernetes: the name of a Secret
    ],
)
def test_the_name_of_a_file_or_of_a_secret_is_none(text: str) -> None:
    assert found(text, ".yml") == []


def test_no_file_holds_a_secret() -> None:
    held = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in tracked()
        for name in found(path.read_text("utf-8", errors="replace"), path.suffix)
    }

    assert held == set()
    assert len(tracked()) > 100


def test_what_is_private_is_ignored_and_never_reaches_a_builder() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    builder = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert {"/secrets/", "/.env", "/config/contacts.yaml"} <= set(ignored)
    assert "*" in builder
    assert not {"!config", "!secrets", "!var", "!.env"} & set(builder)

"""constraints.txt holds what pyproject.toml asks for, pinned and hashed, and no index address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(?P<version>[^\s;]+)(?P<marker> ;[^\\]+)? \\\n"
    r"(?P<hashes>(?:    --hash.+\n)+)"
)


def pins(text: str) -> dict[str, tuple[Version, int]]:
    """Version and number of hashes of every pinned package, by name."""
    return {
        found["name"]: (Version(found["version"]), found["hashes"].count("--hash=sha256:"))
        for found in re.finditer(PIN.pattern, text, re.MULTILINE)
    }


def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    texts = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    return [Requirement(text) for text in texts]


@pytest.fixture(scope="module")
def constraints() -> str:
    return (ROOT / "constraints.txt").read_text("utf-8")


@pytest.mark.parametrize("requirement", wanted(), ids=str)
def test_every_requirement_is_pinned_to_a_version_that_satisfies_it(
    requirement: Requirement,
    constraints: str,
) -> None:
    version, hashes = pins(constraints)[requirement.name]

    assert requirement.specifier.contains(version)
    assert hashes >= 1


def test_every_line_is_a_pin_a_hash_or_a_comment(constraints: str) -> None:
    names = [re.split(r"==|\[", line)[0] for line in constraints.splitlines() if line and line[0] not in " #"]

    assert sorted(pins(constraints)) == sorted(names)


def test_the_grafana_sdk_is_pinned_exactly_against_its_version_epochs(constraints: str) -> None:
    requirement = next(entry for entry in wanted() if entry.name == "grafana-foundation-sdk")

    assert str(requirement.specifier) == "==0.0.21"
    assert pins(constraints)["grafana-foundation-sdk"][0] == Version("0.0.21")


def test_no_index_address_is_named(constraints: str) -> None:
    assert not re.findall(r"://|--(?:extra-)?index|--find-links|-i ", constraints)


def test_the_image_gets_what_operation_needs_in_the_same_versions(constraints: str) -> None:
    runtime = (ROOT / "constraints-runtime.txt").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    whole, needed = pins(constraints), pins(runtime)

    assert needed
    assert {name: pin for name, pin in needed.items() if whole[name] != pin} == {}
    assert {Requirement(text).name for text in project["dependencies"]} <= set(needed)
    assert not {"pytest", "ruff", "playwright", "aiosmtpd"} & set(needed)
    assert not re.findall(r"://|--(?:extra-)?index|--find-links|-i ", runtime)

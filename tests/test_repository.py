"""Rules that hold for the repository as a whole: its layering, its sizes, what no file may name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("exporter", "demo", "tools", "bench", "alerts", "dashboards", "deploy")
MADE_HERE = {
    ".git",
    ".venv",
    ".tools",
    "var",
    "build",
    "dist",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}
"""Folders that no checkout has."""
LONGEST = 300
"""Lines of a module."""


def files(folder: Path = ROOT) -> Iterator[Path]:
    """Every file of the checkout."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name not in MADE_HERE and not path.name.endswith(".egg-info"):
                yield from files(path)
        elif not path.name.startswith(".coverage"):
            yield path


def modules(package: str) -> dict[str, Path]:
    """The modules of a package by dotted name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(source: str, known: Iterable[str] = ()) -> set[str]:
    """What a module imports, by dotted name; `from a import b` is a.b where that is a known module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            inner = names & set(known)
            found |= inner | ({node.module} if names - inner else set())
    return found


def top_level(names: Iterable[str]) -> set[str]:
    """The packages that dotted names are of."""
    return {name.partition(".")[0] for name in names}


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Nodes of one cycle of a graph; empty when it has none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


# What no file may name. The patterns are put together here, so that this file does not name them either.
REGISTRY = re.compile(
    "|".join((r"pypi\." + "org", "python" + r"hosted\.", r"registry\." + "npmjs", r"deb\." + "debian"))
)
MACHINE = re.compile(r"(?<![\w.~-])/(?:" + "root|home|work" + r")(?:/|\b)(?![-\w])")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("see /ro" + "ot/x", True),
        ('open("/wo' + 'rk/shared")', True),
        ("cd /ho" + "me/me", True),
        ("https://example.test/ho" + "me", False),
        ("/ho" + "mepage", False),
        ("~/work", False),
    ],
)
def test_a_path_of_a_machine_is_recognised(text: str, *, named: bool) -> None:
    assert bool(MACHINE.search(text)) is named


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE], ids=["package registry", "path of a machine"])
def test_no_file_names_what_is_only_true_elsewhere(pattern: re.Pattern[str]) -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]

    assert named == []


def test_modules_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for package in PACKAGES
        for path in modules(package).values()
    }

    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


@pytest.mark.parametrize(
    ("package", "may_not_import"),
    [
        ("exporter", {"alerts", "dashboards", "demo", "tools", "bench", "tests"}),
        ("alerts", {"demo", "dashboards", "bench", "tests"}),
        ("dashboards", {"demo", "bench", "tests"}),  # they ask for what `alerts.rulebook` records
        ("tools", {"demo", "bench", "tests", "dashboards"}),
        ("bench", {"demo", "dashboards"}),  # it measures the snapshots that tests are made with
        ("demo", {"bench", "tests", "alerts", "dashboards"}),
        ("deploy", {"demo", "tools", "bench", "tests", "dashboards"}),  # it runs where only operation is
    ],
)
def test_imports_go_only_where_the_layers_allow(package: str, may_not_import: set[str]) -> None:
    wrong = {
        name: sorted(found)
        for name, path in modules(package).items()
        if (found := top_level(imports(path.read_text("utf-8"))) & may_not_import)
    }

    assert wrong == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    known = modules(package)
    graph = {name: imports(path.read_text("utf-8"), known) & set(known) for name, path in known.items()}

    assert cycle(graph) == []


def test_a_circle_is_recognised() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})
    assert cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_an_imported_module_is_told_from_an_imported_name() -> None:
    source = "import a.b\nfrom a import c, D\nfrom e import F\n"

    assert imports(source, known={"a.c"}) == {"a.b", "a.c", "a", "e"}

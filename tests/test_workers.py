from __future__ import annotations

from pathlib import Path

import pytest

from tests.workers import FIRST, TOGETHER, URGENT, together

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("tests/endtoend/test_mails.py::test_a[x::y]", "tests/endtoend"),
        ("tests/endtoend/test_what_comes_next.py::test_a", "tests/endtoend"),
        ("tests/web/test_app.py::test_a", "tests/web/test_app.py"),
        ("tests/web/test_app.py::TestIt::test_a", "tests/web/test_app.py"),
    ],
)
def test_a_file_stays_together_and_so_do_folders_that_share_fixtures(test: str, name: str) -> None:
    assert together(test) == name


@pytest.mark.parametrize("name", [*FIRST, *TOGETHER, *URGENT])
def test_what_is_named_is_there(name: str) -> None:
    assert (ROOT / name).exists()
    assert together(f"{name}/test_x.py::test_a" if name in TOGETHER else f"{name}::test_a") == name

"""The stories that go on beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.endtoend.stories import Telling, new_year, night


@dataclass(frozen=True)
class Stories:
    """What will have been told."""

    night: Telling
    new_year: Telling


@pytest.fixture(scope="session")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stories]:
    """Both, begun at once."""
    folder = tmp_path_factory.mktemp("stories")
    with ThreadPoolExecutor(2) as pool:
        yield Stories(
            pool.submit(night, folder / "night"),
            pool.submit(new_year, folder / "new-year"),
        )

"""The browser of the wall's tests. One per module: while Playwright runs, no other test can run a loop."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.wall_driver import Site, chromium, real_snapshot, wall_site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def site() -> Iterator[Site]:
    """The real units with invented figures."""
    with wall_site(real_snapshot()) as found:
        yield found

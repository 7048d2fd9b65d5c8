"""A stage with a year of history, made once for the one module that asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dashboards.stage.pictures import past_of
from dashboards.stage.stage import Stage, make_past, standing
from tests.dashboards.boards import inputs

YEAR_DAYS = 364
"""From 1 January 2024, told, to the day below."""
TOLD = date(2024, 12, 30)


@pytest.fixture(scope="module")  # one module asks; its servers would use the processor until the last test
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    work = Path(tmp_path_factory.mktemp("stage"))
    past = past_of(inputs(), YEAR_DAYS, TOLD)
    with pytest.MonkeyPatch.context() as patch:
        # Counting makes a year, and what serves it, three times as dear; their own tests are counted.
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        data = make_past(past, inputs(), work)
        with standing(inputs(), past, data, work) as standing_stage:
            yield standing_stage

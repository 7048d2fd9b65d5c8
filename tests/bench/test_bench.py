"""The benchmark measures what it says, at a size that takes no time."""

from __future__ import annotations

import sys

import pytest

from bench.scrapes import Timing, compare
from bench.secured import secured
from bench.stages import stages


def test_both_servers_hold_the_same_series() -> None:
    found = compare(communes=4, rounds=2, ours_per_round=3)
    assert len(found.ours.seconds) == 6
    assert len(found.library.seconds) == 2
    assert found.series > 1_000
    assert found.ratio(0.5) > 1
    assert found.ours_rss > 1e6


def test_percentiles() -> None:
    timing = Timing([float(n) for n in range(1, 101)])
    assert [timing.percentile(share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]


def test_stages_take_time() -> None:
    assert [stage.seconds > 0 for stage in stages(communes=4, times=1)] == [True] * 3


def test_a_server_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(ValueError, match="the server did not start"):
        compare(communes=4, rounds=1, ours_per_round=1)


def test_what_tls_and_a_password_cost_is_measured_on_the_same_series() -> None:
    found = secured(communes=1, rounds=2)

    assert len(found.series) == 4
    assert all(len(timing.seconds) == 2 for timing in found.series.values())
    assert found.ratio("plain, new connection", 0.5) == 1
    assert found.first_seconds > 0

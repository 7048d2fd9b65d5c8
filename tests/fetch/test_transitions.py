from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from exporter.clock import PROVINCE_TIME
from exporter.fetch.transitions import Transitions

NOON = datetime(2024, 9, 16, 12, tzinfo=PROVINCE_TIME)


def test_a_source_is_logged_once_when_it_goes_and_once_when_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    transitions = Transitions()
    transitions.succeeded("a", NOON)
    transitions.failed("a", "timeout", "slow\nportal http://h/?token=x", NOON)
    assert transitions.down_since("a") == NOON
    transitions.failed("a", "connection", "refused", NOON + timedelta(minutes=1))
    transitions.failed("b", "tls", "expired", NOON)
    transitions.succeeded("a", NOON + timedelta(days=1, minutes=5, seconds=7.4))
    transitions.succeeded("a", NOON + timedelta(days=2))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "source a is down: timeout: slow\\nportal http://h/?token=***"),
        ("WARNING", "source b is down: tls: expired"),
        ("INFO", "source a is back after 1 day, 0:05:07"),
    ]
    assert transitions.down_since("a") is None


def test_it_can_go_down_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    transitions = Transitions(logging.getLogger("given"))
    for _ in range(2):
        transitions.failed("a", "timeout", "slow", NOON)
        transitions.succeeded("a", NOON)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"] * 2
    assert {record.name for record in caplog.records} == {"given"}

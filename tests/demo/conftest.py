"""The simulated portal for its own tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from demo.figures import Simulation
from demo.portal import TARGETS, DemoPortal
from demo.site import Site
from exporter.clock import FixedClock
from exporter.config.decision_file import load_decision
from exporter.decision import Decision
from tests.demo.demo_site import NOW


@pytest.fixture(scope="session")
def decision() -> Decision:
    return load_decision(TARGETS)


@pytest.fixture(scope="session")
def simulation(decision: Decision) -> Simulation:
    """Pure, so one for all: what it computed once it knows."""
    return Simulation(decision, 805)


@pytest.fixture
def site(simulation: Simulation) -> Site:
    return Site(simulation, FixedClock(NOW))


@pytest.fixture(scope="session")
def running(decision: Decision) -> Iterator[DemoPortal]:
    with DemoPortal(decision=decision, date=date(2024, 9, 16)) as portal:
        yield portal


@pytest.fixture
def portal(running: DemoPortal) -> Iterator[DemoPortal]:
    yield running
    running.clear()
    running.set_date(date(2024, 9, 16))

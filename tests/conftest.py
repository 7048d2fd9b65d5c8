"""What tests of every part share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.workers import Shares, give_way
from tools.binaries import installed

# How long one example takes says something of the machine, not of the code.
settings.register_profile("here", deadline=None, print_blob=True)
settings.load_profile("here")


@pytest.hookimpl(optionalhook=True)  # nobody asks where xdist is switched off
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shares:
    """Whatever `--dist` says: what stays together does so always."""
    return Shares(config, log)


@pytest.hookimpl(tryfirst=True)  # before fixtures start servers
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is urgent has the processor first."""
    give_way(item.nodeid)


@pytest.fixture(scope="session")
def promtool() -> Path:
    """promtool 3.5 or newer, as `make tools` brought it; its absence is an error, never a skip."""
    return installed("promtool")


@pytest.fixture(scope="session")
def prometheus() -> Path:
    """A Prometheus server 3.5 or newer, as `make tools` brought it; its absence is an error too."""
    return installed("prometheus")


@pytest.fixture(scope="session")
def alertmanager() -> Path:
    """An Alertmanager 0.33 or newer, as `make tools` brought it; its absence is an error too."""
    return installed("alertmanager")


@pytest.fixture(scope="session")
def amtool() -> Path:
    """The checker that goes with it."""
    return installed("amtool")

"""Two stories that take their time, told while the long one of test_mails.py goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alerts.alertmanager.calendar import load_calendar
from exporter.clock import PROVINCE_TIME, Clock
from tests.stack import Stack, eventually, stack, working_today
from tools.postbox import Letter

UNIT, INDICATOR = "so-y-te", "online_payment"
YEARLY = 'count(dvc_indicator_ratio{period="year"})'
Story = Callable[[Path], "Told"]
LATEST = 25
"""The second of a minute until which what ends with the next minute may begin."""
LAST_HOURS = timedelta(seconds=120)
"""Of the old year, told in short: the servers start and a head is told, however busy the machine is."""


@dataclass(frozen=True)
class Told:
    """What a head was told: before, while nobody is written to (or in the old year), and after."""

    before: Sequence[Letter]
    meanwhile: Sequence[Letter]
    after: Sequence[Letter]


Telling = Future[Told]


def night(folder: Path) -> Told:
    """A unit recovers while no mails go out, and its head is written to in the next hour that they do."""
    with stack(folder, calendar=working_today(load_calendar())) as here:
        fall(here)
        before = here.to_heads()
        # Alertmanager begins anew with its timers: it looks at a unit when its alerts have come, and a
        # minute later again. That minute is the hour in which mails go out; when all this begins early in
        # a minute, there is time on either side of that look, also on a busy machine.
        now = datetime.now(PROVINCE_TIME)
        if now.second > LATEST:
            time.sleep(60 - now.second)
            now = datetime.now(PROVINCE_TIME)
        morning = (now + timedelta(minutes=1)).replace(second=0, microsecond=0)
        here.write_only_in(f"{morning:%H:%M}-{morning + timedelta(minutes=1):%H:%M}")
        here.portal.let_in("met", UNIT, INDICATOR)
        eventually(lambda: here.firing("DvcUnitBackOnTarget", unit=UNIT), "it has recovered", seconds=45)
        meanwhile = here.to_heads()[len(before) :]
        left = (morning + timedelta(seconds=66) - datetime.now(PROVINCE_TIME)).total_seconds()
        time.sleep(max(left, 0))
        return Told(before, meanwhile, here.to_heads()[len(before) + len(meanwhile) :])


def new_year(folder: Path) -> Told:
    """A unit is below its target when the year ends; its figures are gone at midnight."""
    midnight = datetime(2025, 1, 1, tzinfo=PROVINCE_TIME)
    begins = midnight - LAST_HOURS
    clock = Clock((begins - datetime.now(PROVINCE_TIME)).total_seconds())
    with stack(folder, clock=clock) as here:
        fall(here)
        before = here.to_heads()
        left = (midnight - clock.now()).total_seconds()
        assert left > 0, "the machine was too slow for a story that ends at midnight"
        time.sleep(left)
        meanwhile = here.to_heads()[len(before) :]
        eventually(lambda: here.query(YEARLY) is None, "the year's figures are gone")
        eventually(lambda: not here.firing("DvcUnitBelowTarget", unit=UNIT), "its alert ends")
        # As long as a recovery takes to be told, and a mail to go out.
        time.sleep(20)
        return Told(before, meanwhile, here.to_heads()[len(before) + len(meanwhile) :])


def fall(here: Stack) -> None:
    """A unit falls below a target, and its head is told."""
    assert here.portal.let_in("below", UNIT, INDICATOR) == 1
    eventually(lambda: bool(here.to(UNIT)), "its head is told")

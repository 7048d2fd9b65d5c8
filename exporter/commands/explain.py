"""`dvc-exporter explain`: proves one figure offline, from the archived bytes to the target."""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from pathlib import Path

import click

from exporter import vietnamese as vn
from exporter.clock import PROVINCE_TIME
from exporter.commands.dates import Day
from exporter.commands.options import config_option, load_or_refuse, refuse
from exporter.commands.proof import explanation
from exporter.decision import Decision, Indicator, Unit
from exporter.periods import PeriodKind
from exporter.resolve.match import directory
from exporter.resolve.names import nearest
from exporter.settings import Settings
from exporter.setup import told_clock
from exporter.snapshot.model import Figure
from exporter.snapshot.replay import open_archive, snapshot_at
from exporter.sources.base import PortalUnit

_NO_FIGURE = 1
_END_OF_DAY = time(23, 59, 59)


@click.command(short_help="Prove one figure from the archived pages.")
@config_option
@click.argument("unit")
@click.argument("indicator")
@click.option("--at", "day", type=Day(), help="As it was at the end of this day; without it: now.")
@click.option("--period", type=click.Choice(["year", "month"]), default="year", show_default=True)
def explain(config: Path, unit: str, indicator: str, day: date | None, period: PeriodKind) -> None:
    """Say where the figure of UNIT and INDICATOR comes from, and prove it.

    Nothing is fetched: the number is derived again from the archived pages. UNIT and INDICATOR are
    ids such as so-cong-thuong and online_payment, or names. Exit code 1 when there is no figure;
    what is known of the reason is then printed.
    """
    decision, settings = load_or_refuse(config)
    now = told_clock(settings).now()
    if day is not None and day > now.date():
        refuse(f"--at {vn.day(day)} has not come yet: it is {vn.day(now.date())}")
    moment = now if day is None else min(datetime.combine(day, _END_OF_DAY, PROVINCE_TIME), now)
    whose = _unit(decision, unit, moment.date())
    what = _indicator(decision, indicator)
    snapshot = snapshot_at(decision, settings, moment)
    click.echo("\n".join(explanation(snapshot, whose, what, period)))
    if Figure(whose.id, what.id, period) not in snapshot.figures:
        click.echo(_kept(settings, moment))
        sys.exit(_NO_FIGURE)


def _unit(decision: Decision, text: str, day: date) -> Unit:
    """The unit of an id, name or alias; several or none end the command with what to write."""
    if text in decision.units:
        return decision.units[text]
    fits = directory(decision, day).find(PortalUnit(text))
    if not fits:
        names = {unit.name_on(day): unit.id for unit in decision.in_force(day)}
        ids = {unit.id: unit.id for unit in decision.in_force(day)}
        near = dict.fromkeys((names | ids)[name] for name in nearest(text, [*names, *ids], 6))
        shown = ", ".join(f"{decision.units[i].name_on(day)} ({i})" for i in list(near)[:3])
        refuse(f"no unit is called {text!r}; the nearest are {shown}")
    if len(fits) > 1:
        refuse(f"{text!r} fits several units; write one of {', '.join(fits)}")
    return decision.units[fits[0]]


def _indicator(decision: Decision, text: str) -> Indicator:
    """The indicator of an id or short name; none ends the command with what to write."""
    called = {i.short_name.casefold(): i for i in decision.indicators.values()} | dict(decision.indicators)
    found = called.get(text) or called.get(text.casefold())
    if found is None:
        (near, *_) = nearest(text, decision.indicators, 1)
        known = ", ".join(decision.indicators)
        refuse(f"unknown indicator {text!r}; did you mean {near}? The decision has {known}")
    return found


def _kept(settings: Settings, moment: datetime) -> str:
    """From when to when the archive can say anything at all."""
    archive = open_archive(settings)
    days = [day for source in archive.sources() for day, _ in archive.days(source)]
    if not days:
        return "Kho lưu trữ chưa có gì: chạy `dvc-exporter collect` hoặc `serve` trước."
    span = f"Kho lưu trữ có số liệu đọc từ {vn.day(min(days))} đến {vn.day(max(days))}"
    return span + (f", chưa có ở thời điểm {vn.moment(moment)}." if moment.date() < min(days) else ".")

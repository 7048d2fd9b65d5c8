"""Prints one table: `python -m bench`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bench.latency import STAGES, latency
from bench.scrapes import Compared, compare
from bench.secured import Secured, secured
from bench.serving import Started, starts
from bench.stages import Stage, stages

_DECISION = 260
"""Communes of the decision; the rest of its size comes with them."""
_HUNDRED_THOUSAND = 1_728
"""As many communes as make 100,000 series."""

_MEDIAN, _TAIL = 0.5, 0.99
_P99_GOAL = 0.004
_START_GOAL = 1.5
_MEMORY_GOAL = 120e6
_LATENCY_GOAL = 60.0
_RATIO_GOALS = {_DECISION: 60.0, _HUNDRED_THOUSAND: 400.0}


def main() -> None:
    """Measures and prints; a goal that was missed says so."""
    table = Table(
        title="GET /metrics on a new connection each, gzip, process metrics included; "
        "both servers in one run, in turns",
        title_justify="left",
        width=118,
    )
    table.add_column("", ratio=1)
    for heading in ("ours", "prometheus_client", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("goal", no_wrap=True)
    for communes, rounds, each in ((_DECISION, 50, 20), (_HUNDRED_THOUSAND, 12, 20)):
        _scrapes(table, compare(communes, rounds, each), communes)
        _stages(table, "One snapshot, once for each collection", stages(communes))
        table.add_section()
    _secured(table, secured(_DECISION, 400))
    started, steps = starts()
    _start(table, started)
    _stages(table, "One snapshot from page bytes", steps)
    _latency(table)
    Console(width=118).print(table)


def _scrapes(table: Table, found: Compared, communes: int) -> None:
    _heading(table, f"{found.series:,} series, {found.sent_bytes / 1e3:,.0f} kB sent")
    for share in (_MEDIAN, _TAIL):
        ours, library, ratio = (
            found.ours.percentile(share),
            found.library.percentile(share),
            found.ratio(share),
        )
        goal = ""
        if share == _MEDIAN:
            goal = _verdict(f"≥ {_RATIO_GOALS[communes]:.0f}×", met=ratio >= _RATIO_GOALS[communes])
        elif communes == _DECISION:
            goal = _verdict(f"< {_ms(_P99_GOAL)}", met=ours < _P99_GOAL)
        table.add_row(f"  p{share * 100:.0f}", _ms(ours), _ms(library), f"{ratio:,.0f}×", goal)
    table.add_row("  scrapes", str(len(found.ours.seconds)), str(len(found.library.seconds)))
    table.add_row("  resident memory", _mb(found.ours_rss), _mb(found.library_rss))


def _secured(table: Table, found: Secured) -> None:
    _heading(table, "TLS and password: p50, p99, and p50 against plain on a new connection in the same run")
    for name, timing in found.series.items():
        middle, tail = timing.percentile(_MEDIAN), timing.percentile(_TAIL)
        table.add_row(f"  {name}", _ms(middle), _ms(tail), f"{found.ratio(name, _MEDIAN):.1f}×")
    table.add_row("  the first with a password (bcrypt, cost 10)", _ms(found.first_seconds))


def _start(table: Table, started: Started) -> None:
    _heading(table, f"dvc-exporter serve with a filled archive, {started.series:,} series of our own")
    goal = _verdict(f"< {_ms(_START_GOAL)}", met=started.ready_seconds < _START_GOAL)
    table.add_row("  start to first answer", _ms(started.serving_seconds))
    table.add_row("  start to /-/ready", _ms(started.ready_seconds), "", "", goal)
    goal = _verdict(f"< {_mb(_MEMORY_GOAL)}", met=started.resident_bytes < _MEMORY_GOAL)
    table.add_row(
        "  resident memory after a collection of each source", _mb(started.resident_bytes), "", "", goal
    )


def _latency(table: Table) -> None:
    """Slowest and median of the changes; goal of the demo: under a minute."""
    changes = latency()
    slowest, middle = changes[-1], changes[len(changes) // 2]
    _heading(
        table, f"Portal → inbox, cadence of the demo, {len(changes)} changes: median, slowest, share of it"
    )
    for name, typical, worst in zip(STAGES, middle.stages(), slowest.stages(), strict=True):
        table.add_row(f"  {name}", _s(typical), _s(worst), f"{worst / slowest.total:.0%}")
    goal = _verdict(f"< {_s(_LATENCY_GOAL)}", met=slowest.total < _LATENCY_GOAL)
    table.add_row("  together", _s(middle.total), _s(slowest.total), "100%", goal)


def _stages(table: Table, title: str, steps: list[Stage]) -> None:
    _heading(table, title)
    for step in steps:
        table.add_row(f"  {step.name}", _ms(step.seconds))


def _heading(table: Table, text: str) -> None:
    table.add_row(f"[bold]{text}[/bold]")


def _verdict(goal: str, *, met: bool) -> str:
    return f"{goal} met" if met else f"{goal} [bold red]missed[/bold red]"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.2f} ms"


def _s(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _mb(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()

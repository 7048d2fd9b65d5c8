"""Prints one table: `python -m bench`."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bench.scrapes import Compared, compare
from bench.stages import stages

DECISION = 260
"""Communes of the decision, whose own size comes with them."""
HUNDRED_THOUSAND = 1_728
"""As many communes as make 100,000 series."""

_P99_GOAL = 0.004
_GOALS = {DECISION: 60.0, HUNDRED_THOUSAND: 400.0}


def main() -> None:
    """Measures and prints; goals that were missed say so."""
    table = Table(
        title="GET /metrics: new connection each, gzip, process metrics included", title_justify="left"
    )
    for heading in ("", "ours", "prometheus_client", "ratio", "goal"):
        table.add_column(heading, justify="left" if heading in {"", "goal"} else "right")
    for communes, rounds, each in ((DECISION, 50, 20), (HUNDRED_THOUSAND, 12, 20)):
        found = compare(communes, rounds, each)
        _scrapes(table, found, communes)
        for stage in stages(communes):
            table.add_row(f"  {stage.name}", _ms(stage.seconds), "", "", "once per collection")
        table.add_section()
    Console().print(table)


def _scrapes(table: Table, found: Compared, communes: int) -> None:
    table.add_row(
        f"[bold]{found.series:,} series[/bold], {found.sent_bytes / 1e3:,.0f} kB sent", "", "", "", ""
    )
    for share in (0.5, 0.99):
        ours, library, ratio = (
            found.ours.percentile(share),
            found.library.percentile(share),
            found.ratio(share),
        )
        goal = ""
        if share == 0.5:
            goal = _verdict(ratio >= _GOALS[communes], f"≥ {_GOALS[communes]:.0f}×")
        elif communes == DECISION:
            goal = _verdict(ours < _P99_GOAL, f"< {_ms(_P99_GOAL)}")
        table.add_row(f"  p{share * 100:.0f}", _ms(ours), _ms(library), f"{ratio:,.0f}×", goal)
    table.add_row(
        "  scrapes", str(len(found.ours.seconds)), str(len(found.library.seconds)), "", "interleaved"
    )
    table.add_row("  resident memory", _mb(found.ours_rss), _mb(found.library_rss), "", "")


def _verdict(met: bool, goal: str) -> str:  # noqa: FBT001 - private, and named where it is called
    return f"{goal} {'met' if met else '[bold red]missed[/bold red]'}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.2f} ms"


def _mb(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"


if __name__ == "__main__":
    main()

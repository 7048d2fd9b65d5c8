"""History for Prometheus: raw series from OpenMetrics text, recorded series by running the rules on them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerts.rulebook.book import as_yaml
from alerts.rulebook.common import Recording
from dashboards.stage.servers import StageError, free_port, prometheus

LARGEST = "486h"
"""Span of the blocks that promtool makes: 20 days and a bit; with its default of 2 hours a year takes "
"hours."""
HOUR = 3600
_LATE = HOUR - 270
"""From this second of an hour on an evaluation is fresh enough at the end of it."""
_CANDIDATES = 150
_NAME = re.compile(r"\b[a-z_]+:[a-z_]+:[a-z_]+\b")
_SECONDS = 600


def levels(rules: Sequence[Recording], wanted: Iterable[str]) -> list[list[Recording]]:
    """The rules that the wanted series rest on, in steps: each rests on earlier steps only.

    A rule that looks back at itself is taken as if it had no past.
    """
    by_name: dict[str, list[Recording]] = {}
    for rule in rules:
        by_name.setdefault(rule.record, []).append(rule)
    depth: dict[str, int] = {}

    def settle(name: str, above: tuple[str, ...] = ()) -> int:
        if name not in depth:
            rests_on = {
                found
                for rule in by_name[name]
                for found in _NAME.findall(rule.expr)
                if found in by_name and found != name and found not in above
            }
            depth[name] = 1 + max((settle(found, (*above, name)) for found in rests_on), default=-1)
        return depth[name]

    for name in wanted:
        if name in by_name:
            settle(name)
    steps: list[list[Recording]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for rule in rules:
        if rule.record in depth:
            steps[depth[rule.record]].append(rule)
    return steps


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where blocks are made: the programs, the folder of Prometheus's data, one for what is in between."""

    promtool: Path
    prometheus: Path
    data: Path
    work: Path


def raw(shop: Workshop, files: Iterable[Path]) -> None:
    """Blocks of the series in OpenMetrics files. Raises StageError."""
    for file in files:
        _run(shop.promtool, "openmetrics", file, shop.data, "--quiet")


def recorded(
    shop: Workshop, steps: Sequence[Sequence[Recording]], spans: Iterable[tuple[int, int, int]]
) -> None:
    """Blocks of recorded series. `spans`: from, to (Unix seconds), how often (seconds). Raises StageError."""
    config = shop.work / "backfill.yml"
    config.write_text("global: {}\n", "utf-8")
    file = shop.work / "backfill-rules.yaml"
    several = list(spans)
    group = ""
    for rules in steps:
        # A running Prometheus takes new blocks in once a minute; a new one at once. It looks back for an
        # hour, so that what was scraped on the hour is still there when the hour is nearly over.
        port, log = free_port(), shop.work / "backfill.log"
        with prometheus(shop.prometheus, config, shop.data, port, log, "--query.lookback-delta=1h") as url:
            group = group or _late_group(shop, url, file)
            listed = [{"record": rule.record, "expr": rule.expr} for rule in rules]
            file.write_text(as_yaml({"groups": [{"name": group, "rules": listed}]}), "utf-8")
            for start, end, every in several:
                _backfill(shop.promtool, url, file, (start, end, every), shop.data)


def _backfill(promtool: Path, url: str, file: Path, span: tuple[int, int, int], data: Path) -> None:
    start, end, every = span
    given = (f"--start={start}", f"--end={end}", f"--eval-interval={every}s", f"--output-dir={data}")
    _run(promtool, "rules", f"--url={url}", *given, file)


def _late_group(shop: Workshop, url: str, file: Path) -> str:
    """Name of a group that, in this file, is evaluated in the last minutes of every hour.

    When a group is evaluated within its interval follows from its name and file. What it records must be
    no older than Prometheus looks back (5 minutes) when somebody asks on the hour. Raises StageError.
    """
    folder = shop.work / "probe"
    groups = [
        {"name": f"history-{n}", "rules": [{"record": f"probe_{n}", "expr": "vector(1)"}]}
        for n in range(_CANDIDATES)
    ]
    file.write_text(as_yaml({"groups": groups}), "utf-8")
    end = 500_000 * HOUR
    _backfill(shop.promtool, url, file, (end - 3 * HOUR, end, HOUR), folder)
    (folder / "wal").mkdir(parents=True, exist_ok=True)  # without it promtool reads no block
    dumped = call([str(shop.promtool), "tsdb", "dump", str(folder)])
    for number, moment in re.findall(r'probe_(\d+)"\} 1 (\d+)', dumped):
        if _LATE <= int(moment) / 1000 % HOUR < HOUR - 1:
            return f"history-{number}"
    raise StageError("no group of rules is evaluated in the last minutes of an hour")


def _run(promtool: Path, *words: str | Path) -> None:
    command = [str(promtool), "tsdb", "create-blocks-from", f"--max-block-duration={LARGEST}"]
    call([*command, *map(str, words)])


def call(command: Sequence[str], cwd: Path | None = None) -> str:
    """Runs a program to its end; what it said. Raises StageError."""
    done = subprocess.run(  # noqa: S603 - promtool and the project's own, with arguments made here
        list(command),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise StageError(f"{Path(command[0]).name}: {(done.stderr or done.stdout)[-800:]}")
    return done.stdout


def names(expressions: Iterable[str]) -> set[str]:
    """The recorded series that expressions name."""
    return {name for expr in expressions for name in _NAME.findall(expr)}


def asked_over_time(boards: Mapping[str, object]) -> set[str]:
    """The recorded series that boards (as JSON data) draw over time."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("range") and isinstance(node.get("expr"), str):
                found.append(node["expr"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(dict(boards))
    return names(found)

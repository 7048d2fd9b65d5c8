"""How large one Prometheus gets: a province, a province without districts, all provinces (simulated).

`python -m bench.sizes` prints one table. The exporter serves invented figures of that many units; a real
Prometheus scrapes it and runs the rules of the default cadence, at a shorter interval so that there is
something to measure within a minute: once young, then with two weeks of history to look back on.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from alerts import prometheus
from alerts.alertmanager.calendar import load_calendar
from alerts.build import rule_files
from alerts.settings import Alerting, Cadence, Servers
from bench.filled import fill
from tests.stack import eventually, free_ports
from tools.binaries import installed

EVERY = timedelta(seconds=10)
ROUNDS = 6
"""Evaluations that are waited for."""
YEAR_SCRAPES = 365 * 24 * 60
"""At the default cadence's minute."""
YEAR_EVALUATIONS = YEAR_SCRAPES / 2
BYTES = 0.6
"""Disk a sample takes (bytes): measured on figures that move four times a day, one sample a minute."""


@dataclass(frozen=True, slots=True)
class Size:
    """Something to be watched, by its number of departments, districts with groups, and communes."""

    name: str
    departments: int
    groups: int
    communes: int
    fillable: bool = True
    """Whether two weeks of history can be made for it within minutes (some 30 million samples)."""


SIZES = (
    Size("one province of 2024: 32 + 260 units", 16, 8, 260),
    Size("Hưng Yên 2025: 14 departments, 104 communes", 14, 0, 104),
    Size("34 provinces, simulated: 476 departments, 3,321 communes", 476, 34, 3_321, fillable=False),
)


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured."""

    series: float
    recorded: float
    scrape_seconds: float
    young_seconds: float
    """One evaluation of all rules (mean of a minute's) at first, with nothing to look back on."""
    rules_seconds: float | None
    """The same with everything there that the rules look back on; None: not measured."""
    resident_bytes: float

    @property
    def year_bytes(self) -> float:
        """Disk for a year at the default cadence (estimated from the samples)."""
        return BYTES * (self.series * YEAR_SCRAPES + self.recorded * YEAR_EVALUATIONS)


def measure(size: Size) -> Found:
    """Runs the exporter's face and Prometheus at that size."""
    with tempfile.TemporaryDirectory() as folder, _exporter(size) as exporter:
        (port,) = free_ports(1)
        url, where = f"http://127.0.0.1:{port}", Path(folder)
        settings = Alerting(
            cadence=Cadence(scrape=EVERY, evaluation=EVERY),
            servers=Servers(
                exporter=f"127.0.0.1:{exporter}",
                prometheus=f"127.0.0.1:{port}",
                alertmanagers=("127.0.0.1:9",),
            ),
        )
        (where / "prometheus.yml").write_text(prometheus.configuration(settings), "utf-8")
        rules = ""
        for name, text in rule_files(settings, load_calendar()):
            (where / name).parent.mkdir(exist_ok=True)
            (where / name).write_text(text, "utf-8")
            rules += text
        with _prometheus(where, port):
            young = _watch(url)
            if not size.fillable:
                return young
            fill(url, rules, time.time() - 60, where)
        with _prometheus(where, port):
            old = _watch(url)
        return replace(old, young_seconds=young.young_seconds, rules_seconds=old.young_seconds)


@contextmanager
def _prometheus(where: Path, port: int) -> Iterator[None]:
    command = [
        str(installed("prometheus")),
        f"--config.file={where / 'prometheus.yml'}",
        f"--storage.tsdb.path={where / 'data'}",
        # History that is as old as the rules look back must not be taken for out of date.
        "--storage.tsdb.retention.time=1y",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with subprocess.Popen(command) as server:
        try:
            yield
        finally:
            server.terminate()


def _watch(url: str) -> Found:
    def ask(expression: str) -> float:
        try:
            answer = requests.get(f"{url}/api/v1/query", params={"query": expression}, timeout=30)
        except requests.RequestException:
            return -1.0
        result = answer.json()["data"]["result"] if answer.ok else []
        return float(result[0]["value"][1]) if result else -1.0

    # From the server itself: its history still tells of the one that ran before it on the same folder.
    eventually(lambda: _iterations(url) >= ROUNDS, "the rules have run", seconds=600)
    time.sleep(2 * EVERY.total_seconds())
    return Found(
        series=ask('scrape_samples_scraped{job="dvc-exporter"}'),
        recorded=ask('count({__name__=~".+:dvc_.+"}) + count({__name__=~"ALERTS.*"})'),
        scrape_seconds=ask('scrape_duration_seconds{job="dvc-exporter"}'),
        young_seconds=ask("sum(avg_over_time(prometheus_rule_group_last_duration_seconds[1m]))"),
        rules_seconds=None,
        resident_bytes=ask('process_resident_memory_bytes{job="prometheus"}'),
    )


def _iterations(url: str) -> float:
    """How often the server that runs has evaluated the recording rules."""
    try:
        text = requests.get(f"{url}/metrics", timeout=30).text
    except requests.RequestException:
        return 0
    found = re.search(
        r"^prometheus_rule_group_iterations_total\{[^}]*recording[^}]*\} (\S+)", text, re.MULTILINE
    )
    return float(found[1]) if found else 0


@contextmanager
def _exporter(size: Size) -> Iterator[int]:
    command = [
        sys.executable, "-m", "bench.servers", "ours",
        *(str(count) for count in (size.communes, size.departments, size.groups)),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield int(server.stdout.readline() if server.stdout else "")
        finally:
            server.kill()


def rows(found: Sequence[tuple[Size, Found]]) -> Table:
    """The table, one column for each size."""
    table = Table(title="One Prometheus, default cadence (scrape 1 min, rules 2 min)", title_justify="left")
    for heading in ("", *(size.name for size, _ in found)):
        table.add_column(heading, justify="right" if heading else "left")
    lines: Sequence[tuple[str, Callable[[Found], str]]] = (
        ("series of the exporter", lambda f: f"{f.series:,.0f}"),
        ("series recorded and alerts", lambda f: f"{f.recorded:,.0f}"),
        ("scrape", lambda f: f"{f.scrape_seconds * 1e3:,.0f} ms"),
        ("one evaluation of all rules, at first", lambda f: f"{f.young_seconds:,.2f} s"),
        ("… with two weeks to look back on", lambda f: _measured(f.rules_seconds, "{:,.2f} s")),
        ("share of the 2 minutes between", lambda f: _measured(f.rules_seconds, "{:.1%}", 120)),
        ("Prometheus, resident", lambda f: f"{f.resident_bytes / 1e6:,.0f} MB"),
        ("disk for a year (estimate)", lambda f: f"{f.year_bytes / 1e9:,.1f} GB"),
    )
    for label, value in lines:
        table.add_row(label, *(value(one) for _, one in found))
    return table


def _measured(value: float | None, form: str, of: float = 1) -> str:
    return "not measured" if value is None else form.format(value / of)


if __name__ == "__main__":
    Console(width=118).print(rows([(size, measure(size)) for size in SIZES]))

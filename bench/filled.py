"""The history that rules look back on, as it is after two weeks: without it a young Prometheus looks fast."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import requests

from alerts.rulebook.history import FAR, KNOWN_GAP, far_every
from alerts.settings import Alerting
from exporter.config.fields import parse_duration
from tools.binaries import installed

_LOOKED_BACK = re.compile(r"([a-z_]+:dvc_[a-z_:]+)(?:\{[^}]*\})?\[(\w+)\](?: offset (\w+))?")
_BLOCK = "14d"
"""As long as a compacted block of a Prometheus that has run for a while: short ones take longer to read."""


def windows(rules: str) -> Mapping[str, timedelta]:
    """How far back the rules look on each recorded series, by its name."""
    found: dict[str, timedelta] = {}
    for name, window, offset in _LOOKED_BACK.findall(rules):
        reach = parse_duration(window) + (parse_duration(offset) if offset else timedelta())
        found[name] = max(reach, found.get(name, timedelta()))
    return found


def fill(url: str, rules: str, now: float, folder: Path) -> int:
    """Makes blocks of what is recorded now, as if it had stood for as long as the rules look back.

    As dense as the default cadence makes it; `now` is the end of it (Unix time). Gives the number of
    samples. Raises requests.RequestException and subprocess.CalledProcessError.
    """
    written = folder / "history.om"
    count = 0
    with written.open("w", encoding="utf-8") as file:
        for name, window in windows(rules).items():
            file.write(f"# TYPE {name} gauge\n")
            # What is written down once an hour is rarely there to be asked for.
            source = KNOWN_GAP if name == FAR else name
            every = far_every(Alerting()) if name == FAR else Alerting().cadence.evaluation
            steps = range(int(window / every), 0, -1)
            for labels, value in _recorded(url, source):
                for step in steps:
                    file.write(f"{name}{{{labels}}} {value} {now - step * every.total_seconds():.0f}\n")
                count += len(steps)
        file.write("# EOF\n")
    command = [
        *(str(installed("promtool")), "tsdb", "create-blocks-from", "openmetrics"),
        *("--max-block-duration", _BLOCK, str(written), str(folder / "data")),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    written.unlink()
    return count


def _recorded(url: str, name: str) -> Iterator[tuple[str, str]]:
    answer = requests.get(f"{url}/api/v1/query", params={"query": name}, timeout=60)
    answer.raise_for_status()
    for series in answer.json()["data"]["result"]:
        labels = {key: value for key, value in series["metric"].items() if key != "__name__"}
        yield ",".join(f'{key}="{value}"' for key, value in labels.items()), series["value"][1]

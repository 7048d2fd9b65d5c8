"""The stage itself: everything runs, with a past, until the block ends."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import requests

from alerts.alertmanager.build import FEATURES
from alerts.rulebook.figures import GAP
from alerts.rulebook.ranking import MET_SHARE
from dashboards.inputs import ROOT, Inputs
from dashboards.stage import backfill, setting
from dashboards.stage.servers import HOST, StageError, free_port, prometheus, running
from exporter.clock import PROVINCE_TIME
from tools.binaries import installed

HOUR = 3600
_DAY = 86_400
_FINE_DAYS = 2
_FINE_STEP = 120
"""As often as rules are evaluated in operation (seconds)."""
_SECONDS = 300.0
_ASK = 30.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands: addresses, and hands on the portal's faults."""

    prometheus: str
    portal: str

    def ask(self, expr: str) -> list[tuple[Mapping[str, str], float]]:
        """What Prometheus answers now. Raises StageError."""
        answer = requests.get(f"{self.prometheus}/api/v1/query", params={"query": expr}, timeout=_ASK).json()
        if answer["status"] != "success":
            raise StageError(f"{expr}: {answer['error']}")
        return [(row["metric"], float(row["value"][1])) for row in answer["data"]["result"]]

    def wait(self, expr: str, seconds: float = _SECONDS) -> None:
        """Until an expression has a result. Raises StageError."""
        deadline = time.monotonic() + seconds
        while not self.ask(expr):
            if time.monotonic() > deadline:
                raise StageError(f"after {seconds:g} s there is still nothing: {expr}")
            time.sleep(0.5)

    def fault(self, name: str, **options: object) -> None:
        """Lets the portal misbehave."""
        self._control("", {"fault": name, **options})

    def clear(self) -> None:
        """Lets it behave again."""
        self._control("/bo", {})

    def _control(self, path: str, body: Mapping[str, object]) -> None:
        answer = requests.post(f"{self.portal}/dieu-khien{path}", json=body, timeout=_ASK)
        if not answer.ok:
            raise StageError(f"the portal refuses {body}: {answer.text[-300:]}")


@dataclass(frozen=True, slots=True)
class Past:
    """How far back history goes, and the told day that today is."""

    days: int
    told: date
    drawn: frozenset[str] = frozenset()
    """The recorded series that are wanted of the past."""


def make_past(past: Past, inputs: Inputs, work: Path) -> Path:
    """A folder with a past for Prometheus. Raises StageError."""
    data = work / "data"
    data.mkdir()
    texts = work / "texts"
    end = int(time.time()) // HOUR * HOUR
    backfill.call(
        [
            sys.executable,
            "-m",
            "demo.history",
            str(texts),
            f"--days={past.days}",
            f"--date={past.told}",
            f"--now={end}",
        ],
        cwd=ROOT,
    )
    shop = backfill.Workshop(installed("promtool"), installed("prometheus"), data, work)
    backfill.raw(shop, sorted(texts.glob("*.om")))
    shutil.rmtree(texts)
    fine = end - _FINE_DAYS * _DAY
    steps = backfill.levels(setting.recordings(inputs), past.drawn)
    spans = [(end - past.days * _DAY, fine, HOUR), (fine, end, _FINE_STEP)]
    backfill.recorded(shop, steps, spans)
    return data


@contextmanager
def standing(inputs: Inputs, past: Past, data: Path, work: Path, validity: str = "26h") -> Iterator[Stage]:
    """A stage on a past until the block ends. Raises StageError."""
    ports = setting.Ports(*(free_port() for _ in range(6)))
    config = setting.exporter_file(work, ports, past.told, validity)
    today = datetime.now(PROVINCE_TIME).date()
    mails = setting.alertmanager_file(work, ports, inputs, today)
    watch = setting.prometheus_file(work, ports, inputs)
    python = [sys.executable, "-m"]
    with ExitStack() as stack:

        def start(name: str, command: list[str | Path], ready: str) -> None:
            stack.enter_context(running(command, work / f"{name}.log", ready, ROOT))

        portal = f"http://{HOST}:{ports.portal}"
        start(
            "portal",
            [*python, "demo.portal", f"--listen={HOST}:{ports.portal}", f"--date={past.told}"],
            f"{portal}/dieu-khien",
        )
        start(
            "exporter",
            [
                Path(sys.executable).with_name("dvc-exporter"),
                "serve",
                f"--config={config}",
                f"--web.listen-address={HOST}:{ports.exporter}",
            ],
            f"http://{HOST}:{ports.exporter}/-/healthy",
        )
        start(
            "inbox",
            [*python, "demo.inbox", f"--smtp={HOST}:{ports.smtp}", f"--web={HOST}:{ports.inbox}"],
            f"http://{HOST}:{ports.inbox}/",
        )
        start(
            "alertmanager",
            [
                installed("alertmanager"),
                f"--config.file={mails}",
                f"--storage.path={work / 'alertmanager'}",
                f"--web.listen-address={HOST}:{ports.alertmanager}",
                f"--enable-feature={FEATURES}",
                "--cluster.listen-address=",
            ],
            f"http://{HOST}:{ports.alertmanager}/-/ready",
        )
        url = stack.enter_context(
            prometheus(installed("prometheus"), watch, data, ports.prometheus, work / "prometheus.log")
        )
        stage = Stage(url, portal)
        published = len(inputs.settings.sources)
        stage.wait(f"count(dvc_source_up == 1) >= {published}")
        # Until the rules have seen every source: what rests on others is recorded a round later.
        counted = 'dvc_target_ratio and on (unit, indicator) dvc_indicator_denominator{period="year"} > 0'
        stage.wait(f"count({GAP}) == count({counted})")
        stage.wait(f"count({MET_SHARE}) >= {len(inputs.decision.assigned_units)}")
        stage.wait(f'count_over_time(up{{job="{inputs.alerting.job}"}}[1m]) > 2')
        yield stage

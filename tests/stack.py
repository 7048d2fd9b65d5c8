"""Everything for real, on ports of its own: demo portal, exporter, Prometheus, Alertmanager, mail server."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import IO, Self

import pytest
import requests
import yaml

from alerts.alertmanager.calendar import Calendar, SwapEntry, load_calendar
from alerts.build import Inputs, built, write
from alerts.contacts import load_contacts
from alerts.mailing import EVENTS
from alerts.record.distil import distil
from alerts.settings import load_alerting
from demo.portal import DemoPortal
from exporter.clock import PROVINCE_TIME, Clock
from exporter.pipeline import Pipeline
from exporter.settings import load_config
from exporter.web.app import create_app
from exporter.web.server import Address
from tests.demo_setup import ROOT, write_config
from tests.serving import serving
from tools.binaries import installed
from tools.postbox import Letter, Postbox

PATIENCE = 120.0
"""Seconds until what does not come counts as missing; most comes in a few, unless other tests run beside."""
DAY = date(2024, 9, 16)
"""What day it is for the portal and, by the shipped configuration, for the exporter."""
CADENCE = {
    "cadence": {"collection": "3s", "lateness": "2s", "scrape": "1s", "evaluation": "1s"},
    "lasting": {"escalation": "15m", "back_on_target": "10m"},
    "mailing": {
        "hours": "always",
        "interval": "4s",
        "wait": "2s",
        "digest": "1h",
        "repeat": "12h",
        "operators_wait": "5s",
        "operators_interval": "4s",
        "operators_repeat": "12h",
        "watchdog_repeat": "1m",
        "retention": "2d",
        "maintenance": "2s",
    },
    "simulated": True,
}
"""As short as servers that count in whole seconds allow."""
GROUP_LEFT = "xa-dong-hung"
"""The one group of communes that a small province keeps: rules that run every second cost what they read."""
FETCH = "fetch: {deadline: 5s, pause: 0s, retries: 1, backoff: 1s, cool_down: 1s}\n"
"""A portal that resets every connection is asked again, and still fails within the lateness."""
OPERATORS = "truc-van-hanh@example.vn"


ENVIRONMENT = dict(os.environ)
"""As it was when the tests were read: pytest changes it between tests, while a story goes on in a thread."""


def asked(method: str, url: str, **options: object) -> requests.Response:
    """An answer, without a look at the environment, for the same reason."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, **options)  # type: ignore[arg-type]


def eventually(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Waits until something holds, or fails saying what did not."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return
        time.sleep(0.05)
    pytest.fail(f"still not so after {seconds:.0f} s: {what}")


def free_ports(count: int) -> Sequence[int]:
    """Ports that nobody listens on now, nor soon: below those that the kernel gives whoever asks for any."""
    sockets: list[socket.socket] = []
    while len(sockets) < count:
        with suppress(OSError):
            sockets.append(socket.create_server(("127.0.0.1", 20_000 + secrets.randbelow(12_000))))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def answers(port: int) -> bool:
    """Whether the server on a port says that it is ready."""
    try:
        return asked("GET", f"http://127.0.0.1:{port}/-/ready", timeout=5).ok
    except requests.RequestException:
        return False


@dataclass(frozen=True)
class Ports:
    """Where the servers listen."""

    exporter: int
    prometheus: int
    alertmanager: int


def mail_to(letters: Sequence[Letter], unit: str) -> Sequence[Letter]:
    """Those to one unit's head; the demo's contacts name an address after each unit."""
    return [letter for letter in letters if letter.recipients == (f"{unit}@example.vn",)]


def told_in(folder: Path) -> Sequence[dict[str, object]]:
    """The record of whom an Alertmanager told, beside its configuration."""
    path = folder / "told.jsonl"
    distil(path.with_name(EVENTS), path, settled=0.3)
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [event["data"] for event in map(json.loads, lines) if "notification" in event["data"]]


def small_province() -> str:
    """The decision with all departments and districts, and one group of communes."""
    whole = yaml.safe_load((ROOT / "config/targets.yaml").read_text("utf-8"))
    whole["units"] = [
        unit for unit in whole["units"] if unit["kind"] != "commune_group" or unit["id"] == GROUP_LEFT
    ]
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


class Stack:
    """The servers as processes; `with` starts them when every unit meets all of its targets."""

    def __init__(
        self,
        folder: Path,
        *,
        alerting: dict[str, object] | None = None,
        calendar: Calendar | None = None,
        more_addresses: dict[str, list[str]] | None = None,
        clock: Clock | None = None,
        province: str | None = None,
        fetch: str = FETCH,
        prometheus: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.ports = Ports(*free_ports(3))
        (folder / "targets.yaml").write_text(small_province() if province is None else province, "utf-8")
        self.portal = DemoPortal(date=DAY, running=True, decision=folder / "targets.yaml")
        if clock is not None:
            self.portal.site.control.clock = clock
        self.box = Postbox()
        self._alerting = CADENCE if alerting is None else alerting
        self._calendar = calendar or load_calendar()
        self._addresses = more_addresses or {}
        self._clock = clock
        self._fetch = fetch
        self._prometheus = prometheus
        self._within: ExitStack = ExitStack()
        self._logs: list[IO[bytes]] = []
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    # Configuration

    def build(self) -> None:
        """Everything that the servers read, as `python -m alerts build` makes it."""
        targets = (self.folder / "targets.yaml").read_text("utf-8")
        self.config = write_config(self.folder, self.portal.url, more=self._fetch)
        (self.folder / "targets.yaml").write_text(targets, "utf-8")
        whole = yaml.safe_load(self.config.read_text("utf-8"))
        # The source that only compares is left out: it asks for much and decides nothing.
        whole["sources"] = [s for s in whole["sources"] if s["id"] != "cong-quoc-gia"]
        cadence = self._alerting["cadence"]
        assert isinstance(cadence, dict)
        for source in whole["sources"]:
            source |= {"every": cadence["collection"], "validity": "20s"}
        self.config.write_text(yaml.safe_dump(whole, allow_unicode=True), "utf-8")
        alerts = self.folder / "alerts.yaml"
        alerts.write_text(yaml.safe_dump({**self._alerting, "servers": self.servers()}), "utf-8")
        contacts = self.folder / "contacts.yaml"
        named = yaml.safe_load((ROOT / "demo/contacts.yaml").read_text("utf-8"))
        named["mail"]["smarthost"] = f"127.0.0.1:{self.box.port}"
        del named["monitors"]
        named["units"] = {name: of for name, of in named["units"].items() if f"id: {name}\n" in targets}
        for unit, addresses in self._addresses.items():
            named["units"][unit]["head"]["addresses"] = addresses
        contacts.write_text(yaml.safe_dump(named, allow_unicode=True), "utf-8")
        decision, settings = load_config(self.config)
        inputs = Inputs(
            load_alerting(alerts),
            decision,
            settings,
            load_contacts(contacts, decision),
            self._calendar,
            "http://127.0.0.1:3000",
        )
        files = built(inputs, datetime.now(PROVINCE_TIME).date())
        list(write(files, self.folder / "run"))

    def servers(self) -> dict[str, object]:
        """`servers:` of alerts.yaml."""
        return {
            "exporter": f"127.0.0.1:{self.ports.exporter}",
            "prometheus": f"127.0.0.1:{self.ports.prometheus}",
            "alertmanagers": [f"127.0.0.1:{self.ports.alertmanager}"],
        }

    def write_only_in(self, hours: str) -> None:
        """From now on heads are written to in these hours; Alertmanager reads its configuration again."""
        mailing = self._alerting["mailing"]
        assert isinstance(mailing, dict)
        self._alerting = {**self._alerting, "mailing": {**mailing, "hours": hours}}
        self.build()
        url = f"http://127.0.0.1:{self.ports.alertmanager}/-/reload"
        assert asked("POST", url, timeout=10).ok

    # Processes

    def __enter__(self) -> Self:
        """Starts all servers, and waits until the figures have reached Prometheus."""
        self.box.__enter__()
        self.portal.__enter__()
        try:
            self.build()
            self.portal.let_in("met")
            self.start()
            eventually(lambda: self.query("sum(dvc_source_up)") == len(self._sources()), "sources are read")
            eventually(lambda: self.query("province:dvc_targets_met:count") is not None, "rules run")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends all servers."""
        for name in list(self._running):
            self.end(name)
        self._within.close()
        for log in self._logs:
            log.close()
        self.portal.__exit__(None, None, None)
        self.box.__exit__(None, None, None)

    def start(self) -> None:
        """Starts the servers of ours, beside the portal and the mail server."""
        self.start_alertmanager()
        self.start_exporter()
        self.start_prometheus()

    def _start(self, name: str, command: Sequence[str], *arguments: str, **environment: str) -> None:
        # What went wrong is read there by whoever looks into a failed run.
        log = (self.folder / f"{name}.log").open("ab")
        self._logs.append(log)
        cwd = ROOT if name.startswith("exporter") else self.folder / "run"
        # What is served here is counted by tests/test_serve.py; counting makes it three times as dear.
        env = {key: value for key, value in ENVIRONMENT.items() if key != "COVERAGE_PROCESS_CONFIG"}
        self._running[name] = subprocess.Popen(
            [*command, *arguments], cwd=cwd, env=env | environment, stdout=log, stderr=log
        )

    def start_prometheus(self) -> None:
        """Starts it, with the history that it left behind."""
        self._start(
            "prometheus",
            [str(installed("prometheus")), *self._flags("prometheus.flags"), *self._prometheus],
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            f"--web.listen-address=127.0.0.1:{self.ports.prometheus}",
            "--log.level=warn",
        )

    def start_exporter(self) -> None:
        """A process; where the test sets the clock, threads of this one."""
        if self._clock is None:
            self._start(
                "exporter",
                [sys.executable, "-m", "exporter", "serve", "--config", str(self.config)],
                f"--web.listen-address=127.0.0.1:{self.ports.exporter}",
            )
            return
        clock = self._clock
        pipeline = Pipeline(self.config, make_clock=lambda _: clock)
        self._within.enter_context(
            serving(create_app(pipeline), address=Address("127.0.0.1", self.ports.exporter))
        )
        self._within.callback(pipeline.stop)
        pipeline.start()

    def start_alertmanager(self) -> None:
        """Starts it, with the memory it left behind, and waits until it answers."""
        self._start(
            "alertmanager",
            [str(installed("alertmanager")), *self._flags("alertmanager/alertmanager.flags")],
            "--config.file=alertmanager/alertmanager.yml",
            "--storage.path=told",
            f"--web.listen-address=127.0.0.1:{self.ports.alertmanager}",
            "--log.level=warn",
        )
        eventually(lambda: answers(self.ports.alertmanager), "Alertmanager answers")

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """Ends a server."""
        process = self._running.pop(name)
        process.send_signal(how)
        process.wait(PATIENCE)

    def _flags(self, name: str) -> Sequence[str]:
        return (self.folder / "run" / name).read_text("utf-8").splitlines()

    def _sources(self) -> Sequence[object]:
        found = yaml.safe_load(self.config.read_text("utf-8"))["sources"]
        assert isinstance(found, list)
        return found

    # What can be seen

    def query(self, expression: str, port: int = 0) -> float | None:
        """The value of an expression with one result; None when it has none, or nobody answers."""
        try:
            answer = asked(
                "GET",
                f"http://127.0.0.1:{port or self.ports.prometheus}/api/v1/query",
                params={"query": expression},
                timeout=5,
            )
        except requests.RequestException:
            return None
        result = answer.json()["data"]["result"] if answer.ok else []
        return float(result[0]["value"][1]) if result else None

    def firing(self, alert: str, **labels: str) -> bool:
        """Whether an alert fires."""
        wanted = "".join(f',{name}="{value}"' for name, value in labels.items())
        return bool(self.query(f'count(ALERTS{{alertname="{alert}",alertstate="firing"{wanted}}})'))

    def metrics(self) -> str:
        """The exporter's exposition."""
        return asked("GET", f"http://127.0.0.1:{self.ports.exporter}/metrics", timeout=5).text

    def to(self, unit: str) -> Sequence[Letter]:
        """Mails to one unit's head."""
        return mail_to(self.box.letters, unit)

    def to_heads(self) -> Sequence[Letter]:
        """Mails to anybody but the operators."""
        return [letter for letter in self.box.letters if letter.recipients != (OPERATORS,)]

    def to_operators(self, about: str = "") -> Sequence[Letter]:
        """Mails to the operators whose subject holds some words."""
        return [
            letter
            for letter in self.box.letters
            if letter.recipients == (OPERATORS,) and about in letter.subject
        ]

    def told(self) -> Sequence[dict[str, object]]:
        """Alertmanager's own record of whom it told."""
        return told_in(self.folder / "run/alertmanager")

    def exempt(self, unit: str, indicator: str) -> None:
        """Changes the decision's file, and has the exporter read it."""
        path = self.folder / "targets.yaml"
        whole = yaml.safe_load(path.read_text("utf-8"))
        (entry,) = [one for one in whole["units"] if one["id"] == unit]
        entry["exempt"] = {**entry.get("exempt", {}), indicator: "Không thu phí"}
        path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "utf-8")
        answer = asked("POST", f"http://127.0.0.1:{self.ports.exporter}/-/reload", timeout=10)
        assert answer.ok, answer.text


@contextmanager
def stack(folder: Path, **options: object) -> Iterator[Stack]:
    """A stack in a folder that is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Stack(folder, **options) as running:  # type: ignore[arg-type]
        yield running


def working_today(calendar: Calendar) -> Calendar:
    """A calendar by which the province works today, whatever day it is: mails do not wait for Monday."""
    today = datetime.now(PROVINCE_TIME).date()
    years = []
    for year in calendar.years:
        off = tuple(entry for entry in year.off if not entry.first <= today <= entry.last)
        more = (SwapEntry(day=today, instead_of=today, source="test"),) if year.year == today.year else ()
        years.append(year.model_copy(update={"off": off, "swapped": (*year.swapped, *more)}))
    return replace(calendar, years=tuple(years))

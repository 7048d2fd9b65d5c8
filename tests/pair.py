"""The servers of the profile `ha` as processes: two Prometheus, three Alertmanagers, two exporters."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests
import yaml

from demo.asking import Asked
from tests.stack import CADENCE, Stack, answers, eventually, free_ports, told_in
from tools.binaries import installed

TWO, THREE = "ab", "abc"
SHORT = CADENCE["mailing"]
assert isinstance(SHORT, dict)
PATIENT = {
    **CADENCE,
    "cadence": {"collection": "3s", "lateness": "6s", "scrape": "3s", "evaluation": "2s"},
    "mailing": {**SHORT, "wait": "3s", "interval": "8s", "operators_interval": "8s"},
}
"""The second exporter has six seconds to take over in, the first Alertmanager two to write alone in."""
GOSSIP = ("--cluster.gossip-interval=50ms", "--cluster.reconnect-interval=1s")
"""Shorter than in operation, where one that starts is silent for minutes (--dispatch.start-delay)."""

NOTES = "alertmanager_nflog_gossip_messages_propagated_total"


class Pair(Stack):
    """The servers of `ha`. Each bears its letter: `prometheus-a`, `alertmanager-c`, `exporter-b`."""

    def __init__(self, folder: Path, **options: object) -> None:
        super().__init__(folder, **{"alerting": PATIENT, **options})  # type: ignore[arg-type]
        free = iter(free_ports(7))
        self.prometheus: Mapping[str, int] = {"a": self.ports.prometheus, "b": next(free)}
        self.alertmanagers: Mapping[str, int] = {
            "a": self.ports.alertmanager,
            "b": next(free),
            "c": next(free),
        }
        self.peers: Mapping[str, int] = {letter: next(free) for letter in THREE}
        self.readers: list[str] = []
        """Who asked the portal for a page, in order: the letters of exporters."""
        self.portal.site.on_request = self._heard

    def _heard(self, asked: Asked) -> None:
        who = asked.headers.get("user-agent", "")
        self.readers.append(who.partition("(+exporter-")[2].rstrip(")") or who)

    def servers(self) -> dict[str, object]:
        """As deploy/compose/place.yaml and place-ha.yaml have them."""
        return {
            **super().servers(),
            "prometheus": [f"127.0.0.1:{port}" for port in self.prometheus.values()],
            "alertmanagers": [f"127.0.0.1:{port}" for port in self.alertmanagers.values()],
            "cluster": True,
            "replica": "${DVC_REPLICA}",
        }

    def build(self) -> None:
        """Each exporter tells the portal its letter; each Alertmanager keeps a record of its own."""
        super().build()
        whole = yaml.safe_load(self.config.read_text("utf-8"))
        for letter in TWO:
            whole["fetch"]["contact"] = f"exporter-{letter}"
            (self.folder / f"exporter-{letter}.yaml").write_text(yaml.safe_dump(whole), "utf-8")
        for letter in THREE:
            to = self.folder / f"run/alertmanager-{letter}"
            shutil.copytree(self.folder / "run/alertmanager", to, dirs_exist_ok=True)

    # Processes

    def start(self) -> None:
        """All of them, as compose does: the first exporter leads, the first Alertmanager has no peers."""
        for letter in THREE:
            self.start_alertmanager(letter)
        for letter in TWO:
            self.start_exporter(letter)
            eventually(lambda: self.waits("b") or answers(self.ports.exporter), "the first exporter leads")
        for letter in TWO:
            self.start_prometheus(letter)
        eventually(lambda: all(len(self.line(one)) == len(THREE) for one in THREE), "they know of each other")

    def start_alertmanager(self, letter: str = "a") -> None:
        """Starts one, with the memory it left behind, and waits until it answers."""
        peers = () if letter == "a" else [one for one in THREE if one != letter]
        self._start(
            f"alertmanager-{letter}",
            [str(installed("alertmanager")), *self._flags("alertmanager/alertmanager.flags"), *GOSSIP],
            f"--config.file=alertmanager-{letter}/alertmanager.yml",
            f"--storage.path=told-{letter}",
            f"--web.listen-address=127.0.0.1:{self.alertmanagers[letter]}",
            f"--cluster.listen-address=127.0.0.1:{self.peers[letter]}",
            *(f"--cluster.peer=127.0.0.1:{self.peers[one]}" for one in peers),
        )
        eventually(lambda: answers(self.alertmanagers[letter]), f"Alertmanager {letter} answers")

    def start_prometheus(self, letter: str = "a") -> None:
        """Starts one, with the history that it left behind."""
        self._start(
            f"prometheus-{letter}",
            [str(installed("prometheus")), *self._flags("prometheus.flags")],
            "--config.file=prometheus.yml",
            f"--storage.tsdb.path=data-{letter}",
            f"--web.listen-address=127.0.0.1:{self.prometheus[letter]}",
            "--log.level=warn",
            DVC_REPLICA=letter,
        )

    def start_exporter(self, letter: str = "a") -> None:
        """Starts one; both listen where Prometheus looks, for the one that waits does not listen yet."""
        self._start(
            f"exporter-{letter}",
            [sys.executable, "-m", "deploy.leader", "run", "--waiting", str(self._waiting(letter))],
            str(self.folder / "leader.lock"),
            "--",
            str(Path(sys.executable).with_name("dvc-exporter")),
            "serve",
            f"--web.listen-address=127.0.0.1:{self.ports.exporter}",
            DVC_CONFIG=str(self.folder / f"exporter-{letter}.yaml"),
        )

    def kill(self, *names: str) -> None:
        """As the system does when memory is short: without a word."""
        for name in names:
            self.end(name, signal.SIGKILL)

    def _waiting(self, letter: str) -> Path:
        return self.folder / f"exporter-{letter}.waits"

    # What can be seen

    def waits(self, letter: str) -> bool:
        """Whether an exporter waits until the other is gone."""
        return self._waiting(letter).exists()

    def ask(self, letter: str, expression: str) -> float | None:
        """What one of the two Prometheus says."""
        return self.query(expression, self.prometheus[letter])

    def state(self, letter: str, unit: str) -> str:
        """What one of the two Prometheus knows of a unit: "", "pending" or "firing"."""
        for state in ("firing", "pending"):
            if self.ask(
                letter, f'count(ALERTS{{alertname="DvcUnitBelowTarget",unit="{unit}",alertstate="{state}"}})'
            ):
                return state
        return ""

    def line(self, letter: str) -> Sequence[str]:
        """The Alertmanagers that one knows of, itself among them, in the order in which they write."""
        url = f"http://127.0.0.1:{self.alertmanagers[letter]}/api/v2/status"
        peers = requests.get(url, timeout=5).json()["cluster"]["peers"]
        letters = {port: one for one, port in self.peers.items()}
        by_name = sorted((peer["name"], letters[int(peer["address"].rpartition(":")[2])]) for peer in peers)
        return [one for _, one in by_name]

    def writers(self, unit: str) -> Sequence[str]:
        """Which Alertmanagers recorded that they told a unit's head, once for each mail."""
        return [
            letter
            for letter in THREE
            for told in told_in(self.folder / f"run/alertmanager-{letter}")
            if f"unit-{unit}" in str(told)
        ]

    def gossip(self, letter: str) -> int:
        """How many notes of mails one Alertmanager has had from another and taken over."""
        text = requests.get(f"http://127.0.0.1:{self.alertmanagers[letter]}/metrics", timeout=5).text
        (line,) = [one for one in text.splitlines() if one.startswith(f"{NOTES} ")]
        return int(line.split()[1])

    @property
    def alive(self) -> Collection[str]:
        """The servers that run."""
        return {name for name, process in self._running.items() if process.poll() is None}


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """The pairs in a folder that is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with Pair(folder) as running:
        yield running

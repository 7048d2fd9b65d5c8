"""`docker compose restart` begins all steps at once, in any order: what is in force stays, or is right."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import time
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkProcess
from pathlib import Path

import click
import pytest
import yaml

from deploy import apply, settings

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = ROOT / "deploy/compose"
ROUNDS = 6
FORK = multiprocessing.get_context("fork")
Step = tuple[click.Command, Sequence[str]]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with the operator's files and real contacts; no server is where the places say."""
    config = Path(shutil.copytree(ROOT / "config", tmp_path / "config"))
    real = (config / "contacts.example.yaml").read_text("utf-8")
    (tmp_path / "contacts.yaml").write_text(real, "utf-8")
    for name in ("place.yaml", "place-ha.yaml"):
        place = yaml.safe_load((PLACES / name).read_text("utf-8"))
        found = {key: _nowhere(value) for key, value in place["servers"].items()}
        (tmp_path / name).write_text(yaml.safe_dump({**place, "servers": found}), "utf-8")
    return tmp_path


def _nowhere(value: object) -> object:
    if isinstance(value, list):
        return [f"127.0.0.1:{number}" for number, _ in enumerate(value, 1)]
    return "127.0.0.1:1" if ":" in str(value) else value


def steps(here: Path, profiles: str = "") -> Mapping[str, Step]:
    """The commands of docker-compose.yml, here."""
    out = ["--out", str(here / "volume")]
    demo = ["--take", str(ROOT / "demo/alerts.yaml"), "--take", str(PLACES / "demo")]
    return {
        "settings-demo": (settings.main, ["layer", "demo", *out, *demo]),
        "settings-ha": (
            settings.main,
            ["layer", "ha", *out, "--profiles", profiles, "--merge", str(here / "place-ha.yaml")],
        ),
        "settings": (
            settings.main,
            [
                *("assemble", *out, "--profiles", profiles, "--take", str(here / "config")),
                *("--merge", str(here / "place.yaml"), "--patience", "5"),
            ],
        ),
        "alerts": (
            apply.main,
            [
                *("--settings", str(here / "volume"), "--contacts", str(here / "contacts.yaml")),
                *("--dashboards", "http://127.0.0.1:3000", "--out", str(here / "built")),
            ],
        ),
    }


def begun(step: Step, delay: float = 0.0) -> ForkProcess:
    command, words = step

    def work() -> None:
        time.sleep(delay)
        command.main(list(words), standalone_mode=True)

    process = FORK.Process(target=work)
    process.start()
    return process


def up(here: Path, *names: str, profiles: str = "") -> None:
    """As compose does it: one after the other, each only when the one before ended well."""
    for name in names:
        process = begun(steps(here, profiles)[name])
        process.join()
        assert process.exitcode == 0, name


def restart(here: Path, chance: random.Random, *names: str, profiles: str = "") -> list[int | None]:
    """All at once, in any order, each some time later than compose says."""
    order = chance.sample(names, len(names))
    ends = [begun(steps(here, profiles)[name], chance.choice([0, 0, 0.05, 0.3, 0.6])) for name in order]
    for process in ends:
        process.join()
    return [process.exitcode for process in ends]


def in_force(here: Path) -> Mapping[str, bytes]:
    """What exporter, Prometheus and Alertmanager read, by its path."""
    seen = [*(here / "volume").glob("*.yaml"), *(p for p in (here / "built").rglob("*") if p.is_file())]
    return {str(path.relative_to(here)): path.read_bytes() for path in seen if ".asked" not in path.name}


def test_a_trial_of_pairs_stays_what_it_is(here: Path) -> None:
    names = ("settings-demo", "settings-ha", "settings", "alerts")
    up(here, *names)
    before = in_force(here)
    assert b"mail.example.vn" not in before["built/alertmanager/alertmanager.yml"]
    assert b"mailpit:1025" in before["built/alertmanager/alertmanager.yml"]
    assert b"${DVC_REPLICA}" in before["built/prometheus.yml"]

    chance = random.Random(805)  # noqa: S311 - an order, no secret
    for _ in range(ROUNDS):
        assert restart(here, chance, *names) == [0, 0, 0, 0]
        assert in_force(here) == before
    # Without --profile the steps of profiles do not run.
    restart(here, chance, "settings", "alerts")
    assert in_force(here) == before


def test_pairs_in_operation_stay_with_what_changed_whole_or_not_at_all(here: Path) -> None:
    names = ("settings-ha", "settings", "alerts")
    up(here, *names, profiles="wall,ha")
    alerts = here / "config/alerts.yaml"
    written = alerts.read_text("utf-8")

    chance = random.Random(2024)  # noqa: S311 - an order, no secret
    for count in range(ROUNDS):
        old = in_force(here)
        alerts.write_text(written.replace("minimum_count: 10", f"minimum_count: {11 + count}"), "utf-8")
        assert restart(here, chance, *names, profiles="wall,ha") == [0, 0, 0]
        seen = in_force(here)
        up(here, *names, profiles="wall,ha")
        new = in_force(here)

        assert old != new
        assert seen in (old, new)
        assert b"${DVC_REPLICA}" in new["built/prometheus.yml"]

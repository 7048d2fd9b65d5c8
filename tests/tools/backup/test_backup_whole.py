"""A backup of the running stack, everything lost, and everything as it was again."""

from __future__ import annotations

import json
import shutil
import stat
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from tests.endtoend.stories import INDICATOR, UNIT, fall
from tests.stack import Stack, eventually, stack
from tools.backup.command import main

OTHER = "so-cong-thuong"
FIGURES = 'dvc_indicator_ratio{period="year"}'
PLACES = ("config=", "archive=archive", "prometheus=run/data", "alertmanager=run/told")
RECORD = "record=run/alertmanager/told.jsonl"


def options(folder: Path) -> list[str]:
    found = ["--layout", "none"]
    for place in (*PLACES, RECORD):
        name, _, path = place.partition("=")
        found += ["--place", f"{name}={folder / path}"]
    return found


def history(here: Stack, moment: float) -> dict[str, str]:
    """Every figure of a moment, by its labels."""
    answer = requests.get(
        f"http://127.0.0.1:{here.ports.prometheus}/api/v1/query",
        params={"query": FIGURES, "time": str(moment)},
        timeout=10,
    )
    return {
        json.dumps(one["metric"], sort_keys=True): one["value"][1] for one in answer.json()["data"]["result"]
    }


def lose_everything(folder: Path) -> None:
    """What the backup names, and the generated files as well."""
    shutil.rmtree(folder / "archive")
    shutil.rmtree(folder / "run")
    for file in folder.glob("*.yaml"):
        file.unlink()


def run(*words: str | Path) -> Sequence[str]:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backup")


def test_after_a_loss_of_everything_figures_are_as_before_and_no_mail_is_told_twice(folder: Path) -> None:
    home = folder / "stack"
    with stack(home, prometheus=["--web.enable-admin-api"]) as here:
        (home / "contacts.yaml").chmod(0o600)
        fall(here)
        told_before = len(here.told())
        moment = time.time()
        before = history(here, moment)
        assert len(before) > 100
        archived = {path.relative_to(home): path.read_bytes() for path in (home / "archive").rglob("*.gz")}
        urls = [
            f"--prometheus-url=http://127.0.0.1:{here.ports.prometheus}",
            f"--alertmanager-url=http://127.0.0.1:{here.ports.alertmanager}",
        ]
        said = run("save", "--into", folder / "kept", *urls, *options(home))
        backup = Path(said[-1])
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        assert not list((home / "run/data/snapshots").iterdir()), "the snapshot is not left on the disk"
        for name in ("exporter", "prometheus", "alertmanager"):
            here.end(name)
        mails = len(here.to(UNIT))
        assert mails == 1
        lose_everything(home)

        run("restore", *options(home), backup)

        assert stat.S_IMODE((home / "contacts.yaml").stat().st_mode) == 0o600
        assert {path: (home / path).read_bytes() for path in archived} == archived
        kept = run("restore", "--check", backup)
        here.build()
        here.start_alertmanager()
        here.start_exporter()
        here.start_prometheus()
        eventually(lambda: here.firing("DvcUnitBelowTarget", unit=UNIT), "the alert stands again")
        assert history(here, moment) == before
        assert len(here.told()) >= told_before > 0
        # Another unit falls: its mail shows that mails go out, and that a second one would have come by then.
        assert here.portal.let_in("below", OTHER, INDICATOR) == 1
        eventually(lambda: bool(here.to(OTHER)), "the other head is told")
        assert len(here.to(UNIT)) == mails, "what was told before the loss is not told again"
        assert any("files as they were" in line for line in kept)

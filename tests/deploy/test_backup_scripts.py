"""deploy/backup.sh and deploy/restore.sh, with a docker that only writes down what it is asked."""

from __future__ import annotations

import re
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tools.backup.layouts import COMPOSE

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKER = r"""#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in
  *" config") echo "name: ${COMPOSE_PROJECT_NAME:-dvc-monitor}" ;;
  "volume ls"*) echo "$VOLUME" ;;
  *"--status running prometheus") echo 1a2b ;;
  *"--status running prometheus-b") echo "$PAIR" ;;
  *"--status paused prometheus") echo "$STANDS" ;;
  *" unpause "*) ;;
  *" hold "*) [ -z "$SLOW" ] || { touch "$ASKED.holds"; sleep 30; }; [ -z "$FULL" ] ;;
  *" save "*) [ -z "$BROKEN" ] && echo /backups/dvc-monitor-20240916T070000.tar.gz ;;
  *" settings "*) [ -z "$BROKEN" ] && printf '%s' "$SETTINGS" ;;
  "ps -q"*) echo "$RUNS" ;;
  "ps -aq"*) echo "$LEFT" ;;
esac
"""
NOTHING = dict.fromkeys(("PAIR", "STANDS", "SLOW", "FULL", "BROKEN", "SETTINGS", "RUNS", "LEFT"), "")
SETTINGS = "DVC_CONFIG=/srv/dvc/config\n"


class Machine:
    """A checkout on a host that has docker and no Python."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked = root / "asked"
        (root / "deploy").mkdir(parents=True)
        (root / "bin").mkdir()
        for name in ("backup.sh", "restore.sh"):
            shutil.copy(ROOT / "deploy" / name, root / "deploy")
        shutil.copy(ROOT / "docker-compose.yml", root)
        (root / "bin/docker").write_text(DOCKER, "utf-8")
        (root / "bin/docker").chmod(0o755)

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        path = f"{self.root / 'bin'}:/usr/bin:/bin"
        return {"PATH": path, "ASKED": str(self.asked), "VOLUME": "dvc-monitor_prometheus", **NOTHING, **more}

    def run(self, script: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", self.root / "deploy" / script, *words],
            cwd=self.root.parent,
            env=self.environment(more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def steps(self) -> Sequence[str]:
        """What of it matters, in its order: the last words of each call that changes something."""
        lines = self.asked.read_text("utf-8").splitlines() if self.asked.exists() else []
        words = ("pause", "unpause", "hold", "release", "save", "settings", "restore", "--check")
        return [
            " ".join(found) for line in lines if (found := [word for word in line.split() if word in words])
        ]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "checkout")


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "deploy").glob("*.sh")))
def test_a_shell_that_knows_no_more_than_posix_reads_it(script: str) -> None:
    text = (ROOT / "deploy" / script).read_text("utf-8")

    assert text.startswith("#!/bin/sh\n")
    assert subprocess.run(["/bin/sh", "-n", ROOT / "deploy" / script], check=False).returncode == 0


def test_prometheus_stands_still_only_while_its_files_are_linked(machine: Machine) -> None:
    done = machine.run("backup.sh")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "var/backups/dvc-monitor-20240916T070000.tar.gz\n"
    assert machine.steps() == ["pause", "hold", "unpause", "save", "release"]
    assert stat.S_IMODE((machine.root / "var/backups").stat().st_mode) == 0o700
    assert "/kept/settings/.env" not in machine.asked.read_text("utf-8"), "there is none"


def test_of_a_pair_one_always_evaluates(machine: Machine) -> None:
    assert machine.run("backup.sh", PAIR="3c4d").returncode == 0

    assert machine.steps() == ["pause", "hold", "unpause"] * 2 + ["save", "release"]


def test_settings_are_kept_where_there_are_some(machine: Machine) -> None:
    (machine.root / ".env").write_text(SETTINGS, "utf-8")

    assert machine.run("backup.sh").returncode == 0
    assert f"{machine.root}/.env:/kept/settings/.env:ro" in machine.asked.read_text("utf-8")


def test_after_a_failure_prometheus_goes_on_and_nothing_is_left(machine: Machine) -> None:
    done = machine.run("backup.sh", FULL="yes")

    assert done.returncode != 0
    assert machine.steps() == ["pause", "hold", "unpause", "release"]


def test_after_a_backup_that_could_not_be_written_nothing_is_left(machine: Machine) -> None:
    assert machine.run("backup.sh", BROKEN="yes").returncode != 0
    assert machine.steps() == ["pause", "hold", "unpause", "save", "release"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_also_where_it_is_ended_prometheus_goes_on(machine: Machine, number: signal.Signals) -> None:
    with subprocess.Popen(
        ["/bin/sh", machine.root / "deploy/backup.sh"],
        env=machine.environment({"SLOW": "yes"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        until = time.monotonic() + 20
        while not Path(f"{machine.asked}.holds").exists() and time.monotonic() < until:
            time.sleep(0.05)
        # As a terminal does it: whatever runs in it is ended as well.
        subprocess.run(["kill", f"-{number.value}", "--", f"-{process.pid}"], check=True)
        assert process.wait(20) == 1

    assert machine.steps() == ["pause", "hold", "unpause", "release"]


def test_one_that_an_earlier_backup_left_standing_goes_on_first(machine: Machine) -> None:
    assert machine.run("backup.sh", STANDS="1a2b").returncode == 0
    assert machine.steps()[:3] == ["unpause", "pause", "hold"]


def test_what_one_that_was_killed_left_is_removed(machine: Machine) -> None:
    kept = machine.root / "var/backups"
    (kept / ".dvc-backup-x").mkdir(parents=True)
    for name in (".dvc-backup-x/grafana.db", ".dvc-monitor-1.tar.gz.partial", "dvc-monitor-1.tar.gz"):
        (kept / name).touch()

    assert machine.run("backup.sh", LEFT="5e6f\n7a8b").returncode == 0
    assert "rm -f 5e6f 7a8b" in machine.asked.read_text("utf-8").splitlines()
    assert [one.name for one in kept.iterdir()] == ["dvc-monitor-1.tar.gz"]


def test_a_project_that_is_none_is_not_kept(machine: Machine) -> None:
    done = machine.run("backup.sh", "-p", "dvc-trail", VOLUME="")

    assert done.returncode == 1
    assert "nothing of a project 'dvc-trail'" in done.stderr
    assert machine.steps() == []


def test_what_is_put_back_is_read_whole_first(machine: Machine) -> None:
    (machine.root.parent / "kept.tar.gz").touch()
    done = machine.run("restore.sh", "kept.tar.gz", SETTINGS=SETTINGS)

    assert done.returncode == 0, done.stderr
    assert machine.steps() == ["settings", "restore restore"]
    asked = machine.asked.read_text("utf-8")
    assert f"-v {machine.root.parent}/kept.tar.gz:/backup.tar.gz:ro" in asked
    assert "--env-file" in asked.splitlines()[-1], "the folders are those that the backup's settings name"
    assert (machine.root / ".env").read_text("utf-8") == SETTINGS


def test_a_broken_backup_changes_nothing(machine: Machine) -> None:
    (machine.root.parent / "kept.tar.gz").touch()
    assert machine.run("restore.sh", "kept.tar.gz", SETTINGS=SETTINGS, BROKEN="yes").returncode != 0

    assert machine.steps() == ["settings"]
    assert not (machine.root / ".env").exists()


def test_while_anything_of_the_project_runs_nothing_is_put_back(machine: Machine) -> None:
    (machine.root.parent / "kept.tar.gz").touch()
    done = machine.run("restore.sh", "kept.tar.gz", "--replace", RUNS="1a2b", SETTINGS=SETTINGS)

    assert done.returncode == 1
    assert "stop it first" in done.stderr
    assert machine.steps() == ["settings"]
    assert not (machine.root / ".env").exists()


def test_settings_that_are_there_are_in_the_way_and_kept(machine: Machine) -> None:
    (machine.root.parent / "kept.tar.gz").touch()
    (machine.root / ".env").write_text("DVC_CONFIG=./mine\n", "utf-8")

    done = machine.run("restore.sh", "kept.tar.gz", SETTINGS=SETTINGS)
    assert done.returncode == 1
    assert "In the way: .env" in done.stderr
    assert machine.steps() == ["settings"]

    assert machine.run("restore.sh", "kept.tar.gz", "--replace", SETTINGS=SETTINGS).returncode == 0
    assert (machine.root / ".env").read_text("utf-8") == SETTINGS
    (old,) = machine.root.glob(".env.before-*")
    assert old.read_text("utf-8") == "DVC_CONFIG=./mine\n"


def test_a_check_puts_nothing_back(machine: Machine) -> None:
    (machine.root.parent / "kept.tar.gz").touch()
    assert machine.run("restore.sh", "--check", "kept.tar.gz", SETTINGS=SETTINGS).returncode == 0
    assert machine.steps() == ["restore --check"]


@pytest.mark.parametrize("words", [(), ("a", "b"), ("--force", "a"), ("-p",)])
def test_what_it_does_not_understand_it_does_not_do(machine: Machine, words: tuple[str, ...]) -> None:
    done = machine.run("restore.sh", *words)

    assert done.returncode == 2
    assert "restore.sh FILE [--check] [--replace] [-p PROJECT]" in done.stderr
    assert not machine.asked.exists()


def test_make_needs_no_python_for_it() -> None:
    def would(*words: str) -> str:
        return subprocess.run(
            ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout

    assert would("backup", "STACK=compose", "BACKUP=-p dvc-trial") == "sh deploy/backup.sh -p dvc-trial\n"
    assert "sh deploy/restore.sh --check 'a.tar.gz'\n" in would(
        "restore", "STACK=compose", "FROM=a.tar.gz", "BACKUP=--check"
    )
    assert "tools.backup save" in would("backup")


@pytest.mark.parametrize("ending", ["md", "vi.md"])
def test_an_administrator_finds_the_way_in_the_documents(ending: str) -> None:
    operations = (ROOT / f"docs/operations.{ending}").read_text("utf-8")
    backup = (ROOT / f"docs/backup.{ending}").read_text("utf-8")

    for text in (operations, backup):
        assert "sudo sh deploy/backup.sh" in text
        assert "sudo sh deploy/restore.sh --replace" in text
        assert re.search(r"30 \d+ \* \* \* root", text)
    for words in ("STACK=compose", "restore.sh --check", "before-<", "victoria-metrics", "-p "):
        assert words in backup
    rows = {row for line in backup.splitlines() for row in re.findall(r"`([a-z-]+)`", line.split(" | ")[0])}
    assert {name for name in COMPOSE.places if name.count("-") == 0} <= rows


def test_links_between_the_documents_lead_to_a_heading() -> None:
    for name in ("operations.md", "operations.vi.md", "backup.md", "backup.vi.md"):
        text = (ROOT / "docs" / name).read_text("utf-8")
        for file, anchor in re.findall(r"\]\(([\w.]*)#([^)]+)\)", text):
            target = (ROOT / "docs" / (file or name)).read_text("utf-8")
            headings = re.findall(r"^#+ (.+)$", target, re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", one).lower().replace(" ", "-") for one in headings}


def test_both_languages_tell_the_same_steps() -> None:
    for name in ("operations", "backup"):
        told = [
            re.findall(r"^(#+) |(?:^|`)(?:sudo )?(sh deploy/\w+\.sh)", text, re.MULTILINE)
            for text in ((ROOT / f"docs/{name}.{ending}").read_text("utf-8") for ending in ("md", "vi.md"))
        ]
        assert told[0] == told[1]

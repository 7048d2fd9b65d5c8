"""The layout of docker-compose.yml, on folders in the place of its volumes."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy import preflight
from tests.tools.backup.test_backup_refusals import NOBODY, placed, write
from tools.backup import layouts, running, standing
from tools.backup.command import main
from tools.backup.layouts import COMPOSE
from tools.backup.places import Name, Volume

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
VOLUMES = [name for name in COMPOSE.volumes if name != Name.SECRETS]


def command(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def layout(root: Path) -> list[str]:
    found = ["--layout", "compose"]
    for name, path in COMPOSE.places.items():
        found += ["--place", f"{name}={root / path.relative_to(layouts.KEPT)}"]
    return found


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "version", lambda *_: None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What the volumes and folders of a stack hold while it runs, without the profile `ha`."""
    root = tmp_path / "home"
    for name in VOLUMES:
        (root / name).mkdir(parents=True)
    write(root / "settings/.env", "COMPOSE_PROFILES=wall\nDVC_CONFIG=/srv/dvc/config\n")
    write(root / "config/exporter.yaml", "sources: []\n")
    write(root / "secrets/alerts/contacts.yaml", "operators: []\n", 0o400)
    write(root / "secrets/grafana/admin-password", "x", 0o400)
    write(root / "archive/archive/cong/2024-09-16/a/00-page.html.gz", "page", 0o640)
    write(root / "archive/leader.lock", "")
    write(root / "archive/before-20240915T070000/archive/old", "moved aside by an earlier restore")
    write(root / "prometheus/wal/00000007", "log")
    write(root / "prometheus/lock", "")
    write(root / "alertmanager/nflog", "memory")
    write(root / "alertmanager/told.jsonl", "{}\n")
    with sqlite3.connect(root / "grafana/grafana.db") as database:
        database.execute("create table walls (name text)")
    database.close()
    if os.geteuid() == 0:
        os.chown(root / "secrets/alerts/contacts.yaml", 10805, 0)
        os.chown(root / "secrets/grafana/admin-password", 472, 0)
    return root


@pytest.fixture
def backup(home: Path, tmp_path: Path) -> Path:
    done = command("save", "--into", tmp_path / "kept", *layout(home))
    assert done.exit_code == 0, done.output
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """New volumes, as mounting makes them, and folders of the host."""
    root = tmp_path / "fresh"
    for name in (*VOLUMES, "secrets", "config"):
        (root / name).mkdir(parents=True)
    return root


def restored(backup: Path, root: Path, *more: str) -> Result:
    return command("restore", *layout(root), *more, backup)


def found(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_all_that_cannot_be_made_again_is_put_back_into_the_volumes(backup: Path, fresh: Path) -> None:
    done = restored(backup, fresh)

    assert done.exit_code == 0, done.output
    assert "prometheus-b, alertmanager-b, alertmanager-c: left out" in done.output
    assert found(fresh) == {
        "config/exporter.yaml",
        "secrets/alerts/contacts.yaml",
        "secrets/grafana/admin-password",
        "archive/archive/cong/2024-09-16/a/00-page.html.gz",
        "prometheus/wal/00000007",
        "alertmanager/nflog",
        "alertmanager/told.jsonl",
        "grafana/grafana.db",
    }
    assert stat.S_IMODE((fresh / "secrets/alerts/contacts.yaml").stat().st_mode) == 0o400
    assert stat.S_IMODE((fresh / "secrets").stat().st_mode) == 0o711
    assert stat.S_IMODE((fresh / "secrets/alerts").stat().st_mode) == 0o711
    assert not list(fresh.rglob("*.restoring-*"))


@ROOT_ONLY
def test_each_service_finds_what_is_put_back_as_its_own(backup: Path, fresh: Path) -> None:
    assert restored(backup, fresh).exit_code == 0

    owners = {
        name: (fresh / name).stat().st_uid
        for name in (
            "archive",
            "archive/archive/cong",
            "archive/archive/cong/2024-09-16/a/00-page.html.gz",
            "prometheus",
            "prometheus/wal",
            "prometheus/wal/00000007",
            "alertmanager/told.jsonl",
            "grafana",
            "grafana/grafana.db",
            "secrets",
            "secrets/alerts",
            "secrets/alerts/contacts.yaml",
            "secrets/grafana/admin-password",
            "config/exporter.yaml",
        )
    }
    assert owners == {
        "archive": 10805,
        "archive/archive/cong": 10805,
        "archive/archive/cong/2024-09-16/a/00-page.html.gz": 10805,
        "prometheus": 65534,
        "prometheus/wal": 65534,
        "prometheus/wal/00000007": 65534,
        "alertmanager/told.jsonl": 65534,
        "grafana": 472,
        "grafana/grafana.db": 472,
        "secrets": 0,
        "secrets/alerts": 0,
        "secrets/alerts/contacts.yaml": 10805,
        "secrets/grafana/admin-password": 472,
        "config/exporter.yaml": 0,
    }


def test_the_settings_come_out_of_the_backup_before_the_rest(backup: Path) -> None:
    done = command("settings", backup)

    assert done.exit_code == 0
    assert done.output == "COMPOSE_PROFILES=wall\nDVC_CONFIG=/srv/dvc/config\n"


def test_a_stack_that_is_started_without_settings_has_none_to_put_back(home: Path, tmp_path: Path) -> None:
    (home / "settings/.env").unlink()
    done = command("save", "--into", tmp_path / "kept", *layout(home))
    assert done.exit_code == 0, done.output

    assert not command("settings", done.stdout.splitlines()[-1]).output


def test_a_broken_backup_has_no_settings(backup: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.tar.gz"
    half.write_bytes(backup.read_bytes()[:-200])

    done = command("settings", half)

    assert done.exit_code == 1
    assert "COMPOSE_PROFILES" not in done.output


def test_volumes_that_hold_something_are_named_and_left_alone(backup: Path, home: Path) -> None:
    before = found(home)
    done = restored(backup, home)

    assert done.exit_code == 1
    for name in ("archive/archive", "prometheus/wal", "alertmanager/nflog", "grafana/grafana.db"):
        assert str(home / name) in done.output
    assert str(home / "config/exporter.yaml") not in done.output, "the same file is in nobody's way"
    assert found(home) == before


def test_what_is_replaced_is_kept_within_the_volume(backup: Path, home: Path) -> None:
    write(home / "prometheus/wal/00000008", "later")
    write(home / "config/exporter.yaml", "sources: [newer]\n")

    done = restored(backup, home, "--replace")

    assert done.exit_code == 0, done.output
    assert (home / "prometheus/wal/00000007").is_file()
    assert not (home / "prometheus/wal/00000008").exists()
    (aside,) = (home / "prometheus").glob("before-*")
    assert {one.name for one in (aside / "wal").iterdir()} == {"00000007", "00000008"}
    assert stat.S_IMODE(aside.stat().st_mode) == 0o700
    (earlier, _) = sorted((home / "archive").glob("before-*"))
    assert earlier.name == "before-20240915T070000", "what was moved aside earlier stays where it is"
    (old,) = (home / "config").glob("exporter.yaml.before-*")
    assert old.read_text("utf-8") == "sources: [newer]\n"

    again = command("save", "--into", backup.parent / "again", *layout(home))
    assert again.exit_code == 0, again.output
    assert "whole: 9 files" in command("restore", "--check", again.stdout.splitlines()[-1]).output


def test_an_empty_volume_means_another_project(home: Path, tmp_path: Path) -> None:
    (home / "prometheus/wal/00000007").unlink()
    done = command("save", "--into", tmp_path / "kept", *layout(home))

    assert done.exit_code == 1
    assert "is it the right project" in done.output
    assert not list((tmp_path / "kept").glob("*.tar.gz"))


def test_of_a_prometheus_that_runs_is_taken_what_was_linked(home: Path, tmp_path: Path) -> None:
    standing.hold(home / "prometheus")
    write(home / "prometheus/wal/00000007", "log, and what came later")

    with (home / "prometheus/lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = command("save", "--into", tmp_path / "kept", *layout(home))
    assert done.exit_code == 0, done.output
    assert "prometheus: as it was at a moment when it stood still" in done.output

    restored(Path(done.stdout.splitlines()[-1]), tmp_path / "other")
    assert (tmp_path / "other/prometheus/wal/00000007").read_text("utf-8") == "log"


def test_of_one_that_was_stopped_is_not_taken_what_an_earlier_backup_linked(
    home: Path, tmp_path: Path
) -> None:
    standing.hold(home / "prometheus")
    write(home / "prometheus/wal/00000007", "log, and what came later")

    done = command("save", "--into", tmp_path / "kept", *layout(home))
    assert "prometheus: the folder of a Prometheus that was stopped" in done.output

    restored(Path(done.stdout.splitlines()[-1]), tmp_path / "other")
    assert found(tmp_path / "other/prometheus") == {"wal/00000007"}
    assert (tmp_path / "other/prometheus/wal/00000007").read_text("utf-8") == "log, and what came later"


def test_one_that_runs_and_was_not_linked_is_not_kept(home: Path, tmp_path: Path) -> None:
    with (home / "prometheus/lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = command("save", "--into", tmp_path / "kept", *layout(home))

    assert done.exit_code == 1
    assert "deploy/backup.sh makes it stand still" in done.output


def test_the_memory_of_each_alertmanager_that_runs_is_waited_for(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home / "alertmanager-b/nflog", "memory")
    asked = []

    def runs(url: str, _: str) -> str:
        asked.append(url)
        return "0.33.1"

    monkeypatch.setattr(running, "version", runs)
    os.utime(home / "alertmanager/nflog", (time.time() + 9, time.time() + 9))
    done = command("save", "--patience", "0.3", "--into", tmp_path / "kept", *layout(home))

    assert done.exit_code == 1
    assert "The Alertmanager".lower() in done.output.lower()
    assert str(home / "alertmanager-b/nflog") in done.output
    assert {"http://alertmanager:9093", "http://alertmanager-b:9093"} <= set(asked)
    assert "http://alertmanager-c:9093" not in asked, "its volume is empty"


def test_layouts_whose_folders_differ_are_not_mixed(backup: Path, home: Path, tmp_path: Path) -> None:
    write(home / "record/told.jsonl", "{}\n")
    checkout = command("save", "--into", tmp_path / "more", *NOBODY, *placed(home))
    assert checkout.exit_code == 0, checkout.output
    other = Path(checkout.stdout.splitlines()[-1])

    for done in (restored(other, tmp_path / "a"), command("restore", "--layout", "system", backup)):
        assert done.exit_code == 1
        assert "where it came from" in done.output
    assert not (tmp_path / "a").exists()


def test_the_copy_of_a_database_is_not_made_where_a_container_has_little_room(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "kept"
    made: list[Path] = []
    copied = running.copy_database

    def copy(source: Path, target: Path) -> None:
        made.append(target)
        copied(source, target)

    monkeypatch.setattr(running, "copy_database", copy)

    assert command("save", "--into", into, *layout(home)).exit_code == 0
    assert [one.parent.parent for one in made] == [into]
    assert len(list(into.iterdir())) == 1, "and it is gone"


def test_owners_are_those_that_the_secrets_are_made_for() -> None:
    assert (layouts.OURS, layouts.NOBODY, layouts.GRAFANA) == (
        preflight.OURS,
        preflight.NOBODY,
        preflight.GRAFANA,
    )
    assert COMPOSE.volumes[Name.SECRETS] == Volume(0, 0, 0o711)

"""What a backup leaves out, and what a restore refuses."""

from __future__ import annotations

import fcntl
import io
import json
import os
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from exporter.clock import PROVINCE_TIME
from tools.backup import running
from tools.backup.command import main
from tools.backup.layouts import CHECKOUT, SYSTEM
from tools.backup.manifest import FILE, Kept, Manifest, check_path, decode, encode
from tools.backup.pack import pack
from tools.backup.places import BackupError, Layout, Name, with_places
from tools.backup.putback import put_back
from tools.backup.unpack import verify

NOBODY = ["--prometheus-url=http://127.0.0.1:1", "--alertmanager-url=http://127.0.0.1:1"]
LAYOUT = ("config", "archive", "prometheus", "alertmanager", "record", "grafana")


Members = dict[str, tuple[tarfile.TarInfo, bytes]]


def write(path: Path, text: str, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def placed(root: Path) -> list[str]:
    found = ["--layout", "none"]
    for name in LAYOUT:
        found += ["--place", f"{name}={root / name}" + ("/told.jsonl" if name == "record" else "")]
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Stopped servers' folders, with what is kept and what is not."""
    root = tmp_path / "home"
    write(root / "config/exporter.yaml", "sources: []\n")
    write(root / "config/contacts.yaml", "operators: []\n", 0o600)
    write(root / "config/notes.txt", "not ours")
    page = write(root / "archive/cong/2024-09-16/a/00-page.html.gz", "page", 0o640)
    (root / "archive/cong/2024-09-16/b").mkdir()
    os.link(page, root / "archive/cong/2024-09-16/b/00-page.html.gz")
    write(root / "archive/cong/c.12345678.partial/00-page.html.gz", "half")
    write(root / "prometheus/01BLOCK/meta.json", "{}")
    write(root / "prometheus/lock", "")
    write(root / "prometheus/queries.active", "[]")
    write(root / "prometheus/snapshots/old/meta.json", "{}")
    write(root / "alertmanager/nflog", "memory")
    write(root / "record/told.jsonl", "{}\n")
    (root / "grafana").mkdir()
    with sqlite3.connect(root / "grafana/grafana.db") as database:
        database.execute("create table walls (name text)")
        database.execute("insert into walls values ('Màn hình')")
    database.close()
    return root


def command(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def backup(home: Path, tmp_path: Path) -> Path:
    done = command("save", "--into", tmp_path / "kept", *NOBODY, *placed(home))
    assert done.exit_code == 0, done.output
    return Path(done.stdout.splitlines()[-1])


def restored(backup: Path, root: Path, *more: str) -> Result:
    return command("restore", *placed(root), *more, backup)


def test_what_is_put_back_is_what_was_kept_and_nothing_else(backup: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    done = restored(backup, fresh)
    assert done.exit_code == 0, done.output

    found = {str(path.relative_to(fresh)) for path in fresh.rglob("*") if path.is_file()}
    assert found == {
        "config/exporter.yaml",
        "config/contacts.yaml",
        "archive/cong/2024-09-16/a/00-page.html.gz",
        "archive/cong/2024-09-16/b/00-page.html.gz",
        "prometheus/01BLOCK/meta.json",
        "alertmanager/nflog",
        "record/told.jsonl",
        "grafana/grafana.db",
    }
    assert stat.S_IMODE((fresh / "config/contacts.yaml").stat().st_mode) == 0o600
    pages = [fresh / f"archive/cong/2024-09-16/{one}/00-page.html.gz" for one in "ab"]
    assert pages[0].stat().st_ino == pages[1].stat().st_ino, "one file on the disk, as before"
    assert stat.S_IMODE(pages[0].stat().st_mode) == 0o640
    database = sqlite3.connect(fresh / "grafana/grafana.db")
    assert database.execute("select name from walls").fetchall() == [("Màn hình",)]
    database.close()


def test_a_check_changes_nothing(backup: Path, tmp_path: Path) -> None:
    done = restored(backup, tmp_path / "fresh", "--check")
    assert done.exit_code == 0
    assert "8 files as they were" in done.output
    assert not (tmp_path / "fresh").exists()


def test_nothing_is_overwritten_unless_that_is_said(backup: Path, home: Path) -> None:
    write(home / "config/exporter.yaml", "sources: [newer]\n")
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    done = restored(backup, home)

    assert done.exit_code == 1
    assert "in the way" in done.output
    assert str(home / "config/exporter.yaml") in done.output
    assert str(home / "config/contacts.yaml") not in done.output, "the same file is in nobody's way"
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_what_is_replaced_is_kept_beside_it(backup: Path, home: Path) -> None:
    write(home / "config/exporter.yaml", "sources: [newer]\n")
    write(home / "archive/later/page", "later")

    done = restored(backup, home, "--replace")

    assert done.exit_code == 0, done.output
    assert (home / "config/exporter.yaml").read_text("utf-8") == "sources: []\n"
    (old,) = (home / "config").glob("exporter.yaml.before-*")
    assert old.read_text("utf-8") == "sources: [newer]\n"
    (kept,) = home.glob("archive.before-*")
    assert (kept / "later/page").read_text("utf-8") == "later"
    assert not (home / "archive/later").exists()
    assert not list(home.rglob("*.restoring-*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_puts_back_belongs_to_the_owner_of_the_folder(backup: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    (fresh / "record").mkdir(parents=True)
    (fresh / "alertmanager").mkdir()
    os.chown(fresh / "record", 12345, 12346)
    os.chown(fresh / "alertmanager", 12347, 12348)

    assert restored(backup, fresh).exit_code == 0

    owners = {
        name: ((fresh / name).stat().st_uid, (fresh / name).stat().st_gid)
        for name in ("record/told.jsonl", "alertmanager", "alertmanager/nflog", "config/contacts.yaml")
    }
    assert owners == {
        "record/told.jsonl": (12345, 12346),
        "alertmanager": (12347, 12348),
        "alertmanager/nflog": (12347, 12348),
        "config/contacts.yaml": (0, 0),
    }


def test_while_prometheus_runs_nothing_is_put_back_or_copied(
    backup: Path, home: Path, tmp_path: Path
) -> None:
    with (home / "prometheus/lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for done in (
            restored(backup, home, "--replace"),
            command("save", "--into", tmp_path / "more", *NOBODY, *placed(home)),
        ):
            assert done.exit_code == 1
            assert "a Prometheus runs on" in done.output


def remake(backup: Path, change: Callable[[Members], None]) -> Path:
    """The same backup, changed by hand."""
    members: Members = {}
    with tarfile.open(backup) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            members[member.name] = (member, file.read() if file else b"")
    change(members)
    other = backup.with_name("changed.tar.gz")
    with tarfile.open(other, "w:gz") as tar:
        for member, content in members.values():
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return other


def altered(members: Members) -> None:
    header, _ = members["config/contacts.yaml"]
    members["config/contacts.yaml"] = (header, b"operators: [ke-gian@example.vn]\n")


def added(members: Members) -> None:
    members["config/a.yaml"] = (tarfile.TarInfo("config/a.yaml"), b"")
    members[FILE] = members.pop(FILE)


def behind(members: Members) -> None:
    members["config/a.yaml"] = (tarfile.TarInfo("config/a.yaml"), b"")


def missing(members: Members) -> None:
    del members["alertmanager/nflog"]


def headless(members: Members) -> None:
    del members[FILE]


def climbing(members: Members) -> None:
    header, content = members["alertmanager/nflog"]
    header.name = "alertmanager/../../evil"
    members["alertmanager/nflog"] = (header, content)


def linked(members: Members) -> None:
    header, _ = members["alertmanager/nflog"]
    header.type, header.linkname = tarfile.SYMTYPE, "/etc/passwd"
    members["alertmanager/nflog"] = (header, b"")


def elsewhere(members: Members) -> None:
    header, _ = members["archive/cong/2024-09-16/b/00-page.html.gz"]
    header.linkname = "config/contacts.yaml"


def newer(members: Members) -> None:
    header, content = members[FILE]
    members[FILE] = (header, json.dumps(json.loads(content) | {"format": 2}).encode())


def foreign(members: Members) -> None:
    header, content = members[FILE]
    members[FILE] = (header, json.dumps(json.loads(content) | {"kind": "photos"}).encode())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (altered, "config/contacts.yaml"),
        (added, "does not hold what its manifest says"),
        (behind, "goes on after its manifest"),
        (missing, "does not hold what its manifest says"),
        (headless, "has no manifest"),
        (climbing, "not to be trusted"),
        (linked, "which is no file"),
        (elsewhere, "is not what the manifest says"),
        (newer, "has format 2"),
        (foreign, "no backup of dvc-monitor"),
    ],
)
def test_a_broken_or_foreign_backup_is_refused_whole(
    backup: Path,
    tmp_path: Path,
    change: Callable[[Members], None],
    said: str,
) -> None:
    done = restored(remake(backup, change), tmp_path / "fresh")
    assert done.exit_code == 1
    assert said in done.output
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_the_start_of_a_backup_is_refused(backup: Path, tmp_path: Path, share: float) -> None:
    whole = backup.read_bytes()
    half = tmp_path / "half.tar.gz"
    half.write_bytes(whole[: int(len(whole) * share)])
    done = restored(half, tmp_path / "fresh")
    assert done.exit_code == 1
    assert not (tmp_path / "fresh").exists()


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/passwd",
        "config",
        "config/../x",
        "photos/x",
        "config//x",
        "config/./x",
        "config/a\\b",
        "",
    ],
)
def test_a_path_that_leaves_its_place_is_refused(path: str) -> None:
    with pytest.raises(BackupError, match="not to be trusted"):
        check_path(path)
    with pytest.raises(BackupError):
        decode(encode(Manifest(datetime.now(PROVINCE_TIME), {}, (), [Kept(path, 0, 0o600, "0" * 64)])))


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"kind": "dvc-monitor backup", "format": 1}', b"\xff"])
def test_a_manifest_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(BackupError):
        decode(text)


def test_a_link_of_the_manifest_to_another_place_is_refused() -> None:
    kept = Kept("archive/a/b", 0, 0o600, "0" * 64, same_as="config/contacts.yaml")
    with pytest.raises(BackupError, match="another place"):
        decode(encode(Manifest(datetime.now(PROVINCE_TIME), {}, (), [kept])))


def test_a_place_that_nobody_knows_is_asked_for(backup: Path) -> None:
    with pytest.raises(BackupError, match="--place config=PATH"):
        put_back(backup, verify(backup), Layout("none", {}), stamp="now", replace=False)


def test_places_are_given_by_name() -> None:
    root = Path("/srv/dvc")
    found = with_places(CHECKOUT, root, ["archive=/mnt/pages", "record="]).places
    assert found[Name.ARCHIVE] == Path("/mnt/pages")
    assert found[Name.PROMETHEUS] == root / "var/prometheus"
    assert Name.RECORD not in found
    assert with_places(SYSTEM, root, []).places[Name.CONFIG] == Path("/etc/dvc-monitor")
    with pytest.raises(BackupError, match="names no place"):
        with_places(CHECKOUT, root, ["pages=/mnt"])


def test_a_place_that_should_be_there_and_is_not_is_said(home: Path, tmp_path: Path) -> None:
    done = command("save", "--into", tmp_path, *NOBODY, *placed(home), f"--place=archive={home / 'gone'}")
    assert done.exit_code == 1
    assert "there is no such folder" in done.output


def test_a_backup_overwrites_no_other(backup: Path) -> None:
    with pytest.raises(BackupError, match="overwrites nothing"):
        pack([], backup, Manifest(datetime.now(PROVINCE_TIME), {}, (), ()))


def test_an_alertmanager_that_does_not_write_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "version", lambda *_: "0.33.1")
    memory = write(tmp_path / "nflog", "old")
    pauses: list[float] = []
    with pytest.raises(BackupError, match="has not written"):
        running.fresh_memory("http://am", tmp_path, memory.stat().st_mtime + 5, 1.0, pauses.append)
    assert sum(pauses) == pytest.approx(1.0)

    def written(_: float) -> None:
        os.utime(memory, (2e9, 2e9))

    assert "written while" in running.fresh_memory("http://am", tmp_path, 1.9e9, 1.0, written)


class Answer:
    def __init__(self, data: dict[str, object], *, ok: bool = True) -> None:
        self.data, self.ok = data, ok

    def json(self) -> dict[str, object]:
        return self.data


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer({"error": "admin APIs disabled"}, ok=False), "--web.enable-admin-api"),
        (Answer({"error": "no space"}, ok=False), "no space"),
        (Answer({"data": {"name": "../../etc"}}), "which is no name"),
        (Answer({"data": {"name": "20240916T000000Z-1"}}), "keeps its data elsewhere"),
    ],
)
def test_a_prometheus_that_makes_no_snapshot_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, said: str
) -> None:
    monkeypatch.setattr(running, "version", lambda *_: "3.5.3")
    monkeypatch.setattr(requests, "post", lambda *_, **__: answer)
    with (
        pytest.raises(BackupError, match=said),
        running.prometheus_files("http://prometheus", tmp_path),
    ):
        pass


def test_a_database_that_is_none_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no database"):
        running.copy_database(write(tmp_path / "grafana.db", "no database at all"), tmp_path / "copy")

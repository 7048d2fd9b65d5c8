from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from exporter.archive import files as archive_files
from exporter.archive.store import Archive, ArchiveError, DamagedError
from tests.archive_builders import HTML, NOON, SOURCE, folder, ids, run, tree
from tests.archive_driver import BEFORE, DURING

ROOT = Path(__file__).parents[2]
PAGE = "00-part-0.html.gz"


def driver(mode: str, work: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "tests" / "archive_driver.py"), mode, str(work)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def output(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return said


def make_old(archive: Archive) -> None:
    for partial in (archive.directory / SOURCE).glob("*.partial"):
        os.utime(partial, (1, 1))


# Killed


def test_a_writer_may_be_killed_before_any_step(tmp_path: Path) -> None:
    steps = int(output(driver("store_killed", tmp_path)))
    assert steps > 15
    outcomes = []
    for number in range(1, steps + 2):
        archive = Archive(tmp_path / f"{number:03d}")
        found = [stored.load() for stored in archive.collections(SOURCE)]
        assert found in ([BEFORE], [BEFORE, DURING]), f"killed before step {number}"
        outcomes.append(len(found))
        if found == [BEFORE]:
            archive.store(DURING)  # what the killed one left is in nobody's way
        make_old(archive)
        archive.prune(NOON.date())
        assert [stored.load() for stored in archive.collections(SOURCE)] == [BEFORE, DURING]
        assert archive.damaged == 0
        assert {path.name for path in (archive.directory / SOURCE).iterdir()} == {"2024-09-16"}
    assert outcomes == sorted(outcomes), "once it is there, it stays"
    assert (outcomes[0], outcomes[-1]) == (1, 2)


def test_prune_may_be_killed_before_any_step(tmp_path: Path) -> None:
    steps = int(output(driver("prune_killed", tmp_path)))
    assert steps > 20
    for number in range(1, steps + 2):
        archive = Archive(tmp_path / f"{number:03d}")
        for stored in archive.collections(SOURCE):
            assert stored.load() is not None, f"killed before step {number}"
        make_old(archive)
        archive.prune(date(2025, 3, 1))
        make_old(archive)
        archive.prune(date(2025, 3, 1))
        assert ids(archive) == ["20240915T14", "20240916T14"]
        folders = {path.name for path in (archive.directory / SOURCE).iterdir()}
        assert folders == {"2024-09-15", "2024-09-16"}
        assert archive.damaged == 0


def test_what_was_stored_when_a_busy_writer_is_killed_is_there(tmp_path: Path) -> None:
    said: dict[str, list[str]] = json.loads(output(driver("killed_while_busy", tmp_path)))
    assert len(said) == 12
    for number, stored_ids in said.items():
        archive = Archive(tmp_path / number)
        found = ids(archive)
        # The very last may have been stored without that it could still be said.
        assert found[: len(stored_ids)] == stored_ids
        assert len(found) <= len(stored_ids) + 1
        assert all(stored.load() for stored in archive.collections(SOURCE))


# Side by side


def test_processes_may_write_and_prune_side_by_side(tmp_path: Path) -> None:
    writers = [driver("busy", tmp_path), driver("busy", tmp_path)]
    for writer in writers:
        output(writer)
    archive = Archive(tmp_path)
    found = [stored.load() for stored in archive.collections(SOURCE)]
    bodies = sorted(collection.pages[1].body.decode() for collection in found if collection)
    assert bodies == sorted(f"{writer.pid} {turn}" for writer in writers for turn in range(25))
    assert archive.damaged == 0


# Full, read-only, broken


def test_a_disk_that_takes_no_more_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    message = output(driver("limited", tmp_path))
    assert "could not keep collection" in message
    assert "file too large. Free space there, or point archive.directory" in message
    archive = Archive(tmp_path)
    assert [stored.load() for stored in archive.collections(SOURCE)] == [BEFORE]
    assert {path.name for path in (tmp_path / SOURCE).iterdir()} == {"2024-09-16"}


def failing_at(number: int, code: int, patch: pytest.MonkeyPatch) -> Callable[[], int]:
    taken = 0

    def hooked(name: str, really: Callable[..., object]) -> None:
        def step(*args: object, **named: object) -> object:
            nonlocal taken
            flags = args[1] if name == "open" and len(args) > 1 else os.O_WRONLY
            if isinstance(flags, int) and flags & os.O_WRONLY:
                taken += 1
                if taken == number:
                    raise OSError(code, os.strerror(code))
            return really(*args, **named)

        patch.setattr(os, name, step)

    for name in ("mkdir", "open", "write", "fsync", "rename"):
        hooked(name, getattr(os, name))
    return lambda: taken


@pytest.mark.parametrize(
    ("code", "todo"),
    [
        (errno.ENOSPC, "no space left on device. Free space there"),
        (errno.EDQUOT, "disk quota exceeded. Free space there"),
        (errno.EROFS, "read-only file system. Mount it writable"),
        (errno.EACCES, "permission denied. Give the exporter's user write access"),
        (errno.EIO, "input/output error. The disk reports errors"),
        (errno.ENXIO, "no such device or address. Check the disk"),
    ],
)
def test_a_fault_of_the_disk_at_any_step_is_told_and_leaves_nothing(
    tmp_path: Path, code: int, todo: str
) -> None:
    number, failed = 0, True
    while failed:
        number += 1
        archive = Archive(tmp_path / str(number))
        archive.store(BEFORE)
        before = tree(archive.directory)
        with pytest.MonkeyPatch.context() as patch:
            taken = failing_at(number, code, patch)
            try:
                archive.store(DURING)
            except ArchiveError as error:
                assert todo in str(error)  # noqa: PT017 - which step is the last is found out by trying
            failed = taken() >= number
        if failed and "during" not in ids(archive):
            assert tree(archive.directory) == before
            archive.store(DURING)
        assert [stored.load() for stored in archive.collections(SOURCE)] == [BEFORE, DURING]
    assert number > 12


def test_a_writer_that_is_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    archive = Archive(tmp_path)
    archive.store(BEFORE)
    before = tree(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", stop)
        with pytest.raises(KeyboardInterrupt):
            archive.store(DURING)
    assert tree(tmp_path) == before


def test_what_cannot_be_tidied_up_does_not_count(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store(BEFORE)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with pytest.MonkeyPatch.context() as patch:
        for name in ("fsync", "rename", "unlink"):
            patch.setattr(os, name, refuse)
        with pytest.raises(ArchiveError, match="Mount it writable"):
            archive.store(DURING)
    assert ids(archive) == ["before"]
    assert len(list((tmp_path / SOURCE).glob("during.*.partial"))) == 1
    archive.store(DURING)
    assert ids(archive) == ["before", "during"]


def a_file(path: Path) -> None:
    path.write_text("")


def a_link_into_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def a_link_elsewhere(path: Path) -> None:
    elsewhere = path.parents[len(path.parts) - path.parts.index("archive") - 1] / "elsewhere"
    elsewhere.mkdir()
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("place", ["archive/cong-tinh", "archive/cong-tinh/2024-09-16"])
@pytest.mark.parametrize(
    ("plant", "todo"),
    [
        (a_file, "A file stands where a directory should be: move it away"),
        (a_link_into_nowhere, "A symbolic link stands where a directory should be: move it away"),
        (a_link_elsewhere, "A symbolic link stands where a directory should be: move it away"),
    ],
)
def test_something_else_in_the_place_of_a_directory_is_told(
    tmp_path: Path, place: str, plant: Callable[[Path], None], todo: str
) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    plant(tmp_path / place)
    before = tree(tmp_path)
    archive = Archive(tmp_path / "archive")
    with pytest.raises(ArchiveError, match=todo):
        archive.store(run())
    assert tree(tmp_path) == before
    assert ids(archive) == []


def test_a_file_in_the_place_of_the_archive_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "archive").write_text("")
    archive = Archive(tmp_path / "archive")
    with pytest.raises(ArchiveError, match="not a directory"):
        archive.store(run())
    assert archive.sources() == ()
    assert archive.prune(NOON.date()) == 0
    assert archive.damaged == len(caplog.records) > 0


def test_two_that_make_the_same_directory_at_once_get_along(tmp_path: Path) -> None:
    really = os.mkdir

    def late(path: Path, mode: int) -> None:
        really(path, mode)  # the other process was a moment faster
        really(path, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "mkdir", late)
        archive_files.make_directory(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


def test_all_is_on_the_disk_before_it_counts(tmp_path: Path) -> None:
    """Files, then their directory, then the move, then both directories that the move changed."""
    archive = Archive(tmp_path)
    archive.store(BEFORE)
    trace: list[str] = []
    sync, rename, write = os.fsync, os.rename, archive_files.write_file

    def name(path: Path) -> str:
        return path.name.split(".")[0]

    def traced_sync(descriptor: int) -> None:
        trace.append("sync " + name(Path(f"/proc/self/fd/{descriptor}").readlink()))
        sync(descriptor)

    def traced_rename(path: Path, goal: Path) -> None:
        trace.append("move")
        rename(path, goal)

    def traced_write(path: Path, content: bytes) -> None:
        trace.append("write " + name(path))
        write(path, content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", traced_sync)
        patch.setattr(os, "rename", traced_rename)
        patch.setattr(archive_files, "write_file", traced_write)
        archive.store(DURING)
    assert trace == [
        "write 01-part-1",
        "sync 01-part-1",
        "write 02-part-2",
        "sync 02-part-2",
        "write manifest",
        "sync manifest",
        "sync during",
        "move",
        "sync 2024-09-16",
        "sync cong-tinh",
    ]


# Damaged


def edited(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def spoil(place: Path) -> None:
        content = json.loads((place / "manifest.json").read_text())
        change(content)
        (place / "manifest.json").write_text(json.dumps(content))

    return spoil


def overwritten(file: str, raw: bytes) -> Callable[[Path], None]:
    def spoil(place: Path) -> None:
        (place / file).write_bytes(raw)

    return spoil


def rewritten(raw: bytes) -> Callable[[Path], None]:
    return overwritten("manifest.json", raw)


def repaged(raw: bytes) -> Callable[[Path], None]:
    return overwritten(PAGE, raw)


def endless_offset(place: Path) -> None:
    text = (place / "manifest.json").read_text()
    (place / "manifest.json").write_text(
        text.replace('"clock_offset_seconds": 0.0', '"clock_offset_seconds": 1e999')
    )


def first_page(**changes: object) -> Callable[[Path], None]:
    return edited(lambda m: m["pages"][0].update(changes))  # type: ignore[index]


def manifest_is_a_pipe(place: Path) -> None:
    (place / "manifest.json").unlink()
    os.mkfifo(place / "manifest.json")


def manifest_is_a_link(place: Path) -> None:
    (place / "manifest.json").rename(place / "real.json")
    (place / "manifest.json").symlink_to("real.json")


def manifest_is_a_directory(place: Path) -> None:
    (place / "manifest.json").unlink()
    (place / "manifest.json").mkdir()


def moved_to_another_day(place: Path) -> None:
    other = place.parent.parent / "2024-09-17"
    other.mkdir()
    place.rename(other / place.name)


UNREADABLE = "has a manifest that cannot be read"
BAD_MANIFESTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty": (rewritten(b""), UNREADABLE),
    "half": (rewritten(b'{"format": 1, "id": "x", "pages": ['), UNREADABLE),
    "no JSON": (rewritten(b"\x00" * 500), UNREADABLE),
    "no UTF-8": (rewritten(b'{"format": "\xff"}'), UNREADABLE),
    "a list": (rewritten(b"[]"), UNREADABLE),
    "deep": (rewritten(b"[" * 100_000), UNREADABLE),
    "format missing": (edited(lambda m: m.pop("format")), UNREADABLE),
    "format is text": (edited(lambda m: m.update(format="1")), UNREADABLE),
    "format is true": (edited(lambda m: m.update(format=True)), UNREADABLE),
    "format negative": (edited(lambda m: m.update(format=-1)), UNREADABLE),
    "newer format": (edited(lambda m: m.update(format=2)), "newer version of the exporter"),
    "another id": (edited(lambda m: m.update(id="y")), "manifest of another collection"),
    "another source": (edited(lambda m: m.update(source="y")), "manifest of another collection"),
    "another day": (moved_to_another_day, "manifest of another collection"),
    "time without zone": (edited(lambda m: m.update(started="2024-09-16T12:00:00")), UNREADABLE),
    "time beyond all": (edited(lambda m: m.update(started="0001-01-01T00:00:00+14:00")), UNREADABLE),
    "no time": (edited(lambda m: m.update(finished=7)), UNREADABLE),
    "offset NaN": (edited(lambda m: m.update(clock_offset_seconds=float("nan"))), UNREADABLE),
    "offset huge": (edited(lambda m: m.update(clock_offset_seconds=10**400)), UNREADABLE),
    "offset endless": (endless_offset, UNREADABLE),
    "offset text": (edited(lambda m: m.update(clock_offset_seconds="0")), UNREADABLE),
    "log is text": (edited(lambda m: m.update(log="x")), UNREADABLE),
    "page is text": (edited(lambda m: m.update(pages=["x"])), UNREADABLE),
    "page leads out": (first_page(file="../../../secret.gz"), UNREADABLE),
    "page without request": (first_page(request=None), UNREADABLE),
    "page of another kind": (first_page(request={"url": "", "expect": "xml", "json": None}), UNREADABLE),
    "sha256 too short": (first_page(sha256="abc"), UNREADABLE),
    "status true": (first_page(status=True), UNREADABLE),
    "period unknown": (first_page(period={"kind": "week", "start": "2024-01-01"}), UNREADABLE),
    "period impossible": (first_page(period={"kind": "year", "start": "2024-02-30"}), UNREADABLE),
    "body asked is text": (first_page(request={"url": "", "expect": "json", "json": "x"}), UNREADABLE),
    "failure without reason": (edited(lambda m: m.update(failures=[{"part": "x"}])), UNREADABLE),
    "a pipe": (manifest_is_a_pipe, "is not a regular file"),
    "a link": (manifest_is_a_link, "cannot be read"),
    "a directory": (manifest_is_a_directory, "is not a regular file"),
}
BOMB = gzip.compress(bytes(50_000_000), mtime=0)
BAD_PAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (lambda place: (place / PAGE).unlink(), "cannot be read: no such file"),
    "empty": (repaged(b""), "does not unpack to"),
    "cut off": (repaged(gzip.compress(HTML)[:-9]), "does not unpack to"),
    "not gzip": (repaged(b"rotten"), "is not what gzip wrote"),
    "with an addition": (repaged(gzip.compress(HTML) + b"x"), "does not unpack to"),
    "a second member": (repaged(gzip.compress(HTML) + gzip.compress(b"x")), "does not unpack to"),
    "other bytes": (repaged(gzip.compress(bytes(len(HTML)))), "does not have the sha256"),
    "shorter": (repaged(gzip.compress(HTML[:-1])), "does not unpack to"),
    "a bomb": (repaged(BOMB[:1000]), "does not unpack to"),
    "a large bomb": (repaged(BOMB), "more than the"),
    "promised too much": (first_page(bytes=64_000_001), "more than the 64000000 allowed"),
    "a bomb that is promised": (first_page(bytes=64_000_000), "does not unpack to"),
}


@pytest.fixture
def beside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Archive]:
    """An archive with three collections; the one in the middle is spoilt by the test."""
    archive = Archive(tmp_path / "archive")
    for number in range(3):
        moment = NOON + timedelta(hours=number)
        archive.store(run(moment, [f"{number}".encode() + HTML[1:]], id_=f"c{number}"))
    yield archive
    assert len(caplog.get_records("call")) == archive.damaged == 1, "logged once, counted once"


@pytest.mark.parametrize(("spoil", "why"), BAD_MANIFESTS.values(), ids=BAD_MANIFESTS)
def test_a_damaged_manifest_costs_no_other_collection(
    beside: Archive, spoil: Callable[[Path], None], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(beside.directory / SOURCE / "2024-09-16" / "c1")
    for _ in range(2):
        assert ids(beside) == ["c0", "c2"]
    assert why in caplog.text
    assert "c1" in caplog.text


@pytest.mark.parametrize(("spoil", "why"), BAD_PAGES.values(), ids=BAD_PAGES)
def test_a_damaged_page_costs_no_other_collection(
    beside: Archive, spoil: Callable[[Path], None], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(beside.directory / SOURCE / "2024-09-16" / "c1")
    for _ in range(2):
        loaded = [stored.load() for stored in beside.collections(SOURCE)]
        assert [collection and collection.id for collection in loaded] == ["c0", None, "c2"]
    assert why in caplog.text


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """It stops at the size in the manifest, so memory is bounded by what was once kept."""
    place = tmp_path / "page.gz"
    place.write_bytes(BOMB)
    with pytest.raises(DamagedError, match="does not unpack to the 1000000 bytes"):
        archive_files.read_body(str(place), 1_000_000)


def test_a_file_that_shrinks_while_it_is_read_is_damaged(tmp_path: Path) -> None:
    place = tmp_path / "page.gz"
    place.write_bytes(b"x" * 10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "read", lambda *_: b"")
        with pytest.raises(DamagedError, match="became shorter"):
            archive_files.read_file(str(place), 100)


def test_a_directory_without_manifest_did_not_happen(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store(BEFORE)
    archive.store(DURING)
    (folder(archive, DURING) / "manifest.json").unlink()
    assert ids(archive) == ["before"]
    assert archive.find(SOURCE, hashlib.sha256(b"more").hexdigest()) is None
    assert archive.damaged == 0


def test_what_is_pruned_while_it_is_read_is_no_damage(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store(BEFORE)
    stored = next(archive.collections(SOURCE))
    archive.prune(date(2027, 1, 1))
    assert stored.load() is None
    assert archive.damaged == 0


def test_a_folder_that_cannot_be_read_costs_no_other_day(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store(run(NOON, id_="x"))
    archive.store(run(NOON + timedelta(days=1), id_="y"))
    really = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("2024-09-16"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return really(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        assert ids(archive) == ["y"]
    assert archive.damaged == 1


def test_a_manifest_that_cannot_be_opened_is_not_pruned(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store(run(NOON, id_="x"))
    archive.store(run(NOON, id_="y"))
    manifest_is_a_link(tmp_path / SOURCE / "2024-09-16" / "y")
    assert archive.prune(date(2025, 3, 1)) == 0
    assert archive.prune(date(2026, 3, 1)) == 1
    assert (tmp_path / SOURCE / "2024-09-16" / "y" / "real.json").exists()

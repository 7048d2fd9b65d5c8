from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.archive.files import discard
from exporter.archive.retention import Keep, keep
from exporter.archive.store import Archive, ArchiveError, end_of_next_year
from exporter.clock import PROVINCE_TIME
from tests.archive_builders import NOON, SOURCE, folder, ids, run, tree

TODAY = date(2024, 12, 15)
DATES = st.dates(date(2020, 1, 1), date(2090, 1, 1))


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return Archive(tmp_path / "archive")


def store(archive: Archive, day: date, hour: int, *, failed: bool = False, source: str = SOURCE) -> str:
    moment = datetime.combine(day, time(hour), PROVINCE_TIME)
    body = f"{day} {hour}".encode()
    name = f"{day}T{hour:02d}"
    archive.store(run(moment, [body], id_=name, failed=failed, source=source))
    return name


def names(day: date, *hours: int) -> list[str]:
    return [f"{day}T{hour:02d}" for hour in hours]


def days_before(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_ninety_days_are_kept_whole_and_one_collection_of_each_day_before(archive: Archive) -> None:
    for days in (92, 91, 90, 89, 1, 0, -1):
        for hour in (6, 12, 18):
            store(archive, days_before(days), hour)

    assert archive.prune(TODAY) == 4

    assert ids(archive) == [
        *names(days_before(92), 18),
        *names(days_before(91), 18),
        *names(days_before(90), 6, 12, 18),
        *names(days_before(89), 6, 12, 18),
        *names(days_before(1), 6, 12, 18),
        *names(days_before(0), 6, 12, 18),
        *names(days_before(-1), 6, 12, 18),
    ]
    before = tree(archive.directory)
    assert archive.prune(TODAY) == 0
    assert tree(archive.directory) == before


def test_keep_days_may_be_configured(tmp_path: Path) -> None:
    archive = Archive(tmp_path, keep_days=1)
    for days in (2, 1, 0):
        store(archive, days_before(days), 6)
        store(archive, days_before(days), 12)
    assert archive.prune(TODAY) == 1
    assert ids(archive) == [
        *names(days_before(2), 12),
        *names(days_before(1), 6, 12),
        *names(days_before(0), 6, 12),
    ]


@pytest.mark.parametrize(
    ("today", "left"),
    [
        (date(2025, 12, 31), [date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1)]),
        (date(2026, 1, 1), [date(2025, 1, 1)]),
        (date(2026, 12, 31), [date(2025, 1, 1)]),
        (date(2027, 1, 1), []),
    ],
)
def test_a_year_is_kept_until_the_end_of_the_next(archive: Archive, today: date, left: list[date]) -> None:
    for day in (date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1)):
        store(archive, day, 6)
        store(archive, day, 12)
    archive.prune(today)
    assert ids(archive) == [name for day in left for name in names(day, 12)]
    folders = {path.name for path in (archive.directory / SOURCE).iterdir()}
    assert folders == {day.isoformat() for day in left}, "empty days go as well"


def test_until_when_may_be_one_date(tmp_path: Path) -> None:
    archive = Archive(tmp_path, keep_daily_until=date(2025, 6, 30))
    store(archive, date(2024, 3, 1), 6)
    store(archive, date(2024, 3, 1), 12)
    archive.prune(date(2025, 6, 30))
    assert ids(archive) == names(date(2024, 3, 1), 12)
    archive.prune(date(2025, 7, 1))
    assert ids(archive) == []


def test_what_is_kept_whole_is_kept_whatever_the_year(archive: Archive) -> None:
    day = date(2024, 12, 31)
    store(archive, day, 6)
    store(archive, day, 12)
    short = Archive(archive.directory, keep_daily_until=day)
    assert short.prune(date(2025, 3, 31)) == 0
    assert short.prune(date(2025, 4, 1)) == 2


def test_the_last_complete_collection_stands_for_its_day(archive: Archive) -> None:
    store(archive, days_before(100), 6)
    store(archive, days_before(100), 12)
    store(archive, days_before(100), 18, failed=True)
    store(archive, days_before(99), 6, failed=True)
    store(archive, days_before(99), 12, failed=True)
    archive.prune(TODAY)
    assert ids(archive) == [*names(days_before(100), 12), *names(days_before(99), 12)]


def test_each_source_keeps_its_own(archive: Archive) -> None:
    for source in ("a", "b"):
        store(archive, days_before(100), 6, source=source)
        store(archive, days_before(100), 12, source=source)
    archive.prune(TODAY)
    assert [ids(archive, source) for source in ("a", "b")] == [names(days_before(100), 12)] * 2


def spoil_page(place: Path) -> None:
    (place / "00-part-0.html.gz").write_bytes(b"")


def spoil_manifest(place: Path) -> None:
    (place / "manifest.json").write_text("{")


@pytest.mark.parametrize("spoil", [spoil_page, spoil_manifest])
def test_a_damaged_collection_does_not_stand_for_its_day(
    archive: Archive, spoil: Callable[[Path], None]
) -> None:
    day = days_before(100)
    store(archive, day, 6)
    store(archive, day, 12)
    spoil(archive.directory / SOURCE / f"{day}" / f"{day}T12")
    assert archive.prune(TODAY) == 1
    assert ids(archive) == names(day, 6)
    assert len(list((archive.directory / SOURCE / f"{day}").iterdir())) == 1


def test_a_day_with_nothing_undamaged_is_left_as_it_is_until_its_end(archive: Archive) -> None:
    day = days_before(100)
    store(archive, day, 6)
    store(archive, day, 12)
    spoil_page(archive.directory / SOURCE / f"{day}" / f"{day}T06")
    spoil_manifest(archive.directory / SOURCE / f"{day}" / f"{day}T12")
    assert archive.prune(TODAY) == 0
    assert archive.prune(date(2026, 1, 1)) == 2
    assert list((archive.directory / SOURCE).iterdir()) == []


def test_what_a_newer_version_wrote_is_never_deleted(archive: Archive) -> None:
    day = days_before(100)
    store(archive, day, 6)
    store(archive, day, 12)
    store(archive, day, 18)
    manifest = archive.directory / SOURCE / f"{day}" / f"{day}T18" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 2}))
    assert archive.prune(TODAY) == 1
    assert ids(archive) == names(day, 12)
    assert archive.prune(date(2027, 1, 1)) == 1
    assert manifest.exists()


def foreign_file(place: Path, outside: Path) -> None:
    assert outside.is_dir()
    (place / "notes.txt").write_text("kept by hand")


def foreign_directory(place: Path, outside: Path) -> None:
    assert outside.is_dir()
    (place / "00-part-1.html.gz").mkdir()


def linked_page(place: Path, outside: Path) -> None:
    (place / "01-part-1.html.gz").symlink_to(outside / "precious.txt")


@pytest.mark.parametrize("plant", [foreign_file, foreign_directory, linked_page])
def test_a_collection_with_something_foreign_in_it_is_not_deleted(
    archive: Archive, tmp_path: Path, plant: Callable[[Path, Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.txt").write_text("precious")
    store(archive, date(2020, 1, 1), 6)
    plant(archive.directory / SOURCE / "2020-01-01" / "2020-01-01T06", outside)
    before = tree(tmp_path)

    assert archive.prune(TODAY) == 0
    assert archive.prune(TODAY) == 0

    assert tree(tmp_path) == before
    assert (outside / "precious.txt").read_text() == "precious"
    assert caplog.text.count("holds something else than a collection and is not deleted") == 1


def test_prune_never_goes_through_a_link(archive: Archive, tmp_path: Path) -> None:
    """Whatever level of the archive is a link, what it leads to is as it was."""
    victim = Archive(tmp_path / "victim")
    store(victim, date(2020, 1, 1), 6)
    store(archive, date(2020, 1, 2), 6)
    home = archive.directory / SOURCE
    (archive.directory / "linked-source").symlink_to(victim.directory / SOURCE)
    (home / "2020-01-01").symlink_to(victim.directory / SOURCE / "2020-01-01")
    inside = victim.directory / SOURCE / "2020-01-01" / "2020-01-01T06"
    (home / "2020-01-02" / "2020-01-01T06").symlink_to(inside)
    (home / "x.0123abcd.partial").symlink_to(inside)
    before = tree(victim.directory)

    assert archive.prune(TODAY) == 1

    assert tree(victim.directory) == before
    assert (home / "2020-01-01").is_symlink()
    assert (home / "x.0123abcd.partial").is_symlink()


def test_a_directory_swapped_for_a_link_in_the_last_moment_saves_what_it_leads_to(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = Archive(tmp_path / "victim")
    store(victim, date(2020, 1, 1), 6)
    store(archive, date(2020, 1, 1), 6)
    place = archive.directory / SOURCE / "2020-01-01" / "2020-01-01T06"
    really, before = os.rename, tree(victim.directory)

    def swap(name: str, goal: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        really(place, tmp_path / "moved")
        place.symlink_to(victim.directory / SOURCE / "2020-01-01" / "2020-01-01T06")
        really(name, goal, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "rename", swap)
    with pytest.raises(ArchiveError, match="not a directory"):
        archive.prune(TODAY)
    assert tree(victim.directory) == before


def test_what_has_no_manifest_is_not_recognised(archive: Archive) -> None:
    store(archive, date(2020, 1, 1), 6)
    by_hand = archive.directory / SOURCE / "2020-01-01" / "mine"
    by_hand.mkdir()
    (archive.directory / SOURCE / "notes").mkdir()
    assert archive.prune(TODAY) == 1
    assert by_hand.is_dir()
    assert (archive.directory / SOURCE / "notes").is_dir()
    assert not discard(archive.directory / SOURCE, "2020-01-01", collection="mine")
    assert by_hand.is_dir()


def test_what_cannot_be_deleted_is_told_after_the_rest_is_done(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 2, 3):
        store(archive, date(2020, 1, day), 6)
    really = os.rename

    def refuse(name: str, goal: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        if name == "2020-01-02T06":
            raise PermissionError(1, "Operation not permitted")
        really(name, goal, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(ArchiveError, match="could not delete old collections: operation not permitted"):
        archive.prune(TODAY)
    assert ids(archive) == ["2020-01-02T06"]


def test_two_processes_may_prune_at_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is faster at every step at which that can be noticed."""
    other = Archive(archive.directory)
    for day in (1, 2):
        store(archive, date(2020, 1, day), 6)
    really, steps = os.rename, 0

    def late(name: str, goal: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            other.prune(TODAY)
        really(name, goal, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

    monkeypatch.setattr(os, "rename", late)
    archive.prune(TODAY)
    assert ids(archive) == []
    assert list((archive.directory / SOURCE).iterdir()) == []


def leave_partial(archive: Archive, name: str, age_seconds: float) -> Path:
    collection = run(NOON, id_="x")
    Archive(archive.directory).store(collection)
    partial = archive.directory / SOURCE / name
    folder(archive, collection).rename(partial)
    then = datetime.now(tz=PROVINCE_TIME).timestamp() - age_seconds
    os.utime(partial, (then, then))
    return partial


def test_what_a_killed_writer_left_goes_after_an_hour(archive: Archive) -> None:
    old = leave_partial(archive, "x.0123abcd.partial", 3700)
    young = leave_partial(archive, "y.0123abcd.partial", 3500)
    other = leave_partial(archive, "z.partial", 9999)
    assert archive.prune(TODAY) == 0
    assert [path.exists() for path in (old, young, other)] == [False, True, True]


def test_it_goes_at_the_first_storing_after_a_start_too(archive: Archive) -> None:
    old = leave_partial(archive, "x.0123abcd.partial", 3700)
    Archive(archive.directory).store(run(id_="y"))
    assert not old.exists()


def test_leftovers_that_cannot_go_hold_up_nothing_but_are_told(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    old = leave_partial(archive, "x.0123abcd.partial", 3700)
    monkeypatch.setattr(os, "unlink", refuse)
    Archive(archive.directory).store(run(id_="y"))
    assert ids(archive) == ["y"]
    with pytest.raises(ArchiveError, match="Give the exporter's user write access"):
        archive.prune(TODAY)
    assert not old.exists(), "it was moved before"


@given(day=DATES, today=DATES, keep_days=st.integers(0, 400))
def test_the_older_a_day_the_less_is_kept_of_it(day: date, today: date, keep_days: int) -> None:
    order = [Keep.NOTHING, Keep.ONE, Keep.WHOLE]

    def worth(which: date) -> int:
        return order.index(keep(which, today, keep_days=keep_days, keep_daily_until=end_of_next_year))

    assert worth(day) <= worth(day + timedelta(days=1))
    assert (worth(day) == 2) == ((today - day).days <= keep_days)

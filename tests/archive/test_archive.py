from __future__ import annotations

import gzip
import json
import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.archive import files as archive_files
from exporter.archive import reader as archive_reader
from exporter.archive.format import decode, encode
from exporter.archive.store import Archive, ArchiveError, new_collection_id
from exporter.clock import PROVINCE_TIME
from exporter.periods import Period
from exporter.sources.base import Collection, Page, PartFailure, Request
from tests.archive_builders import HTML, NOON, SOURCE, failure, folder, ids, kept, page, run, tree

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(PROVINCE_TIME))  # noqa: DTZ001
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
# Half a surrogate pair is what JSON may bring; two halves side by side become the character they are.
TEXTS = st.text(max_size=40) | st.text("Đ\ud83c", max_size=3)
PERIODS = st.builds(Period.of, st.sampled_from(["year", "month"]), DAYS)
JSON = st.none() | st.dictionaries(TEXTS, TEXTS | st.integers() | st.none() | st.lists(TEXTS), max_size=3)
REQUESTS = st.builds(Request, TEXTS, PERIODS, TEXTS, st.sampled_from(["html", "json"]), JSON)
PAGES = st.builds(Page, REQUESTS, TEXTS, st.integers(100, 599), TEXTS, st.binary(max_size=200), MOMENTS)
FAILURES = st.builds(PartFailure, TEXTS, PERIODS, TEXTS, TEXTS, TEXTS, MOMENTS)


def tuples(of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=4).map(tuple)


COLLECTIONS = st.builds(
    Collection,
    MOMENTS.map(new_collection_id),
    st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}\Z"),
    MOMENTS,
    MOMENTS,
    tuples(PAGES),
    tuples(FAILURES),
    tuples(TEXTS),
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield Archive(tmp_path_factory.mktemp("shared"))


@given(collection=COLLECTIONS)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_comes_back_as_it_was(shared: Archive, collection: Collection) -> None:
    assert kept(shared, collection).load() == collection


@given(collection=COLLECTIONS, offset=st.floats(-1e9, 1e9))
def test_a_manifest_says_everything_but_the_bodies(collection: Collection, offset: float) -> None:
    manifest = decode(encode(collection, clock_offset_seconds=offset))
    assert manifest.clock_offset_seconds == offset
    assert [p.with_body(b.body) for p, b in zip(manifest.pages, collection.pages, strict=True)] == [
        *collection.pages
    ]
    assert (manifest.failures, manifest.log) == (collection.failures, collection.log)


def test_a_person_can_read_what_is_on_the_disk(archive: Archive) -> None:
    request = Request("Năm 2024/Đơn vị: ../../x", Period("year", date(2024, 1, 1)), "http://a/", "json")
    odd = Page(request, "http://a/", 200, "application/json", b"{}", NOON)
    collection = replace(run(id_="20240916T120000-0a0a0a0a"), pages=(page(), odd, page(part="…")))

    archive.store(collection, clock_offset_seconds=-3600)

    place = "cong-tinh/2024-09-16/20240916T120000-0a0a0a0a"
    names = {"manifest.json", "00-year.html.gz", "01-nam-2024-don-vi-x.json.gz", "02-page.html.gz"}
    assert tree(archive.directory) == {
        "cong-tinh",
        "cong-tinh/2024-09-16",
        place,
        *(f"{place}/{name}" for name in names),
    }
    assert gzip.decompress((archive.directory / place / "00-year.html.gz").read_bytes()) == HTML
    manifest = json.loads((archive.directory / place / "manifest.json").read_text())
    assert manifest["format"] == 1
    assert manifest["started"] == "2024-09-16T12:00:00+07:00"
    assert manifest["clock_offset_seconds"] == -3600
    assert manifest["pages"][1]["part"] == "Năm 2024/Đơn vị: ../../x"
    assert "headers" not in (archive.directory / place / "manifest.json").read_text()


def test_nothing_kept_is_open_to_the_world(archive: Archive) -> None:
    before = os.umask(0)
    try:
        archive.store(run())
    finally:
        os.umask(before)
    modes = {p: stat.S_IMODE(p.stat().st_mode) for p in [archive.directory, *archive.directory.rglob("*")]}
    assert {mode for p, mode in modes.items() if p.is_dir()} == {0o750}
    assert {mode for p, mode in modes.items() if p.is_file()} == {0o640}


def test_the_same_body_gives_the_same_file(tmp_path: Path) -> None:
    first, second = Archive(tmp_path / "a"), Archive(tmp_path / "b")
    first.store(run(id_="x"))
    second.store(run(id_="x"))
    name = "cong-tinh/2024-09-16/x/00-part-0.html.gz"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_stored_collection_says_much_without_its_bodies(archive: Archive) -> None:
    collection = replace(run(id_="x"), pages=(page(), page(b"2"), page(b"3", "month")), failures=(failure(),))
    stored = kept(archive, collection)
    for file in folder(archive, collection).glob("*.gz"):
        file.unlink()

    assert (stored.id, stored.source, stored.started, stored.finished) == (
        "x",
        SOURCE,
        NOON,
        NOON + timedelta(seconds=3),
    )
    assert stored.failures == collection.failures
    assert stored.log == ("đã đọc",)
    assert stored.clock_offset_seconds == 0
    assert [p.sha256 for p in stored.pages] == [p.sha256 for p in collection.pages]
    assert stored.shas == {"year": (page().sha256, page(b"2").sha256)}, "failed parts are left out"


def test_collections_come_oldest_first_within_the_asked_time(archive: Archive) -> None:
    hours = [NOON + timedelta(hours=h) for h in (13, -36, 0, 1, -1, 11)]
    for number, moment in enumerate(hours):
        archive.store(run(moment, id_=f"c{number}"))

    assert ids(archive) == ["c1", "c4", "c2", "c3", "c5", "c0"]
    between = archive.collections(SOURCE, NOON, NOON + timedelta(hours=11))
    assert [s.id for s in between] == ["c2", "c3", "c5"], "both ends are included"
    in_utc = archive.collections(SOURCE, since=(NOON + timedelta(hours=11)).astimezone(UTC))
    assert [s.id for s in in_utc] == ["c5", "c0"]
    assert [s.id for s in archive.collections(SOURCE, until=NOON)] == ["c1", "c4", "c2"]


def test_days_outside_the_asked_time_are_not_read(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(4):
        archive.store(run(NOON + timedelta(days=days)))
    read: list[str] = []
    really = archive_files.read_file

    def counted(path: str, cap: int) -> bytes:
        read.append(path)
        return really(path, cap)

    monkeypatch.setattr(archive_files, "read_file", counted)
    assert len(list(archive.collections(SOURCE, since=NOON + timedelta(days=3)))) == 1
    assert [path.split("/")[-3] for path in read] == ["2024-09-19"]
    read.clear()
    next(archive.collections(SOURCE))
    assert [path.split("/")[-3] for path in read] == ["2024-09-16"], "lazy: a day at a time"


def test_the_day_of_a_collection_is_the_day_in_the_province(archive: Archive) -> None:
    late = datetime(2024, 12, 31, 18, 0, tzinfo=UTC)
    archive.store(run(late, id_="x"))
    assert (archive.directory / SOURCE / "2025-01-01" / "x").is_dir()
    assert [s.id for s in archive.collections(SOURCE, late, late)] == ["x"]


def test_latest_and_sources(archive: Archive) -> None:
    assert archive.sources() == ()
    assert archive.latest(SOURCE) is None
    for number, moment in enumerate((NOON, NOON + timedelta(hours=2), NOON + timedelta(hours=1))):
        archive.store(run(moment, id_=f"c{number}"))
    archive.store(run(source="cong-quoc-gia"))
    (archive.directory / "Not A Source").mkdir()
    (archive.directory / "file").write_text("")
    (archive.directory / "link").symlink_to(SOURCE)

    assert archive.sources() == ("cong-quoc-gia", "cong-tinh")
    latest = archive.latest(SOURCE)
    assert latest is not None
    assert latest.id == "c1"
    assert archive.latest("../archive") is None
    assert ids(archive, "link") == [], "links are not followed"


def test_latest_looks_past_a_day_without_any(archive: Archive) -> None:
    archive.store(run(id_="x"))
    (archive.directory / SOURCE / "2024-09-17").mkdir()
    (archive.directory / SOURCE / "2024-13-17").mkdir()
    latest = archive.latest(SOURCE)
    assert latest is not None
    assert latest.id == "x"


def test_find_gives_the_page_as_it_was_last_fetched(archive: Archive) -> None:
    later = NOON + timedelta(days=1)
    archive.store(run(NOON, [HTML, b"other"]))
    archive.store(run(later, [HTML]))

    found = archive.find(SOURCE, page().sha256)
    assert found is not None
    assert (found.body, found.fetched_at) == (HTML, later)
    other = archive.find(SOURCE, page(b"other").sha256)
    assert other is not None
    assert other.fetched_at == NOON
    assert archive.find(SOURCE, "0" * 64) is None
    assert archive.find("nowhere", page().sha256) is None


def test_find_goes_back_to_an_undamaged_copy(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    archive.store(run(NOON))
    newest = run(NOON + timedelta(days=1))
    Archive(archive.directory).store(newest)
    file = folder(archive, newest) / "00-part-0.html.gz"
    file.unlink()
    file.write_bytes(b"rotten")

    found = archive.find(SOURCE, page().sha256)
    assert found is not None
    assert found.fetched_at == NOON
    assert "is not what gzip wrote" in caplog.text


def inode(archive: Archive, collection: Collection, number: int = 0) -> int:
    return (folder(archive, collection) / f"0{number}-part-{number}.html.gz").stat().st_ino


def test_a_page_that_did_not_change_is_stored_once(archive: Archive) -> None:
    first = run(NOON, [HTML, b"a"])
    second = run(NOON + timedelta(hours=1), [HTML, b"b"])
    third = run(NOON + timedelta(hours=2), [HTML, b"b"])
    archive.store(first)
    archive.store(second)
    Archive(archive.directory).store(third)  # another process, which knows only what is on the disk

    assert inode(archive, first) == inode(archive, second) == inode(archive, third)
    assert inode(archive, first, 1) != inode(archive, second, 1)
    assert inode(archive, second, 1) == inode(archive, third, 1)


def test_equal_pages_of_one_collection_are_stored_once(archive: Archive) -> None:
    collection = run(NOON, [b"none", b"none"])
    archive.store(collection)
    assert inode(archive, collection, 0) == inode(archive, collection, 1)
    assert kept(archive, run(NOON + timedelta(hours=1), [b"none"], id_="y")).load() is not None


def test_an_unchanged_page_outlives_the_collection_it_was_first_in(archive: Archive) -> None:
    first, second = run(NOON), run(NOON + timedelta(hours=1))
    archive.store(first)
    archive.store(second)
    for file in folder(archive, first).iterdir():
        file.unlink()
    assert [stored.load() for stored in archive.collections(SOURCE)] == [second]


@pytest.mark.parametrize("content", [b"rotten", gzip.compress(b"x" * len(HTML), mtime=0), None])
def test_a_damaged_page_is_not_handed_on(archive: Archive, content: bytes | None) -> None:
    first, second = run(NOON), run(NOON + timedelta(hours=1))
    archive.store(first)
    file = folder(archive, first) / "00-part-0.html.gz"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    archive.store(second)
    assert [s.load() for s in archive.collections(SOURCE)] == [None, second]


def test_where_links_cannot_be_made_pages_are_written_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(31, "Too many links")

    first, second = run(NOON), run(NOON + timedelta(hours=1))
    archive.store(first)
    monkeypatch.setattr(os, "link", refuse)
    archive.store(second)
    assert inode(archive, first) != inode(archive, second)
    assert [s.load() for s in archive.collections(SOURCE)] == [first, second]


@pytest.mark.parametrize(
    ("source", "id_"),
    [
        ("../up", "x"),
        ("", "x"),
        ("Upper", "x"),
        ("-dash", "x"),
        ("a/b", "x"),
        ("cong\n", "x"),
        ("a", ".."),
        ("a", "x/y"),
        ("a", "x.partial"),
        ("a", "ï"),
    ],
)
def test_names_that_could_leave_the_archive_are_refused(archive: Archive, source: str, id_: str) -> None:
    collection = replace(run(), source=source, id=id_)
    with pytest.raises(ArchiveError, match="cannot name directories"):
        archive.store(collection)
    assert not archive.directory.exists()


def test_what_json_cannot_say_is_refused(archive: Archive) -> None:
    request = Request("year", Period("year", date(2024, 1, 1)), "http://a/", "json", {"x": float("nan")})
    with pytest.raises(ArchiveError, match="cannot be written as JSON"):
        archive.store(replace(run(), pages=(replace(page(), request=request),)))
    with pytest.raises(ArchiveError, match="must have a time zone"):
        archive.store(replace(run(), finished=NOON.replace(tzinfo=None)))
    assert not archive.directory.exists()


def test_too_large_a_page_is_neither_written_nor_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    small, large = Archive(tmp_path, max_page_bytes=10), Archive(tmp_path)
    with pytest.raises(ArchiveError, match=r"has 11 bytes, more than the 10 .*fetch\.max_bytes"):
        small.store(run(bodies=[b"12345678901"]))
    assert ids(small) == []
    large.store(run(bodies=[b"12345678901"]))
    assert [s.load() for s in small.collections(SOURCE)] == [None]
    assert "has 11 bytes, more than the 10 allowed" in caplog.text


def test_too_large_a_manifest_is_neither_written_nor_read(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("exporter.archive.store.MAX_MANIFEST_BYTES", 1000)
    with pytest.raises(ArchiveError, match="collect less at a time"):
        archive.store(replace(run(), log=("x" * 1000,)))
    archive.store(run(id_="x"))
    monkeypatch.setattr(archive_reader, "MAX_MANIFEST_BYTES", 100)
    assert ids(archive) == []
    assert "more than the 100 that are credible" in caplog.text


def test_an_id_is_taken_once(archive: Archive) -> None:
    archive.store(run(id_="x"))
    with pytest.raises(ArchiveError, match="Something of that name is there already"):
        archive.store(run(id_="x", bodies=[b"other"]))
    assert [s.load() for s in archive.collections(SOURCE)] == [run(id_="x")]
    assert {path.name for path in (archive.directory / SOURCE).iterdir()} == {"2024-09-16"}


def test_ids_differ_and_sort_by_time() -> None:
    assert len({new_collection_id(NOON) for _ in range(1000)}) == 1000
    assert new_collection_id(NOON) < new_collection_id(NOON + timedelta(seconds=1))
    assert new_collection_id(NOON).startswith("20240916T120000-")


def test_an_archive_may_stand_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "archive").symlink_to("disk")
    collection = run()
    assert kept(Archive(tmp_path / "archive"), collection).load() == collection
    assert (tmp_path / "disk" / SOURCE).is_dir()


def test_reading_an_archive_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = Archive(tmp_path / "none")
    assert (ids(archive), archive.latest(SOURCE), archive.sources(), archive.damaged) == ([], None, (), 0)
    assert not archive.directory.exists()
    assert caplog.records == []


def test_the_log_is_quiet_when_all_is_well(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    kept(archive, run()).load()
    archive.prune(NOON.date())
    assert caplog.records == []
    assert archive.damaged == 0

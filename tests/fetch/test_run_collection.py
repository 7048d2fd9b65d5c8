"""A collection: what was asked, what came, what failed; never an exception."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest

from exporter.clock import PROVINCE_TIME, FixedClock
from exporter.errors import PortalError, Reason
from exporter.fetch.collect import MAX_PAGES, run_collection
from exporter.periods import Period
from exporter.sources.base import Collection, Page, PartReading, Request
from tests.faulty import FaultyServer, reply
from tests.fetching import Bench

START = datetime(2024, 9, 16, 9, tzinfo=PROVINCE_TIME)
YEAR = Period.year_of(START.date())
MONTH = Period.month_of(START.date())
LOG = logging.getLogger("test")


def ask(part: str, path: str, period: Period = YEAR) -> Request:
    return Request(part, period, f"http://portal.example/{path}", "json")


@dataclass
class Portal:
    """Gives each path its body, or raises what stands there; and remembers what was asked."""

    answers: dict[str, bytes | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    within: list[float | None] = field(default_factory=list)

    def fetch(self, request: Request, *, within: float | None = None) -> Page:
        path = request.url.rpartition("/")[2]
        self.asked.append(path)
        self.within.append(within)
        answer = self.answers.get(path, path.encode())
        if isinstance(answer, Exception):
            raise answer
        return Page(request, request.url, 200, "application/json", answer, START)


@dataclass
class Told:
    """A source that asks what it is told to ask."""

    first: Sequence[Request]
    following: Callable[[Sequence[Page]], Request | None] = lambda _: None
    parsing: Callable[[Sequence[Page]], PartReading] = lambda _: PartReading(())
    code_system: str | None = None

    def requests(self, today: date) -> Sequence[Request]:
        assert today == START.date()
        return self.first

    def next_request(self, pages: Sequence[Page]) -> Request | None:
        return self.following(pages)

    def parse(self, pages: Sequence[Page]) -> PartReading:
        return self.parsing(pages)


def collect(
    source: Told, portal: Portal | None = None, **more: Callable[[], float] | timedelta
) -> Collection:
    return run_collection("nguồn", source, portal or Portal(), FixedClock(START), LOG, **more)  # type: ignore[arg-type]


def failures(found: Collection) -> list[tuple[str, str, str]]:
    return [(failure.part, failure.reason, failure.detail) for failure in found.failures]


def test_a_collection_holds_its_pages_by_part() -> None:
    found = collect(Told([ask("năm", "a"), ask("tháng", "b", MONTH), ask("năm", "c")]))
    assert re.fullmatch(r"20240916T090000-[0-9a-f]{8}", found.id)
    assert (found.source, found.started, found.finished) == ("nguồn", START, START)
    assert found.failures == ()
    assert {part: [page.body for page in pages] for part, pages in found.parts.items()} == {
        "năm": [b"a", b"c"],
        "tháng": [b"b"],
    }
    assert found.log == ("năm: 2 pages, 2 bytes in 0.0 s", "tháng: 1 pages, 1 bytes in 0.0 s")
    assert found.id != collect(Told([ask("năm", "a")])).id


def test_pages_that_follow_belong_to_the_part() -> None:
    def next_of(pages: Sequence[Page]) -> Request | None:
        return ask("năm", f"a{len(pages)}") if len(pages) < 3 else None

    found = collect(Told([ask("năm", "a")], next_of))
    assert [page.body for page in found.parts["năm"]] == [b"a", b"a1", b"a2"]


def test_a_part_that_fails_costs_no_other_and_leaves_its_pages_as_evidence() -> None:
    portal = Portal({"b": PortalError(Reason.TIMEOUT, "too\nslow http://u:p@h/?token=1")})
    found = collect(Told([ask("x", "a"), ask("x", "b?key=1"), ask("x", "c"), ask("y", "d")]), portal)
    portal.answers["b?key=1"] = portal.answers["b"]
    found = collect(Told([ask("x", "a"), ask("x", "b?key=1"), ask("x", "c"), ask("y", "d")]), portal)
    (failure,) = found.failures
    assert (failure.part, failure.period, failure.reason, failure.at) == ("x", YEAR, "timeout", START)
    assert failure.url == "http://portal.example/b?key=***"
    assert failure.detail == "too\\nslow http://***@h/?token=***"
    assert [page.body for page in found.pages] == [b"a", b"d"]
    assert list(found.parts) == ["y"]
    assert portal.asked[-3:] == ["a", "b?key=1", "d"], "the rest of a part that failed is not asked"
    assert found.log[0] == "x: timeout: too\\nslow http://***@h/?token=***"


@pytest.mark.parametrize("where", ["following", "parsing"])
def test_what_a_source_cannot_read_is_the_parts_failure(where: str) -> None:
    def refuse(_: Sequence[Page]) -> None:
        raise PortalError(Reason.SCHEMA, "no column named so")

    source = Told([ask("x", "a")])
    setattr(source, where, refuse)
    found = collect(source)
    assert failures(found) == [("x", "schema", "no column named so")]
    assert len(found.pages) == 1


@pytest.mark.parametrize("where", ["following", "parsing"])
def test_an_exception_no_source_should_raise_is_schema_and_logged(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(_: Sequence[Page]) -> None:
        raise KeyError("data\n")

    source = Told([ask("x", "a"), ask("y", "b")])
    setattr(source, where, stumble)
    found = collect(source)
    assert failures(found) == [("x", "schema", "KeyError: 'data\\n'"), ("y", "schema", "KeyError: 'data\\n'")]
    assert "Traceback" in caplog.text
    assert "stumble" in caplog.text


def test_a_source_that_cannot_even_ask_is_a_failure_of_the_whole() -> None:
    class Broken(Told):
        def requests(self, today: date) -> Sequence[Request]:
            raise ZeroDivisionError(today.isoformat())

    assert failures(collect(Broken([]))) == [("*", "schema", "ZeroDivisionError: 2024-09-16")]


def test_nothing_to_ask_is_a_failure_and_no_success() -> None:
    found = collect(Told([]))
    assert failures(found) == [("*", "schema", "there is nothing to ask on 2024-09-16")]
    assert (found.failures[0].period, found.failures[0].url) == (YEAR, "")


def test_a_page_that_repeats_itself_ends_the_part() -> None:
    portal = Portal({"a1": b"one", "a2": b"two", "a3": b"one"})
    found = collect(Told([ask("x", "a1")], lambda pages: ask("x", f"a{len(pages) + 1}")), portal)
    assert failures(found) == [("x", "schema", "page 3 repeats page 1")]


def test_equal_pages_that_were_asked_for_at_the_start_are_no_circle() -> None:
    found = collect(Told([ask("x", "a"), ask("x", "b")]), Portal({"a": b"[]", "b": b"[]"}))
    assert found.failures == ()


def test_the_same_question_is_not_asked_twice() -> None:
    portal = Portal()
    found = collect(Told([ask("x", "a")], lambda _: ask("x", "a")), portal)
    assert failures(found) == [("x", "schema", "page 2 would be one that was asked for before")]
    assert portal.asked == ["a"]


def test_pages_are_bounded() -> None:
    found = collect(Told([ask("x", "a")], lambda pages: ask("x", f"a{len(pages)}")))
    assert failures(found) == [("x", "schema", f"the part has more than {MAX_PAGES} pages")]
    assert len(found.pages) == MAX_PAGES


def test_the_whole_collection_has_a_deadline() -> None:
    now = iter(range(0, 1000, 10))
    portal = Portal()
    found = collect(
        Told([ask("x", "a"), ask("y", "b"), ask("z", "c")]),
        portal,
        deadline=timedelta(seconds=50),
        monotonic=lambda: float(next(now)),
    )
    assert portal.asked == ["a"]
    assert portal.within == [30.0]
    assert failures(found) == [
        ("y", "timeout", "the time for the whole collection is used up"),
        ("z", "timeout", "the time for the whole collection is used up"),
    ]


def test_each_line_of_the_log_is_told_as_it_is_written() -> None:
    told: list[str] = []
    found = run_collection(
        "a",
        Told([ask("x\n", "a")]),
        Portal(),
        FixedClock(START),
        LOG,
        note=told.append,
        monotonic=lambda: 0.0,
    )
    assert told == list(found.log) == ["x\\n: 1 pages, 1 bytes in 0.0 s"]


def test_after_a_rejection_the_rest_of_the_host_fails_at_once() -> None:
    bench = Bench()
    with FaultyServer({"/1": [reply(b"[1]")], "/2": [reply(status=403)], "/3": [reply(b"[3]")]}) as server:
        asked = [Request(str(number), YEAR, server.url(f"/{number}"), "json") for number in (1, 2, 3)]
        found = run_collection("a", Told(asked), bench.fetcher, bench.clock, LOG)
        assert len(server.asked) == 2
    assert [(failure.part, failure.reason) for failure in found.failures] == [
        ("2", "rejected"),
        ("3", "rejected"),
    ]
    assert [json.loads(page.body) for pages in found.parts.values() for page in pages] == [[1]]

"""Passwords: asked once, remembered safely, and never in anybody's way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.security import passwords as module
from exporter.web.security.bucket import Bucket
from exporter.web.security.door import Rate
from exporter.web.security.passwords import Credentials, Passwords, Verdict, check, credentials
from tests.securing import hashed

USERS = {"alice": hashed("a").encode(), "bob": hashed("b").encode()}


class Counted:
    """bcrypt, with a note of every question and a way to hold it up."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes]] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, password: bytes, hash_: bytes) -> bool:
        self.asked.append((password, hash_))
        assert self.go.wait(10)
        return check(password, hash_)


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def passwords(counted: Counted) -> Iterator[Passwords]:
    made = Passwords(counted)
    yield made
    counted.go.set()
    made.close()


def judge(passwords: Passwords, user: str, password: bytes, users: dict[str, bytes] | None = None) -> Verdict:
    return asyncio.run(passwords.judge(USERS if users is None else users, Credentials(user, password), "x"))


def test_right_wrong_and_nobody(passwords: Passwords) -> None:
    assert judge(passwords, "alice", b"a") is Verdict.RIGHT
    assert judge(passwords, "alice", b"b") is Verdict.WRONG
    assert judge(passwords, "carol", b"a") is Verdict.WRONG


def test_bcrypt_is_asked_once_for_every_password(passwords: Passwords, counted: Counted) -> None:
    for _ in range(3):
        judge(passwords, "alice", b"a")
        judge(passwords, "alice", b"wrong")
        judge(passwords, "carol", b"a")
    assert len(counted.asked) == 3


def test_a_user_that_is_none_costs_what_the_costliest_does(passwords: Passwords, counted: Counted) -> None:
    users = {"alice": hashed("a", cost=6).encode(), "bob": hashed("b", cost=4).encode()}
    judge(passwords, "nobody", b"a", users)
    ((_, decoy),) = counted.asked
    assert decoy[:7] == b"$2b$06$"
    assert decoy not in users.values()
    assert not check(b"a", decoy)


def test_wrong_passwords_push_out_each_other_and_never_a_right_one(
    passwords: Passwords, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WRONG_ONES", 4)
    judge(passwords, "alice", b"a")
    for number in range(10):
        assert judge(passwords, "alice", b"%d" % number) is Verdict.WRONG
    asked = len(counted.asked)
    assert judge(passwords, "alice", b"a") is Verdict.RIGHT
    assert judge(passwords, "alice", b"9") is Verdict.WRONG
    assert len(counted.asked) == asked
    judge(passwords, "alice", b"0")
    assert len(counted.asked) == asked + 1


def test_a_new_hash_forgets_the_old_password(passwords: Passwords) -> None:
    assert judge(passwords, "alice", b"a") is Verdict.RIGHT
    changed = {"alice": hashed("new").encode()}
    assert judge(passwords, "alice", b"a", changed) is Verdict.WRONG
    assert judge(passwords, "alice", b"new", changed) is Verdict.RIGHT
    assert judge(passwords, "alice", b"a", {}) is Verdict.WRONG


@given(st.lists(st.binary(max_size=6), min_size=3, max_size=3), st.integers(0, 6), st.integers(0, 6))
def test_no_two_credentials_are_taken_for_each_other(parts: list[bytes], one: int, two: int) -> None:
    """CVE-2022-46146: moving a byte from one part to the next must not give the same key."""
    whole = b"".join(parts)
    one, two = sorted((min(one, len(whole)), min(two, len(whole))))
    cut = [whole[:one], whole[one:two], whole[two:]]
    judged = Passwords()
    digests = []
    for user, hash_, password in (parts, cut):
        name = user.decode("utf-8", "surrogateescape")
        digests.append(judged._digest({name: hash_}, Credentials(name, password)))  # noqa: SLF001
    judged.close()
    assert (digests[0] == digests[1]) == (parts == cut)


def together(
    passwords: Passwords, counted: Counted, asked: list[tuple[str, bytes, str]]
) -> tuple[list[Verdict], int]:
    """All at once, with bcrypt held up until all have asked; the verdicts and how often bcrypt was asked."""

    async def all_of_them() -> list[Verdict]:
        counted.go.clear()
        tasks = [
            asyncio.create_task(passwords.judge(USERS, Credentials(user, password), client))
            for user, password, client in asked
        ]
        await asyncio.sleep(0)
        counted.go.set()
        return await asyncio.gather(*tasks)

    return asyncio.run(all_of_them()), len(counted.asked)


def test_the_same_password_at_once_is_one_question(passwords: Passwords, counted: Counted) -> None:
    verdicts, asked = together(passwords, counted, [("alice", b"a", str(n)) for n in range(20)])
    assert verdicts == [Verdict.RIGHT] * 20
    assert asked == 1


def test_one_client_cannot_keep_all_others_waiting(passwords: Passwords, counted: Counted) -> None:
    guesses = [("alice", b"%d" % n, "attacker") for n in range(50)]
    verdicts, _ = together(passwords, counted, [*guesses, ("alice", b"a", "prometheus")])
    assert verdicts[-1] is Verdict.RIGHT
    assert verdicts.count(Verdict.BUSY) == 50 - module.WAITING_EACH


def test_what_waits_is_bounded(passwords: Passwords, counted: Counted) -> None:
    verdicts, _ = together(passwords, counted, [("alice", b"%d" % n, str(n)) for n in range(60)])
    assert verdicts.count(Verdict.BUSY) == 60 - module.WAITING


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (b"Basic YTpi", Credentials("a", b"b")),
        (b"bAsIc  YTpi ", Credentials("a", b"b")),
        (b"Basic YTpiOmM=", Credentials("a", b"b:c")),
        (b"Basic Og==", Credentials("", b"")),
        (b"Basic YQ==", None),
        (b"Basic !!!!", None),
        (b"Basic YTp", None),
        (b"Bearer YTpi", None),
        (b"", None),
    ],
)
def test_headers(header: bytes, found: Credentials | None) -> None:
    assert credentials(header) == found


@given(st.binary(max_size=200))
def test_any_header_is_read_or_refused(header: bytes) -> None:
    credentials(header)
    credentials(b"Basic " + header)


def test_long_and_odd_passwords(passwords: Passwords) -> None:
    users = {"alice": hashed("x" * 72).encode()}
    assert judge(passwords, "alice", b"x" * 100, users) is Verdict.RIGHT
    assert judge(passwords, "alice", b"x" * 71, users) is Verdict.WRONG
    assert judge(passwords, "alice", b"\0", users) is Verdict.WRONG


def test_a_bucket_fills_with_time() -> None:
    now = [0.0]
    bucket = Bucket(lambda: now[0])
    rate = Rate(interval=2.0, burst=3)
    assert [bucket.take(rate) for _ in range(4)] == [True, True, True, False]
    now[0] = 2.0
    assert [bucket.take(rate) for _ in range(2)] == [True, False]
    now[0] = 1_000.0
    assert [bucket.take(rate) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(Rate(interval=2.0, burst=1))

"""Who may come in: bcrypt, which is slow on purpose, asked once for every password and never by the loop.

What was found is remembered under an HMAC of user, hash and password with a key of this process, so
that nobody can find or make two passwords that are taken for each other (CVE-2022-46146 was a key put
together with ":"). A right password is remembered for its user, and nothing but another right one takes
its place; wrong ones are remembered apart, where they can only push out each other.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import NamedTuple

import bcrypt

WRONG_ONES = 256
"""Wrong passwords that are remembered."""
WAITING = 32
"""Passwords that may wait for their turn; one more is sent away."""
WAITING_EACH = 4
"""Of one client, so that one cannot keep all others waiting."""
LONGEST = 72
"""Bytes of a password that bcrypt looks at; htpasswd and Go cut as well."""

_NOBODY = bcrypt.hashpw(secrets.token_bytes(16), bcrypt.gensalt(4))
"""The hash of a password that nobody knows."""


class Verdict(Enum):
    """What came of asking."""

    RIGHT = "right"
    WRONG = "wrong"
    BUSY = "busy"
    """Too many are waiting: not known, and to be asked again."""


class Credentials(NamedTuple):
    """What a client brings."""

    user: str
    password: bytes


def credentials(authorization: bytes) -> Credentials | None:
    """What stands in an Authorization header; None where that is no (whole) basic authentication."""
    scheme, _, encoded = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = text.partition(b":")
    return Credentials(user.decode("utf-8", "surrogateescape"), password) if colon else None


def check(password: bytes, hashed: bytes) -> bool:
    """Whether bcrypt says that the password is the one of the hash."""
    try:
        return bcrypt.checkpw(password[:LONGEST], hashed)
    except ValueError:
        return False


class Passwords:
    """Judges passwords for one event loop, one at a time."""

    def __init__(self, check: Callable[[bytes, bytes], bool] = check) -> None:
        self._check = check
        self._key = secrets.token_bytes(32)
        self._right: dict[str, bytes] = {}
        self._wrong: OrderedDict[bytes, None] = OrderedDict()
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        self._clients: Counter[str] = Counter()
        # One: the processor belongs to the scrapes, however many passwords are tried.
        self._worker = ThreadPoolExecutor(1, "passwords")

    def remembered(self, users: Mapping[str, bytes], given: Credentials) -> Verdict | None:
        """What is known already of user and password, at once; None: nothing."""
        digest = self._digest(users, given)
        right = self._right.get(given.user)
        if given.user in users and right is not None and hmac.compare_digest(right, digest):
            return Verdict.RIGHT
        if digest in self._wrong:
            self._wrong.move_to_end(digest)
            return Verdict.WRONG
        return None

    async def judge(self, users: Mapping[str, bytes], given: Credentials, client: str) -> Verdict:
        """Whether the password is the user's. A user that is none takes as long as one that is."""
        known = self.remembered(users, given)
        if known is not None:
            return known
        digest = self._digest(users, given)
        running = self._running.get(digest)
        if running is None:
            if len(self._running) >= WAITING or self._clients[client] >= WAITING_EACH:
                return Verdict.BUSY
            running = self._begin(digest, users, given, client)
        # Shielded: the next one with the same password waits for the same answer.
        return Verdict.RIGHT if await asyncio.shield(running) else Verdict.WRONG

    def close(self) -> None:
        """Judges no more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _begin(
        self, digest: bytes, users: Mapping[str, bytes], given: Credentials, client: str
    ) -> asyncio.Future[bool]:
        loop = asyncio.get_running_loop()
        checked = loop.run_in_executor(self._worker, self._check, given.password, _hash(users, given.user))
        self._clients[client] += 1

        async def judged() -> bool:
            try:
                right = await checked and given.user in users
            finally:
                del self._running[digest]
                self._clients[client] -= 1
                if not self._clients[client]:
                    del self._clients[client]
            self._remember(given.user, digest, right=right)
            return right

        self._running[digest] = asked = loop.create_task(judged())
        return asked

    def _remember(self, user: str, digest: bytes, *, right: bool) -> None:
        if right:
            self._right[user] = digest
            return
        self._wrong[digest] = None
        while len(self._wrong) > WRONG_ONES:
            self._wrong.popitem(last=False)

    def _digest(self, users: Mapping[str, bytes], given: Credentials) -> bytes:
        user = given.user.encode("utf-8", "surrogateescape")
        # Lengths first: what follows can be read in one way only.
        parts = (user, users.get(given.user, b""), given.password)
        said = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._key, said, "sha256")


def _hash(users: Mapping[str, bytes], user: str) -> bytes:
    """The user's hash; for a user that is none a hash of nobody's, as costly as the costliest."""
    if user in users:
        return users[user]
    cost = max((hashed[4:6] for hashed in users.values()), default=b"10")
    return _NOBODY[:4] + cost + _NOBODY[6:]

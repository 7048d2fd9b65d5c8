"""A mail server that only keeps what it is sent: for tests, for samples and for the demo's inbox.

It sends nothing on and takes mail on one address only, so nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cached_property
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

KEPT = 1_000
"""Letters kept; older ones go."""
LARGEST = 5_000_000
"""Bytes of one letter; larger ones are refused."""
_START_SECONDS = 10.0


@dataclass(frozen=True)
class Letter:
    """One mail as it was handed over; sender and recipients are those of the envelope."""

    number: int
    received: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """Parsed; what is no mail becomes one with whatever could be read."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def subject(self) -> str:
        """Decoded; "" when there is none."""
        return str(self.message["Subject"] or "")

    @property
    def html(self) -> str:
        """The HTML part; "" when there is none."""
        return self._part("html")

    @property
    def text(self) -> str:
        """The plain part; "" when there is none."""
        return self._part("plain")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        if part is None:
            return ""
        content = part.get_content()
        return content.replace("\r\n", "\n") if isinstance(content, str) else ""


class Postbox:
    """Takes mail on a thread of its own.

    `refuse` are recipients who are turned away (550), `on_letter` is told of each mail, on that thread.

        with Postbox() as box:
            ...send to box.port...
            (letter,) = box.wait(1)
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        refuse: Iterable[str] = (),
        on_letter: Callable[[Letter], object] = lambda _: None,
    ) -> None:
        self.refused = {address.lower() for address in refuse}
        self.on_letter = on_letter
        self._letters: list[Letter] = []
        self._taken = 0
        self._change = threading.Condition()
        self._ready = threading.Event()
        self._socket = socket.create_server((host, port))
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._thread = self._new_thread()

    def __enter__(self) -> Self:
        """Begins to take mail."""
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the postbox did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops; letters stay."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def close(self) -> None:
        """Gives the port back without ever having begun."""
        self._socket.close()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody listens within the block; afterwards it takes mail on the same port again."""
        self.__exit__(None, None, None)
        try:
            yield
        finally:
            self._socket = socket.create_server((self.host, self.port))
            self._ready.clear()
            self._thread = self._new_thread()
            self.__enter__()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=lambda: asyncio.run(self._serve()), name="postbox")

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        connections: set[asyncio.Transport] = set()

        def session() -> SMTP:
            return _Connection(self, connections)

        server = await self._loop.create_server(session, sock=self._socket)
        async with server:
            self._ready.set()
            await self._stop.wait()
            for transport in connections:
                transport.abort()

    @property
    def letters(self) -> tuple[Letter, ...]:
        """What has come, the oldest first."""
        with self._change:
            return tuple(self._letters)

    def letter(self, number: int) -> Letter | None:
        """One letter by its number; None when it is not there (any more)."""
        return next((letter for letter in self.letters if letter.number == number), None)

    def clear(self) -> None:
        """Forgets all letters; numbers go on."""
        with self._change:
            self._letters.clear()

    def wait(self, count: int, seconds: float = 30.0) -> tuple[Letter, ...]:
        """The letters, as soon as there are `count`. Raises TimeoutError, which names those there are."""
        with self._change:
            if not self._change.wait_for(lambda: len(self._letters) >= count, seconds):
                there = [letter.subject for letter in self._letters]
                raise TimeoutError(f"{len(there)} of {count} letters came in {seconds:g} s: {there}")
            return tuple(self._letters)

    def take(self, sender: str, recipients: Iterable[str], raw: bytes) -> Letter:
        """Keeps one letter."""
        with self._change:
            self._taken += 1
            letter = Letter(self._taken, datetime.now(UTC), sender, tuple(recipients), raw)
            self._letters = [*self._letters, letter][-KEPT:]
            self._change.notify_all()
        self.on_letter(letter)
        return letter

    # What the mail server asks; the names are those by which it finds them.

    async def handle_RCPT(  # noqa: N802 - the server's own signature, awaited by it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whether a recipient is taken."""
        if address.lower() in self.refused:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the server's own signature, awaited by it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keeps a letter."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        self.take(envelope.mail_from or "", envelope.rcpt_tos, raw)
        return "250 OK"


class _Connection(SMTP):
    """One client's connection, which knows how to be cut."""

    def __init__(self, box: Postbox, connections: set[asyncio.Transport]) -> None:
        super().__init__(
            box, data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname="localhost", ident="postbox"
        )
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remembers the connection."""
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            self._connections.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Forgets it."""
        if isinstance(self.transport, asyncio.Transport):
            self._connections.discard(self.transport)
        super().connection_lost(error)

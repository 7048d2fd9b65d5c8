from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from exporter.fetch.deadline import Deadline, DeadlinePassedError
from exporter.fetch.dial import Address, Resolver, dial


class Known(Resolver):
    """Knows every name's addresses."""

    def __init__(self, *addresses: tuple[str, int]) -> None:
        super().__init__()
        self._addresses = addresses

    def lookup(self, host: str, port: int, deadline: Deadline) -> Sequence[Address]:
        assert (host, port) == ("portal.example", 80)
        assert deadline.remaining() > 0
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, address) for address in self._addresses]


def test_the_first_address_that_answers_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as dead, Deadline(5) as deadline:
        dead.bind(("127.0.0.1", 0))
        resolver = Known(dead.getsockname(), server.getsockname())
        with dial(resolver, "portal.example", 80, deadline) as connection:
            assert connection.getpeername() == server.getsockname()


def test_when_none_answers_the_last_refusal_is_told() -> None:
    with socket.socket() as dead, Deadline(5) as deadline:
        dead.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            dial(Known(dead.getsockname(), dead.getsockname()), "portal.example", 80, deadline)


def test_no_address_is_tried_after_the_deadline() -> None:
    ticks = iter([0.0, 1.0, 2.0, 99.0])
    with socket.socket() as dead, Deadline(5, lambda: next(ticks)) as deadline:
        dead.bind(("127.0.0.1", 0))
        with pytest.raises(DeadlinePassedError):
            dial(Known(dead.getsockname(), dead.getsockname()), "portal.example", 80, deadline)

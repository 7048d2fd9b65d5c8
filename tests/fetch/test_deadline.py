from __future__ import annotations

import socket
import threading

import pytest

from exporter.fetch.deadline import Deadline, DeadlinePassedError, StoppedError


def test_what_is_left_counts_down_to_an_error() -> None:
    now = [10.0]
    deadline = Deadline(5, lambda: now[0])
    assert deadline.remaining() == 5
    now[0] = 14
    assert deadline.remaining() == 1
    assert not deadline.passed
    now[0] = 15
    assert deadline.passed
    with pytest.raises(DeadlinePassedError):
        deadline.remaining()


def test_stopping_shuts_every_connection_and_ends_every_wait() -> None:
    ours, theirs = socket.socketpair()
    late, other = socket.socketpair()
    with ours, theirs, late, other, Deadline(60) as deadline:
        deadline.watch(ours)
        event = threading.Event()
        threading.Timer(0.01, deadline.stop).start()
        with pytest.raises(StoppedError):
            deadline.wait(event)
        assert theirs.recv(1) == b""
        with pytest.raises(StoppedError):
            deadline.remaining()
        deadline.watch(late)
        assert other.recv(1) == b"", "what is opened after stopping is shut at once"
        assert deadline.stopped


def test_stopping_minds_no_connection_that_is_not_connected() -> None:
    with socket.socket() as unconnected, Deadline(60) as deadline:
        deadline.watch(unconnected)
        deadline.stop()
        assert deadline.stopped


def test_a_wait_ends_with_its_event_or_the_deadline() -> None:
    event = threading.Event()
    deadline = Deadline(0.01)
    with pytest.raises(DeadlinePassedError):
        deadline.wait(event)
    event.set()
    Deadline(60).wait(event)
    assert event.is_set()


def test_at_its_end_everything_is_closed() -> None:
    closed: list[str] = []

    def broken() -> None:
        closed.append("broken")
        raise OSError

    ours, theirs = socket.socketpair()
    with theirs:
        with Deadline(60) as deadline:
            deadline.watch(ours)
            deadline.close_at_end(ours.close)
            deadline.close_at_end(broken)
        assert closed == ["broken"]
        assert theirs.recv(1) == b"", "neither the connection nor its duplicate is open"

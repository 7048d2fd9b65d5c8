"""From a host name to a connected socket, within a deadline."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from exporter.fetch.deadline import Deadline

Address = tuple[int, int, int, tuple[object, ...]]
"""Family, kind, protocol and socket address, as getaddrinfo gives them."""


@dataclass
class _Lookup:
    """One question to the resolver, and what came of it."""

    done: threading.Event = field(default_factory=threading.Event)
    addresses: Sequence[Address] = ()
    error: OSError | None = None


class Resolver:
    """Looks names up in the system's resolver, which cannot be interrupted and may take long.

    The question is therefore asked in a thread of its own, at most one for each name: who gives up
    waiting leaves it to end by itself (the resolver has limits of its own), and who comes back
    meanwhile waits for the same answer. Nothing is cached.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[tuple[str, int], _Lookup] = {}

    def lookup(self, host: str, port: int, deadline: Deadline) -> Sequence[Address]:
        """Addresses of the host, at least one. Raises OSError, DeadlinePassedError or StoppedError."""
        if _is_address(host):
            return _ask(host, port)
        with self._lock:
            lookup = self._asked.get((host, port))
            if lookup is None:
                lookup = self._asked[(host, port)] = _Lookup()
                threading.Thread(
                    target=self._run, args=(host, port, lookup), name=f"lookup {host}", daemon=True
                ).start()
        deadline.wait(lookup.done)
        if lookup.error is not None:
            raise OSError(str(lookup.error)) from lookup.error
        return lookup.addresses

    def _run(self, host: str, port: int, lookup: _Lookup) -> None:
        try:
            lookup.addresses = _ask(host, port)
        except OSError as error:
            lookup.error = error
        except UnicodeError as error:
            lookup.error = OSError(f"not a host name: {error}")
        finally:
            with self._lock:
                del self._asked[(host, port)]
            lookup.done.set()


def _is_address(host: str) -> bool:
    """Whether the host is written as a number, which needs no lookup."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _ask(host: str, port: int) -> Sequence[Address]:
    """The system's answer. Raises OSError, or UnicodeError for what cannot be a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]


def dial(resolver: Resolver, host: str, port: int, deadline: Deadline) -> socket.socket:
    """A connected socket to the first address that answers.

    An address that stays silent gets an even share of the time that is left, so that a broken IPv6
    route does not cost the working IPv4 one. Raises OSError, DeadlinePassedError or StoppedError.
    """
    addresses = resolver.lookup(host, port, deadline)
    failure: OSError = OSError(f"no address for {host}")
    for tried, (family, kind, protocol, address) in enumerate(addresses):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.remaining() / (len(addresses) - tried))
            deadline.watch(connection)
            connection.connect(address)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # What follows on the bare socket is the TLS handshake: its timeout is a total one.
            connection.settimeout(deadline.remaining())
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure

"""The file -> what guards the server's door: TLS, passwords, headers, rate limit."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from exporter.config.faults import ConfigError, Fault
from exporter.config.yamlfile import Document, read_document
from exporter.config.yamlmodel import check
from exporter.web.security.golang import scalar
from exporter.web.security.model import HeadersModel, WebModel
from exporter.web.security.tls import LARGEST, Tls, TlsError, make_tls
from exporter.web.security.veil import veiled


class Rate(NamedTuple):
    """At most `burst` requests at once, and one more every `interval` seconds."""

    interval: float
    burst: int


@dataclass(frozen=True)
class Door:
    """What a client must bring, and what it is told. Nothing by default: plain HTTP for everybody."""

    tls: Tls | None = None
    users: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """User names and bcrypt hashes; empty: nobody is asked."""
    headers: tuple[tuple[str, str], ...] = ()
    """Put on every answer, in place of the server's own."""
    rate: Rate | None = None


@dataclass(frozen=True)
class Doors:
    """Of the exporter itself, and of a port that whoever passes by may look at."""

    main: Door = Door()
    public: Door = Door()
    """The same without passwords and without certificates of clients."""
    model: WebModel = field(default_factory=WebModel)


Stamp = tuple[int, int, int] | None
"""What changes when a file is replaced; None where there is none."""


def stamp(path: Path) -> Stamp:
    """The file's inode, time of change (ns) and size, of what a link points to."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


class Reader:
    """Reads the file and those that it names, and remembers how they were before it read them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.stamps: dict[Path, Stamp] = {}

    def changed(self) -> bool:
        """Whether a file is not what was read."""
        return any(stamp(path) != seen for path, seen in self.stamps.items())

    def read(self) -> Doors:
        """What the files ask for. Raises ConfigError, which shows no secret."""
        self.stamps = {self._path: stamp(self._path)}
        try:
            document = read_document(self._path, scalar)
            return self._doors(document)
        except ConfigError as error:
            raise ConfigError(veiled(error.faults)) from None

    def _doors(self, document: Document) -> Doors:
        checked = check(document, WebModel)
        faults = [*document.faults, *checked.faults]
        model = checked.model
        if model is None or faults:
            raise ConfigError(faults)
        rate = None
        if model.rate_limit.interval > 0:
            rate = Rate(model.rate_limit.interval, model.rate_limit.burst)
            if rate.burst < 1:
                message = "a rate limit without burst lets nobody in; add burst: with a number of requests"
                faults.append(document.fault(("rate_limit",), message))
        main, public = (self._tls(document, model, faults, public=open_) for open_ in (False, True))
        if faults:
            raise ConfigError(faults)
        users = MappingProxyType(
            {name: _hash(hashed.get_secret_value()) for name, hashed in model.basic_auth_users.items()}
        )
        headers = tuple(_headers(model.http_server_config.headers).items())
        return Doors(Door(main, users, headers, rate), Door(public, headers=headers, rate=rate), model)

    def _tls(self, document: Document, model: WebModel, faults: list[Fault], *, public: bool) -> Tls | None:
        if not model.tls_server_config.enabled:
            return None
        try:
            return make_tls(model.tls_server_config, self._file, public=public)
        except TlsError as error:
            where = ("tls_server_config", error.key) if error.key else ("tls_server_config",)
            faults.append(document.fault(where, str(error), key=not error.key))
            return None

    def _file(self, named: Path) -> bytes:
        """A file beside the configuration. Raises OSError, also where it is larger than it can be."""
        path = self._path.parent / named
        self.stamps.setdefault(path, stamp(path))
        # A pipe or a device could keep us waiting for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            content = file.read(LARGEST + 1) or b""
        if len(content) > LARGEST:
            raise OSError(f"larger than {LARGEST // 1_000_000} MB")
        return content


def _headers(model: HeadersModel) -> Mapping[str, str]:
    """Names and values as they are sent: in UTF-8, where the server takes one character for one byte."""
    said: dict[str, str] = model.model_dump(by_alias=True)
    return {name.lower(): value.encode().decode("latin-1") for name, value in said.items() if value}


def _hash(written: str) -> bytes:
    """A bcrypt hash by one name of its kind: the exporter-toolkit makes no difference either."""
    return b"$2b" + written[written.index("$", 1) :].encode()


def read_doors(path: Path) -> Doors:
    """What the file asks for. Raises ConfigError, which shows no secret."""
    return Reader(path).read()


DoorOf = Callable[[], Door]
"""The door in force, asked at every connection and every request."""

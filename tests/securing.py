"""Certificates and web configuration files for tests, and clients that speak TLS."""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from pathlib import Path

import bcrypt
import trustme

from exporter.web.app import create_app
from exporter.web.guard import Limits
from exporter.web.security.gate import Gate
from exporter.web.security.keeper import Keeper
from exporter.web.server import Address, WebServer, bind
from tests.serving import Answer
from tests.snapshots import State

PASSWORD = "đúng mật khẩu"  # noqa: S105 - of tests only


def hashed(password: str = PASSWORD, cost: int = 4) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()


@dataclass
class Folder:
    """A folder with a certificate, its key, the authority of clients and the file itself."""

    path: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.issue()
        self.ca.cert_pem.write_to_path(self.path / "ca.pem")

    @property
    def file(self) -> Path:
        return self.path / "web.yaml"

    def issue(self, *names: str) -> None:
        """A new certificate in place of the last one."""
        issued = self.ca.issue_cert(*(names or ("127.0.0.1", "localhost")))
        issued.cert_chain_pems[0].write_to_path(self.path / "server.pem")
        issued.private_key_pem.write_to_path(self.path / "server.key")

    def client(self, *names: str, ca: trustme.CA | None = None) -> Path:
        """A client's certificate with its key, in one file."""
        path = self.path / f"client-{names[0]}.pem"
        (ca or self.ca).issue_cert(*names).private_key_and_cert_chain_pem.write_to_path(path)
        return path

    def write(self, text: str = "", *, tls: str = "", users: Mapping[str, str] | None = None) -> Path:
        """The file: with TLS, `tls` being further keys of it, and users with their hashes."""
        lines = ["tls_server_config:", "  cert_file: server.pem", "  key_file: server.key"]
        lines += [f"  {line}" for line in tls.splitlines()]
        lines += ["basic_auth_users:"] if users else []
        lines += [f"  {name}: {value}" for name, value in (users or {}).items()]
        self.file.write_text("\n".join([*lines, text, ""]), encoding="utf-8")
        return self.file

    def trust(self, client: Path | None = None) -> ssl.SSLContext:
        """A client's side."""
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        if client:
            context.load_cert_chain(client)
        return context


@contextmanager
def guarded(
    keeper: Keeper,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    state: State | None = None,
) -> Iterator[Address]:
    """The exporter's face behind the keeper's doors."""
    app = Gate(create_app(state or State(), files=lambda: {"web": keeper.doors.model}), keeper.main)
    server = WebServer(app, bind(Address("127.0.0.1", 0)), limits, grace_seconds=1, door=keeper.main)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        assert server.wait_started(10)
        yield server.addresses[0]
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()


def basic(user: str, password: str = PASSWORD) -> dict[str, str]:
    """The header that tells who asks."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def ask_tls(
    address: Address,
    context: ssl.SSLContext,
    path: str = "/metrics",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own."""
    connection = HTTPSConnection(*address, context=context, timeout=5)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()

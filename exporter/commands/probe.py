"""`dvc-exporter probe`: whether the exporter of this machine is well, for a container's health check."""

from __future__ import annotations

import base64
import ssl
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

import click

from exporter.commands.listening import ADDRESS, Listen
from exporter.commands.options import refuse
from exporter.config.faults import ConfigError
from exporter.sanitise import safe
from exporter.web.security.door import Doors, read_doors
from exporter.web.server import Address

_FILE = click.Path(dir_okay=False, exists=True, path_type=Path)
_SECONDS = 5.0
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on
_LIMIT = 10_000


@click.command(short_help="Ask the running exporter whether it is well; exit code 0 or 1.")
@click.option("--web.listen-address", "address", type=Listen(), default=ADDRESS, show_default=True)
@click.option(
    "--web.config.file",
    "web_config",
    type=_FILE,
    envvar="DVC_WEB_CONFIG",
    show_envvar=True,
    help="The file that the exporter runs with: whether to speak TLS, and which certificate to expect.",
)
@click.option("--ready", is_flag=True, help="Ask whether there are figures, and not only whether it runs.")
@click.option("--username", default="", help="For passwords: whose.")
@click.option("--password-file", type=_FILE, help="The file that holds the password (not its hash).")
@click.option("--client-cert", type=_FILE, help="A client's certificate (PEM), where asked for ...")
@click.option("--client-key", type=_FILE, help="... and its key, where that is not in the same file.")
def probe(  # noqa: PLR0913, PLR0917 - the options; click passes them by name
    address: Address,
    web_config: Path | None,
    ready: bool,  # noqa: FBT001 - a flag of the command line
    username: str,
    password_file: Path | None,
    client_cert: Path | None,
    client_key: Path | None,
) -> None:
    """Ask /-/healthy, or /-/ready, and end with 0 where the answer is good, else with 1.

    Without a password a demand for one counts as healthy (whoever makes it runs), and never as ready; so
    does a demand for a client's certificate.
    """
    try:
        doors = read_doors(web_config) if web_config else Doors()
    except ConfigError as error:
        refuse(str(error))
    headers = {"User-Agent": "dvc-exporter-probe"}
    if password_file:
        password = password_file.read_text(encoding="utf-8").rstrip("\r\n")
        headers["Authorization"] = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
    path = "/-/ready" if ready else "/-/healthy"
    try:
        connection = _connection(address, doors, client_cert, client_key)
        if doors.main.tls and doors.main.tls.verifies and client_cert is None and not ready:
            # It would end the connection now; that it has shown the right certificate is enough.
            connection.close()
            click.echo(f"{path}: asks for a client's certificate")
            return
        status, said = _ask(connection, path, headers)
    except (OSError, HTTPException) as error:
        click.echo(f"{path}: {type(error).__name__}: {safe(str(error))}", err=True)
        sys.exit(1)
    click.echo(f"{path}: {status} {safe(said.strip())}", err=status != HTTPStatus.OK)
    asked_only = status == HTTPStatus.UNAUTHORIZED and not ready and password_file is None
    sys.exit(0 if status == HTTPStatus.OK or asked_only else 1)


def _connection(
    address: Address, doors: Doors, client_cert: Path | None, client_key: Path | None
) -> HTTPConnection:
    host = _EVERYWHERE.get(address.host, address.host)
    if doors.main.tls is None:
        return HTTPConnection(host, address.port, timeout=_SECONDS)
    # On this very machine the name in the certificate is of no use: the certificate itself is the proof.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if client_cert:
        context.load_cert_chain(client_cert, client_key)
    connection = HTTPSConnection(host, address.port, timeout=_SECONDS, context=context)
    connection.connect()
    shown = connection.sock.getpeercert(binary_form=True)
    if shown != doors.main.tls.certificate:
        connection.close()
        raise ssl.SSLError("another certificate than the one in the file")
    return connection


def _ask(connection: HTTPConnection, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(_LIMIT).decode(errors="replace")
    finally:
        connection.close()

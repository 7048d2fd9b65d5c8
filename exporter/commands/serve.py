"""`dvc-exporter serve`: reads the portals on their schedule and answers on HTTP until stopped."""

from __future__ import annotations

import logging
import re
import signal
import socket
import sys
import threading
from pathlib import Path

import click
from pydantic import BaseModel
from starlette.types import ASGIApp

from exporter import logs
from exporter.commands.listening import ADDRESS, Listen
from exporter.commands.options import BAD_CONFIGURATION, config_option, refuse
from exporter.config.faults import ConfigError
from exporter.pipeline import Pipeline
from exporter.web.app import create_app
from exporter.web.guard import Limits
from exporter.web.secured import OWN_SITE
from exporter.web.security.door import DoorOf
from exporter.web.security.gate import Gate
from exporter.web.security.keeper import Keeper
from exporter.web.server import Address, WebServer, affordable, bind
from exporter.web.wall.events import StreamLimits
from exporter.web.wall.routes import PATH as WALL
from exporter.web.wall.routes import create_wall_app

log = logging.getLogger(__name__)

_TURN_SECONDS = 0.0005
_MAIN_SHARE = 2 / 3
"""Of the files that the process may have open: for the exporter's own face where the wall has another."""
_ORIGIN = re.compile(r"https?://(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::\d{1,5})?")
_WALL_LIMITS = Limits(connections=256)


def _origins(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Sites as a Content-Security-Policy names them; anything else could change the policy."""
    for origin in given:
        if not _ORIGIN.fullmatch(origin):
            raise click.BadParameter(f"{origin!r} is no site; write it like https://grafana.example:3000")
    return given


@click.command(short_help="Read the portals on schedule and serve /metrics.")
@config_option
@click.option(
    "--web.listen-address",
    "address",
    type=Listen(),
    default=ADDRESS,
    show_default=True,
    help="Where /metrics and the landing page are served.",
)
@click.option(
    "--wall.listen-address",
    "wall_address",
    type=Listen(),
    default=None,
    help="Where /wall is served on a port of its own, without the rest. Without it: only beside the rest.",
)
@click.option(
    "--web.config.file",
    "web_config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    envvar="DVC_WEB_CONFIG",
    show_envvar=True,
    help="TLS, passwords, headers in the format of Prometheus's exporter-toolkit. Without: plain HTTP.",
)
@click.option(
    "--wall.require-auth",
    "wall_auth",
    is_flag=True,
    help="Ask for passwords and client certificates on the wall's own port as well.",
)
@click.option(
    "--wall.frame-ancestor",
    "wall_frames",
    multiple=True,
    metavar="ORIGIN",
    callback=_origins,
    envvar="DVC_WALL_FRAME_ANCESTOR",
    show_envvar=True,
    help="A site that may show the wall in a frame, like https://grafana.example. May be repeated; in the "
    "variable several stand with spaces between them.",
)
@click.option(
    "--log.level",
    "level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="How much is logged.",
)
@click.option(
    "--log.format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines for people or for machines.",
)
def serve(  # noqa: PLR0913, PLR0917 - the options; click passes them by name
    config: Path,
    address: Address,
    wall_address: Address | None,
    web_config: Path | None,
    wall_auth: bool,  # noqa: FBT001 - a flag of the command line
    wall_frames: tuple[str, ...],
    level: str,
    style: logs.LogFormat,
) -> None:
    """Read the portals on their schedule and serve /metrics until stopped.

    SIGHUP or POST /-/reload reads the configuration again; a bad file leaves the old one in force.
    The file of --web.config.file and the certificates it names are looked at every second.
    """
    logs.configure(level, style)
    # Rendering a snapshot must not keep scrapes waiting for the interpreter: turns of half a
    # millisecond instead of five bring the slowest scrape meanwhile from 48 ms down to 7.
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        pipeline = Pipeline(config)
        keeper = Keeper(web_config, pipeline.report) if web_config else None
        sockets = _bind(address, "--web.listen-address")
        wall_sockets = _bind(wall_address, "--wall.listen-address") if wall_address else ()
    except (ConfigError, _CannotListenError) as error:
        if style == "text":
            refuse(str(error))
        log.critical("%s", error)
        sys.exit(BAD_CONFIGURATION)
    frames = " ".join((OWN_SITE, *wall_frames))
    main = _main_server(pipeline, sockets, keeper, frames, alone=not wall_sockets)
    wall = None
    if wall_sockets:
        door = None if keeper is None else keeper.main if wall_auth else keeper.public
        wall = _wall_server(pipeline, wall_sockets, door, frames)
    run(pipeline, main, wall, keeper)


def _main_server(
    pipeline: Pipeline, sockets: tuple[socket.socket, ...], keeper: Keeper | None, frames: str, *, alone: bool
) -> WebServer:
    closing = threading.Event()
    limits = affordable(Limits(), 1.0 if alone else _MAIN_SHARE)

    def files() -> dict[str, BaseModel]:
        return {"--web.config.file": keeper.doors.model} if keeper else {}

    app = create_app(pipeline, StreamLimits(limits.connections // 8), closing, frames, files)
    return _server(app, sockets, limits, closing, keeper.main if keeper else None)


def _server(
    app: ASGIApp,
    sockets: tuple[socket.socket, ...],
    limits: Limits,
    closing: threading.Event,
    door: DoorOf | None,
) -> WebServer:
    """Behind a gate where there is a file that asks for one."""
    if door is None:
        return WebServer(app, sockets, limits, closing=closing)
    return WebServer(Gate(app, door), sockets, limits, closing=closing, door=door)


class _CannotListenError(Exception):
    """An address cannot be had; the message says what to do."""


def _bind(address: Address, option: str) -> tuple[socket.socket, ...]:
    try:
        return bind(address)
    except OSError as error:
        raise _CannotListenError(f"{error.strerror or error}; choose another {option}") from error


def _wall_server(
    pipeline: Pipeline, sockets: tuple[socket.socket, ...], door: DoorOf | None, frames: str
) -> WebServer:
    """The wall alone: its televisions can take no connection away from whoever scrapes."""
    closing = threading.Event()
    limits = affordable(_WALL_LIMITS, 1 - _MAIN_SHARE)
    app = create_wall_app(pipeline, StreamLimits(limits.connections * 3 // 4), closing, frames)
    return _server(app, sockets, limits, closing, door)


def run(
    pipeline: Pipeline, server: WebServer, wall: WebServer | None = None, keeper: Keeper | None = None
) -> None:
    """Serves until a signal comes, and brings the figures of the archive back meanwhile."""
    beside = threading.Thread(target=wall.run, name="wall", daemon=True) if wall else None

    def begin() -> None:
        pipeline.replay()
        pipeline.start()
        addresses = [f"{server.scheme}://{address}/" for address in server.addresses]
        addresses += [f"{wall.scheme}://{address}{WALL}" for address in wall.addresses] if wall else []
        log.info("ready: %s", ", ".join(addresses))

    def reload() -> None:
        pipeline.reload()
        if keeper:
            keeper.look()

    # The face answers at once: "not ready, and why" is an answer.
    starter = threading.Thread(target=begin, name="start", daemon=True)
    starter.start()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=reload).start())
    if beside:
        beside.start()
    if keeper:
        keeper.start()
    try:
        server.run()
    finally:
        if wall and beside:
            wall.stop()
            beside.join()
        if keeper:
            keeper.stop()
        starter.join()
        pipeline.stop()

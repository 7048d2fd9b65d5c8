"""`dvc-exporter serve`: reads the portals on their schedule and answers on HTTP until stopped."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import threading
from pathlib import Path

import click

from exporter import logs
from exporter.commands.options import config_option, refuse
from exporter.config.faults import ConfigError
from exporter.pipeline import Pipeline
from exporter.web.app import create_app
from exporter.web.guard import Limits
from exporter.web.server import Address, WebServer, affordable, bind, parse_address
from exporter.web.wall.events import StreamLimits
from exporter.web.wall.routes import PATH as WALL
from exporter.web.wall.routes import create_wall_app

log = logging.getLogger(__name__)

_TURN_SECONDS = 0.0005
_MAIN_SHARE = 2 / 3
"""Of the files that the process may have open: for the exporter's own face where the wall has another."""
_WALL_LIMITS = Limits(connections=256)


class _Listen(click.ParamType[Address]):
    name = "HOST:PORT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """The address, or click's error with the sentence of the parser."""
        if isinstance(value, Address):
            return value
        try:
            return parse_address(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(short_help="Read the portals on schedule and serve /metrics.")
@config_option
@click.option(
    "--web.listen-address",
    "address",
    type=_Listen(),
    default="127.0.0.1:9805",
    show_default=True,
    help="Where /metrics and the landing page are served.",
)
@click.option(
    "--wall.listen-address",
    "wall_address",
    type=_Listen(),
    default=None,
    help="Where /wall is served on a port of its own, without the rest. Without it: only beside the rest.",
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
def serve(
    config: Path, address: Address, wall_address: Address | None, level: str, style: logs.LogFormat
) -> None:
    """Read the portals on their schedule and serve /metrics until stopped.

    SIGHUP or POST /-/reload reads the configuration again; a bad file leaves the old one in force.
    """
    logs.configure(level, style)
    # Rendering a snapshot must not keep scrapes waiting for the interpreter: turns of half a
    # millisecond instead of five bring the slowest scrape meanwhile from 48 ms down to 7.
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        pipeline = Pipeline(config)
        sockets = _bind(address, "--web.listen-address")
        wall_sockets = _bind(wall_address, "--wall.listen-address") if wall_address else ()
    except ConfigError as error:
        refuse(str(error))
    closing = threading.Event()
    limits = affordable(Limits(), _MAIN_SHARE if wall_sockets else 1.0)
    main = WebServer(
        create_app(pipeline, StreamLimits(limits.connections // 8), closing), sockets, limits, closing=closing
    )
    run(pipeline, main, _wall_server(pipeline, wall_sockets) if wall_sockets else None)


def _bind(address: Address, option: str) -> tuple[socket.socket, ...]:
    try:
        return bind(address)
    except OSError as error:
        refuse(f"{error.strerror or error}; choose another {option}")


def _wall_server(pipeline: Pipeline, sockets: tuple[socket.socket, ...]) -> WebServer:
    """The wall alone: its televisions can take no connection away from whoever scrapes."""
    closing = threading.Event()
    limits = affordable(_WALL_LIMITS, 1 - _MAIN_SHARE)
    app = create_wall_app(pipeline, StreamLimits(limits.connections * 3 // 4), closing)
    return WebServer(app, sockets, limits, closing=closing)


def run(pipeline: Pipeline, server: WebServer, wall: WebServer | None = None) -> None:
    """Serves until a signal comes, and brings the figures of the archive back meanwhile."""
    beside = threading.Thread(target=wall.run, name="wall", daemon=True) if wall else None

    def begin() -> None:
        pipeline.replay()
        pipeline.start()
        addresses = [f"http://{address}/" for address in server.addresses]
        addresses += [f"http://{address}{WALL}" for address in wall.addresses] if wall else []
        log.info("ready: %s", ", ".join(addresses))

    # The face answers at once: "not ready, and why" is an answer.
    starter = threading.Thread(target=begin, name="start", daemon=True)
    starter.start()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=pipeline.reload).start())
    if beside:
        beside.start()
    try:
        server.run()
    finally:
        if wall and beside:
            wall.stop()
            beside.join()
        starter.join()
        pipeline.stop()

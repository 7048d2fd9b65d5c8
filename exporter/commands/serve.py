"""`dvc-exporter serve`: reads the portals on their schedule and answers on HTTP until stopped."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path

import click

from exporter import logs
from exporter.commands.options import config_option, refuse
from exporter.config.faults import ConfigError
from exporter.pipeline import Pipeline
from exporter.web.app import create_app
from exporter.web.server import Address, WebServer, bind, parse_address

log = logging.getLogger(__name__)

_TURN_SECONDS = 0.0005


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
def serve(config: Path, address: Address, level: str, style: logs.LogFormat) -> None:
    """Read the portals on their schedule and serve /metrics until stopped.

    SIGHUP or POST /-/reload reads the configuration again; a bad file leaves the old one in force.
    """
    logs.configure(level, style)
    # Rendering a snapshot must not keep scrapes waiting for the interpreter: turns of half a
    # millisecond instead of five bring the slowest scrape meanwhile from 48 ms down to 7.
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        pipeline = Pipeline(config)
        sockets = bind(address)
    except ConfigError as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{error.strerror or error}; choose another --web.listen-address")
    run(pipeline, WebServer(create_app(pipeline), sockets))


def run(pipeline: Pipeline, server: WebServer) -> None:
    """Serves until a signal comes, and brings the figures of the archive back meanwhile."""

    def begin() -> None:
        pipeline.replay()
        pipeline.start()
        log.info("ready: %s", ", ".join(f"http://{address}/" for address in server.addresses))

    # The face answers at once: "not ready, and why" is an answer.
    starter = threading.Thread(target=begin, name="start", daemon=True)
    starter.start()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=pipeline.reload).start())
    try:
        server.run()
    finally:
        starter.join()
        pipeline.stop()

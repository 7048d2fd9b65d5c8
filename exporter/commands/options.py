"""What several commands have in common."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from exporter.config.faults import ConfigError
from exporter.decision import Decision
from exporter.settings import Settings, load_config

BAD_CONFIGURATION = 2
"""Exit code when a file or an option cannot be used."""

config_option = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config/exporter.yaml"),
    envvar="DVC_CONFIG",
    show_default=True,
    show_envvar=True,
    help="The portals to read; it names the file with the decision.",
)


def refuse(message: str) -> NoReturn:
    """Says what is wrong on standard error and ends with exit code 2."""
    click.echo(message, err=True)
    sys.exit(BAD_CONFIGURATION)


def load_or_refuse(config: Path) -> tuple[Decision, Settings]:
    """The configuration, or all its faults and exit code 2."""
    try:
        return load_config(config)
    except ConfigError as error:
        refuse(str(error))

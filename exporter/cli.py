"""The command line: dvc-exporter serve | check | collect | explain | report | discover | probe."""

from __future__ import annotations

import importlib

import click

from exporter.version import exporter_version

_COMMANDS = ("serve", "check", "collect", "explain", "report", "discover", "probe")


class _Lazy(click.Group):
    """Imports only the command that is called: `serve` does not pay for spreadsheets."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which an operator meets them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None: there is none."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"exporter.commands.{cmd_name}"), cmd_name)
        return found


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(exporter_version(), prog_name="dvc-exporter")
def main() -> None:
    """Publish the figures of a province's public-service portal beside the targets of its decision.

    Start with `check`, which says everything that is wrong in the configuration; then `collect`,
    which reads the portals once and prints what they say; then `serve`. `explain` proves any figure
    from the archived pages, `report` writes the dated table that administration runs on, and
    `discover` writes the units of a new province. `probe` is a health check for containers.
    """

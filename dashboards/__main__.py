"""`python -m dashboards build`: the boards; `python -m dashboards pictures`: what they look like."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

from dashboards.command import build
from dashboards.provision import provision_wall


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Make what Grafana shows."""


main.add_command(build)
if find_spec("playwright"):
    # Pictures need a browser, which only those who develop have.
    main.add_command(import_module("dashboards.stage.pictures").pictures)
main.add_command(provision_wall)

if __name__ == "__main__":
    main(prog_name="python -m dashboards")

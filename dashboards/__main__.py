"""`python -m dashboards build`: the boards; `python -m dashboards pictures`: what they look like."""

from __future__ import annotations

import click

from dashboards.command import build
from dashboards.provision import provision_wall
from dashboards.stage.pictures import pictures


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Make what Grafana shows."""


main.add_command(build)
main.add_command(pictures)
main.add_command(provision_wall)

if __name__ == "__main__":
    main(prog_name="python -m dashboards")

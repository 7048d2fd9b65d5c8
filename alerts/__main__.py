"""`python -m alerts build`: rules, tests, routes; `python -m alerts mail UNIT`: one sample."""

from __future__ import annotations

import click

from alerts.command import build
from alerts.mail.command import mail


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Make what Prometheus and Alertmanager run on, or look at a mail."""


main.add_command(build)
main.add_command(mail)

if __name__ == "__main__":
    main(prog_name="python -m alerts")

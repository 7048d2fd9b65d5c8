"""`python -m alerts build`: rules, tests, routes; `record`: who was told; `mail UNIT`: one sample."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import click

from alerts.command import build
from alerts.record.command import record


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Make what Prometheus and Alertmanager run on, keep the record of mails, or look at one."""


main.add_command(build)
main.add_command(record)
if find_spec("aiosmtpd"):
    # A sample goes through a real mail server, which only those who develop have.
    main.add_command(import_module("alerts.mail.command").mail)

if __name__ == "__main__":
    main(prog_name="python -m alerts")

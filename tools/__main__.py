"""`python -m tools promtool prometheus`: sees to it that the tools are there, and prints where."""

from __future__ import annotations

from pathlib import Path

import click

from tools.binaries import BIN, TOOLS, ToolError, bring
from tools.browser import NAME as BROWSER
from tools.browser import bring_browser
from tools.units import NAME as ANALYSER
from tools.units import bring_analyser

SYSTEM = {BROWSER: bring_browser, ANALYSER: bring_analyser}
"""Those that are installed into the system."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*sorted(TOOLS), *SYSTEM]), metavar="[NAME]...")
@click.option("--into", type=click.Path(path_type=Path), default=BIN, help="Folder they are put into.")
def main(names: tuple[str, ...], into: Path) -> None:
    """Bring the named tools (all of them, when none is named) into the folder of the project.

    Browser and checker of units are installed into the system, where they are missing. Prints one path per
    tool on standard output, and on standard error where each came from.
    """

    def say(text: str) -> None:
        click.echo(text, err=True)

    for name in names or (*sorted(TOOLS), *SYSTEM):
        try:
            click.echo(SYSTEM[name](say) if name in SYSTEM else bring(name, say, into))
        except ToolError as error:
            raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main(prog_name="python -m tools")

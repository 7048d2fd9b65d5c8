"""One of two exporters reads the portals; the other waits, and takes over when the first is gone.

    python -m deploy.leader run LOCK -- dvc-exporter serve …
    python -m deploy.leader probe -- dvc-exporter probe

Both stand on one archive. Whoever holds the lock in it serves; the system gives it free when its holder ends,
however that happens, so that two never read at once and the load on a portal is that of one.
"""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path

import click

from exporter.logs import LogFormat, configure

log = logging.getLogger("deploy.leader")

WAITING = Path("/tmp/dvc-exporter-waits")  # noqa: S108 - a container's own, and nothing secret
"""Is there while this container waits."""
_FILE = click.Path(dir_okay=False, path_type=Path)


def lead(lock: Path) -> int:
    """Waits until nobody else leads; the open lock, which whatever is run next keeps."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.set_inheritable(held, True)  # noqa: FBT003 - its only argument
    return held


@click.group()
def main() -> None:
    """Lead, or wait."""


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("lock", type=_FILE)
@click.argument("command", nargs=-1, required=True)
@click.option("--waiting", type=_FILE, default=WAITING, help="File that is there while this waits.")
@click.option(
    "--log.format", "style", type=click.Choice(["text", "json"]), default="text", help="As the exporter's."
)
def run(lock: Path, command: tuple[str, ...], waiting: Path, style: LogFormat) -> None:
    """Become COMMAND when nobody else holds LOCK."""
    configure(style=style)
    waiting.touch()
    log.info("waiting until no other exporter reads the portals")
    lead(lock)
    waiting.unlink()
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True)
@click.option("--waiting", type=_FILE, default=WAITING, help="File that is there while this waits.")
def probe(command: tuple[str, ...], waiting: Path) -> None:
    """End with 0 when this waits its turn, else as COMMAND, which asks the exporter here."""
    if not waiting.exists():
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(prog_name="python -m deploy.leader")

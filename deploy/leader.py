"""One of two exporters reads the portals; the other waits, and takes over when the first is gone.

    python -m deploy.leader run LOCK -- dvc-exporter serve …
    python -m deploy.leader probe http://127.0.0.1:9805/-/healthy

Both stand on one archive. Whoever holds the lock in it serves; the system gives it free when its holder ends,
however that happens, so that two never read at once and the load on a portal is that of one.
"""

from __future__ import annotations

import fcntl
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

import click

WAITING = Path("/tmp/dvc-exporter-waits")  # noqa: S108 - a container's own, and nothing secret
"""Is there while this container waits."""
SECONDS = 4.0
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
def run(lock: Path, command: tuple[str, ...], waiting: Path) -> None:
    """Become COMMAND when nobody else holds LOCK."""
    waiting.touch()
    click.echo("waiting until no other exporter reads the portals", err=True)
    lead(lock)
    waiting.unlink()
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


@main.command()
@click.argument("url")
@click.option("--waiting", type=_FILE, default=WAITING, help="File that is there while this waits.")
def probe(url: str, waiting: Path) -> None:
    """End with 0 when this waits its turn, or the exporter here answers."""
    if waiting.exists():
        return
    try:
        with urllib.request.urlopen(url, timeout=SECONDS):  # noqa: S310 - the address is the compose file's
            return
    except urllib.error.HTTPError as error:
        with error:
            sys.exit(str(error))
    except (urllib.error.URLError, TimeoutError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(prog_name="python -m deploy.leader")

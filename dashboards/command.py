"""`python -m dashboards build`: writes dashboards/json."""

from __future__ import annotations

from pathlib import Path

import click

from dashboards.build import files
from dashboards.inputs import ROOT, load
from exporter.config.faults import ConfigError

FOLDER = ROOT / "dashboards" / "json"
BAD_CONFIGURATION = 2
"""Exit code when a file cannot be used."""
DIFFERS = 1
"""Exit code of --check when something is not as it would be written."""
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--exporter", type=_FILE, default=ROOT / "config/exporter.yaml", help="It names the decision.")
@click.option("--alerts", type=_FILE, default=ROOT / "config/alerts.yaml", help="Bands and minimum counts.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=FOLDER, help="Where to write."
)
@click.option("--check", is_flag=True, help="Write nothing; fail when something would change.")
def build(exporter: Path, alerts: Path, out: Path, check: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Write the boards that Grafana provisions."""
    try:
        made = files(load(exporter, alerts))
    except ConfigError as error:
        click.echo(str(error), err=True)
        raise SystemExit(BAD_CONFIGURATION) from None
    stale = [name for name, text in made.items() if _text(out / name) != text]
    surplus = [path.name for path in sorted(out.glob("*.json")) if path.name not in made]
    if check:
        for name in (*stale, *surplus):
            click.echo(f"{out / name} differs; run: python -m dashboards build")
        raise SystemExit(DIFFERS if stale or surplus else 0)
    out.mkdir(parents=True, exist_ok=True)
    for name in surplus:
        (out / name).unlink()
    for name in stale:
        (out / name).write_text(made[name], "utf-8")
        click.echo(out / name)


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None

"""Pictures of the boards as they look on a wall and on a desk: `python -m dashboards pictures`.

They are drawn by a program that renders a board's JSON file against a Prometheus, such as one built on
Grafana's own panel components. It is called as

    RENDERER BOARD.json --prometheus URL --out PICTURE.png --locale vi-VN --width 1920 --height 1080
        [--scale 2] [--kiosk --no-controls --clip] [--from now-258d] [--var name=value]
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from dashboards.build import files
from dashboards.inputs import ROOT, Inputs, load
from dashboards.stage import backfill
from dashboards.stage.servers import StageError
from dashboards.stage.stage import Past, Stage, make_past, standing

FOLDER = ROOT / "docs/pictures"
_SECONDS = 180
_VALIDITY = "3m"
"""So soon a dead source's figures are withdrawn here; in operation it takes a day."""
_GONE = "count(unit_indicator:dvc_target_gap:ratio) == 0 or absent(unit_indicator:dvc_target_gap:ratio)"


@dataclass(frozen=True, slots=True)
class View:
    """How a board is drawn."""

    board: str
    choices: tuple[str, ...] = ()
    wall: bool = False
    recent: bool = False

    @property
    def scale(self) -> float:
        """Device pixels per pixel of the pictures that are kept: each is to stay under 300 kB."""
        return 1 if self.wall else 0.75

    def words(self, past: Past) -> Iterator[str]:
        """What the renderer is told."""
        if self.wall:
            yield from ("--kiosk", "--no-controls", "--clip", "--from=now-1h")
        else:
            yield "--from=now-10m" if self.recent else f"--from=now-{past.days - 1}d"
        for choice in self.choices:
            yield f"--var={choice}"


VIEWS = (
    View("dvc-overview"),
    View("dvc-unit", ("unit=so-cong-thuong", "indicator=online_payment")),
    View("dvc-indicator", ("indicator=online_payment",)),
    View("dvc-communes", ("group=xa-tien-hai",)),
    View("dvc-operations", recent=True),
    View("dvc-runbooks"),
    View("dvc-wall", wall=True),
    View("dvc-wall-units", wall=True),
)


def _fine(stage: Stage) -> None:
    stage.clear()
    # Long enough for courses of minutes to be lines.
    stage.wait("count_over_time(up[10m]) > 40")


def _alerts(stage: Stage) -> None:
    stage.fault("above_one", unit="so-y-te", indicator="online_dossier")
    stage.fault("wrong_total", path="/thong-ke/don-vi")
    stage.fault("unmatched", path="/thong-ke/xa")
    stage.wait("dvc_reading_withheld")
    stage.wait('ALERTS{alertname="DvcTotalsMismatch",alertstate="firing"}')
    stage.wait('ALERTS{alertname="DvcUnitsUnmatched",alertstate="firing",source="cong-tinh-xa"}')
    stage.wait('sum(alertmanager_notifications_total{integration="email"}) > 0')


def _missing(stage: Stage) -> None:
    stage.clear()
    stage.fault("missing_rows")
    stage.wait("province:dvc_targets_unknown:count > 20")


def _late(stage: Stage) -> None:
    stage.clear()
    stage.wait("province:dvc_targets_unknown:count < 5")
    stage.fault("http_503", path="/thong-ke")
    stage.wait(
        'dvc_source_up{source="cong-tinh-xa"} == 0 and on () dvc_source_up{source="cong-tinh-don-vi"} == 0'
    )


def _dead(stage: Stage) -> None:
    stage.wait(_GONE)


STATES: Mapping[str, Callable[[Stage], None]] = {
    "good": _fine,
    "alerts": _alerts,
    "missing": _missing,
    "late": _late,
    "dead": _dead,
}
"""What is done to the stage for each state, in an order in which one can follow the other."""


def draw(renderer: Sequence[str], stage: Stage, board: Path, out: Path, words: Sequence[str]) -> str:
    """One picture; what the renderer said of it. Raises StageError."""
    command = [*renderer, str(board), f"--prometheus={stage.prometheus}", f"--out={out}", "--locale=vi-VN"]
    try:
        done = subprocess.run(  # noqa: S603 - the renderer that whoever calls has named
            [*command, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StageError(f"the renderer: {error}") from error
    if not out.is_file():
        raise StageError(f"the renderer drew nothing: {done.stderr[-500:]}")
    return done.stderr


def past_of(inputs: Inputs, days: int, told: date) -> Past:
    """A past that has what the boards draw over time."""
    boards = {name: json.loads(text) for name, text in files(inputs).items()}
    return Past(days, told, frozenset(backfill.asked_over_time(boards)))


@click.command()
@click.option("--renderer", required=True, envvar="DVC_RENDERER", help="The program that draws a board.")
@click.option("--into", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
@click.option("--state", "states", multiple=True, type=click.Choice(list(STATES)), help="Only these states.")
@click.option("--board", "boards", multiple=True, help="Only these boards.")
@click.option(
    "--scale", "scales", multiple=True, type=float, help="1: 1080p, 2: 4K; without it small enough to keep."
)
def pictures(
    renderer: str, into: Path, states: tuple[str, ...], boards: tuple[str, ...], scales: tuple[float, ...]
) -> None:
    """Draw the boards on a stage, in each state (`good` first). All figures are simulated."""
    inputs = load()
    past = past_of(inputs, 259, date(2024, 9, 16))
    wanted = [view for view in VIEWS if not boards or view.board in boards]
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="stage-") as folder:
        work = Path(folder)
        try:
            data = make_past(past, inputs, work)
            with standing(inputs, past, data, work, _VALIDITY) as stage:
                for name, reach in STATES.items():
                    if states and name not in states and not (name == "late" and "dead" in states):
                        continue
                    reach(stage)
                    for view in wanted:
                        for scale in scales or (view.scale,):
                            target = into / f"{view.board}-{name}{'-4k' if scale > 1 else ''}.png"
                            board = ROOT / "dashboards/json" / f"{view.board}.json"
                            words = [*view.words(past), f"--scale={scale:g}"]
                            click.echo(f"{target}\n{draw([renderer], stage, board, target, words)}")
        except StageError as error:
            raise click.ClickException(str(error)) from error

"""A pipeline on the demo portal, with a clock that stands until it is set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

from demo.portal import DemoPortal
from exporter.clock import PROVINCE_TIME, FixedClock
from exporter.pipeline import Pipeline
from exporter.snapshot.model import Figure, Run, Snapshot

ROOT = Path(__file__).parent.parent
FETCH = "fetch: {deadline: 20s, pause: 0s, retries: 0, max_bytes: 2000000}\n"


def write_config(directory: Path, url: str, *, more: str = FETCH) -> Path:
    """The shipped configuration, reading a portal at `url`, in a directory of its own."""
    text = (ROOT / "config" / "exporter.yaml").read_text(encoding="utf-8")
    config = directory / "exporter.yaml"
    text = (
        re.sub(r"^fetch: .*", "#", text, flags=re.MULTILINE)
        .replace("http://127.0.0.1:9808", url)
        .replace("../var/archive", "archive")
    )
    config.write_text(text + more, encoding="utf-8")
    targets = (ROOT / "config" / "targets.yaml").read_text(encoding="utf-8")
    (directory / "targets.yaml").write_text(targets, encoding="utf-8")
    return config


class Town:
    """The portal, the exporter, and one day for both of them."""

    def __init__(self, portal: DemoPortal, directory: Path) -> None:
        self.portal = portal
        self.config = write_config(directory, portal.url)
        self.clock = FixedClock(datetime.combine(date(2024, 9, 16), time(9), PROVINCE_TIME))
        self.pipeline = self.restart()

    def impatient(self) -> None:
        """From now on a request may take one second."""
        text = self.config.read_text(encoding="utf-8").replace("deadline: 20s", "deadline: 1s")
        self.config.write_text(text, encoding="utf-8")
        assert self.pipeline.reload() is None

    def restart(self) -> Pipeline:
        """An exporter that knows what the archive knows."""
        self.pipeline = Pipeline(self.config, make_clock=lambda _: self.clock)
        self.pipeline.replay()
        return self.pipeline

    def set(self, day: str, hour: str = "09:00") -> None:
        """What day and time it is for the portal and for the exporter."""
        moment = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=PROVINCE_TIME)
        self.clock.moment = moment
        self.portal.set_date(moment.date(), moment.time())

    def collect(self, source: str = "cong-tinh-don-vi") -> Run:
        """One collection."""
        run = self.pipeline.collect(source)
        assert run is not None
        return run

    @property
    def snapshot(self) -> Snapshot:
        """The newest."""
        found = self.pipeline.snapshot()
        assert found is not None
        return found

    def ratio(self, unit: str, indicator: str = "online_dossier") -> float | None:
        """A published rate of the year."""
        m = self.snapshot.figures.get(Figure(unit, indicator, "year"))
        return m.ratio if m else None


@contextmanager
def town(directory: Path) -> Iterator[Town]:
    """A town on 16 September 2024 at nine."""
    with DemoPortal(date=date(2024, 9, 16)) as portal:
        here = Town(portal, directory)
        try:
            yield here
        finally:
            here.pipeline.stop()

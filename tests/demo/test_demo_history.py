from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path

import pytest

from demo import history
from demo.figures import FRACTIONS, Simulation
from demo.portal import DEFAULT_SEED, TARGETS
from exporter.clock import PROVINCE_TIME
from exporter.config.decision_file import load_decision
from exporter.snapshot.model import Figure
from tests.demo_setup import town

HOUR, DAY = 3600, 86_400
TOLD = date(2024, 9, 16)
END = int(datetime.combine(TOLD, time(9), PROVINCE_TIME).timestamp())
SAMPLE = re.compile(r"^([a-z_]+)\{(.*)\} (\S+) (\d+)$")


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return Simulation(load_decision(TARGETS), DEFAULT_SEED)


def samples(simulation: Simulation, span: history.Span) -> list[tuple[str, str, float, int]]:
    lines = "".join(
        piece
        for start, end in history.stretches(span)
        for piece in history.text(simulation, span, start, end)
    ).splitlines()
    found = []
    for line in lines:
        match = SAMPLE.match(line)
        assert match or line == "# EOF", line
        if match:
            found.append((match[1], match[2], float(match[3]), int(match[4])))
    return found


def test_history_has_what_the_exporter_reads_from_the_portal(simulation: Simulation, tmp_path: Path) -> None:
    counted = history.counts(simulation, TOLD)
    decision = simulation.decision
    with town(tmp_path) as here:
        here.collect("cong-tinh-don-vi")
        here.collect("cong-tinh-xa")
        figures = here.snapshot.figures
    compared = 0
    for unit in decision.in_force(TOLD):
        for indicator in decision.indicators.values():
            found = figures.get(Figure(unit.id, indicator.id, "year"))
            if found is None or unit.kind not in indicator.applies_to:
                continue
            upper, lower = FRACTIONS[indicator.id]
            expected = getattr(counted[unit.id], upper), getattr(counted[unit.id], lower)
            assert (found.numerator, found.denominator) == expected, (unit.id, indicator.id)
            compared += 1
    assert compared > 1500


def test_units_are_there_on_the_hour_and_communes_once_a_day(simulation: Simulation) -> None:
    span = history.Span(END, days=2, fine_days=0)
    found = samples(simulation, span)

    unit = [
        at
        for name, labels, _, at in found
        if name == "dvc_indicator_numerator" and 'unit="so-y-te",indicator="online_dossier"' in labels
    ]
    commune = [
        at
        for name, labels, _, at in found
        if name == "dvc_indicator_numerator" and 'unit="xa-12688",indicator="online_dossier"' in labels
    ]
    assert unit == list(range(END - 2 * DAY, END, HOUR))
    assert len(commune) == 2
    assert {at % HOUR for _, _, _, at in found} == {0}


def test_the_last_days_are_there_at_the_scrape_interval(simulation: Simulation) -> None:
    span = history.Span(END, days=2, fine_days=1, fine_step=60)
    found = samples(simulation, span)

    target = [
        at
        for name, labels, _, at in found
        if name == "dvc_target_ratio" and 'unit="so-y-te",indicator="online_dossier"' in labels
    ]
    assert target == [*range(END - 2 * DAY, END - DAY, HOUR), *range(END - DAY, END, 60)]


def test_no_series_goes_back_in_time(simulation: Simulation) -> None:
    last: dict[tuple[str, str], int] = {}
    for name, labels, _, at in samples(simulation, history.Span(END, days=3, fine_days=1)):
        assert at > last.get((name, labels), 0)
        last[name, labels] = at


def test_a_rehearsal_tells_another_day(simulation: Simulation) -> None:
    ahead = history.Span(END + 800 * DAY, days=1, offset=-800 * DAY, fine_days=0)
    found = samples(simulation, ahead)

    assert {value for name, _, value, _ in found if name == "dvc_clock_offset_seconds"} == {-800 * DAY}
    elapsed = [value for name, _, value, _ in found if name == "dvc_period_elapsed_ratio"]
    assert all(0.70 < value < 0.72 for value in elapsed)


def test_files_are_the_same_each_time_and_end_as_openmetrics_does(
    simulation: Simulation, tmp_path: Path
) -> None:
    span = history.Span(END, days=21, fine_days=0)
    first = history.write(simulation, span, tmp_path / "a")
    second = history.write(simulation, span, tmp_path / "b")

    assert [path.name for path in first] == [path.name for path in second]
    assert len(first) == 2
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.read_bytes().endswith(b"\n# EOF\n")


def test_the_command_writes_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(tmp_path), "--days=1", "--date=2024-09-16", f"--now={END + 1234}"]

    assert history.main(words) == 0
    (path,) = tmp_path.iterdir()
    assert capsys.readouterr().out.strip() == str(path)
    assert int(path.stem) == END - DAY

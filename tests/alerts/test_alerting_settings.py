from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.settings import Alerting, Cadence, load_alerting
from exporter.config.faults import ConfigError

ROOT = Path(__file__).resolve().parent.parent.parent


def loaded(folder: Path, text: str) -> Alerting:
    (folder / "alerts.yaml").write_text(text, "utf-8")
    return load_alerting(folder / "alerts.yaml")


def faults(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return str(caught.value)


def test_what_is_not_written_has_its_default(tmp_path: Path) -> None:
    found = loaded(tmp_path, "bands: {far_points: 15, far_share: 40%}\n")

    assert found.bands.far_points == 15
    assert found.bands.far_share == Fraction(2, 5)
    assert found.cadence == Alerting().cadence


def test_every_wait_follows_from_the_cadence() -> None:
    cadence = Alerting().cadence

    assert cadence.source_down == timedelta(hours=6, minutes=30)
    assert cadence.confirmed == timedelta(hours=6, minutes=34)
    assert cadence.short == timedelta(minutes=4)
    assert cadence.stale_after == timedelta(hours=7)
    assert cadence.stale == timedelta(minutes=8)
    assert cadence.kept == timedelta(hours=6, minutes=42)
    assert cadence.back == timedelta(hours=6, minutes=46)


@given(
    *(st.integers(1, 100_000).map(lambda seconds: timedelta(seconds=seconds)) for _ in range(4)),
    st.fractions(0, 1),
)
def test_a_portal_that_is_down_is_told_as_such_before_its_figures_are_old(
    collection: timedelta, lateness: timedelta, scrape: timedelta, evaluation: timedelta, late: Fraction
) -> None:
    cadence = Cadence(collection=collection, lateness=lateness, scrape=scrape, evaluation=evaluation)
    interval = collection / 2
    # From the last collection that succeeded. Evaluations come at moments of their own; so do scrapes.
    failed = interval + lateness * float(late)
    down = failed + scrape + evaluation + cadence.source_down + evaluation
    old = interval + cadence.stale_after + cadence.stale
    unconfirmed = interval + lateness

    assert down < old
    # Until then nothing that was said of units is taken back: an evaluation may come right before it.
    assert old + evaluation < unconfirmed + cadence.kept


def test_the_demo_is_fast_and_writes_at_any_hour() -> None:
    demo = load_alerting(ROOT / "demo/alerts.yaml")

    assert demo.simulated
    assert demo.mailing.hours is None
    assert demo.cadence.confirmed < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cadence: {scrape: 5m}\n", "scrape must be shorter than 5m"),
        ("cadence: {evaluation: 10m}\n", "evaluation must be shorter than 5m"),
        ("cadence: {lateness: 2m}\n", "lateness must hold two scrapes and two evaluations"),
        ("cadence: {collection: 30s, lateness: 5m}\n", "scrape must not be longer than collection"),
        ("cadence: {collection: 6d}\n", "known must be longer than two collections"),
        ("cadence: {colection: 6h}\n", "unknown key 'colection'; did you mean 'collection'?"),
        ("links: {runbooks: chitieu.example.vn}\n", "is no web address"),
        ("job: dvc exporter\n", "may hold only letters, digits"),
        ("bands: {far_share: 50}\n", "write 50%"),
        ("minimum_count: 0\n", "'minimum_count' must be at least 1"),
        ("mailing: {hours: 9-8}\n", "are no hours"),
        ("simulated: 1\n", "true or false"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    found = faults(tmp_path, text)

    assert said in found
    assert "alerts.yaml:1:" in found

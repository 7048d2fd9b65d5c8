from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from alerts.__main__ import main
from alerts.alertmanager.calendar import CALENDAR, Calendar, CalendarMissingError, load_calendar
from alerts.build import CadenceError, Inputs, built, check_cadence, write
from alerts.contacts import load_contacts
from alerts.settings import Alerting, Cadence
from exporter.settings import load_config

ROOT = Path(__file__).resolve().parent.parent.parent
TODAY = date(2026, 11, 23)


def inputs(**changes: object) -> Inputs:
    decision, settings = load_config(ROOT / "config/exporter.yaml")
    contacts = load_contacts(ROOT / "config/contacts.example.yaml", decision)
    parts: dict[str, object] = {
        "alerting": Alerting(),
        "decision": decision,
        "settings": settings,
        "contacts": contacts,
        "calendar": load_calendar(),
        "dashboards": "http://127.0.0.1:3000",
    }
    return Inputs(**(parts | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made() -> dict[Path, str]:
    return dict(built(inputs(), TODAY))


def test_everything_that_the_servers_read_is_made(made: dict[Path, str]) -> None:
    assert {Path("rules", name) for name in ("recording.yaml", "units.yaml", "operators.yaml")} <= set(made)
    assert Path("alertmanager/alertmanager.yml") in made
    assert Path("alertmanager/templates/names.tmpl") in made
    assert Path("alertmanager/templates/unit.tmpl") in made
    assert Path("who-gets-what.md") in made


def test_a_source_that_is_read_less_often_than_the_rules_suppose_is_refused() -> None:
    given = inputs()
    fast = Alerting(cadence=Cadence(collection=timedelta(seconds=9), lateness=timedelta(minutes=5)))

    with pytest.raises(
        CadenceError, match=r"cong-tinh-don-vi is read every 10s, but cadence\.collection is 9s"
    ):
        check_cadence(fast, given.settings)


def test_a_source_that_nobody_answers_with_may_be_read_as_seldom_as_it_likes() -> None:
    minute = Alerting(cadence=Cadence(collection=timedelta(minutes=1), lateness=timedelta(minutes=5)))

    check_cadence(minute, inputs().settings)


def test_a_year_without_holidays_is_refused() -> None:
    with pytest.raises(CalendarMissingError):
        built(inputs(calendar=Calendar(())), TODAY)


def test_only_what_differs_is_written_and_old_rules_go(tmp_path: Path, made: dict[Path, str]) -> None:
    first = list(write(made, tmp_path))
    (tmp_path / "rules/gone.yaml").write_text("groups: []\n")
    (tmp_path / "rules/units.yaml").write_text("groups: []\n")

    assert len(first) == len(made)
    assert list(write(made, tmp_path)) == [tmp_path / "rules/gone.yaml", tmp_path / "rules/units.yaml"]
    assert list(write(made, tmp_path)) == []


@pytest.fixture
def invoke() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(main, [str(part) for part in arguments])


def test_the_command_writes_into_a_folder_and_checks_it(
    tmp_path: Path, invoke: Callable[..., Result]
) -> None:
    example = ("--contacts", ROOT / "config/contacts.example.yaml")

    assert invoke("build", "--out", tmp_path, *example, "--check").exit_code == 1
    assert invoke("build", "--out", tmp_path, *example).exit_code == 0
    assert invoke("build", "--out", tmp_path, *example, "--check").exit_code == 0
    assert (tmp_path / "who-gets-what.md").is_file()


def test_what_is_committed_is_what_the_files_make(invoke: Callable[..., Result]) -> None:
    found = invoke("build", "--check")

    assert (found.exit_code, found.output) == (0, "")


def test_a_bad_file_is_told_whole_and_nothing_is_written(
    tmp_path: Path, invoke: Callable[..., Result]
) -> None:
    config = tmp_path / "alerts.yaml"
    config.write_text("minimum_count: 0\njob: a b\n")

    found = invoke("build", "--config", config, "--out", tmp_path / "out")

    assert found.exit_code == 2
    assert "alerts.yaml:1:" in found.output
    assert "alerts.yaml:2:" in found.output
    assert not (tmp_path / "out").exists()


def test_a_file_is_replaced_in_one_step_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yml"
    path.write_text("old")
    path.chmod(0o600)
    with path.open() as reader:
        list(write({Path(path.name): "new"}, tmp_path))
        seen = reader.read()

    assert seen == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_calendar_beside_the_settings_is_the_one_that_counts(
    tmp_path: Path, invoke: Callable[..., Result]
) -> None:
    config, calendar = tmp_path / "alerts.yaml", tmp_path / "calendar.yaml"
    config.write_bytes((ROOT / "config/alerts.yaml").read_bytes())
    words = ("build", "--config", config, "--contacts", ROOT / "config/contacts.example.yaml", "--out")
    shipped = CALENDAR.read_text("utf-8")
    texts = {}
    for name, text in (("shipped", shipped), ("own", shipped.replace("-02-08", "-02-07"))):
        calendar.write_text(text, "utf-8")
        assert invoke(*words, tmp_path / name).exit_code == 0
        texts[name] = (tmp_path / name / "alertmanager/alertmanager.yml").read_text("utf-8")
    calendar.write_text("years: []\n", "utf-8")
    found = invoke(*words, tmp_path / "faulty")

    assert texts["shipped"] != texts["own"]
    assert found.exit_code == 2
    assert "calendar.yaml:1" in found.output


def test_both_commands_are_there(invoke: Callable[..., Result]) -> None:
    said = invoke("--help").output

    assert "build" in said
    assert "mail" in said

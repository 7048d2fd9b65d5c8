from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alerts import boards
from alerts.alertmanager.calendar import Calendar, load_calendar
from alerts.alertmanager.inhibition import PER_SOURCE
from alerts.build import promtool_files, rule_files
from alerts.rulebook import book, history, known
from alerts.rulebook.common import Alert
from alerts.settings import Alerting, Cadence, load_alerting
from alerts.testbook import files, long_cases, operator_cases, sums_cases, unit_cases
from alerts.testbook.checks import Test as RuleTest
from alerts.testbook.sums_cases import Sum
from alerts.testbook.world import Timeline, notation
from exporter import arithmetic
from exporter import vietnamese as vn
from exporter.clock import PROVINCE_TIME
from exporter.decision import Counting
from exporter.metrics.catalogue import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT = Alerting()
DEMO = load_alerting(ROOT / "demo/alerts.yaml")
CALENDAR = load_calendar()
ALERTS = book.alerts(DEFAULT, CALENDAR)
NAMES = [alert.name for alert in ALERTS]
CASES = (
    "not firing one step before",
    "firing one step after",
    "missing measurement",
    "missing target",
    "zero denominator",
    "small counts",
    "one lost collection",
    "1 January",
)
ALWAYS = "DvcWatchdog"
BY_TIME_ALONE = "DvcCalendarEnding"


def run(promtool: Path, *arguments: str | Path) -> None:
    done = subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def put(folder: Path, several: dict[Path, str]) -> Path:
    for name, text in several.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def rules_only(settings: Alerting) -> dict[Path, str]:
    groups = book.groups(settings, CALENDAR)
    return {Path("rules", name): book.render(several) for name, several in groups.items()}


def rule_tests(settings: Alerting = DEFAULT) -> Iterator[RuleTest]:
    yield from unit_cases.tests(settings)
    yield from long_cases.tests(settings)
    yield from operator_cases.tests(settings)
    yield operator_cases.calendar_test(settings, CALENDAR)


COMMITTED = sorted((ROOT / "alerts/tests").glob("*.yaml"))


@pytest.mark.parametrize("path", COMMITTED, ids=[path.stem for path in COMMITTED])
def test_the_rules_do_what_their_tests_say(promtool: Path, path: Path) -> None:
    run(promtool, "test", "rules", path)


HOURLY = Alerting(
    cadence=Cadence(
        collection=timedelta(hours=1),
        lateness=timedelta(minutes=5),
        scrape=timedelta(seconds=15),
        evaluation=timedelta(minutes=1),
    )
)


@pytest.mark.parametrize(
    "name", ["DvcUnitBelowTarget", "DvcMeasurementMissing", "DvcExporterDown", "operators"]
)
def test_they_do_so_at_another_cadence(promtool: Path, tmp_path: Path, name: str) -> None:
    made = {**dict(rule_files(HOURLY, CALENDAR)), **dict(promtool_files(HOURLY, CALENDAR))}
    put(tmp_path, made)

    run(promtool, "test", "rules", tmp_path / f"tests/{name}.yaml")


def test_rules_and_tests_are_those_of_the_default_cadence() -> None:
    settings = load_alerting(ROOT / "config/alerts.yaml")
    made = {**dict(rule_files(settings, CALENDAR)), **dict(promtool_files(settings, CALENDAR))}

    assert {path for path in made if path.parts[0] == "tests"} == {Path("tests", p.name) for p in COMMITTED}
    for name, text in made.items():
        assert (ROOT / "alerts" / name).read_text("utf-8") == text, f"{name}: run python -m alerts build"


def test_the_shipped_settings_are_the_defaults() -> None:
    assert load_alerting(ROOT / "config/alerts.yaml") == DEFAULT


@pytest.mark.parametrize("settings", [DEFAULT, DEMO], ids=["default", "demo"])
def test_promtool_finds_nothing_wrong(promtool: Path, tmp_path: Path, settings: Alerting) -> None:
    put(tmp_path, rules_only(settings))

    run(
        promtool, "check", "rules", "--lint=all", "--lint-fatal", *sorted((tmp_path / "rules").glob("*.yaml"))
    )


@pytest.mark.parametrize("alert", NAMES)
def test_every_alert_has_every_case(alert: str) -> None:
    said = [test.name for test in rule_tests() if alert in test.name.partition(":")[0].split(", ")]
    checked = [test for test in rule_tests() for node in test.alerts if node["alertname"] == alert]
    told = " ".join(said)

    if alert == ALWAYS:
        assert checked
    elif alert == BY_TIME_ALONE:
        assert "not firing one step before, firing one step after" in told
    else:
        assert [case for case in CASES if case not in told] == []
        assert any("exp_alerts" in node for test in checked for node in test.alerts)


@pytest.mark.parametrize("alert", NAMES)
def test_every_alert_has_a_runbook_in_vietnamese(alert: str) -> None:
    page = (ROOT / "docs/runbooks.md").read_text("utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))

    assert list(sections) == NAMES
    for part in ("**Nghĩa là gì.**", "**Kiểm tra gì.**", "**Làm gì.**"):
        assert part in sections[alert]


def test_every_alert_has_the_labels_and_annotations_that_mails_rest_on() -> None:
    for alert in ALERTS:
        assert alert.labels["severity"] in {"critical", "warning", "info"}
        assert alert.labels["audience"] in {"unit", "operators"}
        address = boards.runbook(boards.runbooks(boards.LOCAL), alert.name)
        assert alert.annotations["runbook_url"] == address
        assert alert.annotations["summary"]
        assert alert.annotations["description"]


@pytest.mark.parametrize("settings", [DEFAULT, DEMO], ids=["default", "demo"])
def test_unit_alerts_are_kept_until_what_inhibits_them_is_there(settings: Alerting) -> None:
    alerts = {alert.name: alert for alert in book.alerts(settings, CALENDAR)}
    inhibiting = [alerts[name] for name in (*PER_SOURCE, "DvcExporterDown")]
    longest = max(alert.wait for alert in inhibiting) + settings.cadence.evaluation

    about_units = [alert for alert in alerts.values() if alert.labels["audience"] == "unit"]
    assert len(about_units) == 8
    for alert in about_units:
        assert alert.keep > longest


@pytest.mark.parametrize("settings", [DEFAULT, DEMO], ids=["default", "demo"])
def test_what_recovery_takes_back_has_ended_before_it_is_told(settings: Alerting) -> None:
    alerts = {alert.name: alert for alert in book.alerts(settings, CALENDAR)}

    back = alerts["DvcUnitBackOnTarget"].wait
    assert all(
        alert.keep + settings.cadence.evaluation < back
        for alert in alerts.values()
        if alert.labels["audience"] == "unit"
    )


@pytest.mark.parametrize("settings", [DEFAULT, DEMO], ids=["default", "demo"])
def test_no_alert_begins_on_one_collection(settings: Alerting) -> None:
    cadence = settings.cadence

    assert cadence.confirmed > cadence.collection + cadence.lateness
    for alert in book.alerts(settings, CALENDAR):
        if alert.labels["audience"] == "unit" and alert.name != "DvcUnitFarBelowTargetLong":
            assert alert.wait >= cadence.confirmed


def test_rules_ask_only_for_what_is_published_or_recorded() -> None:
    published = {metric.name for metric in CATALOGUE}
    groups = [group for several in book.groups(DEFAULT, CALENDAR).values() for group in several]
    rules = [rule for group in groups for rule in group.rules]
    recorded = {rule.record for rule in rules if not isinstance(rule, Alert)}
    texts = [rule.expr for rule in rules]
    texts += [text for rule in rules if isinstance(rule, Alert) for text in rule.annotations.values()]
    asked = {name for text in texts for name in re.findall(r"[a-z_]+:dvc_\w+:\w+|(?<![\w:])dvc_\w+", text)}

    assert asked <= published | recorded
    assert {name for name in recorded if not re.fullmatch(r"[a-z_]+:dvc_[a-z_]+:[a-z_]+", name)} == set()


def test_no_address_and_no_number_is_a_label() -> None:
    for alert in ALERTS:
        assert all("{{" not in value and "@" not in value for value in alert.labels.values())


# The arithmetic, against the product's own.

MANY_COUNTS = ((0, 0), (0, 1), (1, 1), (3, 7), (449, 1000), (450, 1000), (451, 1000), (999_983, 2_000_000))
MANY_TARGETS = ("1", "999/1000", "9/10", "1/2", "45/100", "0")


@pytest.mark.parametrize("elapsed", ["0.05", "0.37", "0.99"])
def test_the_recorded_arithmetic_is_that_of_the_product(promtool: Path, tmp_path: Path, elapsed: str) -> None:
    sums = sums_cases.sums(MANY_COUNTS, MANY_TARGETS)
    time = Timeline(timedelta(minutes=2), timedelta(hours=6), 1)
    made = rules_only(DEFAULT)
    made[Path("tests/many.yaml")] = files.render([sums_cases.arithmetic_at(time, elapsed, sums)])
    put(tmp_path, made)

    run(promtool, "test", "rules", tmp_path / "tests/many.yaml")


@given(
    n=st.integers(0, 5000),
    more=st.integers(1, 5000),
    target=st.integers(1, 1000).map(lambda tenths: Fraction(tenths, 1000)),
)
def test_what_the_tests_expect_is_what_is_written_for_officials(n: int, more: int, target: Fraction) -> None:
    one = Sum("x", Counting.FLOW, n, n + more, target)
    rate, gap = sums_cases.rate_as_written(one), sums_cases.gap_as_written(one)

    assert rate is not None
    assert gap is not None
    assert vn.decimal(rate) + "%" == vn.percent(Fraction(n, n + more), target=target)
    points = arithmetic.gap_points(n, n + more, target)
    assert points is not None
    assert vn.points(gap) == vn.points(points)


# Recoveries and holidays.


def told_since(promtool: Path, folder: Path, calendar: Calendar, moment: datetime) -> float:
    """What the rule yields at a moment: one evaluation decades after the beginning of Unix time."""
    (rule,) = [rule for rule in history.rules(DEFAULT, calendar) if rule.record == history.TOLD_SINCE]
    (folder / "rules.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "one", "rules": [{"record": rule.record, "expr": rule.expr}]}]})
    )
    at = f"{moment.timestamp():.0f}s"
    sample = {"expr": rule.record, "eval_time": at, "exp_samples": [{"labels": "x", "value": -1}]}
    test = {"name": "one", "interval": at, "input_series": [], "promql_expr_test": [sample]}
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": at, "tests": [test]}
    (folder / "test.yaml").write_text(yaml.safe_dump(whole))
    done = subprocess.run(
        [promtool, "test", "rules", folder / "test.yaml"], capture_output=True, text=True, check=False
    )
    found = re.search(r"got: \{[^}]*\} (\S+)", done.stdout + done.stderr)
    assert found, done.stdout + done.stderr
    return float(found[1])


BACK = DEFAULT.lasting.back_on_target + DEFAULT.cadence.back


@pytest.mark.parametrize(
    ("moment", "recovered", "told"),
    [
        # An ordinary weekend: Friday evening is still told on Monday morning, not on Wednesday.
        ("2024-09-16T08:30", "2024-09-13T20:00", True),
        ("2024-09-18T08:30", "2024-09-13T20:00", False),
        # Tết 2025, 25 January to 2 February: what recovered the evening before is told on the 3rd.
        ("2025-02-03T08:30", "2025-01-24T20:00", True),
        ("2025-02-05T08:30", "2025-01-28T20:00", True),
        ("2025-02-07T08:30", "2025-01-24T20:00", False),
        # What was told for three days before Tết is not told again after it.
        ("2025-02-03T08:30", "2025-01-20T20:00", False),
    ],
)
def test_a_recovery_is_told_for_three_days_without_the_holidays(
    promtool: Path, tmp_path: Path, moment: str, recovered: str, *, told: bool
) -> None:
    def unix(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=PROVINCE_TIME)

    since = told_since(promtool, tmp_path, CALENDAR, unix(moment))

    assert (unix(recovered).timestamp() >= since) is told


def test_breaks_are_runs_of_days_that_are_longer_than_a_weekend() -> None:
    breaks = history.breaks(CALENDAR)

    assert (date(2025, 1, 25), date(2025, 2, 2)) in breaks
    assert all((last - first).days + 1 >= history.SHORTEST_BREAK for first, last in breaks)
    assert breaks == sorted(breaks)
    assert history.breaks(Calendar(())) == []


def test_values_are_written_in_runs() -> None:
    assert notation([1, 1, 1, None, None, 0.5, None]) == "1x2 stale _ 0.5 stale"


def test_the_year_is_read_off_noon() -> None:
    assert known.NOON == 43_200

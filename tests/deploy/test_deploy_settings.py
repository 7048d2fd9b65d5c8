from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from deploy.settings import main, merged, written
from deploy.volume import CURRENT, NEXT, Volume
from exporter.clock import PROVINCE_TIME

ROOT = Path(__file__).resolve().parent.parent.parent
PLACES = ROOT / "deploy/compose"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def ran(*words: str | Path) -> str:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """What an operator has."""
    return Path(shutil.copytree(ROOT / "config", tmp_path / "config"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "volume"


def assemble(config: Path, out: Path, *more: str) -> Result:
    return run(
        *("assemble", "--out", out, "--take", config, "--merge", PLACES / "place.yaml"),
        *("--patience", "0", *more),
    )


def demo(out: Path) -> Result:
    return run("layer", "demo", "--out", out, "--take", ROOT / "demo/alerts.yaml", "--take", PLACES / "demo")


def ha(out: Path, *more: str) -> Result:
    return run("layer", "ha", "--out", out, "--merge", PLACES / "place-ha.yaml", *more)


def alertmanagers(out: Path) -> int:
    place = yaml.safe_load((out / NEXT / "place.yaml").read_text("utf-8"))
    return len(place["servers"]["alertmanagers"])


def test_mappings_are_merged_and_lists_replaced() -> None:
    below = {"servers": {"exporter": "a:1", "alertmanagers": ["b:2"]}, "other": 1}

    assert merged(below, {"servers": {"alertmanagers": ["c:3", "d:4"]}}) == {
        "servers": {"exporter": "a:1", "alertmanagers": ["c:3", "d:4"]},
        "other": 1,
    }
    assert below["servers"] == {"exporter": "a:1", "alertmanagers": ["b:2"]}


def test_one_value_is_written_by_its_path() -> None:
    assert written("servers.remote_write.url=https://a.example.vn/x?y=z") == {
        "servers": {"remote_write": {"url": "https://a.example.vn/x?y=z"}}
    }


@pytest.mark.parametrize("text", ["servers", "=x", "servers..url=x"])
def test_what_sets_nothing_is_refused(text: str, out: Path) -> None:
    result = run("layer", "remote", "--out", out, "--set", text)

    assert result.exit_code == 2
    assert "sets nothing; write it like servers.replica=a" in result.output


def test_every_layer_adds_its_own_and_contacts_of_the_operator_are_not_taken(config: Path, out: Path) -> None:
    shutil.copy(config / "contacts.example.yaml", config / "contacts.yaml")
    assert assemble(config, out).exit_code == 0

    names = {path.name for path in (out / NEXT).iterdir()}
    assert names >= {"exporter.yaml", "targets.yaml", "alerts.yaml", "place.yaml"}
    assert not [name for name in names if name.startswith("contacts")]

    for result in (demo(out), ha(out), run("layer", "remote", "--out", out, "--set", "servers.replica=z")):
        assert result.exit_code == 0, result.output
    ran("assemble", "--out", out, "--take", config, "--merge", PLACES / "place.yaml")

    coming = out / NEXT
    assert (coming / "exporter.yaml").read_bytes() == (PLACES / "demo/exporter.yaml").read_bytes()
    assert (coming / "contacts.yaml").read_bytes() == (PLACES / "demo/contacts.yaml").read_bytes()
    assert alertmanagers(out) == 3
    place = yaml.safe_load((coming / "place.yaml").read_text("utf-8"))
    assert place["servers"]["replica"] == "z"
    assert place["servers"]["exporter"] == "exporter:9805"


def test_a_profile_that_compose_profiles_no_longer_names_is_left(config: Path, out: Path) -> None:
    ha(out, "--profiles", "wall,ha")
    assert assemble(config, out, "--profiles", "wall,ha").exit_code == 0
    assert alertmanagers(out) == 3

    assert "the profile ha is left" in assemble(config, out, "--profiles", "wall").stdout
    assert alertmanagers(out) == 1


def test_a_profile_that_was_given_as_a_flag_stays_until_it_is_left(config: Path, out: Path) -> None:
    ha(out, "--profiles", "wall")
    for _ in range(2):
        assert assemble(config, out, "--profiles", "wall").exit_code == 0
        assert alertmanagers(out) == 3

    ran("leave", "ha", "--out", out)
    assert assemble(config, out).exit_code == 0
    assert alertmanagers(out) == 1


def test_a_trial_stays_one_and_says_so_where_it_is_started_without_its_profile(
    config: Path, out: Path
) -> None:
    demo(out)
    assert assemble(config, out).exit_code == 0
    before = (out / NEXT).resolve()
    result = assemble(config, out)

    assert result.exit_code == 2
    assert "These volumes are those of a trial" in result.stderr
    assert "--profile '*' down -v" in result.stderr
    assert (out / NEXT).resolve() == before
    assert run("leave", "demo", "--out", out).exit_code == 2

    demo(out)
    assert assemble(config, out).exit_code == 0


def test_a_trial_whose_own_step_fails_never_becomes_operation(config: Path, out: Path) -> None:
    assert run("layer", "demo", "--out", out, "--take", out / "nowhere").exit_code == 2
    result = assemble(config, out)

    assert result.exit_code == 2
    assert "or its step has failed" in result.stderr
    assert not (out / NEXT).exists()


def test_the_volumes_of_operation_become_no_trial(config: Path, out: Path) -> None:
    with Volume(out).locked():
        Volume(out).begin_operation()
    # Compose goes on where a step of a profile fails: so the next step fails as well.
    for result in (demo(out), assemble(config, out)):
        assert result.exit_code == 2
        assert "docker compose -p dvc-trial --profile demo up -d" in result.stderr

    assert not Volume(out).trial
    assert assemble(config, out).exit_code == 0


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("exporter.yaml", "sources: [", "my/config/exporter.yaml:1"),
        ("alerts.yaml", "cadence: {scrape: 10m}", "my/config/alerts.yaml:1"),
        (
            "alerts.yaml",
            "cadence: {collection: 5s, lateness: 4s, scrape: 1s, evaluation: 1s}",
            "is read every",
        ),
        ("calendar.yaml", "years: []", "my/config/calendar.yaml:1"),
        ("targets.yaml", "nonsense: 1", "my/config/targets.yaml:"),
    ],
)
def test_a_faulty_file_is_named_and_changes_nothing(
    name: str, text: str, said: str, config: Path, out: Path
) -> None:
    assert assemble(config, out).exit_code == 0
    before = (out / NEXT).resolve()
    (config / name).write_text(text, "utf-8")
    result = assemble(config, out, "--shown", "./my/config")

    assert result.exit_code == 2
    assert said in result.stderr
    assert "Nothing was changed" in result.stderr
    assert (out / NEXT).resolve() == before
    assert [path.name for path in (out / ".made").iterdir()] == [before.name]


def test_a_calendar_of_the_operators_own_must_hold_this_year(config: Path, out: Path) -> None:
    year = datetime.now(PROVINCE_TIME).year
    own = (ROOT / "alerts/alertmanager/calendar.yaml").read_text("utf-8")
    (config / "calendar.yaml").write_text(own.partition(f"  - year: {year}")[0], "utf-8")

    assert f"calendar.yaml has no holidays of {year}" in assemble(config, out).stderr


def test_a_folder_that_may_not_be_read_is_told_with_what_to_do(
    config: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    result = assemble(config, out)

    assert result.exit_code == 2
    assert "may not be read by the user of our image" in result.stderr
    assert "chmod -R a+rX config deploy" in result.stderr


def test_what_is_promoted_is_seen_whole_and_what_is_gone_is_not(config: Path, out: Path) -> None:
    (config / "more.yaml").write_text("{}", "utf-8")
    assemble(config, out)
    volume = Volume(out)
    with volume.locked():
        volume.promote()
    assert (out / "more.yaml").read_text("utf-8") == "{}"
    assert (out / "exporter.yaml").resolve().parent == (out / CURRENT).resolve()

    (config / "more.yaml").unlink()
    assemble(config, out)
    assert (out / "more.yaml").exists()
    with volume.locked():
        volume.promote()

    assert not (out / "more.yaml").is_symlink()
    assert len(list((out / ".made").iterdir())) == 1

"""The Dockerfile and Grafana's settings: what they promise, read from the files themselves."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
STAGES = dict(re.findall(r"^FROM \S+ AS (\w+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))


def grafana() -> ConfigParser:
    found = ConfigParser(interpolation=None)
    found.read(ROOT / "deploy/grafana/grafana.ini", "utf-8")
    return found


def test_packages_come_by_their_hashes() -> None:
    assert "--require-hashes" in STAGES["packages"]
    assert "constraints-runtime.txt" in STAGES["packages"]


def test_it_runs_as_nobody_special_and_builds_nothing() -> None:
    assert re.search(r"^USER 10805:10805$", STAGES["runtime"], re.MULTILINE)
    assert not re.search(r"^RUN ", STAGES["runtime"], re.MULTILINE)
    assert "USER" not in STAGES["demo"]


def test_every_user_may_read_what_is_copied_from_the_sources() -> None:
    for stage in ("packages", "simulation"):
        after = STAGES[stage].rpartition("\nCOPY ")[2] if "\nCOPY " in STAGES[stage] else STAGES[stage]
        assert re.search(r"^RUN chmod -R a\+rX /srv/dvc-monitor", after, re.MULTILINE)
    for stage in ("runtime", "demo"):
        assert not re.search(r"^COPY (?!--from=)", STAGES[stage], re.MULTILINE)


def test_neither_start_nor_health_needs_a_shell_or_curl() -> None:
    said = re.findall(r"^\s*(?:HEALTHCHECK .*\\\n\s+)?CMD (.*)$", DOCKERFILE, re.MULTILINE)

    assert len(said) == 3
    assert all(line.startswith("[") for line in said)
    assert "curl" not in DOCKERFILE


def test_operation_holds_nothing_of_the_simulation() -> None:
    copied = re.findall(r"^COPY (?:--\S+ )?(\S+)", STAGES["packages"] + STAGES["runtime"], re.MULTILINE)

    assert {"exporter", "alerts", "dashboards", "deploy", "tools/backup"} <= set(copied)
    assert not {"demo", "config", "tests", "tools", "."} & set(copied)
    assert re.findall(r"^FROM (\S+)$", DOCKERFILE, re.MULTILINE) == ["runtime"]


def test_a_builder_is_given_what_is_copied_and_nothing_else() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE))
    given = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert {line.removeprefix("!") for line in given if line.startswith("!")} == copied


def test_every_user_folder_in_a_volume_is_the_images_own() -> None:
    for folder in ("config", "var", "built", "built/alertmanager", "boards"):
        assert f"/srv/dvc-monitor/{folder}" in DOCKERFILE


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("users", "allow_sign_up", "false"),
        ("auth.anonymous", "org_role", "Viewer"),
        ("analytics", "reporting_enabled", "false"),
        ("analytics", "check_for_updates", "false"),
        ("analytics", "check_for_plugin_updates", "false"),
        ("plugins", "preinstall_disabled", "true"),
        ("metrics", "enabled", "false"),
        ("snapshots", "external_enabled", "false"),
        ("security", "disable_gravatar", "true"),
        ("security", "cookie_samesite", "lax"),
        ("news", "news_feed_enabled", "false"),
        ("date_formats", "default_timezone", "Asia/Ho_Chi_Minh"),
        ("date_formats", "default_week_start", "monday"),
    ],
)
def test_grafana_is_closed_tells_nobody_and_keeps_the_provinces_time(
    section: str, key: str, value: str
) -> None:
    assert grafana()[section][key] == value


def test_every_setting_of_the_compose_file_is_explained() -> None:
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    example = (ROOT / ".env.example").read_text("utf-8")
    used = dict(re.findall(r"\$\{(DVC_\w+):-([^}]*)\}", compose))
    explained = dict(re.findall(r"^#? ?(DVC_\w+)=(.*)$", example, re.MULTILINE))

    assert set(used) == set(explained)
    assert {k: v for k, v in used.items() if explained[k] != v} == {
        "DVC_REMOTE_WRITE_URL": "http://victoria-metrics:8428/api/v1/write",
        "DVC_WEB_CONFIG": "",
    }

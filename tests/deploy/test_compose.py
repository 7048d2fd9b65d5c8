"""docker-compose.yml: compose itself reads every profile, and what it makes of it is guarded."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.settings import load_alerting
from deploy.preflight import ADMIN, KEY, MOUNTED
from exporter.settings import load_config
from tools.backup.layouts import COMPOSE
from tools.binaries import installed

ROOT = Path(__file__).resolve().parent.parent.parent
PROFILES = ("backup", "demo", "ha", "remote", "wall")
STEPS = {
    "settings",
    "settings-demo",
    "settings-ha",
    "settings-remote",
    "preflight",
    "alerts",
    "boards",
    "wall",
    "backup-check",
    "backup",
    "restore",
}
"""They run, end, and serve nothing."""
RIGHTS = {
    "backup-check": ["DAC_READ_SEARCH"],
    "backup": ["DAC_OVERRIDE"],
    "restore": ["CHOWN", "DAC_OVERRIDE"],
}
"""Who has any, and which: what belongs to others is read and put back."""
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL|_KEY", re.IGNORECASE)

Node = Mapping[str, Any]


def every() -> Iterator[tuple[str, ...]]:
    for count in range(len(PROFILES) + 1):
        yield from combinations(PROFILES, count)


@cache
def config(*profiles: str) -> Node:
    """What compose makes of the file, with nothing set but what the file itself says."""
    chosen = [word for profile in profiles for word in ("--profile", profile)]
    done = subprocess.run(
        [
            *(
                installed("docker-compose"),
                "--project-directory",
                ROOT,
                "--file",
                ROOT / "docker-compose.yml",
            ),
            *("--env-file", "/dev/null", *chosen, "config", "--format", "json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr.lower(), done.stderr
    found: Node = json.loads(done.stdout)
    return found


def services(*profiles: str) -> Mapping[str, Node]:
    found: Mapping[str, Node] = config(*profiles)["services"]
    return found


ALL = sorted(yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"])


def published(service: Node) -> list[str]:
    return [port["host_ip"] for port in service.get("ports") or ()]


@pytest.mark.parametrize("profiles", list(every()), ids=lambda found: "+".join(found) or "default")
def test_compose_reads_every_combination_of_profiles(profiles: tuple[str, ...]) -> None:
    found = set(services(*profiles))

    assert {"exporter", "prometheus", "alertmanager", "grafana", "alerts", "preflight"} <= found
    assert ("mailpit" in found) is ("demo" in profiles)
    assert ("prometheus-b" in found) is ("ha" in profiles)
    assert ("victoria-metrics" in found) is ("remote" in profiles)


def test_only_grafana_and_the_wall_are_published_and_on_this_machine_alone() -> None:
    found = {name: published(service) for name, service in services().items() if published(service)}

    assert found == {"grafana": ["127.0.0.1"], "exporter": ["127.0.0.1"]}
    assert [port["target"] for port in services()["exporter"]["ports"]] == [9806]


def test_no_profile_publishes_beyond_this_machine() -> None:
    addresses = [host for service in services(*PROFILES).values() for host in published(service)]

    assert set(addresses) == {"127.0.0.1"}
    assert {name for name, s in services("ha").items() if published(s)} == {
        "grafana",
        "exporter",
        "exporter-b",
    }


@pytest.mark.parametrize("name", ALL)
def test_every_container_is_guarded(name: str) -> None:
    service = services(*PROFILES)[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert (service.get("cap_add") or []) == RIGHTS.get(name, [])
    assert not service.get("privileged")
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["driver"] == "json-file"
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    assert int(service["mem_limit"]) > 0
    assert float(service["cpus"]) > 0
    assert service["pids_limit"] > 0
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes") or ())


@pytest.mark.parametrize("name", ALL)
def test_every_server_says_how_it_is(name: str) -> None:
    service = services(*PROFILES)[name]

    if name in STEPS:
        assert service["restart"] == "no"
        assert not service.get("ports")
    elif name.startswith("exporter"):
        assert service["restart"] == "unless-stopped"
        assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text("utf-8")
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", ALL)
def test_no_secret_stands_in_an_environment(name: str) -> None:
    environment = services(*PROFILES)[name].get("environment") or {}
    held = {key: value for key, value in environment.items() if SECRET.search(key)}

    # Compose writes a dollar twice. …__FILE would not do: Grafana's start script puts the content there.
    assert all(re.fullmatch(r"\$\$__file\{/run/secrets/dvc/[a-z-]+\}", str(value)) for value in held.values())


def test_grafana_takes_password_and_key_from_files() -> None:
    environment = services()["grafana"]["environment"]

    for setting, secret in (("ADMIN_PASSWORD", ADMIN), ("SECRET_KEY", KEY)):
        folder, _, name = secret.path.partition("/")
        assert folder == "grafana"
        assert environment[f"GF_SECURITY_{setting}"] == f"$$__file{{{MOUNTED}{name}}}"


@pytest.mark.parametrize(
    "name", ["alerts", "exporter", "prometheus", "alertmanager", "grafana", "victoria-metrics"]
)
def test_what_grows_with_the_figures_may_be_given_more_memory(name: str) -> None:
    written = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"][name]["mem_limit"]

    assert re.fullmatch(r"\$\{DVC_MEMORY_[A-Z]+:-\d+[mg]\}", written)


@pytest.mark.parametrize("name", ALL)
def test_no_service_reads_the_secrets_of_another(name: str) -> None:
    mounted = {
        volume["source"].rpartition("/secrets")[2]
        for volume in services(*PROFILES)[name].get("volumes") or ()
        if "/secrets" in volume["source"]
    }
    allowed = {
        "preflight": {""},  # looks whether they are there; file by file they are closed to it
        "alerts": {"/alerts"},
        "wall": {"/grafana"},
        "grafana": {"/grafana"},
        "backup": {""},
        "restore": {""},
    }
    kind = name.partition("-")[0]

    assert mounted <= (allowed.get(name) or {f"/{kind}"} & {"/exporter", "/prometheus", "/alertmanager"})


@pytest.mark.parametrize("name", ALL)
def test_images_are_pinned_to_a_version(name: str) -> None:
    assert re.search(r":v?\d+\.\d+\.\d+$", services(*PROFILES)[name]["image"])


def test_our_image_has_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]

    assert services()["exporter"]["image"] == f"dvc-monitor:{version}"
    assert f"ARG VERSION={version}" in (ROOT / "Dockerfile").read_text("utf-8")


def test_nothing_starts_before_the_secrets_are_there() -> None:
    def before(name: str) -> set[str]:
        needs = set(services("ha", "remote")[name].get("depends_on") or ()) & set(services("ha", "remote"))
        return needs.union(*(before(need) for need in needs))

    started = set(services("ha", "remote")) - STEPS - {"victoria-metrics"}

    assert {name for name in started if "preflight" not in before(name)} == set()


def test_what_is_served_was_brought_in_force_before() -> None:
    def before(name: str) -> set[str]:
        needs = set(services(*PROFILES)[name].get("depends_on") or ())
        return needs.union(*(before(need) for need in needs))

    reading = {
        name
        for name, service in services(*PROFILES).items()
        if any(volume["source"] == "settings" for volume in service.get("volumes") or ())
    }
    chain = ["settings-demo", "settings-ha", "settings-remote", "settings", "preflight", "alerts"]

    assert {name for name in reading - set(chain) if "alerts" not in before(name)} == set()
    assert before("alerts") == set(chain) - {"alerts"}


@pytest.mark.parametrize("name", ["settings", "settings-ha", "settings-remote"])
def test_steps_know_the_profiles_that_compose_lets_them_know(name: str) -> None:
    command = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"][name]["command"]

    assert command[command.index("--profiles") + 1] == "${COMPOSE_PROFILES:-}"


@pytest.mark.parametrize("name", sorted(STEPS - {"wall", *RIGHTS}))
def test_every_step_of_the_start_says_when_it_ran(name: str) -> None:
    assert services(*PROFILES)[name]["entrypoint"] == ["python", "-m", "deploy.step"]


def test_servers_wait_for_what_they_need() -> None:
    found = services()

    assert found["prometheus"]["depends_on"]["alertmanager"]["condition"] == "service_healthy"
    assert found["prometheus"]["depends_on"]["exporter"]["condition"] == "service_healthy"
    assert found["grafana"]["depends_on"]["prometheus"]["condition"] == "service_healthy"
    assert found["alertmanager"]["depends_on"]["alerts"]["condition"] == "service_completed_successfully"


def mounts(name: str) -> dict[str, tuple[str, bool]]:
    """What is mounted where, and whether it is only read."""
    volumes = services(*PROFILES)[name].get("volumes") or ()
    return {one["target"]: (one["source"], one.get("read_only", False)) for one in volumes}


def test_whatever_is_kept_is_mounted_where_the_layout_says() -> None:
    servers = (
        *("exporter", "prometheus", "prometheus-b", "alertmanager", "alertmanager-b", "alertmanager-c"),
        "grafana",
    )
    written = {
        source
        for name in servers
        for source, only_read in mounts(name).values()
        if not only_read and "/" not in source
    }
    kept = {str(path) for name, path in COMPOSE.places.items() if name not in COMPOSE.apart}

    for step in ("backup", "restore"):
        found = mounts(step)
        assert kept == set(found) - {"/backups"}
        assert {source for source, _ in found.values() if "/" not in source} == written
        assert found["/kept/config"][0] == mounts("settings")["/operator"][0]
        assert found["/kept/secrets"][0] == mounts("preflight")["/secrets"][0]
        assert services(*PROFILES)[step]["user"] == "0:0"


def test_a_backup_writes_only_itself_and_links_beside_the_history() -> None:
    written = {target for target, (_, only_read) in mounts("backup").items() if not only_read}

    assert written == {"/backups", "/kept/prometheus", "/kept/prometheus-b"}
    assert mounts("backup-check") == {}


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_what_puts_back_needs_nothing_of_what_is_put_back(name: str) -> None:
    service = services(*PROFILES)[name]

    assert not service.get("depends_on")
    assert service["command"][-1] == "--help", "also `up` with every profile changes nothing"
    assert "outer" not in (service.get("networks") or {})
    assert not {"backup", "restore"} & set(services("demo", "ha", "remote", "wall"))


def test_prometheus_keeps_years_and_has_an_end() -> None:
    command = services()["prometheus"]["command"]

    assert "--storage.tsdb.retention.time=5y" in command
    assert "--storage.tsdb.retention.size=80GB" in command


@pytest.mark.parametrize(
    "name", ["alertmanager", "alertmanager-b", "alertmanager-c", "prometheus", "prometheus-b"]
)
def test_servers_start_with_the_flags_that_the_build_writes(name: str) -> None:
    command = services("ha")[name]["command"]
    server = name.partition("-")[0]
    written = {"alertmanager": "/etc/alertmanager/built", "prometheus": "/etc/prometheus/built"}[server]

    assert command[0] == f"@{written}/{server}.flags"
    assert f"--config.file={written}/{server}.yml" in command


def test_the_inner_network_leads_nowhere() -> None:
    assert config()["networks"]["inner"]["internal"] is True
    for name, service in services(*PROFILES).items():
        if name.startswith("record"):
            assert service["network_mode"] == "none"
        elif name not in STEPS:
            assert "inner" in service["networks"]


def test_who_answers_for_another_does_so_on_every_network() -> None:
    """A name that one of two networks does not know is answered there by its own container alone."""
    for name, other in (("exporter-b", "exporter"), ("prometheus-b", "prometheus")):
        networks = services("ha")[name]["networks"]
        assert {network: of["aliases"] for network, of in networks.items()} == {
            network: [other] for network in ("inner", "outer")
        }


def test_the_demo_reads_what_the_shipped_configuration_reads() -> None:
    shipped = (ROOT / "config/exporter.yaml").read_text("utf-8")
    expected = shipped.replace("http://127.0.0.1:9808", "http://portal:9808").replace(
        "directory: ../var/archive", "directory: ../var/archive-demo"
    )
    contacts = (ROOT / "demo/contacts.yaml").read_text("utf-8").replace("127.0.0.1:1025", "mailpit:1025")

    assert (ROOT / "deploy/compose/demo/exporter.yaml").read_text("utf-8") == expected
    assert (ROOT / "deploy/compose/demo/contacts.yaml").read_text("utf-8") == contacts


def test_the_demos_configuration_is_one(tmp_path: Path) -> None:
    for name in ("config/targets.yaml", "deploy/compose/demo/exporter.yaml"):
        (tmp_path / Path(name).name).write_bytes((ROOT / name).read_bytes())
    _, settings = load_config(tmp_path / "exporter.yaml")

    assert all(source.simulated for source in settings.sources)


def test_the_places_name_services_of_the_file() -> None:
    for name, profiles in (("place.yaml", ()), ("place-ha.yaml", ("ha",))):
        servers = load_alerting(ROOT / "deploy/compose" / name).servers
        known = set(services(*profiles))
        for service in services(*profiles).values():
            for network in (service.get("networks") or {}).values():
                known |= set((network or {}).get("aliases") or ())
        named = (servers.exporter, *servers.prometheus, *servers.alertmanagers)

        assert {address.partition(":")[0] for address in named if not address.startswith("127.")} <= known


def test_the_exporters_web_configuration_is_one_setting_for_server_and_health_check() -> None:
    assert services()["exporter"]["environment"]["DVC_WEB_CONFIG"] == ""
    assert all("DVC_WEB_CONFIG" in services("ha")[name]["environment"] for name in ("exporter", "exporter-b"))
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    # Without addresses and schemes of its own: it goes by the variable, as `serve` does.
    assert '["python", "-m", "deploy.leader", "probe", "--", "dvc-exporter", "probe"]' in dockerfile
    commented = "# DVC_WEB_CONFIG=/run/secrets/dvc/web.yaml"
    assert commented in (ROOT / ".env.example").read_text("utf-8")


def test_every_line_of_the_exporters_log_is_for_machines() -> None:
    words = services()["exporter"]["command"]
    leader, serve = words[: words.index("--")], words[words.index("--") :]
    assert "--log.format=json" in leader
    assert serve[serve.index("--log.format") + 1] == "json"

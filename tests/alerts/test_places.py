"""What differs from place to place: pairs, clusters, where samples go; checked by promtool itself."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts import prometheus
from alerts.mailing import Mailing
from alerts.settings import Alerting, load_alerting
from exporter.config.faults import ConfigError
from exporter.config.fields import MAX_TEXT
from tools.binaries import installed


def placed(folder: Path, place: str, settings: str = "") -> Alerting:
    (folder / "alerts.yaml").write_text(settings or "minimum_count: 12\n", "utf-8")
    (folder / "place.yaml").write_text(place, "utf-8")
    return load_alerting(folder / "alerts.yaml", folder / "place.yaml")


def configuration(folder: Path, place: str) -> dict[str, Any]:
    text = prometheus.configuration(placed(folder, place))
    (folder / "prometheus.yml").write_text(text, "utf-8")
    done = subprocess.run(
        [installed("promtool"), "check", "config", "--syntax-only", folder / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_what_a_place_says_wins_and_the_rest_stays(tmp_path: Path) -> None:
    found = placed(
        tmp_path,
        "servers: {exporter: 'exporter:9805'}\n",
        "minimum_count: 12\n"
        "servers: {exporter: '127.0.0.1:1', prometheus: '127.0.0.1:2'}\n"
        "mailing: {repeat: 5d}\n",
    )

    assert found.servers.exporter == "exporter:9805"
    assert found.servers.prometheus == ("127.0.0.1:2",)
    assert found.minimum_count == 12
    assert found.mailing.repeat == timedelta(days=5)


def test_a_pair_differs_by_a_label_that_no_alert_carries(tmp_path: Path) -> None:
    found = configuration(
        tmp_path, "servers: {replica: '${DVC_REPLICA}', prometheus: ['a:9090', 'b:9090']}\n"
    )

    assert found["global"]["external_labels"] == {"replica": "${DVC_REPLICA}"}
    assert found["alerting"]["alert_relabel_configs"] == [{"action": "labeldrop", "regex": "replica"}]
    assert found["scrape_configs"][1]["static_configs"] == [{"targets": ["a:9090", "b:9090"]}]


def test_no_name_that_the_configuration_takes_costs_a_scrape(tmp_path: Path) -> None:
    widest = "\U0001f600" * MAX_TEXT

    for job in configuration(tmp_path, "{}\n")["scrape_configs"]:
        assert job["label_value_length_limit"] >= len(widest.encode())


def test_one_alone_has_no_replica(tmp_path: Path) -> None:
    found = configuration(tmp_path, "{}\n")

    assert "external_labels" not in found["global"]
    assert "alert_relabel_configs" not in found["alerting"]
    assert "remote_write" not in found


def test_samples_go_elsewhere_without_the_replica(tmp_path: Path) -> None:
    found = configuration(
        tmp_path, "servers: {remote_write: {url: 'http://victoria-metrics:8428/api/v1/write'}}\n"
    )

    assert found["remote_write"] == [
        {
            "url": "http://victoria-metrics:8428/api/v1/write",
            "write_relabel_configs": [{"action": "labeldrop", "regex": "replica"}],
        }
    ]


def test_samples_go_to_mimir_with_account_tenant_and_its_name_of_the_replica(tmp_path: Path) -> None:
    (found,) = configuration(
        tmp_path,
        "servers: {remote_write: {url: 'https://mimir.example.vn/api/v1/push', username: dvc,"
        " password_file: /run/secrets/dvc/remote-write, tenant: thai-binh, replica_as: __replica__}}\n",
    )["remote_write"]

    assert found["basic_auth"] == {"username": "dvc", "password_file": "/run/secrets/dvc/remote-write"}
    assert found["headers"] == {"X-Scope-OrgID": "thai-binh"}
    assert found["write_relabel_configs"] == [
        {"action": "labelmap", "regex": "replica", "replacement": "__replica__"},
        {"action": "labeldrop", "regex": "replica"},
    ]


def test_an_account_without_its_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="username and password_file go together"):
        placed(tmp_path, "servers: {remote_write: {url: 'https://a.example.vn', username: dvc}}\n")


def test_an_alertmanager_opens_a_port_for_peers_only_where_it_may_have_some(tmp_path: Path) -> None:
    alone = prometheus.alertmanager_flags(placed(tmp_path, "{}\n")).splitlines()
    together = prometheus.alertmanager_flags(placed(tmp_path, "servers: {cluster: true}\n")).splitlines()

    assert "--cluster.listen-address=" in alone
    assert set(together) - set(alone) == {"--cluster.peer-timeout=15s"}
    assert set(alone) - set(together) == {"--cluster.listen-address="}


def test_three_alertmanagers_have_written_before_the_next_look() -> None:
    short = Mailing(hours=None, operators_interval=timedelta(seconds=10), interval=timedelta(minutes=1))

    assert prometheus.peer_timeout(Mailing()) == timedelta(seconds=15)
    assert 3 * prometheus.peer_timeout(short) < timedelta(seconds=10)


def test_an_exporter_with_tls_and_a_password_is_asked_so_and_nobody_else(tmp_path: Path) -> None:
    exporter, *others = configuration(
        tmp_path,
        "servers: {exporter_tls: {ca_file: /x/ca.crt, server_name: exporter, username: prometheus,"
        " password_file: /x/password, cert_file: /x/own.crt, key_file: /x/own.key}}\n",
    )["scrape_configs"]

    assert exporter["scheme"] == "https"
    assert exporter["tls_config"] == {
        "ca_file": "/x/ca.crt",
        "cert_file": "/x/own.crt",
        "key_file": "/x/own.key",
        "server_name": "exporter",
    }
    assert exporter["basic_auth"] == {"username": "prometheus", "password_file": "/x/password"}
    assert not [job for job in others if {"scheme", "tls_config", "basic_auth"} & set(job)]


def test_tls_by_an_authority_of_the_system_needs_no_file(tmp_path: Path) -> None:
    exporter = configuration(tmp_path, "servers: {exporter_tls: {}}\n")["scrape_configs"][0]

    assert exporter["scheme"] == "https"
    assert not {"tls_config", "basic_auth"} & set(exporter)


@pytest.mark.parametrize(
    ("keys", "said"),
    [("username: a", "username and password_file"), ("cert_file: a", "cert_file and key_file")],
)
def test_half_of_what_goes_together_is_refused(tmp_path: Path, keys: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"{said} go together"):
        placed(tmp_path, f"servers: {{exporter_tls: {{{keys}}}}}\n")

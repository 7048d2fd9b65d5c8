"""The ways of running the stack, and where each keeps what cannot be made again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tools.backup.places import Layout, Name, Servers, Volume

OURS, NOBODY, GRAFANA = 10805, 65534, 472
"""Users in our image, in those of Prometheus and Alertmanager, and in Grafana's."""
KEPT = Path("/kept")
"""Where docker-compose.yml mounts what is kept into the steps `backup` and `restore`."""

CHECKOUT = Layout(
    "checkout",
    {
        Name.CONFIG: Path("config"),
        Name.ARCHIVE: Path("var/archive"),
        Name.PROMETHEUS: Path("var/prometheus"),
        Name.ALERTMANAGER: Path("var/alertmanager"),
        Name.RECORD: Path("var/run/alertmanager/told.jsonl"),
    },
)
"""As `make run` lays things out, against the root of the checkout."""
SYSTEM = Layout(
    "system",
    {
        Name.CONFIG: Path("/etc/dvc-monitor"),
        Name.ARCHIVE: Path("/var/lib/dvc-monitor/archive"),
        Name.PROMETHEUS: Path("/var/lib/dvc-prometheus/data"),
        Name.ALERTMANAGER: Path("/var/lib/dvc-alertmanager/data"),
        Name.RECORD: Path("/var/lib/dvc-alertmanager/told.jsonl"),
        Name.GRAFANA: Path("/var/lib/grafana"),
    },
)
"""As the units in deploy/systemd lay things out; Grafana as Debian users know it."""
COMPOSE = Layout(
    "compose",
    {
        Name.SETTINGS: KEPT / "settings/.env",
        Name.SECRETS: KEPT / "secrets",
        Name.CONFIG: KEPT / "config",
        Name.ARCHIVE: KEPT / "archive",
        Name.PROMETHEUS: KEPT / "prometheus",
        Name.PROMETHEUS_B: KEPT / "prometheus-b",
        Name.ALERTMANAGER: KEPT / "alertmanager",
        Name.ALERTMANAGER_B: KEPT / "alertmanager-b",
        Name.ALERTMANAGER_C: KEPT / "alertmanager-c",
        Name.GRAFANA: KEPT / "grafana",
    },
    Servers(
        "http://prometheus:9090",
        {
            name: f"http://{name}:9093"
            for name in (Name.ALERTMANAGER, Name.ALERTMANAGER_B, Name.ALERTMANAGER_C)
        },
    ),
    {
        # As deploy/secrets.sh makes it: each service passes through, none lists what is there.
        Name.SECRETS: Volume(0, 0, 0o711),
        Name.ARCHIVE: Volume(OURS, OURS),
        Name.PROMETHEUS: Volume(NOBODY, NOBODY),
        Name.PROMETHEUS_B: Volume(NOBODY, NOBODY),
        Name.ALERTMANAGER: Volume(NOBODY, NOBODY),
        Name.ALERTMANAGER_B: Volume(NOBODY, NOBODY),
        Name.ALERTMANAGER_C: Volume(NOBODY, NOBODY),
        Name.GRAFANA: Volume(GRAFANA, 0),
    },
    # deploy/restore.sh starts the step with it, and puts it back when the step is through.
    frozenset({Name.SETTINGS}),
)
"""The volumes of docker-compose.yml; the record of mails lies on Alertmanager's own."""
LAYOUTS: Mapping[str, Layout] = {
    layout.name: layout for layout in (CHECKOUT, SYSTEM, COMPOSE, Layout("none", {}))
}
"""By the name that the command knows them by."""

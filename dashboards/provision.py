"""What Grafana provisions from no file: an organisation for walls with their boards alone, and a playlist.

`python -m dashboards provision-wall` speaks to Grafana's HTTP API (12.4). It may be run again at any time:
what is there is brought to what it should be, nothing is made twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click
import requests
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import playlistv1
from requests.auth import HTTPBasicAuth

from dashboards import wall
from dashboards.build import files
from dashboards.common import DATASOURCE_UID
from dashboards.inputs import load

WALLS = (wall.UID, wall.TILES_UID)
"""The boards of the walls' organisation, in the order in which the playlist shows them."""
ORGANISATION = "Màn hình"
PLAYLIST = "dvc-wall"
_FOLDER = "dvc-man-hinh"
_PLAYLISTS = "/apis/playlist.grafana.app/v1/namespaces/{}/playlists"
_HIDDEN = {"_dash.hideTimePicker": "true", "_dash.hideVariables": "true", "_dash.hideLinks": "true"}
"""Without these a kiosk still shows a board's controls."""
_SECONDS = 30
_NOT_FOUND = 404


class ProvisionError(Exception):
    """Grafana refused or did not answer; the message says what was asked and what it said."""


@dataclass(frozen=True, slots=True)
class Grafana:
    """A Grafana and an administrator of it."""

    url: str
    user: str
    password: str

    def ask(
        self, method: str, path: str, body: object = None, *, org: int | None = None, missing: bool = False
    ) -> Any:  # noqa: ANN401 - what JSON holds
        """One request; what was answered. With `missing` a 404 is None. Raises ProvisionError."""
        headers = {"Content-Type": "application/json"}
        if org is not None:
            headers["X-Grafana-Org-Id"] = str(org)
        try:
            answer = requests.request(
                method,
                self.url.rstrip("/") + path,
                data=None if body is None else json.dumps(body, cls=JSONEncoder),
                headers=headers,
                auth=HTTPBasicAuth(self.user.encode(), self.password.encode()),
                timeout=_SECONDS,
                # Credentials go to the server that was named, and to no other.
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise ProvisionError(f"{method} {path}: {error}") from error
        if missing and answer.status_code == _NOT_FOUND:
            return None
        if not 200 <= answer.status_code < 300:  # noqa: PLR2004 - HTTP's successes
            raise ProvisionError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None


def provision(grafana: Grafana, prometheus: str, boards: Mapping[str, str], every: str) -> int:
    """Makes everything; the id of the walls' organisation.

    `boards`: the text of each wall board by uid; `every`: how long the playlist shows one (`30s`).
    """
    org = _organisation(grafana)
    _datasource(grafana, org, prometheus)
    _folder(grafana, org)
    for uid in WALLS:
        _board(grafana, org, json.loads(boards[uid]))
    _playlist(grafana, org, every)
    _home(grafana, org)
    return org


def _organisation(grafana: Grafana) -> int:
    found = grafana.ask("GET", f"/api/orgs/name/{quote(ORGANISATION)}", missing=True)
    if found is None:
        return int(grafana.ask("POST", "/api/orgs", {"name": ORGANISATION})["orgId"])
    return int(found["id"])


def _datasource(grafana: Grafana, org: int, prometheus: str) -> None:
    wanted = {
        "uid": DATASOURCE_UID,
        "name": "Prometheus",
        "type": "prometheus",
        "access": "proxy",
        "url": prometheus,
        "isDefault": True,
        "jsonData": {"httpMethod": "POST", "timeInterval": "60s"},
    }
    path = f"/api/datasources/uid/{DATASOURCE_UID}"
    if grafana.ask("GET", path, org=org, missing=True) is None:
        grafana.ask("POST", "/api/datasources", wanted, org=org)
    else:
        grafana.ask("PUT", path, wanted, org=org)


def _folder(grafana: Grafana, org: int) -> None:
    if grafana.ask("GET", f"/api/folders/{_FOLDER}", org=org, missing=True) is None:
        grafana.ask("POST", "/api/folders", {"uid": _FOLDER, "title": ORGANISATION}, org=org)


def _board(grafana: Grafana, org: int, board: dict[str, Any]) -> None:
    # The other boards are not in this organisation: links to them would lead nowhere.
    alone = {**board, "id": None, "links": []}
    grafana.ask(
        "POST", "/api/dashboards/db", {"dashboard": alone, "folderUid": _FOLDER, "overwrite": True}, org=org
    )


def _playlist(grafana: Grafana, org: int, every: str) -> None:
    path = _PLAYLISTS.format(f"org-{org}")
    items = [playlistv1.PlaylistItem(type_val="dashboard_by_uid", value=uid) for uid in WALLS]
    metadata: dict[str, object] = {"name": PLAYLIST, "namespace": f"org-{org}"}
    manifest = {
        "apiVersion": "playlist.grafana.app/v1",
        "kind": "Playlist",
        "metadata": metadata,
        "spec": {"title": ORGANISATION, "interval": every, "items": items},
    }
    found = grafana.ask("GET", f"{path}/{PLAYLIST}", org=org, missing=True)
    if found is None:
        grafana.ask("POST", path, manifest, org=org)
    else:
        metadata["resourceVersion"] = found["metadata"]["resourceVersion"]
        grafana.ask("PUT", f"{path}/{PLAYLIST}", manifest, org=org)


def _home(grafana: Grafana, org: int) -> None:
    """What Grafana opens with in this organisation, whatever it opens with in others."""
    grafana.ask("PATCH", "/api/org/preferences", {"homeDashboardUID": WALLS[0]}, org=org)


def addresses(url: str, org: int) -> Iterator[str]:
    """What a wall's browser opens: the playlist, and each board alone."""
    hidden = urlencode({"orgId": org, "theme": "dark", **_HIDDEN})
    yield f"{url.rstrip('/')}/playlists/play/{PLAYLIST}?kiosk&{hidden}"
    for uid in WALLS:
        yield f"{url.rstrip('/')}/d/{uid}?kiosk&{hidden}"


def said(org: int, urls: Sequence[str]) -> str:
    """What the person at the keyboard is told."""
    return "\n".join((f"organisation '{ORGANISATION}' has id {org}; a wall opens one of:", *urls))


@click.command("provision-wall")
@click.option("--grafana", default="http://127.0.0.1:3000", show_default=True, help="Address of Grafana.")
@click.option(
    "--public-url",
    help="Its address as a wall's browser reaches it, for what is printed; without it that of --grafana.",
)
@click.option("--user", default="admin", show_default=True, help="A server administrator.")
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="File whose first line is that one's password.",
)
@click.option(
    "--prometheus", default="http://127.0.0.1:9090", show_default=True, help="As Grafana reaches it."
)
@click.option("--every", default="30s", show_default=True, help="How long the playlist shows a board.")
def provision_wall(  # noqa: PLR0913, PLR0917 - one parameter for each option
    grafana: str, public_url: str | None, user: str, password_file: Path, prometheus: str, every: str
) -> None:
    """Make the walls' organisation, its boards and their playlist in a running Grafana."""
    password = password_file.read_text("utf-8").partition("\n")[0]
    boards = {name.removesuffix(".json"): text for name, text in files(load()).items()}
    try:
        org = provision(Grafana(grafana, user, password), prometheus, boards, every)
    except ProvisionError as error:
        raise click.ClickException(str(error)) from error
    click.echo(said(org, list(addresses(public_url or grafana, org))))

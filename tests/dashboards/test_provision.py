from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml
from click.testing import CliRunner

from dashboards.__main__ import main
from dashboards.board import LINKS
from dashboards.common import DATASOURCE_UID
from dashboards.inputs import ROOT
from dashboards.layout import LONGEST_UID
from dashboards.provision import ORGANISATION, PLAYLIST, WALLS, Grafana, ProvisionError, addresses, provision
from tests.dashboards.boards import texts

SECRET = "mật-khẩu"  # noqa: S105 - of the server below
BOARDS = {name.removesuffix(".json"): text for name, text in texts().items()}


class Store(ThreadingHTTPServer):
    """The few parts of Grafana's API that are used, as strict as it is."""

    daemon_threads = True

    def __init__(self) -> None:
        self.orgs = {"Main Org.": 1}
        self.things: dict[tuple[int, str], Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.broken = ""
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Store

    def _reply(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _handle(self) -> None:
        store, path = self.server, unquote(self.path)
        store.asked.append((self.command, path))
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        known = base64.b64encode(f"admin:{SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {known}":
            return self._reply(401, {"message": "Invalid username or password"})
        if store.broken and store.broken in path:
            return self._reply(500, {"message": "broken"})
        if path.startswith("/api/orgs"):
            return self._orgs(path, body)
        org = int(self.headers.get("X-Grafana-Org-Id") or 0)
        if org not in store.orgs.values():
            return self._reply(403, {"message": "no such organisation"})
        return self._thing(org, path, body)

    def _orgs(self, path: str, body: dict[str, Any]) -> None:
        orgs = self.server.orgs
        if self.command == "POST":
            if body["name"] in orgs:
                return self._reply(409, {"message": "Organization name taken"})
            orgs[body["name"]] = len(orgs) + 1
            return self._reply(200, {"orgId": orgs[body["name"]], "message": "Organization created"})
        name = path.removeprefix("/api/orgs/name/")
        return self._reply(200, {"id": orgs[name], "name": name}) if name in orgs else self._reply(404, {})

    def _thing(self, org: int, path: str, body: dict[str, Any]) -> None:  # noqa: PLR0911 - one answer each
        things = self.server.things
        if self.command == "GET":
            found = things.get((org, path))
            return self._reply(404, {"message": "not found"}) if found is None else self._reply(200, found)
        if path == "/api/dashboards/db":
            board = body["dashboard"]
            assert board["id"] is None
            assert len(board["uid"]) <= LONGEST_UID
            assert (org, f"/api/folders/{body['folderUid']}") in things
            assert body["overwrite"] is True
            things[org, f"/api/dashboards/uid/{board['uid']}"] = board
            return self._reply(200, {"status": "success"})
        if path.startswith("/apis/playlist"):
            assert f"/namespaces/org-{org}/" in path
            name = body["metadata"]["name"]
            key = org, path if self.command == "PUT" else f"{path}/{name}"
            version = int(things[key]["metadata"]["resourceVersion"]) if key in things else 0
            if self.command == "POST" and key in things:
                return self._reply(409, {"message": "already exists"})
            if self.command == "PUT" and body["metadata"]["resourceVersion"] != str(version):
                return self._reply(409, {"message": "the object has been modified"})
            body["metadata"]["resourceVersion"] = str(version + 1)
            things[key] = body
            return self._reply(200, body)
        if self.command == "PATCH":
            assert path == "/api/org/preferences"
            assert (org, f"/api/dashboards/uid/{body['homeDashboardUID']}") in things
            things[org, path] = {**things.get((org, path), {}), **body}
            return self._reply(200, {"message": "Preferences updated"})
        where = {"/api/datasources": "/api/datasources/uid/", "/api/folders": "/api/folders/"}.get(path)
        key = org, f"{where}{body['uid']}" if where else path
        if self.command == "POST" and key in things:
            return self._reply(409, {"message": "already exists"})
        things[key] = body
        return self._reply(200, body)

    do_GET = do_POST = do_PUT = do_PATCH = _handle  # noqa: N815 - the names are the base's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base's
        pass


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def grafana(store: Store, password: str = SECRET) -> Grafana:
    return Grafana(store.url, "admin", password)


def test_the_walls_have_an_organisation_with_their_boards_alone(store: Store) -> None:
    org = provision(grafana(store), "http://prometheus:9090", BOARDS, "30s")

    assert store.orgs[ORGANISATION] == org != 1
    assert {key[0] for key in store.things} == {org}
    boards = {path.rpartition("/")[2] for _, path in store.things if "/dashboards/uid/" in path}
    assert boards == set(WALLS)
    source = store.things[org, f"/api/datasources/uid/{DATASOURCE_UID}"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    assert all(store.things[org, f"/api/dashboards/uid/{uid}"]["links"] == [] for uid in WALLS)


def test_the_playlist_shows_the_wall_boards_in_order(store: Store) -> None:
    org = provision(grafana(store), "http://prometheus:9090", BOARDS, "45s")

    (playlist,) = [thing for (_, path), thing in store.things.items() if "/playlists/" in path]
    assert playlist["metadata"]["name"] == PLAYLIST
    assert playlist["metadata"]["namespace"] == f"org-{org}"
    assert playlist["spec"]["interval"] == "45s"
    assert playlist["spec"]["items"] == [{"type": "dashboard_by_uid", "value": uid} for uid in WALLS]


def test_the_walls_organisation_opens_with_its_own_board_and_keeps_its_other_preferences(
    store: Store,
) -> None:
    first = provision(grafana(store), "http://prometheus:9090", BOARDS, "30s")
    assert store.things[first, "/api/org/preferences"] == {"homeDashboardUID": "dvc-wall"}
    store.things[first, "/api/org/preferences"] = {"homeDashboardUID": "other", "timezone": "utc"}
    provision(grafana(store), "http://prometheus:9090", BOARDS, "30s")

    assert store.things[first, "/api/org/preferences"] == {"homeDashboardUID": "dvc-wall", "timezone": "utc"}


def test_a_second_run_makes_nothing_twice_and_brings_changes(store: Store) -> None:
    first = provision(grafana(store), "http://old:9090", BOARDS, "30s")
    store.asked.clear()
    second = provision(grafana(store), "http://new:9090", BOARDS, "1m")

    assert first == second
    posted = [path for method, path in store.asked if method == "POST"]
    assert posted == ["/api/dashboards/db"] * len(WALLS)  # which overwrites
    assert store.things[second, f"/api/datasources/uid/{DATASOURCE_UID}"]["url"] == "http://new:9090"
    (playlist,) = [thing for (_, path), thing in store.things.items() if "/playlists/" in path]
    assert playlist["spec"]["interval"] == "1m"


@pytest.mark.parametrize(
    "broken", ["/api/orgs", "/api/datasources", "/api/folders", "/db", "/playlists", "/preferences"]
)
def test_what_grafana_refuses_is_told(store: Store, broken: str) -> None:
    store.broken = broken

    with pytest.raises(ProvisionError, match=rf"{broken}.*500 .*broken"):
        provision(grafana(store), "http://prometheus:9090", BOARDS, "30s")


def test_a_wrong_password_makes_nothing(store: Store) -> None:
    with pytest.raises(ProvisionError, match="401"):
        provision(grafana(store, "khác"), "http://prometheus:9090", BOARDS, "30s")

    assert store.things == {}


def test_a_grafana_that_is_not_there_is_told() -> None:
    with pytest.raises(ProvisionError, match="GET /api/orgs/name/"):
        provision(Grafana("http://127.0.0.1:1", "admin", "x"), "http://prometheus:9090", BOARDS, "30s")


def test_the_command_says_what_a_wall_opens(store: Store, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(f"{SECRET}\n", "utf-8")
    words = ["provision-wall", f"--grafana={store.url}", f"--password-file={password}"]
    result = CliRunner().invoke(main, words)

    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    for address in addresses(store.url, store.orgs[ORGANISATION]):
        assert address in result.output
        assert re.search(
            r"\?kiosk&orgId=2&theme=dark&_dash\.hideTimePicker=true&_dash\.hideVariables=true", address
        )


def test_the_command_prints_addresses_that_a_browser_reaches(store: Store, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(f"{SECRET}\n", "utf-8")
    words = ["provision-wall", f"--grafana={store.url}", f"--password-file={password}"]
    result = CliRunner().invoke(main, [*words, "--public-url=https://chitieu.example.vn/"])

    assert result.exit_code == 0, result.output
    assert store.url not in result.output
    for address in addresses("https://chitieu.example.vn", store.orgs[ORGANISATION]):
        assert f"\n{address}" in result.output


def test_the_command_fails_when_grafana_does(store: Store, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("khác\n", "utf-8")
    result = CliRunner().invoke(
        main, ["provision-wall", f"--grafana={store.url}", f"--password-file={password}"]
    )

    assert result.exit_code == 1
    assert "401" in result.output


def test_the_provisioned_files_are_those_the_boards_need() -> None:
    folder = ROOT / "deploy/grafana/provisioning"
    sources = yaml.safe_load((folder / "datasources/dvc.yaml").read_text("utf-8"))["datasources"]
    (provider,) = yaml.safe_load((folder / "dashboards/dvc.yaml").read_text("utf-8"))["providers"]

    assert [source["uid"] for source in sources] == [DATASOURCE_UID]
    assert provider["allowUiUpdates"] is False
    assert set(LINKS) <= {path.stem for path in (ROOT / "dashboards/json").glob("*.json")}


def test_nobody_gets_in_without_login_but_to_the_walls() -> None:
    ini = (ROOT / "deploy/grafana/grafana.ini").read_text("utf-8")

    assert f"org_name = {ORGANISATION}\norg_role = Viewer\n" in ini
    # A file would be shown in every organisation, whoever asks.
    assert "default_home_dashboard_path" not in ini
    assert "home_page = /d/dvc-overview\n" in ini

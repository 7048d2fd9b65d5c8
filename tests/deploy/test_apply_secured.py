"""The reload that a start asks for, where the exporter asks for TLS and passwords itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.access import ExporterTls
from alerts.settings import Servers
from deploy import apply
from deploy.running import reload
from exporter.web.app import create_app
from exporter.web.security.keeper import Keeper
from tests.securing import PASSWORD, Folder, guarded, hashed
from tests.serving import serving
from tests.snapshots import State


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    found = Folder(tmp_path)
    (tmp_path / "password").write_text(f"{PASSWORD}\n", "utf-8")
    (tmp_path / "other").write_text("other\n", "utf-8")
    return found


@pytest.fixture
def url(folder: Folder) -> Iterator[str]:
    with guarded(Keeper(folder.write(users={"prometheus": hashed()}))) as address:
        yield str(address)


def access(folder: Folder, **more: object) -> ExporterTls:
    known = {"ca_file": "ca.pem", "username": "prometheus", "password_file": "password"} | more
    paths = {key: folder.path / str(name) if key.endswith("_file") else name for key, name in known.items()}
    return ExporterTls.model_validate(paths)


def test_it_is_asked_with_the_password_over_tls(folder: Folder, url: str) -> None:
    assert reload(url, access(folder)) is None


def test_the_name_in_the_certificate_may_be_another(folder: Folder, url: str) -> None:
    folder.issue("exporter.example")
    said = ""
    with guarded(Keeper(folder.file)) as address:
        other = str(address)
        assert reload(other, access(folder, server_name="exporter.example")) is None
        said = reload(other, access(folder)) or ""
    assert "doesn't match" in said or "not valid for" in said
    assert reload(url, access(folder, server_name="localhost")) is None


def test_a_certificate_of_the_asker(folder: Folder) -> None:
    folder.write(tls="client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem")
    known = folder.client("builder.example").name
    with guarded(Keeper(folder.file)) as address:
        assert reload(str(address), access(folder, cert_file=known, key_file=known)) is None


def test_what_is_wrong_is_said(folder: Folder, url: str) -> None:
    wrong = access(folder, password_file="other")  # noqa: S106 - the name of a file
    assert "401" in (reload(url, wrong) or "")
    assert "CERTIFICATE_VERIFY_FAILED" in (reload(url, ExporterTls()) or "")
    gone = reload(url, access(folder, ca_file="gone.pem")) or ""
    assert "gone.pem" in gone
    assert "secrets/alerts/" in gone


def test_an_exporter_that_does_not_speak_tls_yet_is_about_to_be_started_anew(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(create_app(State())) as address:
        assert reload(str(address), access(folder)) is None
    assert "does not ask for TLS yet" in capsys.readouterr().out


def test_the_exporter_is_asked_so_and_nobody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[str, ExporterTls | None]] = []

    def note(host: str, tls: ExporterTls | None = None) -> None:
        asked.append((host, tls))

    monkeypatch.setattr(apply, "reload", note)
    monkeypatch.setattr(apply, "figures", lambda _: None)
    tls = ExporterTls(ca_file=Path("/x"))
    apply.told(Servers(exporter="exporter:9805", exporter_tls=tls), tmp_path)
    assert asked == [("exporter:9805", tls)]

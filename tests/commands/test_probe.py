"""`dvc-exporter probe` against real servers, and `check` with a web configuration file."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.cli import main
from exporter.web.app import create_app
from exporter.web.security.keeper import Keeper
from exporter.web.server import Address, bind
from tests.securing import PASSWORD, Folder, guarded, hashed
from tests.serving import serving
from tests.snapshots import State

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def probe(address: Address, *options: str | Path) -> Result:
    return CliRunner().invoke(main, ["probe", "--web.listen-address", str(address), *map(str, options)])


def test_plain(folder: Folder) -> None:
    del folder
    state = State(reason="Chưa có số liệu.")
    with serving(create_app(state)) as address:
        assert probe(address).exit_code == 0
        late = probe(address, "--ready")
        assert (late.exit_code, "Chưa có số liệu." in late.output) == (1, True)
        state.reason = None
        assert probe(Address("0.0.0.0", address.port), "--ready").exit_code == 0


def test_nobody_there() -> None:
    (taken,) = bind(Address("127.0.0.1", 0))
    address = Address(*taken.getsockname())
    taken.close()
    found = probe(address)
    assert found.exit_code == 1
    assert "ConnectionRefusedError" in found.output


def test_tls_and_passwords(folder: Folder) -> None:
    policy = "client_auth_type: RequireAndVerifyClientCert\nclient_ca_file: ca.pem"
    file = folder.write(tls=policy, users={"may-chu": hashed()})
    good, bad = folder.path / "good", folder.path / "bad"
    good.write_text(f"{PASSWORD}\n", encoding="utf-8")
    bad.write_text("another", encoding="utf-8")
    base = ("--web.config.file", file)
    client = ("--client-cert", folder.client("probe.example"))
    with guarded(Keeper(file)) as address:
        assert probe(address, *base, *client).exit_code == 0
        assert probe(address, *base, *client, "--ready").exit_code == 1
        known = (*base, *client, "--username", "may-chu", "--password-file")
        assert probe(address, *known, good, "--ready").exit_code == 0
        refused = probe(address, *known, bad)
        assert refused.exit_code == 1
        assert "another" not in refused.output
        asked = probe(address, *base)
        assert (asked.exit_code, "asks for a client's certificate" in asked.output) == (0, True)
        assert probe(address, *base, "--ready").exit_code == 1
        folder.issue()
        other = probe(address, *base, *client)
        assert (other.exit_code, "another certificate" in other.output) == (1, True)
        assert probe(address, *base).exit_code == 1


def test_a_file_that_is_wrong(folder: Folder) -> None:
    folder.file.write_text("nonsense: 1\n", encoding="utf-8")
    assert probe(Address("127.0.0.1", 1), "--web.config.file", folder.file).exit_code == 2


def test_check_reads_the_web_configuration_too(folder: Folder) -> None:
    command = [
        "check",
        "--config",
        str(ROOT / "config" / "exporter.yaml"),
        "--web.config.file",
        str(folder.file),
    ]
    folder.write(users={"a": hashed()})
    assert CliRunner().invoke(main, command).exit_code == 0
    folder.file.write_text("basic_auth_users: {a: mật-khẩu-thật}\n", encoding="utf-8")
    found = CliRunner().invoke(main, command)
    assert found.exit_code == 2
    assert "no bcrypt hash" in found.output
    assert "mật-khẩu-thật" not in found.output

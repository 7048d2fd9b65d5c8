from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy import preflight
from deploy.preflight import faults, main, portal_keys

ME = os.getuid()


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every secret in its place, for the user that runs the tests."""
    for name in ("ADMIN", "KEY", "CONTACTS", "SMTP"):
        secret = getattr(preflight, name)
        monkeypatch.setattr(preflight, name, preflight.Secret(secret.path, ME, secret.how))
        path = tmp_path / "secrets" / secret.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mail: {username: somebody}\n", "utf-8")
        path.chmod(0o400)
    return tmp_path / "secrets"


def test_nothing_is_said_when_everything_is_there(secrets: Path) -> None:
    assert list(faults(secrets, demo=False)) == []


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("alerts/contacts.yaml", "copy config/contacts.example.yaml there"),
        ("alertmanager/smtp-password", "write the password of the mail account"),
        ("grafana/admin-password", "write a long password of your own"),
        ("grafana/secret-key", "run deploy/secrets.sh, which makes one"),
    ],
)
def test_a_missing_secret_is_named_with_what_to_create(secrets: Path, path: str, how: str) -> None:
    (secrets / path).unlink()
    (found,) = faults(secrets, demo=False)

    assert found.startswith(f"secrets/{path} is missing: {how}")
    assert f"chown {ME}:0 secrets/{path} && chmod 400 secrets/{path}" in found


def test_a_secret_that_others_may_read_is_refused(secrets: Path) -> None:
    (secrets / "grafana/admin-password").chmod(0o644)

    path = "secrets/grafana/admin-password"
    assert list(faults(secrets, demo=False)) == [f"{path} is open to others (mode 644); chmod 400 {path}"]


def test_a_secret_of_another_user_is_refused(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "ADMIN", preflight.Secret("grafana/admin-password", ME + 1, "write it"))
    (found,) = faults(secrets, demo=True)

    assert f"belongs to user {ME}, but user {ME + 1} reads it" in found


def test_an_empty_secret_and_a_folder_are_none(secrets: Path) -> None:
    password, contacts = secrets / "grafana/admin-password", secrets / "alerts/contacts.yaml"
    password.chmod(0o600)
    password.write_text("", "utf-8")
    contacts.unlink()
    contacts.mkdir()
    found = list(faults(secrets, demo=False))

    assert found[0].startswith("secrets/grafana/admin-password is empty")
    assert found[1].startswith("secrets/alerts/contacts.yaml is no file")


def test_a_trial_needs_neither_contacts_nor_a_mail_password(secrets: Path) -> None:
    (secrets / "alerts/contacts.yaml").unlink()
    (secrets / "alertmanager/smtp-password").unlink()

    assert list(faults(secrets, demo=True)) == []


def test_a_mail_server_without_account_needs_no_password(secrets: Path) -> None:
    contacts = secrets / "alerts/contacts.yaml"
    contacts.chmod(0o600)
    contacts.write_text("mail: {smarthost: mail.example.vn:25}\n", "utf-8")
    contacts.chmod(0o400)
    (secrets / "alertmanager/smtp-password").unlink()

    assert list(faults(secrets, demo=False)) == []


def test_the_command_fails_with_the_sentences(secrets: Path, tmp_path: Path) -> None:
    words = ["--secrets", str(secrets), "--settings", str(tmp_path)]
    assert CliRunner().invoke(main, words).output == "every secret is there\n"
    (secrets / "alerts/contacts.yaml").unlink()
    result = CliRunner().invoke(main, words)

    assert result.exit_code == 1
    assert "secrets/alerts/contacts.yaml is missing" in result.stderr


def test_the_key_of_a_portal_is_asked_for_where_a_source_names_it(secrets: Path, tmp_path: Path) -> None:
    (tmp_path / "exporter.yaml").write_text(
        "sources:\n"
        "  - secret_headers: {Authorization: /run/secrets/dvc/portal-key, X-Other: elsewhere/key}\n"
        "  - secret_headers: nonsense\n"
        "  - {}\n",
        "utf-8",
    )
    (key,) = portal_keys(tmp_path)
    (found,) = faults(secrets, demo=False, keys=[key])

    assert found.startswith("secrets/exporter/portal-key is missing: write the portal's key into it")
    assert list(portal_keys(tmp_path / "nowhere")) == []

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy import preflight
from deploy.preflight import faults, main, portal_keys, remote_passwords

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
        ("grafana/secret-key", "let the script make one"),
    ],
)
def test_a_missing_secret_is_named_with_what_to_create(secrets: Path, path: str, how: str) -> None:
    (secrets / path).unlink()
    (found,) = faults(secrets, demo=False)

    assert found.startswith(f"secrets/{path} is missing: {how}")
    assert found.endswith("then: sudo sh deploy/secrets.sh")


def test_a_secret_that_others_may_read_is_refused(secrets: Path) -> None:
    (secrets / "grafana/admin-password").chmod(0o644)

    path = "secrets/grafana/admin-password"
    assert list(faults(secrets, demo=False)) == [
        f"{path} is open to others (mode 644); sudo sh deploy/secrets.sh"
    ]


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
    (found,) = faults(secrets, demo=False, more=[key])

    assert found.startswith(
        "secrets/exporter/portal-key is missing: sudo sh deploy/secrets.sh makes its folder; "
        "write the portal's key"
    )
    assert list(portal_keys(tmp_path / "nowhere")) == []


def test_the_password_for_remote_write_is_asked_for_where_the_settings_name_it(
    secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "NOBODY", ME)
    (tmp_path / "alerts.yaml").write_text(
        "servers: {remote_write: {url: https://a.example.vn, username: dvc, "
        "password_file: /run/secrets/dvc/remote-write-password}}\n",
        "utf-8",
    )
    words = ["--secrets", str(secrets), "--settings", str(tmp_path), "--shown", "./secrets"]
    result = CliRunner().invoke(main, words)

    assert result.exit_code == 1
    assert "secrets/prometheus/remote-write-password is missing" in result.stderr
    (secrets / "prometheus").mkdir()
    (secrets / "prometheus/remote-write-password").write_text("word\n", "utf-8")
    (secrets / "prometheus/remote-write-password").chmod(0o400)
    assert CliRunner().invoke(main, words).exit_code == 0
    (tmp_path / "alerts.yaml").write_text("servers: {remote_write: {url: https://a.example.vn}}\n", "utf-8")
    assert list(remote_passwords(tmp_path)) == []


def test_sentences_name_the_folder_in_force_and_the_script(secrets: Path, tmp_path: Path) -> None:
    (secrets / "alerts/contacts.yaml").unlink()
    (secrets / "alerts").rmdir()
    words = ["--secrets", str(secrets), "--settings", str(tmp_path), "--shown", "/srv/dvc secrets"]
    result = CliRunner().invoke(main, words)

    script = "sudo sh deploy/secrets.sh '/srv/dvc secrets'"
    assert (
        f"/srv/dvc secrets/alerts/contacts.yaml is missing: {script} makes its folder; copy" in result.stderr
    )
    assert result.stderr.endswith(f"then: {script}\n")


def test_files_that_another_services_user_may_not_read_are_told(secrets: Path, tmp_path: Path) -> None:
    mounted = tmp_path / "grafana"
    (mounted / "provisioning").mkdir(parents=True)
    file = mounted / "provisioning/boards.yaml"
    file.touch(0o644)
    words = ["--secrets", str(secrets), "--settings", str(tmp_path), "--open", str(mounted)]
    assert CliRunner().invoke(main, words).exit_code == 0

    file.chmod(0o600)
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "chmod -R a+rX config deploy" in result.stderr

from __future__ import annotations

import smtplib
from pathlib import Path

import pytest
from click.testing import CliRunner

from alerts.mail import command
from alerts.mail.command import mail, name_table_text
from alerts.mail.names import Addresses, name_tables
from alerts.mail.rendering import TEMPLATES
from tests.alerts.mail.mail_driver import DAY, ROOT, configuration
from tools.binaries import ToolError
from tools.postbox import Letter, Postbox


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch, letters: dict[str, Letter]) -> dict[str, str]:
    """Has the command take the letters there are; gives the name tables it asked for."""
    asked: dict[str, str] = {}

    def render(_alertmanager: Path, tables: str, alerts: dict[str, object]) -> dict[str, Letter]:
        asked["names"] = tables
        return {kind: letters[kind] for kind in alerts}

    monkeypatch.setattr(command, "render", render)
    return asked


def test_a_sample_is_written_as_it_came_and_in_its_parts(alertmanager: Path, tmp_path: Path) -> None:
    assert alertmanager.is_file()

    done = CliRunner().invoke(mail, ["so-cong-thuong", "--out", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert done.stdout.split() == [f"{tmp_path}/so-cong-thuong-unit.{end}" for end in ("eml", "html", "txt")]
    text = (tmp_path / "so-cong-thuong-unit.txt").read_text("utf-8")
    assert text.startswith("[Chỉ tiêu DVC] Sở Công Thương: 3 chỉ tiêu chưa đạt\n\n")
    assert "Kính gửi: Lãnh đạo Sở Công Thương" in text
    assert "Kính gửi" in (tmp_path / "so-cong-thuong-unit.html").read_text("utf-8")
    assert b"Content-Type: multipart/alternative" in (tmp_path / "so-cong-thuong-unit.eml").read_bytes()


def test_heads_are_addressed_as_the_contacts_say(rendered: dict[str, str], tmp_path: Path) -> None:
    contacts = ROOT / "config/contacts.example.yaml"

    done = CliRunner().invoke(mail, ["so-cong-thuong", "--contacts", str(contacts), "--out", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert "Đồng chí Giám đốc Sở Công Thương" in rendered["names"]


def test_a_sample_can_be_sent_to_one_address(rendered: dict[str, str], tmp_path: Path) -> None:
    with Postbox() as box:
        words = ["so-cong-thuong", "--out", str(tmp_path), "--kind", "operators"]
        words += ["--send-to", "toi@example.vn", "--smarthost", f"127.0.0.1:{box.port}"]
        done = CliRunner().invoke(mail, words)
        (letter,) = box.wait(1)

    assert rendered
    assert done.exit_code == 0, done.output
    assert letter.recipients == ("toi@example.vn",)
    assert letter.message["To"] == "toi@example.vn"
    assert (
        letter.subject == "[Chỉ tiêu DVC, vận hành] Không đọc được nguồn cong-tinh-don-vi" or letter.subject
    )


@pytest.mark.parametrize("smarthost", ["127.0.0.1:1", "127.0.0.1:x", "nowhere"])
def test_a_mail_server_that_does_not_take_it_is_said(
    rendered: dict[str, str], tmp_path: Path, smarthost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "connect", refuse)
    words = ["so-cong-thuong", "--out", str(tmp_path), "--send-to", "a@example.vn", "--smarthost", smarthost]

    done = CliRunner().invoke(mail, words)

    assert rendered
    assert done.exit_code == 1
    assert f"{smarthost} did not take the mail" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["so-cong-thuon"],
            "there is no unit 'so-cong-thuon' in the decision; did you mean 'so-cong-thuong'?",
        ),
        (["so-cong-thuong", "--send-to", "a@example.vn"], "--send-to and --smarthost go together"),
        (["tinh"], "there is nothing to say to tinh in a mail of kind unit"),
    ],
)
def test_what_makes_no_sense_is_refused(words: list[str], said: str) -> None:
    done = CliRunner().invoke(mail, words)

    assert done.exit_code in {1, 2}
    assert said in done.stderr


def test_an_alertmanager_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise ToolError(f"{name} is not there: run `make tools`")

    monkeypatch.setattr(command, "installed", missing)

    done = CliRunner().invoke(mail, ["so-cong-thuong"])

    assert done.exit_code == 1
    assert "run `make tools`" in done.stderr


def test_a_bad_configuration_is_said(tmp_path: Path) -> None:
    config = tmp_path / "exporter.yaml"
    config.write_text("sources: 3\n")

    done = CliRunner().invoke(mail, ["so-cong-thuong", "--config", str(config)])

    assert done.exit_code == 1
    assert "exporter.yaml" in done.stderr


def test_the_name_tables_know_units_by_their_name_of_the_day() -> None:
    decision, settings = configuration()
    renamed = next(unit for unit in decision.units.values() if unit.named_since is not None)
    addresses = Addresses("https://chitieu.example.vn")

    before = name_tables(decision, settings, addresses, DAY)
    after = name_tables(decision, settings, addresses, renamed.named_since or DAY)

    assert f'eq . "{renamed.id}" }}}}{{{{ "{renamed.name_on(DAY)}' in before
    assert f'eq . "{renamed.id}" }}}}{{{{ "{renamed.name}' in after
    assert before != after


def test_the_name_tables_of_the_project_are_those_that_its_configuration_makes() -> None:
    decision, settings = configuration()
    made = name_table_text(decision, settings, ROOT / "config/contacts.example.yaml")

    assert (TEMPLATES / "names.tmpl").read_text("utf-8") == made

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools import audit
from tools.audit import Audit, AuditError, main, read

VULNERABLE = {
    "name": "jinja2",
    "version": "3.1.2",
    "vulns": [{"id": "PYSEC-2024-1", "fix_versions": ["3.1.3"]}, {"id": "PYSEC-2024-2", "fix_versions": []}],
}
SOUND = {"name": "click", "version": "8.5.1", "vulns": []}
UNKNOWN = {"name": "rich", "skip_reason": "Dependency not found on the index"}


def report(*entries: object) -> str:
    return json.dumps({"dependencies": entries, "fixes": []})


def result(monkeypatch: pytest.MonkeyPatch, *entries: object, strict: bool = False) -> tuple[int, str]:
    monkeypatch.setattr(audit, "ask", lambda _: read(report(*entries)))
    ended = CliRunner().invoke(main, ["--strict"] if strict else [])
    return ended.exit_code, ended.output


def test_what_is_known_is_told_with_what_mends_it() -> None:
    assert read(report(VULNERABLE, SOUND)).findings == [
        "jinja2 3.1.2: PYSEC-2024-1, mended in 3.1.3",
        "jinja2 3.1.2: PYSEC-2024-2, mended in no version yet",
    ]


def test_what_was_not_asked_about_is_not_said_to_be_sound() -> None:
    assert read(report(SOUND, UNKNOWN)) == Audit(1, ["rich"], [])


@pytest.mark.parametrize("text", ["", "[]", "{}", "No known vulnerabilities found"])
def test_what_is_no_report_is_no_audit(text: str) -> None:
    with pytest.raises(AuditError, match="gave no report"):
        read(text)


def test_a_finding_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = result(monkeypatch, VULNERABLE, UNKNOWN)

    assert code == 1
    assert "PYSEC-2024-1" in said


def test_a_service_that_knows_nothing_fails_only_when_strict(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = result(monkeypatch, SOUND, UNKNOWN)

    assert code == 0
    assert "constraints.txt: NOT AUDITED: the advisory service knows 1 of 2 versions" in said
    assert result(monkeypatch, SOUND, UNKNOWN, strict=True)[0] == 3
    assert result(monkeypatch, SOUND, strict=True)[0] == 0


def test_no_answer_is_no_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_: Path) -> Audit:
        raise AuditError("no route to host")

    monkeypatch.setattr(audit, "ask", refuses)
    ended = CliRunner().invoke(main, [])

    assert ended.exit_code == 0
    assert "NOT AUDITED: no route to host" in ended.output

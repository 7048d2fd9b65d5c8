"""`python -m tools.audit`: what is known against the pinned versions, and what could not be asked.

pip-audit ends well also where it could ask about nothing. This says so instead: what was not asked about
is not said to be sound.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("constraints.txt", "constraints-runtime.txt")
SECONDS = 300.0
FOUND = 1
"""Exit code when something is known against a version."""
NOT_ASKED = 3
"""Exit code of --strict when a version could not be asked about."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit of one file gave."""

    asked: int
    """Versions that the service knows."""
    skipped: Sequence[str]
    """Names of those that could not be asked about."""
    findings: Sequence[str]
    """One line for each known vulnerability."""


class AuditError(Exception):
    """No audit took place; the message says why."""


def read(report: str) -> Audit:
    """pip-audit's JSON as an Audit. Raises AuditError where it is none."""
    try:
        entries: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        raise AuditError(f"pip-audit gave no report: {report[:200]!r}") from error
    skipped = [entry["name"] for entry in entries if "skip_reason" in entry]
    return Audit(len(entries) - len(skipped), skipped, list(_findings(entries)))


def _findings(entries: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in entries:
        for known in entry.get("vulns") or ():
            mended = ", ".join(known.get("fix_versions") or ()) or "no version yet"
            yield f"{entry['name']} {entry['version']}: {known['id']}, mended in {mended}"


def ask(lock: Path) -> Audit:
    """Audits one file of pins. Raises AuditError when nothing could be asked."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"),
        *("--vulnerability-service", "pypi", "--format", "json", "--progress-spinner", "off"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise AuditError(f"the advisory service did not answer within {SECONDS:.0f} s") from None
    if not done.stdout.strip():
        raise AuditError((done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1])
    return read(done.stdout)


@click.command()
@click.option("--strict", is_flag=True, help="Fail also when a version could not be asked about.")
def main(strict: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Fail when something is known against a pinned version."""
    worst = 0
    for name in LOCKS:
        try:
            audit = ask(ROOT / name)
        except AuditError as error:
            click.echo(f"{name}: NOT AUDITED: {error}")
            worst = worst or (NOT_ASKED if strict else 0)
            continue
        for finding in audit.findings:
            click.echo(f"{name}: {finding}")
        if audit.skipped:
            pins = audit.asked + len(audit.skipped)
            click.echo(f"{name}: NOT AUDITED: the advisory service knows {audit.asked} of {pins} versions")
        else:
            click.echo(f"{name}: {audit.asked} versions audited, {len(audit.findings)} findings")
        worst = FOUND if audit.findings else worst or (NOT_ASKED if strict and audit.skipped else 0)
    raise SystemExit(worst)


if __name__ == "__main__":
    main(prog_name="python -m tools.audit")

"""Writes the golden mails anew: `python -m tests.alerts.mail.write_golden`, then read what changed."""

from __future__ import annotations

from datetime import UTC, datetime

from alerts.mail.rendering import render
from alerts.mail.samples import kinds
from tests.alerts.mail.mail_driver import GOLDEN, SOURCE, configuration, names, settled
from tools.binaries import installed


def main() -> None:
    """Renders one mail of each kind and keeps its subject and parts."""
    decision, _ = configuration()
    sets = kinds(decision, decision.units["so-cong-thuong"], SOURCE, datetime.now(UTC))
    GOLDEN.mkdir(exist_ok=True)
    for kind, letter in render(installed("alertmanager"), names(), sets).items():
        (GOLDEN / f"{kind}.html").write_text(settled(letter.html), "utf-8")
        (GOLDEN / f"{kind}.txt").write_text(settled(f"{letter.subject}\n\n{letter.text}"), "utf-8")


if __name__ == "__main__":
    main()

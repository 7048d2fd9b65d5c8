from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.mail.rendering import render
from alerts.mail.samples import kinds
from tests.alerts.mail.mail_driver import SOURCE, configuration, names
from tools.postbox import Letter


@pytest.fixture(scope="session")
def letters(alertmanager: Path) -> Mapping[str, Letter]:
    """One mail of each kind, from one run of the real Alertmanager."""
    decision, _ = configuration()
    return render(
        alertmanager,
        names(),
        kinds(decision, decision.units["so-cong-thuong"], SOURCE, datetime.now(UTC)),
    )

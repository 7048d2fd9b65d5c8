"""Alerts about figures and targets that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.rulebook import annotations as said
from alerts.rulebook.annotations import INDICATOR, UNIT
from alerts.rulebook.common import Alert, block
from alerts.rulebook.known import DENOMINATOR, TARGET
from alerts.rulebook.pairs import UnitAlert, confirmed, finished
from alerts.settings import Alerting

RATE = 'max by (unit, indicator) (dvc_indicator_ratio{period="year"})'


def alerts(settings: Alerting) -> Iterator[Alert]:
    """In the order of docs/runbooks.md."""
    for found in _incomplete(settings):
        yield finished(found, settings)


def _incomplete(settings: Alerting) -> Iterator[UnitAlert]:
    name = "DvcMeasurementMissing"
    yield UnitAlert(
        name,
        "warning",
        confirmed(
            name,
            block(
                "<target>\nunless on (unit, indicator) <rate>\nunless on (unit, indicator) (<d> == 0)",
                target=TARGET,
                rate=RATE,
                d=DENOMINATOR,
            ),
            settings,
            measured=False,
        ),
        f"{UNIT}: {INDICATOR} chưa có số liệu",
        f"{INDICATOR} của {UNIT} có chỉ tiêu được giao {said.GIVEN} nhưng qua hai lần thu thập chưa có số "
        "liệu; "
        "chưa có căn cứ để đánh giá.",
        "A target without a rate, unless there was nothing to count.",
        said.of_unit(),
    )
    name = "DvcTargetMissing"
    yield UnitAlert(
        name,
        "warning",
        confirmed(
            name,
            block(
                """
                <rate>
                unless on (unit, indicator) <target>
                unless on (unit, indicator) dvc_exemption_info
                and on (unit, indicator) dvc_indicator_source_info
                unless on (unit) dvc_unit_info{kind="province"}
                """,
                rate=RATE,
                target=TARGET,
            ),
            settings,
        ),
        f"{UNIT}: {INDICATOR} có số liệu nhưng không có chỉ tiêu",
        f"{INDICATOR} của {UNIT} đạt {said.PLAIN_RATE} nhưng tệp chỉ tiêu không giao chỉ tiêu và không ghi "
        "miễn. "
        "Đề nghị đối chiếu tệp chỉ tiêu với Quyết định.",
        "A rate where the indicator applies but neither target nor exemption is there: for who keeps the "
        "file.",
        {"rate": said.PLAIN_RATE, "counts": said.PLAIN_COUNTS},
        audience="operators",
    )

"""Alerts about units that have a figure: below a target, far below, back on it, behind, falling, lost."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.rulebook import annotations as said
from alerts.rulebook.annotations import INDICATOR, UNIT
from alerts.rulebook.common import Alert, block, span
from alerts.rulebook.figures import MILESTONE
from alerts.rulebook.history import (
    BELOW_ALERT,
    JUDGED_MILESTONE_GAP,
    JUDGED_OUT_OF_REACH,
    JUDGED_RATE,
    KNOWN_GAP,
    RECOVERED,
    TOLD_SINCE,
    far,
    last_known,
)
from alerts.rulebook.known import TARGET, YEAR
from alerts.rulebook.pairs import UnitAlert, confirmed, finished, this_year
from alerts.settings import DAY, Alerting

EPSILON = 1e-9
"""Two rates are floats: 0.60 - 0.55 is a little less than 0.05."""


def alerts(settings: Alerting) -> Iterator[Alert]:
    """In the order of docs/runbooks.md."""
    for found in (*_held_against_targets(settings), *_over_time(settings)):
        yield finished(found, settings)


def _held_against_targets(settings: Alerting) -> Iterator[UnitAlert]:
    whole = said.whole()
    numbers = (
        f"{said.RATE} so với chỉ tiêu được giao {said.GIVEN} (chênh lệch {said.GAP} điểm; {said.COUNTS})"
    )
    yield UnitAlert(
        BELOW_ALERT,
        "warning",
        confirmed(BELOW_ALERT, this_year(f"{KNOWN_GAP} < 0"), settings),
        f"{UNIT}: {INDICATOR} thấp hơn chỉ tiêu {said.DISTANCE} điểm",
        f"{INDICATOR} của {UNIT} đạt {numbers}.",
        "Contains the range of DvcUnitFarBelowTarget, which inhibits it.",
        whole,
    )
    name = "DvcUnitFarBelowTarget"
    yield UnitAlert(
        name,
        "critical",
        confirmed(name, this_year(far(settings)), settings),
        f"{UNIT}: {INDICATOR} thấp hơn chỉ tiêu {said.DISTANCE} điểm, còn xa chỉ tiêu",
        f"{INDICATOR} của {UNIT} mới đạt {numbers}, kém quá {settings.bands.far_points} điểm "
        f"hoặc chưa bằng {_percent(settings)} chỉ tiêu.",
        "More than so many points below the target, or under a share of it.",
        whole,
    )
    name = "DvcUnitBackOnTarget"
    yield UnitAlert(
        name,
        "info",
        confirmed(
            name,
            this_year(
                block(
                    "(<gap> >= 0)\nand on (unit, indicator, year)\n(<recovered> >= on () group_left () "
                    "<since>)",
                    gap=KNOWN_GAP,
                    recovered=RECOVERED,
                    since=TOLD_SINCE,
                )
            ),
            settings,
        ),
        f"{UNIT}: {INDICATOR} đã đạt trở lại, {said.RATE}",
        f"{INDICATOR} của {UNIT} đã đạt {said.RATE}, chỉ tiêu được giao {said.GIVEN} ({said.COUNTS}).",
        "A measured rate has reached its target after it had been told that it was below; only then.",
        {key: text for key, text in whole.items() if key not in {"missing", "required", "since"}},
        wait=settings.cadence.back,
    )


def _percent(settings: Alerting) -> str:
    share = settings.bands.far_share
    return "một nửa" if share * 2 == 1 else f"{float(share * 100):g}%".replace(".", ",")


def _over_time(settings: Alerting) -> Iterator[UnitAlert]:
    whole = said.whole()
    window = settings.lasting.known
    name = "DvcUnitBehindMilestone"
    yield UnitAlert(
        name,
        "warning",
        confirmed(
            name,
            this_year(
                f"({last_known(JUDGED_MILESTONE_GAP, window)}) < 0\nand on (unit, indicator) {MILESTONE}"
            ),
            settings,
        ),
        f"{UNIT}: {INDICATOR} chậm lộ trình",
        f"{INDICATOR} của {UNIT} đạt {said.RATE}; mốc hiện nay của lộ trình là {said.ON_ROAD_MAP}, "
        f"chỉ tiêu được giao {said.GIVEN}.",
        "Below the value in force of the unit's own road map.",
        {**whole, "milestone": said.ON_ROAD_MAP},
    )
    name, bands = "DvcUnitFalling", settings.bands
    recent = span(max(DAY, 2 * settings.cadence.collection))
    yield UnitAlert(
        name,
        "warning",
        confirmed(
            name,
            this_year(
                block(
                    """
                    last_over_time(<rate>[<recent>])
                        - last_over_time(<rate>[<recent>] offset <days>d)
                        <= -<lost>
                    and on (year) <year>
                    and on (unit, indicator) <target>
                    """,
                    rate=JUDGED_RATE,
                    recent=recent,
                    days=str(bands.falling_days),
                    lost=f"{bands.falling_points / 100 - EPSILON:.10g}",
                    year=YEAR,
                    target=TARGET,
                )
            ),
            settings,
        ),
        f"{UNIT}: {INDICATOR} giảm nhanh",
        f"{INDICATOR} của {UNIT} giảm từ {bands.falling_points} điểm trở lên trong {bands.falling_days} "
        "ngày qua, "
        f"còn {said.RATE}; chỉ tiêu được giao {said.GIVEN}.",
        "Lost so many points within so many days of one year.",
        whole,
    )
    name = "DvcTargetOutOfReach"
    yield UnitAlert(
        name,
        "critical",
        confirmed(name, this_year(f"({last_known(JUDGED_OUT_OF_REACH, window)}) == 1"), settings),
        f"{UNIT}: {INDICATOR} ước tính không còn đạt được trong năm",
        f"{INDICATOR} của {UNIT} đạt {said.RATE}, chỉ tiêu được giao {said.GIVEN}. Theo khối lượng ước tính "
        "còn lại của năm, chỉ tiêu không đạt được kể cả khi toàn bộ phần còn lại đều đạt.",
        "Flow and a target under 100 % only; the rest of the year is an estimate by the pace so far.",
        whole,
    )

"""Recording rules for the arithmetic: gap, attainment, how many more, the rate required, out of reach.

The same as `exporter.arithmetic`, which a test holds them against. Whole numbers up to 2^53 are exact in
PromQL: targets are taken in millionths, so that a met target is met exactly, and rounding is too.
"""

from __future__ import annotations

from collections.abc import Iterator

from alerts.rulebook.common import Recording, block, known
from alerts.rulebook.known import DENOMINATOR, INDICATOR, NUMERATOR, PAIR, SOURCE_YEAR, TARGET, YEAR

MILLION = 1_000_000
EARLIEST = 0.1
"""Share of the period before which its rest is not estimated (see `arithmetic.EARLIEST`)."""

MILLIONTHS = f"round({MILLION} * {TARGET})"

ELAPSED = "province:dvc_period_elapsed:ratio"
PAIR_YEAR = "unit_indicator:dvc_year:info"
SHORTFALL = "unit_indicator:dvc_target_shortfall:millionths"
GAP = "unit_indicator:dvc_target_gap:ratio"
GAP_TENTHS = "unit_indicator:dvc_target_gap_rounded:permille"
RATE_TENTHS = "unit_indicator:dvc_rate_rounded:permille"
ATTAINMENT = "unit_indicator:dvc_target_attainment:ratio"
MISSING = "unit_indicator:dvc_target_missing:count"
REQUIRED = "unit_indicator:dvc_target_required:ratio"
REQUIRED_MONTHLY = "unit_indicator:dvc_target_required:per_month"
OUT_OF_REACH = "unit_indicator:dvc_target_out_of_reach:bool"
MILESTONE = "unit_indicator:dvc_milestone:ratio"


def counting(*kinds: str) -> str:
    """What keeps the pairs whose indicator counts in one of these ways."""
    return f'and on (indicator) {INDICATOR}{{counting=~"{"|".join(kinds)}"}}'


def rules() -> Iterator[Recording]:
    """In the order in which they rest on each other."""
    yield from _times()
    yield from _distance()
    yield from _missing()
    yield from _forecast()
    yield Recording(
        MILESTONE,
        known("max by (unit, indicator) (dvc_milestone_ratio)", MILESTONE),
        "Values of the units' own road maps in force; the last known ones while the exporter does not "
        "answer.",
    )


def _times() -> Iterator[Recording]:
    yield Recording(
        ELAPSED,
        "max(dvc_period_elapsed_ratio)",
        "Share of the year that has passed.",
    )
    yield Recording(
        PAIR_YEAR,
        block(
            """
            group by (unit, indicator, year) (<pair> * on (source) group_left (year) <source_year>)
            or on (unit, indicator)
            group by (unit, indicator, year) (<pair> * on () group_left (year) <year>)
            """,
            pair=PAIR,
            source_year=SOURCE_YEAR,
            year=YEAR,
        ),
        "The year that the figures of each pair are of.",
    )


def _distance() -> Iterator[Recording]:
    parts = {
        "n": NUMERATOR,
        "d": f"({DENOMINATOR} > 0)",
        "t": MILLIONTHS,
        "million": str(MILLION),
        "short": SHORTFALL,
    }
    yield Recording(
        SHORTFALL,
        block("<t> * <d> - <million> * <n>", **parts),
        "T·D − N in millionths: above 0 the target is missed. None where there is nothing to count.",
    )
    yield Recording(
        GAP,
        block("(0 - <short>) / (<million> * <d>)", **parts),
        "Distance of the rate from the target (ratio, negative below it).",
    )
    yield Recording(
        ATTAINMENT,
        block("<million> * <n> / ((<t> > 0) * <d>)", **parts),
        "Rate over target (ratio, 1: reached).",
    )
    yield Recording(
        RATE_TENTHS,
        block("floor((2000 * <n> + <d>) / (2 * <d>))", **parts),
        "The rate in tenths of a percent, halves rounded up.",
    )
    yield Recording(
        GAP_TENTHS,
        block("floor((<million> * <d> - 2000 * <short>) / (2 * <million> * <d>))", **parts),
        "The gap in tenths of a percentage point, halves rounded up.",
    )


def _missing() -> Iterator[Recording]:
    yield Recording(
        MISSING,
        block(
            """
            (clamp_min(ceil(<short> / ((<million> - <t>) > 0)), 0) <flow>)
            or
            ((<short> <= 0) * 0 <flow>)
            or
            (clamp_min(ceil(<short> / <million>), 0) <stock>)
            """,
            short=SHORTFALL,
            t=MILLIONTHS,
            million=str(MILLION),
            flow=counting("flow"),
            stock=counting("backlog", "catalogue"),
        ),
        "How many more are missing: done right in a row (flow; none for a missed 100 %), else made good.",
    )


def _forecast() -> Iterator[Recording]:
    parts = {
        "n": NUMERATOR,
        "d": f"({DENOMINATOR} > 0)",
        "t": TARGET,
        "e": f"({ELAPSED} >= {EARLIEST} < 1)",
        "by_now": f"({ELAPSED} >= {EARLIEST})",
        "some": f"({TARGET} < 1)",
        "flow": counting("flow"),
        "backlog": counting("backlog"),
    }
    yield Recording(
        REQUIRED,
        block(
            """
            clamp_min(
                (<t> * <d> - <n> * on () group_left () <e>)
                / (<d> * on () group_left () (1 - <e>)),
            0) <flow>
            """,
            **parts,
        ),
        "Rate required on the rest of the year, which is estimated by the pace so far; above 1: cannot be "
        "done.",
    )
    yield Recording(
        REQUIRED_MONTHLY,
        block(
            """
            clamp_min(
                (<t> * <d> / on () group_left () <e> - <n>)
                / on () group_left () (12 * (1 - <e>)),
            0) <backlog>
            """,
            **parts,
        ),
        "How many must be made good in each month left, with the rest of the year estimated by the pace so "
        "far.",
    )
    yield Recording(
        OUT_OF_REACH,
        block(
            """
            (<n> * on () group_left () <by_now> + <d> * on () group_left () (1 - <by_now>))
            < bool (<some> * <d>)
            <flow>
            """,
            **parts,
        ),
        "1 when the target is missed even if all that is still to come, by the pace so far, is done right.",
    )

"""Recording rules for what mails show of a pair: rounded, and as last known while a figure is missing."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.rulebook.common import CARRIED, PROVINCE_OFFSET, Recording, block
from alerts.rulebook.figures import GAP_TENTHS, MILLIONTHS, MISSING, RATE_TENTHS, REQUIRED, SHORTFALL
from alerts.rulebook.history import BELOW_SINCE, KNOWN_GAP
from alerts.rulebook.known import DENOMINATOR, NUMERATOR, OFFSET, SOURCE

SHOWN_RATE = "unit_indicator:dvc_shown_rate:percent"
SHOWN_GAP = "unit_indicator:dvc_shown_gap:points"
SHOWN_MISSING = "unit_indicator:dvc_shown_missing:count"
SHOWN_REQUIRED = "unit_indicator:dvc_shown_required:percent"
SHOWN_NUMERATOR = "unit_indicator:dvc_shown_numerator:count"
SHOWN_DENOMINATOR = "unit_indicator:dvc_shown_denominator:count"
SHOWN_AS_OF = "unit_indicator:dvc_shown_as_of:told_seconds"
SHOWN_READ_AT = "unit_indicator:dvc_shown_read_at:told_seconds"
SHOWN_SINCE = "unit_indicator:dvc_shown_since:told_seconds"
TOLD = f" + on () group_left () ({OFFSET} + {PROVINCE_OFFSET})"
"""To the time that the exporter's clock tells in the province, as seconds that are written as if in UTC."""


def rules() -> Iterator[Recording]:
    """In no particular order."""
    rate = block(
        """
        (
            <tenths>
            - (<tenths> >= bool <t> / 1000) * (<short> > bool 0)
            + (<tenths> < bool <t> / 1000) * (<short> <= bool 0)
        ) / 10
        """,
        tenths=RATE_TENTHS,
        t=MILLIONTHS,
        short=SHORTFALL,
    )
    gap = f"({GAP_TENTHS} - ({GAP_TENTHS} == bool 0) * ({SHORTFALL} > bool 0)) / 10"
    for name, fresh, about in (
        (SHOWN_RATE, rate, "The rate in percent to one decimal; rounding never moves it across its target."),
        (SHOWN_GAP, gap, "The gap in points to one decimal; what is missing is never written as 0."),
        (SHOWN_MISSING, f"{MISSING} > 0", "How many more are missing."),
        (
            SHOWN_REQUIRED,
            f"floor(1000 * ({REQUIRED} <= 1) + 0.5) / 10",
            "The rate required on the rest in percent to one decimal, as long as it can be done.",
        ),
        (SHOWN_NUMERATOR, NUMERATOR, "Upper count."),
        (SHOWN_DENOMINATOR, DENOMINATOR, "Lower count."),
        (
            SHOWN_AS_OF,
            _of_source("dvc_source_as_of_timestamp_seconds"),
            "Of when the portal says the figure is.",
        ),
        (
            SHOWN_READ_AT,
            _of_source("dvc_source_last_success_timestamp_seconds"),
            "When the figure was read from the portal.",
        ),
    ):
        yield Recording(name, _carried(name, fresh), about)
    yield Recording(SHOWN_SINCE, f"max without (year) ({BELOW_SINCE}){TOLD}", "Since when a pair is below.")


def _of_source(metric: str) -> str:
    """A time of the responsible source, for each figure that is there."""
    return block(
        """
        max by (unit, indicator) (
            (<source> and on (unit, indicator) <figure>)
            * on (source) group_left () max by (source) (<metric>)
        )<told>
        """,
        source=SOURCE,
        figure=DENOMINATOR,
        metric=metric,
        told=TOLD,
    )


def _carried(name: str, fresh: str) -> str:
    """A value; where the figure itself is missing, what was recorded last, as long as its gap is known."""
    return block(
        """
        <fresh>
        or
        (
            (last_over_time(<name>[<carried>]) and on (unit, indicator) <gap>)
            unless on (unit, indicator) <figure>
        )
        """,
        fresh=fresh,
        name=name,
        carried=CARRIED,
        gap=KNOWN_GAP,
        figure=DENOMINATOR,
    )

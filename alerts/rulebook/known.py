"""Recording rules for who is who, what is assigned, and which sources can be relied on now."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.rulebook.common import ALIVE, PROVINCE_OFFSET, Recording, block, copied, known, seconds, span
from alerts.settings import Alerting

TARGET = "unit_indicator:dvc_target:ratio"
OFFSET = "province:dvc_clock_offset:seconds"
YEAR = "province:dvc_year:info"
SOURCE_YEAR = "source:dvc_year:info"
UNIT = "unit:dvc_unit:info"
INDICATOR = "indicator:dvc_indicator:info"
PAIR = "unit_indicator:dvc_pair:info"
UNCONFIRMED = "source:dvc_unconfirmed:info"
SOURCE = "unit_indicator:dvc_source:info"
NUMERATOR = "unit_indicator:dvc_figure_numerator:count"
DENOMINATOR = "unit_indicator:dvc_figure_denominator:count"
NOON = 12 * 3600
"""Seconds. Years are read off noon, so that no rounding of a clock's offset moves 1 January."""


def rules(settings: Alerting) -> Iterator[Recording]:
    """In the order in which they rest on each other."""
    yield Recording(
        OFFSET,
        block("(<offset>) or vector(0)", offset=known("max(dvc_clock_offset_seconds)", OFFSET)),
        "Seconds by which the exporter's clock is ahead of real time.",
    )
    yield Recording(
        YEAR,
        f'count_values("year", year(time() + {OFFSET} + {PROVINCE_OFFSET}))',
        "The year it is by the exporter's clock, in the province: its figures are what targets are held "
        "against.",
    )
    yield Recording(
        SOURCE_YEAR,
        block(
            """
            count_values by (source) ("year", year(
                max by (source) (dvc_period_start_timestamp_seconds{period="year"})
                + scalar(<offset>) + <noon>
            ))
            """,
            offset=OFFSET,
            noon=str(PROVINCE_OFFSET + NOON),
        ),
        "The year that a source's figures are of: at the turn of the year not yet the one it is.",
    )
    yield Recording(
        NUMERATOR,
        'max by (unit, indicator) (dvc_indicator_numerator{period="year"})',
        "Upper count of the year so far.",
    )
    yield Recording(
        DENOMINATOR,
        'max by (unit, indicator) (dvc_indicator_denominator{period="year"})',
        "Lower count of the year so far; 0: nothing to count.",
    )
    yield Recording(
        TARGET,
        known("max by (unit, indicator) (dvc_target_ratio)", TARGET),
        "Targets in force (Article 1 and annex); the last known ones while the exporter does not answer.",
    )
    yield from _names()
    yield _unconfirmed(settings)


def _names() -> Iterator[Recording]:
    pairs = f"{TARGET} or {DENOMINATOR}"
    units = "topk by (unit) (1, max by (unit, name, kind, parent) (dvc_unit_info))"
    named = copied(copied(units, "unit_name", "unit"), "unit_name", "name")
    nameless = f'label_replace(group by (unit) ({pairs}), "kind", "unknown", "", "")'
    yield Recording(
        UNIT,
        block(
            "<known>\nor on (unit)\n<nameless>",
            known=known(f"group by (unit, unit_name, kind, parent) ({named})", UNIT, "unit"),
            nameless=copied(nameless, "unit_name", "unit"),
        ),
        "Every unit with its name, its kind and its parent; one without info series is called by its id.",
    )
    indicators = (
        "topk by (indicator) (1, max by (indicator, short_name, counting, counted) (dvc_indicator_info))"
    )
    named = copied(copied(indicators, "indicator_name", "indicator"), "indicator_name", "short_name")
    yield Recording(
        INDICATOR,
        block(
            "<known>\nor on (indicator)\n<nameless>",
            known=known(
                f"group by (indicator, indicator_name, counting, counted) ({named})", INDICATOR, "indicator"
            ),
            nameless=copied(f"group by (indicator) ({pairs})", "indicator_name", "indicator"),
        ),
        "Every indicator with its short name and how it counts; one without info series is called by its id.",
    )
    yield Recording(
        SOURCE,
        known(
            "group by (unit, indicator, source) (topk by (unit, indicator) (1, dvc_indicator_source_info))",
            SOURCE,
            "unit, indicator",
        ),
        "The source that is responsible for each figure.",
    )
    yield Recording(
        PAIR,
        block(
            """
            (<source> or on (unit, indicator) group by (unit, indicator) (<pairs>))
            * on (unit) group_left (unit_name, kind, parent) <unit>
            * on (indicator) group_left (indicator_name, counting, counted) <indicator>
            """,
            source=SOURCE,
            pairs=pairs,
            unit=UNIT,
            indicator=INDICATOR,
        ),
        "Every pair of unit and indicator with the labels and names that its alerts bear.",
    )


def _unconfirmed(settings: Alerting) -> Recording:
    cadence = settings.cadence
    return Recording(
        UNCONFIRMED,
        block(
            """
            group by (source) (
                max by (source) (dvc_source_up) == 0
                or
                time() - max by (source) (dvc_source_last_success_timestamp_seconds)
                    > on (source) max by (source) (dvc_source_collection_interval_seconds) + <late>
                or
                last_over_time(dvc_source_up[<window>]) unless on () present_over_time(<alive>[<lateness>])
            )
            """,
            late=seconds(cadence.lateness),
            window=span(settings.lasting.known),
            alive=ALIVE,
            lateness=span(cadence.lateness),
        ),
        "Sources whose last collection is not on time: nothing new is concluded from their figures.",
    )

"""The catalogue: every metric this product publishes, once, with its name, type, labels and HELP.

`families` fills it from a snapshot; `docs/metrics.md` is generated from it; alerts and dashboards take
names from it. Ratios are 0-1, times are Unix seconds of real time, ids are ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MetricType = Literal["gauge", "counter"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `help` names the article of the decision or the field of the portal it comes from."""

    name: str
    labels: tuple[str, ...]
    help: str
    type: MetricType = "gauge"


_SCHEDULE = (
    "Portals are slow and public: they are read on their own schedule (exporter.yaml, `every`), "
    "never by a scrape."
)
_FIGURE = ("unit", "indicator", "period")
_PAIR = ("unit", "indicator")
_SOURCE = ("source",)

INDICATOR_RATIO = Metric(
    "dvc_indicator_ratio",
    _FIGURE,
    "Numerator over denominator (0-1) of an indicator named in the annex (Article 1 of the decision), "
    "computed from the portal's two counts and never taken from a rate that the portal prints. period: "
    "year (cumulative, what a target is held against) or month (the newest one offered, never held against "
    f"a target). {_SCHEDULE}",
)
INDICATOR_NUMERATOR = Metric(
    "dvc_indicator_numerator",
    _FIGURE,
    "Upper count of the rate, from the portal's columns that exporter.yaml names as numerator of the "
    f"indicator; added up where the unit is a sum. {_SCHEDULE}",
)
INDICATOR_DENOMINATOR = Metric(
    "dvc_indicator_denominator",
    _FIGURE,
    "Lower count of the rate, from the portal's columns that exporter.yaml names as denominator of the "
    f"indicator; 0: nothing to count, and no rate. {_SCHEDULE}",
)
SUM_PARTS = Metric(
    "dvc_sum_parts",
    _FIGURE,
    "Units whose counts are in a figure that the exporter added up itself (the annex's commune groups, the "
    "province).",
)
SUM_PARTS_EXPECTED = Metric(
    "dvc_sum_parts_expected",
    _FIGURE,
    "Units in force that belong into a figure that the exporter added up itself; above dvc_sum_parts: some "
    "are missing, within the share that exporter.yaml allows.",
)
TARGET_RATIO = Metric(
    "dvc_target_ratio",
    _PAIR,
    "Target (0-1) assigned by Article 1 of the decision and its annex, held against period year; a commune "
    "carries its group's; absent where not assigned or exempt.",
)
MILESTONE_RATIO = Metric(
    "dvc_milestone_ratio",
    _PAIR,
    "Value (0-1) in force of the unit's own road map towards the target of the annex; absent before its "
    "first date and without a road map.",
)
EXEMPTION_INFO = Metric(
    "dvc_exemption_info",
    _PAIR,
    "1 where the annex to the decision exempts a unit from an indicator, with a reason (column for notes).",
)
UNIT_INFO = Metric(
    "dvc_unit_info",
    ("unit", "name", "short_name", "kind", "parent", "number"),
    "Names of a unit of the annex or of a commune in one of its groups, and its number there; units in "
    "force and names in use by the exporter's clock.",
)
INDICATOR_INFO = Metric(
    "dvc_indicator_info",
    ("indicator", "name", "short_name", "counting", "counted"),
    "Names of an indicator as the annex to the decision heads its column, what it counts, and how (flow, "
    "backlog, catalogue), which decides what may be computed from it.",
)
INDICATOR_SOURCE_INFO = Metric(
    "dvc_indicator_source_info",
    ("unit", "indicator", "source"),
    "The one source whose word is published for a figure (exporter.yaml, `responsible`), whether or not it "
    "was ever read.",
)
DECISION_INFO = Metric(
    "dvc_decision_info",
    ("number", "issued", "authority"),
    "The decision that targets.yaml holds: its number, the day it was issued, and who issued it.",
)
PERIOD_ELAPSED_RATIO = Metric(
    "dvc_period_elapsed_ratio",
    (),
    "Share (0-1) of the calendar year that has passed by the exporter's clock, against which Article 1 of "
    "the decision sets its targets.",
)
PERIOD_START = Metric(
    "dvc_period_start_timestamp_seconds",
    ("source", "period"),
    "Unix time at which the period begins that the source's newest figures are of (the period asked of the "
    "portal).",
)
SOURCE_UP = Metric(
    "dvc_source_up",
    _SOURCE,
    "1 when the last collection from the portal succeeded whole, 0 when not; absent before the first. "
    f"{_SCHEDULE}",
)
SOURCE_LAST_SUCCESS = Metric(
    "dvc_source_last_success_timestamp_seconds",
    _SOURCE,
    f"Unix time at which the portal was last read successfully (not of when its figures are). {_SCHEDULE}",
)
SOURCE_LAST_ATTEMPT = Metric(
    "dvc_source_last_attempt_timestamp_seconds",
    _SOURCE,
    "Unix time at which the last collection from the portal began, successful or not.",
)
SOURCE_AS_OF = Metric(
    "dvc_source_as_of_timestamp_seconds",
    _SOURCE,
    "Unix time of when the portal itself says its figures are (the as-of date it prints); absent where it "
    "does not say.",
)
SOURCE_LAST_CHANGE = Metric(
    "dvc_source_last_change_timestamp_seconds",
    _SOURCE,
    "Unix time at which any count of the source last differed from the one before; after a start at most "
    "as old as the collections that are replayed (exporter.yaml, `replay_days`).",
)
SOURCE_INTERVAL = Metric(
    "dvc_source_collection_interval_seconds",
    _SOURCE,
    "How often the portal is read, in seconds (exporter.yaml, `every`), which scrapes do not change.",
)
SOURCE_VALIDITY = Metric(
    "dvc_source_validity_seconds",
    _SOURCE,
    "How long after its last successful reading a source's figures are published, in seconds "
    "(exporter.yaml, `validity`); then they are withdrawn.",
)
SOURCE_FETCH_DURATION = Metric(
    "dvc_source_fetch_duration_seconds",
    _SOURCE,
    "How long the last collection from the portal took, in seconds, pauses between requests included.",
)
SOURCE_FAILURES = Metric(
    "dvc_source_failures_total",
    ("source", "reason"),
    "Parts of collections that failed since start, by the closed list of reasons: timeout, connection, "
    "tls, http_status, rejected, too_large, decode, schema.",
    "counter",
)
SOURCE_READINGS = Metric(
    "dvc_source_readings",
    ("source", "outcome"),
    "Readings of the last collection (one for each row and indicator of the portal's tables) by outcome: "
    "accepted, withheld, unmatched, ambiguous.",
)
SOURCE_TOTAL_MISMATCH = Metric(
    "dvc_source_total_mismatch_ratio",
    ("source", "indicator"),
    "Distance between the portal's own totals row and the sum of its rows, as a share (0-1) of the former; "
    "0: they agree.",
)
READING_WITHHELD = Metric(
    "dvc_reading_withheld",
    ("source", "unit", "indicator", "period", "reason"),
    "1 while a reading of the portal is kept out of the rates: above_one, negative, not_a_number, fell, "
    "jumped, duplicate, held (the last by an operator, exporter.yaml, `hold`).",
)
ARCHIVE_FAILURES = Metric(
    "dvc_archive_failures_total",
    (),
    "Pages of portals that could not be kept in the archive since start (disk full, not writable).",
    "counter",
)
CONFIG_RELOAD_SUCCESSFUL = Metric(
    "dvc_config_last_reload_successful",
    (),
    "1 when exporter.yaml and targets.yaml were last read without a fault, 0 when the configuration before "
    "stays in force.",
)
CONFIG_RELOAD_TIME = Metric(
    "dvc_config_last_reload_success_timestamp_seconds",
    (),
    "Unix time at which exporter.yaml and targets.yaml were last read without a fault.",
)
CLOCK_OFFSET = Metric(
    "dvc_clock_offset_seconds",
    (),
    "Seconds by which the exporter's clock is ahead of real time (exporter.yaml, `clock`; negative: "
    "behind); 0 in real operation.",
)
BUILD_INFO = Metric(
    "dvc_exporter_build_info",
    ("version", "python"),
    "1; the version of the exporter and of the Python it runs on.",
)

CATALOGUE: tuple[Metric, ...] = (
    INDICATOR_RATIO,
    INDICATOR_NUMERATOR,
    INDICATOR_DENOMINATOR,
    SUM_PARTS,
    SUM_PARTS_EXPECTED,
    TARGET_RATIO,
    MILESTONE_RATIO,
    EXEMPTION_INFO,
    UNIT_INFO,
    INDICATOR_INFO,
    INDICATOR_SOURCE_INFO,
    DECISION_INFO,
    PERIOD_ELAPSED_RATIO,
    PERIOD_START,
    SOURCE_UP,
    SOURCE_LAST_SUCCESS,
    SOURCE_LAST_ATTEMPT,
    SOURCE_AS_OF,
    SOURCE_LAST_CHANGE,
    SOURCE_INTERVAL,
    SOURCE_VALIDITY,
    SOURCE_FETCH_DURATION,
    SOURCE_FAILURES,
    SOURCE_READINGS,
    SOURCE_TOTAL_MISMATCH,
    READING_WITHHELD,
    ARCHIVE_FAILURES,
    CONFIG_RELOAD_SUCCESSFUL,
    CONFIG_RELOAD_TIME,
    CLOCK_OFFSET,
    BUILD_INFO,
)
"""Every metric, in the order in which they are published and documented."""

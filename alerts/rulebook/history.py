"""Recording rules for what was: last known figures of the year, since when below, when it recovered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from alerts.alertmanager.calendar import Calendar
from alerts.rulebook.common import Recording, block, seconds, span
from alerts.rulebook.figures import (
    GAP,
    MILESTONE,
    MILLION,
    OUT_OF_REACH,
    PAIR_YEAR,
    counting,
)
from alerts.rulebook.known import DENOMINATOR, NUMERATOR, OFFSET, TARGET, YEAR
from alerts.settings import DAY, Alerting
from exporter.clock import PROVINCE_TIME

JUDGED_GAP = "unit_indicator:dvc_judged_gap:ratio"
JUDGED_RATE = "unit_indicator:dvc_judged_rate:ratio"
JUDGED_MILESTONE_GAP = "unit_indicator:dvc_judged_milestone_gap:ratio"
JUDGED_OUT_OF_REACH = "unit_indicator:dvc_judged_out_of_reach:bool"
KNOWN_GAP = "unit_indicator:dvc_known_gap:ratio"
BELOW_SINCE = "unit_indicator:dvc_below_since:timestamp_seconds"
LAST_MET = "unit_indicator:dvc_last_met:timestamp_seconds"
LAST_TOLD = "unit_indicator:dvc_last_told_below:timestamp_seconds"
RECOVERED = "unit_indicator:dvc_recovered:timestamp_seconds"
TOLD_SINCE = "province:dvc_recoveries_told_since:timestamp_seconds"
DAYS_LEFT = "province:dvc_days_left:count"
FAR = "unit_indicator:dvc_far_below:bool"
FAR_SAMPLES = 336
"""So many are written down within the escalation's window: one an hour for 14 days."""
BELOW_ALERT = "DvcUnitBelowTarget"
MEMORY = 3 * DAY
"""For how long a silent Prometheus may be before it forgets since when a unit is below."""
SHORTEST_BREAK = 3
"""Days in a row without work from which a holiday lengthens the time for which a recovery is told."""


def last_known(metric: str, window: timedelta) -> str:
    """The last sample within the window, of the year it is, while the pair has a target."""
    return block(
        """
        (last_over_time(<metric>[<window>]) and on (year) <year>)
        and on (unit, indicator) <target>
        """,
        metric=metric,
        window=span(window),
        year=YEAR,
        target=TARGET,
    )


def firing(alert: str, settings: Alerting) -> str:
    """The pairs for which an alert fires, or did a moment ago: Prometheus may have been restarted."""
    window = span(settings.cadence.lateness)
    return f'last_over_time(ALERTS{{alertname="{alert}",alertstate="firing"}}[{window}])'


def far(settings: Alerting, gap: str = KNOWN_GAP) -> str:
    """The gaps that are far: more than so many points, or under a share of the target."""
    bands = settings.bands
    points = bands.far_points / 100
    return block(
        """
        <gap> < -<points>
        or
        <gap> < on (unit, indicator) group_left () (-<share> * <target>)
        """,
        gap=gap,
        points=f"{points:g}",
        share=f"{float(1 - bands.far_share):g}",
        target=TARGET,
    )


def rules(settings: Alerting, calendar: Calendar) -> Iterator[Recording]:
    """In the order in which they rest on each other."""
    yield from _judged(settings)
    yield Recording(
        KNOWN_GAP,
        last_known(JUDGED_GAP, settings.lasting.known),
        "Last known gap of this year while a target exists: a missing figure neither ends nor restarts "
        "anything.",
    )
    yield from _turns(settings)
    yield Recording(
        TOLD_SINCE,
        _told_since(settings, calendar),
        "Recoveries after this moment are told. Days of a holiday do not count: nobody is written to on "
        "them.",
    )
    told = f"(time() + {OFFSET} + 25200)"
    yield Recording(
        DAYS_LEFT,
        f"365 + (year({told}) % 4 == bool 0) - day_of_year({told})",
        "Days left of the year after today, by the exporter's clock.",
    )


def far_every(settings: Alerting) -> timedelta:
    """How often it is written down who is far below a target."""
    return max(settings.lasting.escalation // FAR_SAMPLES, settings.cadence.evaluation)


def far_rule(settings: Alerting) -> Recording:
    """Written down once an hour, for a window of weeks needs no sample per minute.

    Evaluated like all others all the same: a rule of a group that runs once an hour would show only
    then, after a start or an upgrade, that something is wrong with it.
    """
    return Recording(
        FAR,
        block(
            """
            (
                (<far>) * 0 + 1
                or
                <gap> * 0
            )
            and on () (vector(time()) % <every> < <evaluation>)
            """,
            far=far(settings),
            gap=KNOWN_GAP,
            every=seconds(far_every(settings)),
            evaluation=seconds(settings.cadence.evaluation),
        ),
        "1 when a unit is far below a target, 0 when it is not: at the first evaluation of every hour.",
    )


def _judged(settings: Alerting) -> Iterator[Recording]:
    parts = {
        "enough": f"({DENOMINATOR} >= {settings.minimum_count} or {DENOMINATOR} > 0 {counting('catalogue')})",
        "year": f"* on (unit, indicator) group_left (year) {PAIR_YEAR}",
    }
    n, d, m = NUMERATOR, f"({DENOMINATOR} > 0)", MILESTONE
    milestone = f"({MILLION} * {n} - round({MILLION} * {m}) * {d}) / ({MILLION} * {d})"
    for name, what, about in (
        (JUDGED_GAP, GAP, "Gaps"),
        (JUDGED_RATE, f"({n} / {d})", "Rates"),
        (
            JUDGED_MILESTONE_GAP,
            f"({milestone})",
            "Distances from the road map in force (ratio, negative below it)",
        ),
        (JUDGED_OUT_OF_REACH, OUT_OF_REACH, "Forecasts"),
    ):
        yield Recording(
            name,
            block("(<what> and <enough>)\n<year>", what=what, **parts),
            f"{about} by the year of their figures; of flows and backlogs only with enough to count.",
        )


def _turns(settings: Alerting) -> Iterator[Recording]:
    parts = {
        "gap": KNOWN_GAP,
        "memory": span(MEMORY),
        "met": LAST_MET,
        "since": BELOW_SINCE,
        "told": LAST_TOLD,
        "recovered": RECOVERED,
        "alert": firing(BELOW_ALERT, settings),
    }
    yield Recording(
        LAST_MET, block("(<gap> >= 0) * 0 + time()", **parts), "When a target was last known as met."
    )
    yield Recording(
        BELOW_SINCE,
        block(
            """
            (last_over_time(<since>[<memory>]) and <gap> < 0)
                unless (last_over_time(<since>[<memory>]) < last_over_time(<met>[<memory>]))
            or
            (<gap> < 0) * 0 + time()
            """,
            **parts,
        ),
        "Since when a pair is below its target, without interruption.",
    )
    yield Recording(
        LAST_TOLD,
        block("(<gap> < 0 and on (unit, indicator) <alert>) * 0 + time()", **parts),
        "When a pair was last below its target while that was being told.",
    )
    yield Recording(
        RECOVERED,
        block(
            """
            (last_over_time(<recovered>[<memory>]) and <gap> >= 0)
                unless (last_over_time(<recovered>[<memory>]) < last_over_time(<told>[<memory>]))
            or
            (<gap> >= 0 and last_over_time(<told>[<memory>])) * 0 + time()
            """,
            **parts,
        ),
        "When a measured rate reached a target again after it had been told that it was below.",
    )


def breaks(calendar: Calendar) -> Sequence[tuple[date, date]]:
    """Runs of days without work that are longer than a weekend: first and last day, both included."""
    found: list[tuple[date, date]] = []
    for first in sorted(calendar.off):
        if found and first <= found[-1][1]:
            continue
        begin = end = first
        while not calendar.works_on(begin - DAY):
            begin -= DAY
        while not calendar.works_on(end + DAY):
            end += DAY
        if (end - begin).days + 1 >= SHORTEST_BREAK:
            found.append((begin, end))
    return found


def _told_since(settings: Alerting, calendar: Calendar) -> str:
    """Now less the time for which a recovery is told, less what of it was a holiday."""
    told = settings.lasting.back_on_target + settings.cadence.back
    lines = [f"vector(time() - {seconds(told)})"]
    for first, last in breaks(calendar):
        begin = datetime.combine(first, time(), PROVINCE_TIME)
        end = datetime.combine(last + DAY, time(), PROVINCE_TIME)
        length = seconds(end - begin)
        lines.append(
            f"clamp(vector(time() - {begin.timestamp():.0f}), 0, {length})"
            f" * (vector(time()) < bool {(end + told).timestamp():.0f})"
        )
    return "\n- ".join(lines)

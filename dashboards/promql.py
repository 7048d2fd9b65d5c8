"""The questions that boards ask, in PromQL. What is recorded is asked by its recorded name."""

from __future__ import annotations

from alerts.rulebook.common import seconds, span
from alerts.rulebook.counts import ANNEX, UNIT_ASSIGNED, UNIT_MET
from alerts.rulebook.figures import ATTAINMENT, GAP, RATE_TENTHS, SHORTFALL
from alerts.rulebook.known import DENOMINATOR, INDICATOR, NUMERATOR, OFFSET, TARGET, UNCONFIRMED
from alerts.rulebook.shown import SHOWN_GAP, SHOWN_RATE
from dashboards import marks
from dashboards.inputs import Inputs
from exporter.decision import PROVINCE, Indicator

__all__ = ["ATTAINMENT"]

NAMES = "topk by (unit) (1, group by (unit, short_name, number) (dvc_unit_info))"
"""One name and number for each unit, also while two exporters are scraped or a name changes."""
ASSIGNED, MET, UNKNOWN = (f"province:dvc_targets_{what}:count" for what in ("assigned", "met", "unknown"))
UNITS, UNITS_MET, UNITS_BELOW = (
    f"province:dvc_units_{what}:count" for what in ("assigned", "meeting_all", "below_some")
)
IN_ANNEX = f"and on (unit) {ANNEX}"
_REMEMBERED = "10d"


def pick(metric: str, **labels: str) -> str:
    """A metric with matchers; a value that holds `|` or a variable is taken as a pattern of Prometheus."""
    matchers = ",".join(f'{name}{"=~" if "|" in value else "="}"{value}"' for name, value in labels.items())
    return f"{metric}{{{matchers}}}" if matchers else metric


def spelled(expr: str, label: str = "p") -> str:
    """One value with itself as a label, written with a decimal comma whatever the browser's language."""
    counted = f'sum({expr}) * on () group_right () count_values("{label}", sum({expr}))'
    return f'label_replace({counted}, "{label}", "$1,$2", "{label}", "(.+)[.](.+)")'


def percent(metric: str, **labels: str) -> str:
    """A recorded ratio in percent, without the noise of floating point behind it."""
    return f"round(100 * {pick(metric, **labels)}, 0.01)"


def fraction(upper: str, lower: str, by: str) -> str:
    """Two counts as one text `31/38` in the label `both`; the value is the share (0-1)."""
    upper_text, lower_text = (
        f'count_values by ({by}) ("{label}", {counted})' for label, counted in (("m", upper), ("n", lower))
    )
    texts = f"{upper_text} * on ({by}) group_left (n) {lower_text}"
    return f'label_join({texts}, "both", "/", "m", "n") * on ({by}) group_left () ({upper} / {lower})'


def named(expr: str) -> str:
    """With the short name of each unit."""
    return f"({expr}) * on (unit) group_left (short_name) {NAMES}"


def with_indicator(expr: str) -> str:
    """With the short name of each indicator."""
    return f"({expr}) * on (indicator) group_left (indicator_name) {INDICATOR}"


def far(inputs: Inputs, **labels: str) -> str:
    """1 or 0 for each gap: whether it is far, by the bands of alerts.yaml."""
    bands = inputs.alerting.bands
    bar = (
        f"clamp_min(-{float(1 - bands.far_share):g} * {pick(TARGET, **labels)}, -{bands.far_points / 100:g})"
    )
    return f"({pick(GAP, **labels)} < bool {bar})"


def points(**labels: str) -> str:
    """Gaps in whole points, rounded towards not met; exact, for both sides are whole numbers."""
    return f"floor((0 - {pick(SHORTFALL, **labels)}) / (10000 * {pick(DENOMINATOR, **labels)}))"


def gap_code(inputs: Inputs, **labels: str) -> str:
    """Gaps as `marks` codes them."""
    gap = pick(GAP, **labels)
    under_one = f"{-marks.UNDER_ONE:g} * ({gap} > bool -0.01) * ({gap} < bool 0)"
    return f"{points(**labels)} + {under_one} - {marks.FAR_BY:g} * {far(inputs, **labels)}"


def cell(inputs: Inputs, by: str, *, among: str = "", **labels: str) -> str:
    """Cells of a matrix: a coded gap, or why there is none; nothing where nothing is assigned."""
    target, counted = pick(TARGET, **labels), pick(DENOMINATOR, **labels)
    return (
        f"max by ({by}) ((\n  {gap_code(inputs, **labels)}\n"
        f"  or ({target} and {counted} == 0) * 0 + {marks.NOTHING_TO_COUNT}\n"
        f"  or ({target} unless {counted}) * 0 + {marks.MISSING}\n"
        f"  or max by (unit, indicator) ({pick('dvc_exemption_info', **labels)}) * 0 + {marks.EXEMPT}\n)"
        f"{' ' + among if among else ''})"
    )


def current(metric: str, **labels: str) -> str:
    """What is shown of a figure, only while the figure itself is there: nothing that is only remembered."""
    return f"({pick(metric, **labels)} and on (unit, indicator) {pick(GAP, **labels)})"


def rate(**labels: str) -> str:
    """Rates in percent to one decimal, never rounded across the target."""
    return current(SHOWN_RATE, **labels)


def gap_points(**labels: str) -> str:
    """Gaps in points to one decimal."""
    return current(SHOWN_GAP, **labels)


def province_tenths(indicator: Indicator) -> str:
    """The province's rate in tenths of a percent."""
    return pick(RATE_TENTHS, unit=PROVINCE, indicator=indicator.id)


def province_rate(indicator: Indicator, *, met: bool) -> str:
    """The province's rate in percent where it meets (or misses) the indicator's own target.

    The decision assigns the province none, so the bar is taken from the decision and stands here.
    """
    tenths = province_tenths(indicator)
    if indicator.target is None:
        return f"{tenths} / 10"
    which = f'{{unit="{PROVINCE}",indicator="{indicator.id}"}}'
    million, bar = round(indicator.target * 1_000_000), float(indicator.target * 1000)
    held = f"1000000 * {NUMERATOR}{which} {'>=' if met else '<'} {million} * {DENOMINATOR}{which}"
    moved = f"{tenths} + ({tenths} < bool {bar:g})" if met else f"{tenths} - ({tenths} >= bool {bar:g})"
    return f"(({moved}) and ({held})) / 10"


def sources(inputs: Inputs) -> str:
    """Matcher value for the sources whose word is published."""
    return "|".join(source.id for source in inputs.responsible)


def _last(metric: str, inputs: Inputs) -> str:
    """The last value of each responsible source, also while the exporter is silent."""
    return f'max by (source) (last_over_time({metric}{{source=~"{sources(inputs)}"}}[{_REMEMBERED}]))'


def read_age(inputs: Inputs) -> str:
    """Seconds since each responsible source was last read whole."""
    return f"(time() - {_last('dvc_source_last_success_timestamp_seconds', inputs)})"


def as_of_age(inputs: Inputs) -> str:
    """Seconds since the day that each responsible source's figures are of, where it says so."""
    return f"(time() - {_last('dvc_source_as_of_timestamp_seconds', inputs)})"


def age(inputs: Inputs) -> str:
    """Age of the oldest figures that are published (seconds): as the portal dates them, else as read."""
    return f"max({as_of_age(inputs)} or {read_age(inputs)})"


def old(inputs: Inputs) -> str:
    """1 when the figures of a responsible source must no longer be judged by: withdrawn, or out of date."""
    validity = _last("dvc_source_validity_seconds", inputs)
    stale = seconds(inputs.alerting.lasting.stale_as_of)
    return (
        f"(clamp_max(count({read_age(inputs)} > on (source) {validity} or {as_of_age(inputs)} > {stale}), 1)"
        " or vector(0))"
    )


def late(inputs: Inputs) -> str:
    """1 when the last collection of a responsible source is not on time, or failed."""
    unconfirmed = f'{UNCONFIRMED}{{source=~"{sources(inputs)}"}}'
    return f"(clamp_max(count({unconfirmed}), 1) or vector(0))"


def judged(expr: str, inputs: Inputs) -> str:
    """Only while there are figures, and figures that may be judged by.

    Nobody is named on what is out of date; and where every figure is gone, "0 meet" would be a lie.
    """
    return f"({expr}) and on () ({old(inputs)} == 0) and on () ({UNKNOWN} < {ASSIGNED})"


def known_met(among: str) -> str:
    """How many targets each unit meets; nothing for a unit of which no figure is known: that is no 0."""
    known = f"on (unit) ({UNIT_ASSIGNED} > on (unit) unit:dvc_targets_unknown:count)"
    return f"max by (unit) ({UNIT_MET} and {known} {among})"


def none_below(gaps: str) -> str:
    """0 when there are gaps and none is below its target; nothing while there are none."""
    return f"0 * (count({gaps} >= 0) and on () (count({gaps}) == count({gaps} >= 0)))"


def simulated(inputs: Inputs) -> str:
    """There when figures are simulated: the configuration says so, or the exporter's clock is set."""
    return "vector(1)" if inputs.simulated else f"{OFFSET} != 0"


def window(inputs: Inputs) -> str:
    """Two collections, as PromQL writes it: what a counter is looked at over."""
    return span(2 * inputs.alerting.cadence.collection)

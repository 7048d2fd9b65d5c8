"""Annotations in Prometheus's template language: Vietnamese, decimal commas, dd/MM/yyyy.

Each is a text of its own that asks for the figures it needs. What is not known is "", never a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alerts import boards
from alerts.rulebook import counts, shown
from alerts.rulebook.figures import MILESTONE
from alerts.rulebook.history import DAYS_LEFT
from alerts.rulebook.known import DENOMINATOR, NUMERATOR, OFFSET, TARGET, YEAR
from alerts.settings import Alerting

SIMULATED = "số liệu mô phỏng"
UNIT = "{{ $labels.unit_name }}"
INDICATOR = "{{ $labels.indicator_name }}"
COUNTED = "{{ with $labels.counted }} {{ . }}{{ end }}"

_COMMA = ' | reReplaceAll "\\\\." ","'
_DOTS = (
    ' | reReplaceAll "^([0-9]+)([0-9]{3})$" "${1}.${2}"'
    ' | reReplaceAll "^([0-9]+)([0-9]{3})\\\\." "${1}.${2}."'
)
COUNT = '{{ . | first | value | printf "%.0f"' + _DOTS + " }}"
PERCENT = '{{ . | first | value | printf "%.1f"' + _COMMA + " }}%"
WHOLE_PERCENT = '{{ . | first | value | printf "%.2f" | reReplaceAll "\\\\.?0+$" ""' + _COMMA + " }}%"
POINTS = (
    '{{ . | first | value | printf "%+.1f" | reReplaceAll "^[+-]0.0$" "0.0" | reReplaceAll "^-" "−"'
    + _COMMA
    + " }}"
)
UNSIGNED = '{{ . | first | value | printf "%.1f" | reReplaceAll "^-" ""' + _COMMA + " }}"
MOMENT = '{{ (. | first | value | toTime).Format "15:04 02/01/2006" }}'
DAY = '{{ (. | first | value | toTime).Format "02/01/2006" }}'

_PAIR = "unit=%q,indicator=%q"
_PAIR_VALUES = "$labels.unit $labels.indicator"


def ask(query: str, values: str, as_shown: str) -> str:
    """What a query yields, as `as_shown` says (the result is the dot); nothing when it yields nothing."""
    return f"{{{{ with query (printf `{query}` {values}) }}}}{as_shown}{{{{ end }}}}"


def _of_pair(metric: str, as_shown: str, scale: str = "") -> str:
    return ask(f"{metric}{{{_PAIR}}}{scale}", _PAIR_VALUES, as_shown)


RATE = _of_pair(shown.SHOWN_RATE, PERCENT)
"""`43,2%`, never rounded across the target."""
PLAIN_RATE = ask(f'dvc_indicator_ratio{{{_PAIR},period="year"}} * 100', _PAIR_VALUES, PERCENT)
"""`43,2%` where there is no target."""
PLAIN_COUNTS = _of_pair(NUMERATOR, COUNT) + "/" + _of_pair(DENOMINATOR, COUNT + COUNTED)
GIVEN = _of_pair(TARGET, WHOLE_PERCENT, " * 100")
"""The target, `50%`, with no more digits than the decision has."""
GAP = _of_pair(shown.SHOWN_GAP, POINTS)
"""`−6,8`, in points."""
DISTANCE = _of_pair(shown.SHOWN_GAP, UNSIGNED)
"""`6,8`: how many points it is away from the target."""
ON_ROAD_MAP = _of_pair(MILESTONE, WHOLE_PERCENT, " * 100")
"""`45%`, of the unit's own road map."""
COUNTS = _of_pair(shown.SHOWN_NUMERATOR, COUNT) + "/" + _of_pair(shown.SHOWN_DENOMINATOR, COUNT + COUNTED)
"""`1.871/2.052 kết quả`."""


def whole() -> Mapping[str, str]:
    """All that the mails show of a pair that has a figure."""
    return {
        "rate": RATE,
        "target": GIVEN,
        "gap": GAP,
        "missing": _of_pair(shown.SHOWN_MISSING, COUNT + COUNTED),
        "required": _of_pair(shown.SHOWN_REQUIRED, PERCENT),
        "counts": COUNTS,
        "since": _of_pair(shown.SHOWN_SINCE, DAY),
        "as_of": _of_pair(shown.SHOWN_AS_OF, MOMENT),
        "read_at": _of_pair(shown.SHOWN_READ_AT, MOMENT),
        **of_unit(),
    }


def of_unit() -> Mapping[str, str]:
    """What can be said of a pair without figure as well."""
    return {
        "target": GIVEN,
        "met": met(),
        "unknown": unknown(),
        "communes": communes(),
        "parts": parts(),
        "period_note": period_note(),
    }


def met() -> str:
    """`3/6`: how many of its targets a unit of the annex meets."""
    upper = ask(f"{counts.UNIT_MET}{{unit=%q}}", "$labels.unit", COUNT)
    lower = ask(f"{counts.UNIT_ASSIGNED}{{unit=%q}}", "$labels.unit", COUNT)
    return _unless_commune(f"{upper}/{lower}")


def unknown() -> str:
    """`2`: for how many of its targets a unit of the annex has no figure; nothing where it has all.

    Where there is nothing to count the figure is there: 0 of 0.
    """
    query = f"count({TARGET}{{unit=%q}} unless on (unit, indicator) {DENOMINATOR})"
    return _unless_commune(ask(query, "$labels.unit", COUNT))


def communes() -> str:
    """`31/38 xã, thị trấn đạt`, and how many of a group lack a figure."""
    upper = ask(f"{counts.COMMUNES_MET}{{{_PAIR}}}", _PAIR_VALUES, COUNT)
    lower = ask(f"{counts.COMMUNES_MEASURED}{{{_PAIR}}}", _PAIR_VALUES, COUNT)
    unknown = ask(f"{counts.COMMUNES_UNKNOWN}{{{_PAIR}}} > 0", _PAIR_VALUES, f", {COUNT} chưa có số liệu")
    return (
        f'{{{{ if eq $labels.kind "commune_group" }}}}{upper}/{lower} xã, thị trấn đạt{unknown}{{{{ end }}}}'
    )


def parts() -> str:
    """`37/38 đơn vị có số liệu`, of a sum that lacks some."""
    year = f'{_PAIR},period="year"'
    fewer = f"dvc_sum_parts{{{year}}} < dvc_sum_parts_expected"
    expected = ask(f"dvc_sum_parts_expected{{{year}}}", _PAIR_VALUES, COUNT)
    return _unless_commune(ask(fewer, _PAIR_VALUES, f"{COUNT}/{expected} đơn vị có số liệu"))


def period_note() -> str:
    """Until when the target is to be reached."""
    note = (
        "Chỉ tiêu của cả năm, đến hết ngày 31/12/{{ . | first | label `year` }} "
        '(còn {{ . | first | value | printf "%.0f" }} ngày).'
    )
    return f"{{{{ with query `{DAYS_LEFT} * on () group_right () {YEAR}` }}}}{note}{{{{ end }}}}"


def _unless_commune(text: str) -> str:
    """There are hundreds of them, and their mail does not show it."""
    return f'{{{{ if ne $labels.kind "commune" }}}}{text}{{{{ end }}}}'


def simulated(settings: Alerting) -> str:
    """Whether the figures are simulated: said by the settings, or by a clock that is set."""
    if settings.simulated:
        return SIMULATED
    return f"{{{{ with query `{OFFSET} != 0` }}}}{SIMULATED}{{{{ end }}}}"


def runbook(name: str, settings: Alerting) -> str:
    """Where the mail leads for what to do about an alert."""
    return boards.runbook(settings.links.runbooks, name)


def names_dropped(labels: Iterable[str]) -> Mapping[str, str]:
    """Labels that only annotations use: an empty value takes them off the alert."""
    return dict.fromkeys(labels, "")

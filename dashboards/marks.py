"""The signs that numbers become: a coded gap to text and colour, so that sorting stays numeric.

A cell's number is the gap in whole points, rounded towards not met. What is below by less than one
point is -0.5; what is far is a quarter lower than its points; what is no gap has a number far above all.
"""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.models import dashboard

from dashboards import palette

UNDER_ONE = -0.5
FAR_BY = 0.25
MISSING = 1000
NOTHING_TO_COUNT = 1500
EXEMPT = 2000
MINUS = "\N{MINUS SIGN}"
_POINTS = 100


def value_map(texts: Mapping[str, tuple[str, str]]) -> dashboard.ValueMap:
    """Values to text and colour."""
    return dashboard.ValueMap(
        options={
            value: dashboard.ValueMappingResult(text=text, color=color, index=index)
            for index, (value, (text, color)) in enumerate(texts.items())
        }
    )


def when_null(text: str, color: str) -> dashboard.SpecialValueMap:
    """What stands where there is no value."""
    return dashboard.SpecialValueMap(
        options=dashboard.DashboardSpecialValueMapOptions(
            match=dashboard.SpecialValueMatch.NULL,
            result=dashboard.ValueMappingResult(text=text, color=color, index=0),
        )
    )


def cells() -> list[dashboard.ValueMapping]:
    """A filled cell of a matrix of gaps."""
    return [
        value_map(
            _gaps(palette.MET_CELL, palette.BELOW_CELL, palette.FAR_CELL)
            | {
                str(MISSING): ("chưa có số liệu", palette.UNKNOWN_CELL),
                str(NOTHING_TO_COUNT): ("chưa phát sinh", palette.UNKNOWN_CELL),
                str(EXEMPT): ("miễn", palette.BARE_CELL),
            }
        ),
        when_null("không giao", palette.BARE_CELL),
    ]


def words() -> list[dashboard.ValueMapping]:
    """A gap as a big coloured text."""
    return [value_map(_gaps(palette.MET, palette.BELOW, palette.FAR))]


def _gaps(met: str, below: str, far: str) -> dict[str, tuple[str, str]]:
    found = {str(n): (f"✓ +{n}" if n else "✓ 0", met) for n in range(_POINTS + 1)}
    found[str(UNDER_ONE)] = ("▼ dưới 1", below)
    found[str(UNDER_ONE - FAR_BY)] = ("▼▼ dưới 1", far)
    for n in range(1, _POINTS + 1):
        found[str(-n)] = (f"▼ {MINUS}{n}", below)
        found[f"{-n - FAR_BY:g}"] = (f"▼▼ {MINUS}{n}", far)
    return found

"""What the faults do to an answer of the National Portal's API."""

from __future__ import annotations

import math
from collections.abc import Mapping

from demo.faults import Fault
from demo.misbehave import STRANGE_NAMES

Json = dict[str, object]
"""What stands between braces."""

_PARTS = {
    "digitised_result": "SO_HOA_GIAY_TO_GIAI_QUYET",
    "electronic_result": "ORIGINAL_RESULT_AVAILABLE",
}


def spoil(said: Json, fault: Fault, ids: Mapping[str, str]) -> None:
    """Falsifies an answer in place: it was made for this one request."""
    listed = said.get("evaluation", said.get("children"))
    if not isinstance(listed, list) or not listed:
        return
    if fault.name == "short_page":
        del listed[-max(len(listed) // 4, 1) :]
        return
    # Of all units, not of this page: a fault hits one unit, however many pages it takes to list them.
    # A unit that stands twice is the second: so it does not hide behind a name that nobody bears.
    default = next(iter([*ids.values()][fault.name == "duplicate" :]), None)
    meant = ids.get(fault.unit) if fault.unit else default
    for place, child in enumerate(list(listed)):
        if child["departmentId"] != meant:
            continue
        if fault.name == "duplicate":
            listed.insert(place, child)
        elif fault.name == "unmatched":
            commune = "COMMUNE" in (child.get("level"), child.get("departmentLevel"))
            child["departmentName"] = STRANGE_NAMES[commune]
            child["departmentCode"] = "H99.01"
        elif fault.name == "nan":
            _not_a_number(child, said, _PARTS.get(fault.indicator or "digitised_result", ""))
    if fault.name == "wrong_total":
        _wrong_total(said)


def _not_a_number(child: Json, said: Json, code: str) -> None:
    metrics = child.get("metrics")
    parent = said.get("parent")
    if isinstance(metrics, list):
        for metric in metrics:
            if metric["code"] == code:
                metric["numerator"] = math.nan
    elif "totalDossierOnlinePaymentSuccess" in child:
        child["totalDossierOnlinePaymentSuccess"] = math.nan
    elif isinstance(parent, dict):
        parent["channelOnlineSum"] = math.nan


def _wrong_total(said: Json) -> None:
    overview, parent = said.get("overview"), said.get("parent")
    if isinstance(overview, dict):
        for metric in overview["metrics"]:
            if metric["denominator"]:
                metric["denominator"] += 9_999_999
    elif isinstance(parent, dict):
        for key in ("totalDossierFinancialObligation", "channelTotalSum"):
            if key in parent:
                parent[key] += 9_999_999

"""Which alerts keep which others from being told."""

from __future__ import annotations

from alerts.alertmanager.intervals import Node

PER_SOURCE = ("DvcSourceDown", "DvcDataStale")
"""While one of these stands, what is said of the units rests on nothing newer."""


def inhibit_rules() -> list[Node]:
    """`inhibit_rules:` of the configuration.

    Labels that are missing on both sides count as equal in Alertmanager, so every label under `equal` is
    also demanded of the target.
    """
    per_source: list[Node] = [
        {
            "source_matchers": [f'alertname="{name}"'],
            "target_matchers": ['audience="unit"', 'source=~".+"'],
            "equal": ["source"],
        }
        for name in PER_SOURCE
    ]
    return [
        *per_source,
        {"source_matchers": ['alertname="DvcExporterDown"'], "target_matchers": ['audience="unit"']},
        {
            "source_matchers": ['alertname="DvcUnitFarBelowTarget"'],
            "target_matchers": ['alertname="DvcUnitBelowTarget"', 'unit=~".+"', 'indicator=~".+"'],
            "equal": ["unit", "indicator"],
        },
        {
            # The last known figure still stands, so nothing is new; the operators are told why it is missing.
            "source_matchers": ['alertname=~"DvcUnitBelowTarget|DvcUnitFarBelowTarget"'],
            "target_matchers": ['alertname="DvcMeasurementMissing"', 'unit=~".+"', 'indicator=~".+"'],
            "equal": ["unit", "indicator"],
        },
        {
            # A portal that cannot be read makes its figures old: one trouble, one mail.
            "source_matchers": ['alertname="DvcSourceDown"'],
            "target_matchers": ['alertname="DvcDataStale"', 'source=~".+"'],
            "equal": ["source"],
        },
    ]

"""The reader of configurations, on small ones whose answer stands in Alertmanager's documentation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.alertmanager.walk import Stop, is_open, matches, stops

CONFIG: dict[str, Any] = {
    "route": {
        "receiver": "root",
        "group_by": ["a"],
        "group_wait": "30s",
        "routes": [
            {"matchers": ['a="1"'], "receiver": "one", "continue": True, "mute_time_intervals": ["nights"]},
            {
                "matchers": ['a=~"1|2"'],
                "group_by": ["b"],
                "routes": [{"matchers": ['b!=""'], "receiver": "deep"}],
            },
            {"matchers": ['a="1"'], "receiver": "never"},
        ],
    },
    "receivers": [{"name": name} for name in ("root", "one", "deep", "never")],
}


@pytest.mark.parametrize(
    ("matcher", "labels", "fits"),
    [
        ('a="1"', {"a": "1"}, True),
        ('a="1"', {"a": "12"}, False),
        ('a=~"1.*"', {"a": "12"}, True),
        ('a=~"2"', {"a": "12"}, False),
        ('a!="1"', {}, True),
        ('a!~"1|2"', {"a": "2"}, False),
        ('a=""', {}, True),
        ('a=~".+"', {}, False),
    ],
)
def test_matchers_are_anchored_and_a_missing_label_is_empty(
    matcher: str, labels: dict[str, str], *, fits: bool
) -> None:
    assert matches(matcher, labels) is fits


def test_what_is_no_matcher_is_an_error() -> None:
    with pytest.raises(ValueError, match="no matcher"):
        matches("a", {})


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({}, ["root"]),
        ({"a": "1"}, ["one", "root"]),
        ({"a": "1", "b": "x"}, ["one", "deep"]),
        ({"a": "2", "b": "x"}, ["deep"]),
        ({"a": "3"}, ["root"]),
    ],
)
def test_the_first_child_that_matches_ends_the_walk_unless_it_says_continue(
    labels: dict[str, str], receivers: list[str]
) -> None:
    assert [stop.receiver for stop in stops(CONFIG, labels)] == receivers


def test_groups_and_waits_are_inherited_but_hours_are_not() -> None:
    config: dict[str, Any] = {
        "route": {
            "receiver": "root",
            "routes": [
                {
                    "matchers": ['a="1"'],
                    "group_by": ["a"],
                    "group_wait": "5s",
                    "active_time_intervals": ["days"],
                    "routes": [{"matchers": ['b="2"']}],
                }
            ],
        }
    }
    (stop,) = stops(config, {"a": "1", "b": "2"})

    assert (stop.receiver, stop.group_by, stop.options["group_wait"]) == ("root", ("a",), "5s")
    assert stop.active == ()
    assert stop.group({"a": "1", "b": "2"}) == '{}/{a="1"}/{b="2"}:a="1"'


SPECS: list[tuple[dict[str, Any], str, bool]] = [
    ({}, "2024-09-16T01:30", True),
    ({"times": [{"start_time": "08:00", "end_time": "09:00"}]}, "2024-09-16T08:00", True),
    ({"times": [{"start_time": "08:00", "end_time": "09:00"}]}, "2024-09-16T09:00", False),
    (
        {"times": [{"start_time": "08:00", "end_time": "09:00"}], "location": "Asia/Ho_Chi_Minh"},
        "2024-09-16T01:30",
        True,
    ),
    ({"weekdays": ["monday:friday"]}, "2024-09-15T12:00", False),
    ({"weekdays": ["sunday"]}, "2024-09-15T12:00", True),
    ({"weekdays": ["monday"], "location": "Asia/Ho_Chi_Minh"}, "2024-09-15T18:00", True),
    ({"days_of_month": ["8:14"], "months": ["2"], "years": ["2024"]}, "2024-02-14T12:00", True),
    ({"days_of_month": ["8:14"], "months": ["2"], "years": ["2024"]}, "2024-02-15T12:00", False),
    ({"days_of_month": ["8:14"], "months": ["2"], "years": ["2024"]}, "2025-02-14T12:00", False),
    ({"months": ["1:3"]}, "2024-04-01T00:00", False),
    ({"years": ["2024:2026"]}, "2026-12-31T23:59", True),
]


@pytest.mark.parametrize(("spec", "moment", "inside"), SPECS)
def test_an_interval_is_read_as_documented(spec: dict[str, Any], moment: str, *, inside: bool) -> None:
    config = {"time_intervals": [{"name": "here", "time_intervals": [spec]}]}
    when = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert is_open(config, Stop("x", "", (), ("here",), ()), when) is inside
    assert is_open(config, Stop("x", "", (), (), ("here",)), when) is not inside
    assert is_open(config, Stop("x", "", (), ("here",), ("here",)), when) is False
    assert is_open(config, Stop("x", "", (), (), ()), when)

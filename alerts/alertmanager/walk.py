"""Reads a configuration the way Alertmanager does: which routes an alert takes, and when they let it through.

`amtool config routes test` answers for one set of labels at a time, and knows neither hours nor groups;
this answers for all of them. Written from Alertmanager's documentation and checked against amtool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

Labels = Mapping[str, str]
Tree = Mapping[str, Any]
_MATCHER = re.compile(r'([A-Za-z_]\w*)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"')
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FROM_SUNDAY = ("sunday", *_WEEKDAYS[:6])


@dataclass(frozen=True, slots=True)
class Stop:
    """Where an alert ends up: a route and its options, inherited ones included."""

    receiver: str
    key: str
    """Alertmanager's name of the route: with the group's labels, what its memory is kept by."""
    group_by: tuple[str, ...]
    active: tuple[str, ...]
    mute: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    """group_wait, group_interval and repeat_interval as written."""

    def group(self, labels: Labels) -> str:
        """The group an alert falls into here."""
        return f"{self.key}:" + ",".join(f'{name}="{labels.get(name, "")}"' for name in self.group_by)


def matches(matcher: str, labels: Labels) -> bool:
    """Whether labels fulfil a matcher; a label that is not there is an empty one. Raises ValueError."""
    name, pattern, wanted = _parsed(matcher)
    return (pattern.fullmatch(labels.get(name, "")) is not None) is wanted


@cache
def _parsed(matcher: str) -> tuple[str, re.Pattern[str], bool]:
    found = _MATCHER.fullmatch(matcher)
    if found is None:
        raise ValueError(f"no matcher: {matcher}")
    name, sign, value = found.groups()
    return name, re.compile(value if "~" in sign else re.escape(value)), not sign.startswith("!")


def stops(config: Tree, labels: Labels) -> Sequence[Stop]:
    """All routes an alert ends up at, in order."""
    root = Stop("", "", (), (), ())
    return list(_descend(config["route"], root, labels, top=True))


def _descend(node: Tree, parent: Stop, labels: Labels, *, top: bool = False) -> Iterator[Stop]:
    matchers = cast("Sequence[str]", node.get("matchers", ()))
    if not all(matches(matcher, labels) for matcher in matchers):
        return
    written = "{" + ",".join(sorted(matchers)) + "}"
    here = Stop(
        receiver=node.get("receiver", parent.receiver),
        key=written if top else f"{parent.key}/{written}",
        group_by=tuple(sorted(node.get("group_by") or parent.group_by)),
        # Unlike all else these are not inherited.
        active=tuple(node.get("active_time_intervals", ())),
        mute=tuple(node.get("mute_time_intervals", ())),
        options={
            name: node.get(name, parent.options.get(name, ""))
            for name in ("group_wait", "group_interval", "repeat_interval")
        },
    )
    taken = False
    for child in node.get("routes", ()):
        found = list(_descend(child, here, labels))
        yield from found
        taken = taken or bool(found)
        if found and not child.get("continue", False):
            break
    if not taken:
        yield here


def is_open(config: Tree, stop: Stop, moment: datetime) -> bool:
    """Whether a route sends at an (aware) moment: in an active interval, in no mute one."""
    named = {entry["name"]: entry["time_intervals"] for entry in config.get("time_intervals", ())}
    active = not stop.active or any(_within(named[name], moment) for name in stop.active)
    return active and not any(_within(named[name], moment) for name in stop.mute)


def _within(specs: Sequence[Tree], moment: datetime) -> bool:
    return any(_in_spec(spec, moment) for spec in specs)


def _in_spec(spec: Tree, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(spec.get("location", "UTC")))
    minute = f"{local:%H:%M}"
    return all(
        (
            "times" not in spec
            or any(span["start_time"] <= minute < span["end_time"] for span in spec["times"]),
            _listed(spec.get("weekdays"), _FROM_SUNDAY.index(_WEEKDAYS[local.weekday()]), _FROM_SUNDAY),
            _listed(spec.get("days_of_month"), local.day),
            _listed(spec.get("months"), local.month),
            _listed(spec.get("years"), local.year),
        )
    )


def _listed(ranges: Sequence[str] | None, value: int, names: Sequence[str] = ()) -> bool:
    """Whether a value is in one of Alertmanager's ranges; a field that is not there allows all."""
    if ranges is None:
        return True
    for text in ranges:
        first, _, last = text.partition(":")
        low, high = (names.index(part) if names else int(part) for part in (first, last or first))
        if low <= value <= high:
            return True
    return False


def recipients(config: Tree, receiver: str) -> Sequence[str]:
    """The addresses behind a receiver, one mail each."""
    (found,) = (entry for entry in config["receivers"] if entry["name"] == receiver)
    return [mail["to"] for mail in found.get("email_configs", ())]

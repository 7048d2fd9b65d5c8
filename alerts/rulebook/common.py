"""What every rule is made of, and the phrases of PromQL that many of them share."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.mailing import duration

_PART = re.compile(r"<(\w+)>")

ALIVE = "dvc_decision_info"
"""There whenever the exporter answers and has a snapshot."""
CARRIED = "1h"
"""How long Prometheus itself may be silent while the exporter is, before what is known is forgotten."""
PROVINCE_OFFSET = 7 * 3600
"""Seconds by which the province is ahead of UTC, all year round."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording rule. `about` says what it is, and which design decision it rests on."""

    record: str
    expr: str
    about: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alerting rule. Labels with an empty value are dropped from what the expression yields."""

    name: str
    expr: str
    about: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    wait: timedelta = timedelta()
    keep: timedelta = timedelta()


Rule = Recording | Alert


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other."""

    name: str
    interval: timedelta
    rules: Sequence[Rule]


def block(template: str, **parts: str) -> str:
    """An expression of several lines: the template without the indentation of the code around it.

    `<name>` is replaced by a part, whose further lines are indented like the one it stands on.
    """
    lines = []
    for line in textwrap.dedent(template).strip("\n").splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines.append(_PART.sub(lambda found, i=indent: parts[found[1]].replace("\n", "\n" + i), line))  # type: ignore[misc]
    return "\n".join(lines)


def span(value: timedelta) -> str:
    """A duration as PromQL writes it."""
    return duration(value)


def seconds(value: timedelta) -> str:
    """A duration as a number of seconds."""
    return f"{value.total_seconds():g}"


def known(fresh: str, name: str, by: str = "") -> str:
    """What is recorded under `name`; while the exporter does not answer, what was recorded last.

    A target that vanishes with a scrape is no exemption. `by` names the labels of which only one
    series may be left: a rename during the silence must not make anything ambiguous.
    """
    last = f"last_over_time({name}[{CARRIED}])"
    return block(
        """
        <fresh>
        or
        (<last> unless on () <alive>)
        """,
        fresh=fresh,
        last=f"topk by ({by}) (1, {last})" if by else last,
        alive=ALIVE,
    )


def copied(expr: str, to: str, source: str) -> str:
    """A label copied to another, where it is not empty."""
    return f'label_replace({expr}, "{to}", "$1", "{source}", "(.+)")'

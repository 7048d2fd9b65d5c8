"""The landing page's long lists made short: what is alike stands once, with how often it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from exporter.snapshot.model import Comparison, Run, Snapshot
from exporter.web.rows import Names, alike, asked_nothing
from exporter.web.view import Capped, ComparisonGroup, NameRow

_COMPARISONS = 10
"""How many figures of one indicator are shown on which sources differ: the widest gaps."""

T = TypeVar("T")


def name_rows(snapshot: Snapshot, names: Names, *, responsible: bool) -> Capped[NameRow]:
    """The names of sources that are responsible for something, or of those that are not.

    Names that fit nothing come first: somebody has to write them into a file. A portal that lists
    several units under one name has it once.
    """
    mine = [u for u in snapshot.unmatched if names.responsible(u.source) == responsible]
    groups = _grouped(mine, lambda u: (u.source, u.name, u.ambiguous, u.candidates))
    return Capped.of(names.name_row(group) for group in sorted(groups, key=lambda group: group[0].ambiguous))


def compared(snapshot: Snapshot, names: Names) -> Sequence[ComparisonGroup]:
    """What sources say differently, by indicator in the decision's order, the widest gap first."""
    explanations = {(view.id, indicator) for view in snapshot.sources for indicator in view.differs}
    differing = [c for c in snapshot.comparisons if not alike(c)]
    differing.sort(key=lambda c: -abs((c.theirs or 0) - (c.published or 0)))
    order = {indicator: place for place, indicator in enumerate(snapshot.decision.indicators)}

    def rows(group: Iterable[Comparison], *, explained: bool) -> Capped[Comparison]:
        mine = (c for c in group if ((c.source, c.indicator) in explanations) == explained)
        return Capped.of(mine, _COMPARISONS)

    groups = _grouped(differing, lambda c: c.indicator)
    groups.sort(key=lambda group: order.get(group[0].indicator, len(order)))
    return [
        ComparisonGroup(
            names.indicator(group[0].indicator),
            rows(group, explained=False).each(names.comparison),
            rows(group, explained=True).each(names.comparison),
        )
        for group in groups
    ]


def runs(listed: Iterable[Run]) -> list[list[Run]]:
    """Collections, newest first, with those of one source that followed each other and came to the same.

    Successes are the same by their counts, failures by their sentences; collections that asked
    nothing because the host is left alone are the same whatever time they name.
    """
    found: list[list[Run]] = []
    last: dict[str, list[Run]] = {}
    for run in listed:
        group = last.get(run.source)
        if group is not None and _outcome(group[0]) == _outcome(run):
            group.append(run)
        else:
            last[run.source] = [run]
            found.append(last[run.source])
    return found


def _outcome(run: Run) -> tuple[object, ...]:
    said = ("nothing asked",) if asked_nothing(run) else run.failures
    return run.accepted, run.withheld, run.unmatched, run.ambiguous, said


def _grouped(items: Iterable[T], key: Callable[[T], object]) -> list[list[T]]:
    groups: dict[object, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())

"""The simulated figures: what a unit has counted by a day. A pure function of seed, unit and day.

Counts since 1 January never fall and restart on the next 1 January; those of a month are differences
of them. Lists (procedures offered, offices with certified copies) are states, not counts, and do not
restart. What a commune that was merged away counted is counted by its successor.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import lru_cache

from demo.plan import SCALE, Rates, rates
from demo.rhythm import days_in, received
from exporter.decision import Decision, Kind, Unit
from exporter.periods import Period

FRACTIONS: Mapping[str, tuple[str, str]] = {
    "full_online_provision": ("provided", "eligible"),
    "online_dossier": ("online", "received"),
    "online_payment": ("paid_online", "payments"),
    "digitised_result": ("digitised", "completed"),
    "electronic_result": ("electronic", "completed"),
    "service_with_dossier": ("services_used", "services"),
    "electronic_certified_copy": ("offices_offering", "offices"),
}
"""Numerator and denominator of each indicator among the counts of the simulated portal."""
_MONTHS = 12
_KEPT_IN_MEMORY = 20_000


@dataclass(frozen=True, slots=True)
class Counts:
    """What the statistics page says of one unit in one period (all counts).

    Holds always: part <= whole, and received in total = carried + online + paper. An indicator that
    does not concern the unit has 0 of 0.
    """

    eligible: int = 0
    provided: int = 0
    carried: int = 0
    online: int = 0
    paper: int = 0
    completed: int = 0
    digitised: int = 0
    electronic: int = 0
    payments: int = 0
    paid_online: int = 0
    services: int = 0
    services_used: int = 0
    offices: int = 0
    offices_offering: int = 0

    @property
    def received(self) -> int:
        """Dossiers received in the period, without what was carried over (count)."""
        return self.online + self.paper

    @property
    def handled(self) -> int:
        """Dossiers received and carried over: "Tổng số" of the form (count)."""
        return self.carried + self.received


def total(parts: Iterable[Counts]) -> Counts:
    """The sum of all, field by field."""
    rows = list(parts)
    return Counts(**{f.name: sum(getattr(row, f.name) for row in rows) for f in fields(Counts)})


def _month_ends(year: int) -> list[int]:
    """How many days of the year have passed before each month, and at its end."""
    ends = [0]
    for month in range(1, _MONTHS + 1):
        ends.append(ends[-1] + calendar.monthrange(year, month)[1])
    return ends


@lru_cache(maxsize=8)
def _months(year: int) -> tuple[int, ...]:
    return tuple(_month_ends(year))


class Simulation:
    """The figures of a province's units. `decision` says who is who, `seed` which province of many."""

    def __init__(self, decision: Decision, seed: int) -> None:
        self.decision = decision
        self.seed = seed
        self._rates: dict[str, Rates] = {}
        self._absorbed: dict[str, list[Unit]] = {}
        for siblings in decision.children.values():
            for position, unit in enumerate(siblings):
                self._rates[unit.id] = rates(seed, unit, position, len(siblings))
                if unit.merged_into is not None:
                    self._absorbed.setdefault(unit.merged_into, []).append(unit)
        self._known: dict[tuple[str, Period, date], Counts] = {}
        self._prefixes: dict[tuple[str, str, int], tuple[list[int], list[int]]] = {}

    def counts(self, unit: Unit, period: Period, through: date) -> Counts:
        """What `unit` counts in `period` by the end of the day `through`, with what it took in.

        A unit that took others in counts theirs from the start of the year, once they are gone.
        """
        own = self._own(unit, period, through)
        taken = [
            self._own(other, period, through)
            for other in self._absorbed.get(unit.id, ())
            if not other.in_force(through + timedelta(days=1))
        ]
        if not taken:
            return own
        everything = total((own, *taken))
        used = min(own.services, max(own.services_used, *(other.services_used for other in taken)))
        # One office and one list of services remain, however many there were before.
        return Counts(
            **{f.name: getattr(everything, f.name) for f in fields(Counts)}
            | {"services": own.services, "services_used": used}
            | {"offices": own.offices, "offices_offering": own.offices_offering}
        )

    def _own(self, unit: Unit, period: Period, through: date) -> Counts:
        key = (unit.id, period, min(through, period.end))
        if key not in self._known:
            if len(self._known) >= _KEPT_IN_MEMORY:
                self._known.clear()
            self._known[key] = self._computed(unit, period, key[2])
        return self._known[key]

    def _computed(self, unit: Unit, period: Period, last: date) -> Counts:
        plan = self._rates[unit.id]
        year = period.start.year
        to = max((last - date(year, 1, 1)).days + 1, 0)
        start = min((period.start - date(year, 1, 1)).days, to)

        def grown(count: Callable[[int], int]) -> int:
            return count(to) - count(start)

        flow = {
            "online": grown(lambda n: self._part(unit, "online_dossier", year, n)),
            "completed": grown(lambda n: self._completed(unit, year, n)),
            "digitised": grown(lambda n: self._part(unit, "digitised_result", year, n)),
            "electronic": grown(lambda n: self._part(unit, "electronic_result", year, n)),
            "payments": grown(lambda n: self._payments(unit, year, n)),
            "paid_online": grown(lambda n: self._part(unit, "online_payment", year, n)),
        }
        came_in = grown(lambda n: self._received(unit, year, n))
        before = self._received(unit, year, start) - self._completed(unit, year, start)
        local = unit.kind is not Kind.DEPARTMENT
        offering = local and plan.copy_from is not None and plan.copy_from <= last
        return Counts(
            **flow,
            paper=came_in - flow["online"],
            carried=self._backlog(unit, year) + before,
            eligible=0 if local else plan.eligible,
            provided=0 if local else self._provided(plan, last),
            services=plan.services,
            services_used=self._services_used(plan, came_in),
            offices=int(local),
            offices_offering=int(offering),
        )

    def _years(self, day: date) -> float:
        """How far `day` lies from the start of the decision's year (years)."""
        start = date(day.year, 1, 1)
        return day.year - self.decision.period_start.year + (day - start).days / days_in(day.year)

    def _received(self, unit: Unit, year: int, days: int) -> int:
        return received(self.seed, unit.id, self._rates[unit.id].volume, year, days)

    def _backlog(self, unit: Unit, year: int) -> int:
        """What came in so late in the year before that it was carried over (count)."""
        length = days_in(year - 1)
        lag = self._rates[unit.id].lag
        return self._received(unit, year - 1, length) - self._received(unit, year - 1, length - lag)

    def _completed(self, unit: Unit, year: int, days: int) -> int:
        """Every dossier is completed `lag` days after it came in."""
        lag = self._rates[unit.id].lag
        if days >= lag:
            return self._backlog(unit, year) + self._received(unit, year, days - lag)
        begin = days_in(year - 1) - lag
        return self._received(unit, year - 1, begin + days) - self._received(unit, year - 1, begin)

    def _payments(self, unit: Unit, year: int, days: int) -> int:
        share = round(self._rates[unit.id].fee_share * SCALE / 100)
        return self._received(unit, year, days) * share // SCALE

    def _whole(self, unit: Unit, indicator: str, year: int, days: int) -> int:
        if indicator == "online_dossier":
            return self._received(unit, year, days)
        if indicator == "online_payment":
            return self._payments(unit, year, days)
        return self._completed(unit, year, days)

    def _part(self, unit: Unit, indicator: str, year: int, days: int) -> int:
        """The part of a count that is as it should be, by the rate of each month.

        Neither the part nor the rest ever falls: the sum is exact, and no rate is above SCALE.
        """
        key = (unit.id, indicator, year)
        if key not in self._prefixes:
            self._prefixes[key] = self._prefix(unit, indicator, year)
        steps, sums = self._prefixes[key]
        ends = _months(year)
        month = max(m for m in range(_MONTHS) if ends[m] <= days)
        since = self._whole(unit, indicator, year, days) - self._whole(unit, indicator, year, ends[month])
        return (sums[month] + steps[month] * since) // SCALE

    def _prefix(self, unit: Unit, indicator: str, year: int) -> tuple[list[int], list[int]]:
        """The rate of each month, and the part (in SCALE-ths) before each month."""
        plan = self._rates[unit.id]
        offset = year - self.decision.period_start.year
        steps = [plan.path(indicator, offset + (month + 0.5) / _MONTHS) for month in range(_MONTHS)]
        wholes = [self._whole(unit, indicator, year, days) for days in _months(year)]
        sums = [0]
        for month, step in enumerate(steps):
            sums.append(sums[-1] + step * (wholes[month + 1] - wholes[month]))
        return steps, sums

    def _provided(self, plan: Rates, day: date) -> int:
        """Procedures offered whole online: a state, which grows by one now and then."""
        return (plan.eligible * plan.path("full_online_provision", self._years(day)) + SCALE // 2) // SCALE

    @staticmethod
    def _services_used(plan: Rates, came_in: int) -> int:
        """Services that had a dossier in the period: most are soon used, the last ones late."""
        level = plan.services * plan.percent["service_with_dossier"] / 100
        used = level * (1 - math.exp(-came_in / (plan.volume * 0.12)))
        return min(int(used + 0.5), came_in, plan.services)

"""What the portal answers to what: pages, the API, the control page. Knows nothing of sockets."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from demo import faults as catalogue
from demo import national
from demo.answer import Answer, html_page, json_answer, render
from demo.asking import (
    Asked,
    BadRequestError,
    asked_month_or_year,
    asked_period,
    json_body,
    link,
    newest_months,
    positive,
)
from demo.batches import BadBatchError, Batch, Batches, more_for
from demo.control import CONTROL, Control, not_allowed
from demo.faults import SIMULATED, BadFaultError, Fault, Faults
from demo.figures import Counts, Simulation, total
from demo.misbehave import doctor_answer, doctor_counts, doctor_lines, shift
from demo.sheet import COLUMNS, UnitLine, header_groups, lines
from demo.units import Section, communes_page, national_root, national_units, province, units_page
from exporter.clock import PROVINCE_TIME, Clock
from exporter.decision import Unit
from exporter.periods import Period
from exporter.vietnamese import day as day_text
from exporter.vietnamese import moment as moment_text
from exporter.vietnamese import period as period_text

UPDATED_AT = time(6, 0)
"""When the portal's figures of the day before appear."""
_PAGES = {
    "/thong-ke/don-vi": ("Sở, ban, ngành, huyện, thành phố", units_page),
    "/thong-ke/xa": ("Xã, phường, thị trấn", communes_page),
}
_DEFAULT_PAGE_SIZE = 20


def updated(now: datetime) -> datetime:
    """As of when the figures are that the portal shows at `now`: the last six o'clock."""
    today = datetime.combine(now.date(), UPDATED_AT, PROVINCE_TIME)
    return today if now >= today else today - timedelta(days=1)


class Site:
    """The portal of one simulated province, at the time its clock tells.

    `on_request` is told of each request, on the thread of its connection.
    """

    def __init__(self, simulation: Simulation, clock: Clock) -> None:
        self.simulation = simulation
        self.faults = Faults()
        self.batches = Batches()
        self.on_request: Callable[[Asked], object] = lambda _: None
        self.control = Control(simulation.decision, self.faults, clock, self.let_in)

    def counts(self, unit: Unit, period: Period, through: date) -> Counts:
        """What a unit counts in a period by the end of a day, with the batches that came in."""
        return self.batches.on(self.simulation.counts(unit, period, through), unit.id, period, through)

    def let_in(self, aim: str, unit: str | None = None, indicator: str | None = None) -> int:
        """Lets come in what brings rates to an aim: of one unit or of all, of one indicator or of all.

        Gives how many rates move. Raises BadBatchError where a single one was meant and cannot.
        """
        decision = self.simulation.decision
        through = updated(self.control.clock.now()).date() - timedelta(days=1)
        period = Period.year_of(through)
        moved = 0
        for one in [decision.units[unit]] if unit else self._counted(through + timedelta(days=1)):
            counts = self.counts(one, period, through)
            for each in [decision.indicators[indicator]] if indicator else decision.indicators.values():
                try:
                    more = more_for(aim, each, decision.target(one, each), counts)
                except BadBatchError:
                    if unit and indicator:
                        raise
                    continue
                if more is not None:
                    # As if entered late for the beginning of the year: the present month stays as it is.
                    self.batches.add(Batch(one.id, period.start, more))
                    counts = total((counts, more))
                    moved += 1
        return moved

    def _counted(self, day: date) -> list[Unit]:
        """Units with a row of their own."""
        pages = (listing(self.simulation.decision, day) for _, listing in _PAGES.values())
        return [entry.unit for page in pages for section in page for entry in section.entries]

    def take(self, asked: Asked) -> tuple[Fault, ...]:
        """The faults that hold for this request; the index and the control page are never hit."""
        self.on_request(asked)
        if asked.path in (*_PAGES, "/") or asked.path.startswith("/api/"):
            taken = self.faults.take(asked.target) if asked.path != "/" else ()
            followed = "chuyen=1" in asked.target
            return tuple(f for f in taken if not (followed and f.name == "redirect_away"))
        return ()

    def answer(self, asked: Asked, faults: Sequence[Fault] = (), port: int = 0) -> Answer:
        """The answer, as the faults make it; `port` is where the portal listens."""
        try:
            found = self._route(asked, faults)
        except (BadRequestError, BadFaultError, BadBatchError) as error:
            found = (
                json_answer(_envelope(None, "BAD_REQUEST", str(error)), 400)
                if asked.headers.get("content-type", "").startswith("application/json")
                else html_page("Yêu cầu không hợp lệ", f"<p>{html.escape(str(error))}</p>", 400)
            )
        return doctor_answer(found, [f for f in faults if f.name in catalogue.PAGE], asked.target, port)

    def _route(self, asked: Asked, faults: Sequence[Fault]) -> Answer:
        path, reading = asked.path, asked.method in ("GET", "HEAD")
        if path.startswith(national.PREFIX) and path.removeprefix(national.PREFIX) in national.ENDPOINTS:
            if asked.method != "POST":
                return not_allowed("POST")
            return self._national(path.removeprefix(national.PREFIX), asked, faults)
        if path == CONTROL or path.startswith(CONTROL + "/"):
            return self.control.answer(asked)
        if path not in _PAGES and path != "/":
            return html_page("Không tìm thấy trang", '<p><a href="/">Về trang đầu</a></p>', 404)
        if not reading:
            return not_allowed("GET, HEAD")
        return self._index() if path == "/" else self._statistics(path, asked, faults)

    def _index(self) -> Answer:
        now = self.control.clock.now()
        as_of = updated(now)
        return render(
            "index.html",
            province=province(self.simulation.decision),
            now=moment_text(now),
            as_of=moment_text(as_of),
            pages=[
                (title, *(link(path, Period.of(kind, as_of.date())) for kind in ("year", "month")))
                for path, (title, _) in _PAGES.items()
            ],
            root=national_root(self.simulation.decision).id,
            endpoints=[national.PREFIX + name for name in national.ENDPOINTS],
        )

    def _statistics(self, path: str, asked: Asked, faults: Sequence[Fault]) -> Answer:
        title, listing = _PAGES[path]
        as_of = updated(self.control.clock.now())
        period = asked_month_or_year(asked.target, as_of.date())
        shown, figures = self._view(as_of, faults)
        period, through = shift(faults, period, figures.date() - timedelta(days=1))
        if any(fault.name == "old" for fault in faults):
            shown = datetime.combine(through + timedelta(days=1), UPDATED_AT, PROVINCE_TIME)
        sections = listing(self.simulation.decision, shown.date())
        with self.batches.together():
            rows = doctor_counts(self._rows(sections, period, through), faults)
        by_unit = {row.unit: row for row in rows}
        printed = lines((s.heading, [by_unit[e.unit.id] for e in s.entries]) for s in sections)
        return render(
            "statistics.html",
            province=province(self.simulation.decision),
            title=f"{title} – {period_text(period)}",
            start=day_text(period.start),
            end=day_text(max(min(shown.date(), period.end), period.start)),
            as_of=f"{shown:%H:%M} ngày {day_text(shown.date())}",
            links=[link(path, p) for p in (Period.year_of(as_of.date()), *newest_months(as_of.date()))],
            groups=header_groups(),
            headers=[column.header for column in COLUMNS],
            lines=doctor_lines(printed, rows, faults),
        )

    def _rows(self, sections: Sequence[Section], period: Period, through: date) -> list[UnitLine]:
        return [
            UnitLine(
                entry.unit.id,
                entry.unit.kind,
                entry.name,
                self.counts(entry.unit, period, through),
                frozenset(entry.unit.exempt),
            )
            for section in sections
            for entry in section.entries
        ]

    @staticmethod
    def _view(as_of: datetime, faults: Sequence[Fault]) -> tuple[datetime, datetime]:
        """As of when the page says its figures are, and as of when they are."""
        for fault in faults:
            if fault.name in ("standing", "frozen"):
                stood = min(updated(fault.since), as_of)
                return (stood if fault.name == "standing" else as_of), stood
        return as_of, as_of

    # National Portal

    def _national(self, endpoint: str, asked: Asked, faults: Sequence[Fault]) -> Answer:
        body = json_body(asked)
        as_of = updated(self.control.clock.now())
        period = asked_period(body)
        page, size = positive(body, "currentPage", 1), positive(body, "pageSize", _DEFAULT_PAGE_SIZE)
        _, figures = self._view(as_of, faults)
        period, through = shift(faults, period, figures.date() - timedelta(days=1))
        root = national_root(self.simulation.decision)
        # A province nobody knows has no units; a month is offered only after it has ended.
        known = body.get("rootDepartmentId") == root.id
        ended = period.kind == "year" or period.end <= through
        on = through + timedelta(days=1)
        listed = national_units(self.simulation.decision, on) if known and ended else ()
        rows = [national.Row(u, self.counts(u.unit, period, through)) for u in listed]
        chart = self._chart(period, through, rows)
        question = national.Question(root, rows, page, size, chart)
        return json_answer(_envelope(national.data(endpoint, question, faults)), 201)

    def _chart(
        self, period: Period, through: date, rows: Sequence[national.Row]
    ) -> dict[int, tuple[int, int]]:
        """What the chart shows: the month asked for, or every month of the year that has ended."""
        months = range(1, 13) if period.kind == "year" else (period.start.month,)
        found = {}
        for month in months:
            of = Period("month", date(period.start.year, month, 1))
            if rows and of.end <= through:
                then = [national.Row(r.unit, self.counts(r.unit.unit, of, through)) for r in rows]
                found[month] = national.services(then)
        return found


def _envelope(said: object, code: str = "OK", message: str = "OK") -> dict[str, object]:
    return {"code": code, "data": said, "message": f"{message} - {SIMULATED}"}

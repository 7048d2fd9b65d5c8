"""The control endpoint: a person's page with buttons, and the same as JSON for tests and rehearsals."""

from __future__ import annotations

from datetime import date, datetime, time

from demo import faults as catalogue
from demo.answer import Answer, html_page, json_answer, render
from demo.asking import Asked, BadRequestError, posted_fields, refuse_strangers
from demo.faults import SIMULATED, Faults, from_request
from demo.units import province
from exporter.clock import PROVINCE_TIME, Clock, FixedClock
from exporter.decision import Decision
from exporter.vietnamese import moment as moment_text

CONTROL = "/dieu-khien"


def not_allowed(allow: str) -> Answer:
    """Another method was meant."""
    answer = html_page("Phương thức không được dùng ở đây", "", 405)
    return Answer(405, answer.content_type, answer.body, {"Allow": allow})


class Control:
    """Sets the portal's day and its faults; `clock` is the portal's, `decision` says who exists."""

    def __init__(self, decision: Decision, faults: Faults, clock: Clock) -> None:
        self.decision = decision
        self.faults = faults
        self.clock = clock

    def answer(self, asked: Asked) -> Answer:
        """What the control endpoint says. Raises BadRequestError and BadFaultError."""
        if asked.path != CONTROL:
            return self._command(asked.path.removeprefix(CONTROL), asked)
        if asked.method in ("GET", "HEAD"):
            return self._page() if "text/html" in asked.headers.get("accept", "") else self._listed()
        if asked.method == "DELETE":
            self.faults.clear()
            return self._listed()
        if asked.method != "POST":
            return not_allowed("GET, HEAD, POST, DELETE")
        refuse_strangers(asked)
        self.faults.add(from_request(posted_fields(asked), self.clock.now()))
        return self._done(asked)

    def _command(self, command: str, asked: Asked) -> Answer:
        if command not in ("/ngay", "/bo"):
            return html_page("Không tìm thấy trang", "", 404)
        if asked.method != "POST":
            return not_allowed("POST")
        refuse_strangers(asked)
        if command == "/bo":
            self.faults.clear()
        else:
            posted = posted_fields(asked)
            try:
                day = date.fromisoformat(str(posted.get("date")))
                told = time.fromisoformat(str(posted["time"])) if posted.get("time") else None
            except ValueError:
                raise BadRequestError("Ngày viết như 2024-11-02, giờ như 05:59.") from None
            self.set_date(day, told)
        return self._done(asked)

    def set_date(self, day: date, at: time | None = None) -> None:
        """Sets the portal's clock to a day, at the time of day it has or at the one given (told time).

        A standing clock stands there; a running one runs on from there.
        """
        now = self.clock.now()
        moment = datetime.combine(day, at or now.time(), PROVINCE_TIME)
        if isinstance(self.clock, FixedClock):
            self.clock = FixedClock(moment)
        else:
            self.clock = Clock(self.clock.offset_seconds + (moment - now).total_seconds())

    def _done(self, asked: Asked) -> Answer:
        if asked.headers.get("content-type", "").startswith("application/json"):
            return self._listed()
        seen = html_page("Đã đặt", "", 303)
        return Answer(303, seen.content_type, seen.body, {"Location": CONTROL})

    def _listed(self) -> Answer:
        return json_answer(
            {
                "message": SIMULATED,
                "now": self.clock.now().isoformat(timespec="seconds"),
                "faults": [fault.as_json() for fault in self.faults.listed()],
                "known": dict(catalogue.ALL),
            }
        )

    def _page(self) -> Answer:
        now = self.clock.now()
        return render(
            "control.html",
            province=province(self.decision),
            now=moment_text(now),
            today=now.date().isoformat(),
            active=self.faults.listed(),
            indicators=list(self.decision.indicators),
            units=[unit.id for unit in self.decision.in_force(now.date())],
            catalogue=[
                ("Đường truyền", catalogue.WIRE),
                ("Trang", catalogue.PAGE),
                ("Số liệu", catalogue.DATA),
            ],
        )

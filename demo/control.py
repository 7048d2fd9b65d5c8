"""The control endpoint: a person's page with buttons, and the same as JSON for tests and rehearsals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from types import MappingProxyType

from demo import faults as catalogue
from demo.answer import Answer, html_page, json_answer, render
from demo.asking import Asked, BadRequestError, posted_fields, refuse_strangers
from demo.batches import AIMS, BadBatchError
from demo.faults import SIMULATED, BadFaultError, Fault, Faults, from_request
from demo.units import province
from exporter.clock import PROVINCE_TIME, Clock, FixedClock
from exporter.decision import Decision, Kind
from exporter.vietnamese import moment as moment_text

CONTROL = "/dieu-khien"
_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "http_401": "chưa đăng nhập",
        "http_403": "không được phép xem",
        "http_404": "không tìm thấy trang",
        "http_429": "hỏi quá nhiều lần, hẹn lại sau retry_after giây",
        "http_500": "máy chủ của cổng gặp lỗi",
        "http_503": "cổng tạm ngừng, hẹn lại sau retry_after giây",
    }
)
"""What the statuses mean that the portal can answer with, by the name of the fault."""
_LISTED = frozenset({Kind.DEPARTMENT, Kind.DISTRICT, Kind.COMMUNE})
"""Kinds of units that have a row of their own somewhere."""


def not_allowed(allow: str) -> Answer:
    """Another method was meant."""
    answer = html_page("Phương thức không được dùng ở đây", "", 405)
    return Answer(405, answer.content_type, answer.body, {"Allow": allow})


class Control:
    """Sets the portal's day, its faults and what comes in.

    `clock` is the portal's, `decision` says who exists, `let_in` brings rates to an aim.
    """

    def __init__(
        self,
        decision: Decision,
        faults: Faults,
        clock: Clock,
        let_in: Callable[[str, str | None, str | None], int],
    ) -> None:
        self.decision = decision
        self.faults = faults
        self.clock = clock
        self._let_in = let_in

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
        self.faults.add(self._checked(from_request(posted_fields(asked), self.clock.now())))
        return self._done(asked)

    def _checked(self, fault: Fault) -> Fault:
        """The fault, if what it is to hit exists. Raises BadFaultError with a sentence."""
        self._check(fault.unit, fault.indicator)
        return fault

    def _check(self, named: str | None, indicator: str | None) -> None:
        """Raises BadFaultError where what is named does not stand on the portal."""
        if named is not None:
            unit = self.decision.units.get(named)
            if unit is None:
                raise BadFaultError(f"Không có đơn vị “{named}” trong targets.yaml.")
            if unit.kind not in _LISTED or not unit.in_force(self.clock.today()):
                raise BadFaultError(f"{unit.name} không có dòng riêng trên trang nào của cổng vào ngày này.")
        if indicator is not None and indicator not in self.decision.indicators:
            known = ", ".join(self.decision.indicators)
            raise BadFaultError(f"Không có chỉ tiêu “{indicator}”. Có: {known}.")

    def let_in(self, asked: Mapping[str, object]) -> int:
        """Lets a batch come in; gives how many rates move. Raises BadFaultError and BadBatchError."""
        aim = str(asked.get("aim"))
        unit, indicator = (str(asked[key]) if asked.get(key) else None for key in ("unit", "indicator"))
        if aim not in AIMS:
            raise BadBatchError(f"Không có mức “{aim}”. Có: {', '.join(AIMS)}.")
        if aim != "met" and unit is None:
            raise BadBatchError("Chọn đơn vị có tỷ lệ cần hạ.")
        self._check(unit, indicator)
        return self._let_in(aim, unit, indicator)

    def _drop(self, posted: Mapping[str, object]) -> None:
        """Ends the faults of one name and path. Raises BadFaultError where there is none."""
        name, path = str(posted.get("fault")), str(posted.get("path", "/"))
        if not self.faults.remove(name, path):
            raise BadFaultError(f"Lỗi “{name}” không được đặt cho “{path}”.")

    def _command(self, command: str, asked: Asked) -> Answer:
        if command not in ("/ngay", "/bo", "/dot"):
            return html_page("Không tìm thấy trang", "", 404)
        if asked.method != "POST":
            return not_allowed("POST")
        refuse_strangers(asked)
        if command == "/dot":
            self.let_in(posted_fields(asked))
        elif command == "/bo":
            posted = posted_fields(asked) if asked.body else {}
            if posted:
                self._drop(posted)
            else:
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
            aims=AIMS,
            indicators=[(i.id, i.short_name) for i in self.decision.indicators.values()],
            units=[(u.id, u.name) for u in self.decision.in_force(now.date()) if u.kind in _LISTED],
            catalogue=[
                ("Đường truyền", _described(catalogue.WIRE)),
                ("Trang", _described(catalogue.PAGE)),
                ("Số liệu", _described(catalogue.DATA)),
            ],
        )


def _described(faults: Mapping[str, str]) -> dict[str, str]:
    """The faults of the catalogue by name, the statuses with what they mean."""
    return {
        name: f"{text.split()[0]}: {_STATUSES[name]}" if name in _STATUSES else text
        for name, text in faults.items()
    }

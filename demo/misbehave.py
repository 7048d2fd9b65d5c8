"""What the faults do to the figures, to the lines of a page, and to an answer as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from demo.answer import Answer, html_page
from demo.faults import Fault
from demo.figures import Counts
from demo.sheet import INDICATOR_COLUMNS, Line, UnitLine
from exporter.periods import Period

DEFAULT_INDICATOR = "online_payment"
STRANGE_NAMES = ("Sở Biển và Hải đảo", "Xã Cồn Vành Mới")
"""Names that no unit bears: for the page of departments and for that of communes."""
_PARTS = {
    "full_online_provision": ("provided", "eligible"),
    "online_dossier": ("online", "paper"),
    "online_payment": ("paid_online", "payments"),
    "digitised_result": ("digitised", "completed"),
    "electronic_result": ("electronic", "completed"),
    "service_with_dossier": ("services_used", "services"),
    "electronic_certified_copy": ("offices_offering", "offices"),
}
"""Which counts hold an indicator's numerator, and its denominator (for dossiers: the rest of it)."""
_ON_COUNTS = frozenset({"fell", "jumped", "above_one", "negative"})
_KEPT = 20
_OF = 32


def shift(faults: Sequence[Fault], period: Period, through: date) -> tuple[Period, date]:
    """The period and the last day of the figures that an old page shows instead of the asked ones."""
    if any(fault.name == "old" for fault in faults):
        last_year = through.replace(year=through.year - 1, day=min(through.day, 28))
        return Period(period.kind, period.start.replace(year=period.start.year - 1)), last_year
    return period, through


def _doctored(counts: Counts, fault: Fault) -> Counts:
    part, whole = _PARTS[fault.indicator or DEFAULT_INDICATOR]
    numerator, denominator = getattr(counts, part), getattr(counts, whole)
    # Two indicators are held against the completed dossiers: the other one is left as whole as can be.
    shared = whole == "completed"
    if fault.name == "fell":
        changed = {part: numerator * 3 // 5} | ({} if shared else {whole: denominator * 3 // 5})
    elif fault.name == "jumped":
        names = ("completed", "digitised", "electronic") if shared else (part, whole)
        changed = {name: getattr(counts, name) * 4 + 400 for name in names}
    elif fault.name == "negative":
        changed = {part: -max(numerator, 1)}
    elif whole == "paper":
        # Online dossiers are part of a sum: they exceed it only where the other part is negative.
        changed = {whole: -(numerator // 4) - 1}
    else:
        changed = {part: denominator * 3 // 2 + 1}
    return replace(counts, **changed)


def _meant(rows: Sequence[UnitLine], fault: Fault) -> str | None:
    """The unit that a fault hits: the one it names, else the first that has something to count.

    A row that stands twice is the next one: so it does not hide behind a name that nobody bears.
    """
    if fault.unit is not None:
        return fault.unit
    indicator = fault.indicator or DEFAULT_INDICATOR
    whole = _PARTS[indicator][1]
    counting = [r.unit for r in rows if indicator not in r.silent and getattr(r.counts, whole)]
    return next(iter(counting[fault.name == "duplicate" :]), None)


def doctor_counts(rows: Sequence[UnitLine], faults: Sequence[Fault]) -> list[UnitLine]:
    """The rows with the counts that faults falsified. The portal's own total follows them."""
    found = list(rows)
    for fault in faults:
        if fault.name in _ON_COUNTS:
            meant = _meant(rows, fault)
            found = [replace(r, counts=_doctored(r.counts, fault)) if r.unit == meant else r for r in found]
    return found


def doctor_lines(lines: Sequence[Line], rows: Sequence[UnitLine], faults: Sequence[Fault]) -> list[Line]:
    """The lines with what faults do to names, cells and lines as a whole. The total stays that of all."""
    found = list(lines)
    for fault in faults:
        found = _doctor(found, rows, fault)
    return found


def _doctor(lines: list[Line], rows: Sequence[UnitLine], fault: Fault) -> list[Line]:
    if fault.name in ("missing_rows", "short_page"):
        units = [line for line in lines if line.kind == "unit"]
        kept = {id(line) for line in units[: max(len(units) * _KEPT // _OF, 1)]}
        return [line for line in lines if line.kind != "unit" or id(line) in kept]
    place = INDICATOR_COLUMNS[fault.indicator or DEFAULT_INDICATOR][0]
    if fault.name == "wrong_total":
        return [_put(line, place, "9.999.999") if line.kind == "total" else line for line in lines]
    if fault.name == "ambiguous":
        return _without_scope(lines, fault)
    meant = _meant(rows, fault)
    found = []
    for line in lines:
        hit = line.kind == "unit" and line.unit == meant
        if hit and fault.name == "nan":
            found.append(_put(line, place, "NaN"))
        elif hit and fault.name == "unmatched":
            found.append(replace(line, name=STRANGE_NAMES[line.unit.startswith("xa-")]))
        else:
            found.extend([line, line] if hit and fault.name == "duplicate" else [line])
    return found


def _put(line: Line, place: int, text: str) -> Line:
    cells = list(line.cells)
    cells[place] = text
    return replace(line, cells=tuple(cells))


def _without_scope(lines: list[Line], fault: Fault) -> list[Line]:
    """A named unit moves above all headings; without one every heading is gone."""
    if fault.unit is None:
        return [line for line in lines if line.kind != "heading"]
    moved = [line for line in lines if line.kind == "unit" and line.unit == fault.unit]
    return moved + [line for line in lines if line not in moved]


_REJECTED = (
    "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "
    "Please consult with your administrator.<br><br>Your support ID is: 8051122334455667788<br><br>"
    "<a href='javascript:history.back();'>[Go Back]</a><p>SỐ LIỆU MÔ PHỎNG</p></body></html>"
)
_LOGIN = (
    '<form method="post" action="/dang-nhap"><p><label>Tên đăng nhập <input name="username"></label></p>'
    '<p><label>Mật khẩu <input type="password" name="password"></label></p>'
    "<button>Đăng nhập</button></form>"
)
_STATUS = re.compile(r"http_(\d{3})")


def doctor_answer(answer: Answer, faults: Sequence[Fault], target: str, port: int) -> Answer:
    """The answer as the faults make it; `target` and `port` are where the request came to."""
    for fault in faults:
        answer = _answer(answer, fault, target, port)
    return answer


def _answer(answer: Answer, fault: Fault, target: str, port: int) -> Answer:
    status = _STATUS.fullmatch(fault.name)
    if status:
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        return replace(html_page(f"Lỗi {status[1]}", "", int(status[1])), headers=headers)
    match fault.name:
        case "rejected":
            found = Answer(200, "text/html; charset=utf-8", _REJECTED.encode())
        case "login_page":
            found = html_page("Đăng nhập hệ thống", _LOGIN)
        case "html_for_json":
            found = html_page("Hệ thống đang bảo trì", "<p>Xin quay lại sau.</p>")
        case "redirect_away":
            found = _redirect(target, f"http://localhost:{port}", "chuyen")
        case "redirect_loop":
            found = _redirect(target, "", "vong")
        case _:
            found = replace(answer, body=_spoil(answer.body, fault.name, json=answer.is_json))
    return found


def _redirect(target: str, host: str, mark: str) -> Answer:
    joint = "&" if "?" in target else "?"
    location = target if f"{mark}=1" in target else f"{target}{joint}{mark}=1"
    return replace(html_page("Đã chuyển", "", 302), headers={"Location": host + location})


_TABLE = re.compile(rb"<table.*?</table>", re.DOTALL)
_ROW = re.compile(rb'<tr class="don-vi">.*?</tr>', re.DOTALL)
_CELL = re.compile(rb'<td class="so">[^<]*</td>\s*')


def _spoil(body: bytes, name: str, *, json: bool) -> bytes:
    """The bytes of a page that is wrong in itself."""
    match name:
        case "empty":
            body = b""
        case "not_utf8":
            body = body.replace("Ố".encode(), b"\xd3\xf2").replace("ố".encode(), b"\xf3\xf2")
        case "broken_json" if json:
            body = body[: len(body) * 2 // 3] + b'"}]},'
        case "no_table":
            body = _TABLE.sub("<p>Hệ thống đang tổng hợp số liệu.</p>".encode(), body)
        case "broken_html":
            body = _ROW.sub(_broken_row, body)
        case "renamed_column" if json:
            body = body.replace(b'"numerator"', b'"tuSo"').replace(b"OnlinePaymentSuccess", b"PaidOnline")
            body = body.replace(b"channelOnlineSum", b"channelInternetSum")
        case "renamed_column":
            body = body.replace("Trực tuyến trên Cổng DVCQG".encode(), "Thanh toán qua Cổng".encode())
        case _:
            pass
    return body


def _broken_row(row: re.Match[bytes]) -> bytes:
    """A row that lost a cell, with tags that nobody closed."""
    return _CELL.sub(b"", row[0], count=1).replace(b"</tr>", b"<div><b>").replace(b"</td>", b"")

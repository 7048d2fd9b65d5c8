"""The page "who gets what" (Vietnamese): for the official who must answer for every name on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from alerts.alertmanager import routes
from alerts.alertmanager.calendar import Calendar
from alerts.alertmanager.intervals import WEEKDAYS
from alerts.alertmanager.volume import worst_cases
from alerts.alertmanager.walk import Tree
from alerts.contacts import Contacts, Person, UnitContact, missing
from alerts.mailing import Mailing
from exporter.decision import Decision, Unit
from exporter.vietnamese import age, day

_WEEKDAY = {
    "monday": "thứ Hai",
    "tuesday": "thứ Ba",
    "wednesday": "thứ Tư",
    "thursday": "thứ Năm",
    "friday": "thứ Sáu",
}
_NONE = "–"
_HOWTO = """\
## Tạm dừng thư gửi một đơn vị

Khi số liệu của một đơn vị đang được đối chiếu, người vận hành tạm dừng thư bằng amtool, có thời hạn, lý do và
tên người quyết định; hết hạn thì thư tự gửi lại:

```
amtool --alertmanager.url=http://127.0.0.1:9093 silence add unit=so-cong-thuong \\
  --duration=7d --author="Nguyễn Văn A" --comment="Đang đối chiếu số thanh toán, công văn số 12"
amtool --alertmanager.url=http://127.0.0.1:9093 silence query
amtool --alertmanager.url=http://127.0.0.1:9093 silence expire <mã in ra ở lệnh đầu>
```

Chỉ một chỉ tiêu: thêm `indicator=online_payment`. Thư tuần của các cơ quan theo dõi cũng thôi nhắc đến phần
bị dừng. Phải có nhãn `unit`: dừng theo `audience=unit` là dừng cả tỉnh.

## Ai đã được báo, lúc nào

Mỗi thư là một dòng JSON (`notification`) trong tệp `{record}`: thời điểm, nơi nhận (tên như cột đầu của các
bảng trên, không có địa chỉ), thứ tự địa chỉ, các cảnh báo. Tệp chỉ được ghi thêm, vài phút một lần, từ những
gì Alertmanager ghi; lưu cùng danh bạ của thời gian đó.

```
grep -F '"notification":' {record} | grep -F '"receiverName":"unit-so-cong-thuong"'
```
"""


def page(decision: Decision, contacts: Contacts, mailing: Mailing, calendar: Calendar, config: Tree) -> str:
    """The whole page, in Markdown. It holds addresses: made from real contacts, it is private."""
    parts: Iterable[Iterator[str]] = (
        _head(decision, contacts),
        _when(mailing, calendar),
        _units(decision, contacts),
        _communes(decision, contacts),
        _others(contacts),
        _open(decision, contacts),
        _volumes(decision, mailing, calendar, config),
    )
    lines = [line for part in parts for line in part]
    return "\n".join(lines) + "\n" + _HOWTO.replace("{record}", str(mailing.record))


def _head(decision: Decision, contacts: Contacts) -> Iterator[str]:
    yield "# Ai nhận thư gì"
    yield ""
    yield "<!-- Do `python -m alerts build` tạo từ danh bạ, quyết định và lịch làm việc: không sửa tay. -->"
    yield ""
    yield (
        f"Thư về chỉ tiêu của Quyết định {decision.number} ngày {day(decision.issued)}. "
        "Nơi nhận chỉ lấy từ danh bạ; nhãn của cảnh báo và số liệu không có địa chỉ nào."
    )
    yield ""
    if contacts.rehearsal:
        yield "**ĐANG DIỄN TẬP:** mọi thư chỉ gửi cho người vận hành; tiêu đề ghi người nhận thật."
        yield ""


def _when(mailing: Mailing, calendar: Calendar) -> Iterator[str]:
    yield "## Khi nào"
    yield ""
    if mailing.hours is None:
        yield "- Thủ trưởng đơn vị: bất kỳ lúc nào (chế độ chạy thử)."
    else:
        hours = f"{mailing.hours.first:%H:%M}–{mailing.hours.last:%H:%M}"
        years = ", ".join(str(entry.year) for entry in calendar.years)
        yield (
            f"- Thủ trưởng đơn vị: {hours} ngày làm việc, mỗi ngày nhiều nhất một thư, chỉ khi có điều mới; "
            f"không có gì mới thì nhắc lại sau {age(mailing.repeat)} (thư của tuần sau)."
        )
        yield (
            "- Thư tuần (các cơ quan theo dõi; xã, phường, thị trấn theo nhóm): "
            f"{hours} {_WEEKDAY[mailing.weekday]}; "
            "trúng ngày nghỉ thì ngày làm việc kế tiếp trong tuần."
        )
        yield (
            f"- Ngày nghỉ lễ, Tết và ngày thứ Bảy làm bù theo thông báo từng năm; lịch đã có: {years}. "
            f"Đợt nghỉ dài nhất: {calendar.longest_rest} ngày liền."
        )
    again = age(mailing.operators_repeat)
    yield f"- Người vận hành: bất kỳ lúc nào, nhắc lại sau {again}, báo cả khi đã hết."
    yield (
        "- Thủ trưởng không nhận thư “đã hết cảnh báo”; khi đạt trở lại có thư riêng, với tỷ lệ mới. "
        "Cổng không trả lời thì chỉ người vận hành được báo."
    )
    yield ""


def _units(decision: Decision, contacts: Contacts) -> Iterator[str]:
    yield "## Đơn vị"
    yield ""
    yield from _table_head("Nơi nhận", "Đơn vị", "Thư gửi đến", "Thấp xa quá 14 ngày thì báo thêm")
    for unit in decision.assigned_units:
        contact = contacts.units.get(unit.id)
        if contact is None:
            yield _row(routes.UNCLAIMED, unit.name, "người vận hành (chưa có đầu mối)", _NONE)
        else:
            yield _unit_row(unit, contact, contacts.escalation)
    yield ""


def _communes(decision: Decision, contacts: Contacts) -> Iterator[str]:
    yield "## Xã, phường, thị trấn"
    yield ""
    yield (
        "Mỗi nhóm một thư một tuần: mười xã thấp nhất và số còn lại. "
        "Xã có tên trong danh bạ nhận thư riêng, như đơn vị."
    )
    yield ""
    yield from _table_head("Nơi nhận", "Nhóm hoặc xã", "Thư gửi đến", "Thấp xa quá 14 ngày thì báo thêm")
    for group in routes.groups(decision):
        contact = contacts.units.get(group.id)
        if contact is None:
            yield _row(routes.UNCLAIMED_COMMUNES, group.name, "người vận hành (chưa có đầu mối)", _NONE)
        else:
            yield _row(routes.communes_receiver(group.id), group.name, _people(contact.people), _NONE)
    for unit in routes.claimed(decision, contacts):
        if unit not in decision.assigned_units:
            yield _unit_row(unit, contacts.units[unit.id], ())
    yield ""


def _others(contacts: Contacts) -> Iterator[str]:
    yield "## Người vận hành và cơ quan theo dõi"
    yield ""
    yield from _table_head("Nơi nhận", "Là ai", "Thư gửi đến")
    yield _row(routes.OPERATORS, "Người vận hành", _people(contacts.operators))
    for monitor in contacts.monitors:
        yield _row(routes.MONITORS, monitor.body, _people([monitor]))
    if contacts.escalation:
        yield _row(routes.ESCALATION, "Cấp trên", _people(contacts.escalation))
    switch = (
        "đã cài địa chỉ" if contacts.watchdog else "**chưa cài**: hệ thống ngừng hẳn thì không ai được báo"
    )
    yield _row(routes.WATCHDOG, "Công tắc an toàn", switch)
    yield ""


def _open(decision: Decision, contacts: Contacts) -> Iterator[str]:
    """What somebody should do something about."""
    gone = missing(contacts, decision)
    shared = contacts.shared()
    if not (gone.units or gone.monitors or shared):
        return
    yield "## Cần xem lại"
    yield ""
    if gone.units:
        names = "; ".join(unit.name for unit in gone.units)
        yield f"- {len(gone.units)} đơn vị chưa có đầu mối, thư gửi cho người vận hành: {names}."
    for body in gone.monitors:
        yield f"- Cơ quan theo dõi chưa có địa chỉ, thư tuần chưa đến: {body}."
    for address, units in shared.items():
        names = "; ".join(decision.units[unit].name for unit in units)
        yield f"- Một địa chỉ đứng ở nhiều đơn vị, xin kiểm tra có đúng không: {address} ({names})."
    yield ""


def _volumes(decision: Decision, mailing: Mailing, calendar: Calendar, config: Tree) -> Iterator[str]:
    yield "## Số thư một ngày trong trường hợp xấu nhất"
    yield ""
    yield (
        "Mọi chỉ tiêu của mọi đơn vị và mọi xã đều chưa đạt, thấp xa kéo dài, tất cả mới xảy ra sáng hôm đó; "
        "một thư là một địa chỉ."
    )
    yield ""
    yield from _table_head(
        "Ngày", "Đơn vị", "Xã có tên", "Nhóm xã", "Cấp trên", "Theo dõi", "Vận hành (thay)", "Cộng"
    )
    examples = list(_example_days(mailing, calendar))
    volumes = worst_cases(config, decision, mailing, [when for _, when in examples])
    for (name, _), v in zip(examples, volumes, strict=True):
        counts = (v.heads, v.communes, v.commune_groups, v.escalations, v.monitors, v.operators, v.total)
        yield _row(name, *(str(count) for count in counts))
    yield ""


def _example_days(mailing: Mailing, calendar: Calendar) -> Iterator[tuple[str, date]]:
    """An ordinary working day, a day of weekly mails and a day off, of the last year that is known."""
    year = max(entry.year for entry in calendar.years)
    days = [date(year, 6, 1) + timedelta(days=n) for n in range(14)]
    weekly = WEEKDAYS.index(mailing.weekday)
    if mailing.hours is None:
        yield "Bất kỳ", days[0]
        return
    yield "Ngày làm việc", next(d for d in days if calendar.works_on(d) and d.weekday() not in {weekly, 5, 6})
    yield "Ngày có thư tuần", next(d for d in days if calendar.works_on(d) and d.weekday() == weekly)
    yield "Ngày nghỉ", next(d for d in days if not calendar.works_on(d))


def _unit_row(unit: Unit, contact: UnitContact, default: Sequence[Person]) -> str:
    above = default if contact.escalation is None else contact.escalation
    return _row(routes.unit_receiver(unit.id), unit.name, _people(contact.people), _people(above))


def _people(people: Iterable[Person]) -> str:
    said = [f"{person.shown} ({', '.join(sorted(person.addresses))})" for person in people]
    return "; ".join(said) or _NONE


def _table_head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield "|" + "---|" * len(cells)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"

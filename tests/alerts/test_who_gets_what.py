from __future__ import annotations

from datetime import date
from functools import cache

from alerts.alertmanager.page import page
from alerts.alertmanager.volume import Volume, worst_cases
from alerts.mailing import Mailing
from exporter.decision import Kind
from tests.alerts.routing import ALWAYS, CALENDAR, DECISION, DEMO, EXAMPLE, Made, made


@cache
def example() -> str:
    return page_of(made())


def page_of(of: Made) -> str:
    return page(DECISION, of.contacts, of.mailing, CALENDAR, of.config)


ORDINARY, WEEKLY = date(2024, 9, 17), date(2024, 9, 16)
SATURDAY, HOLIDAY, SWAPPED = date(2024, 9, 14), date(2024, 9, 2), date(2024, 5, 4)
NONE = Volume(0, 0, 0, 0, 0, 0)


def volumes(of: Made, *days: date) -> list[Volume]:
    return worst_cases(of.config, DECISION, of.mailing, days)


def test_the_worst_days_with_everything_below_and_one_address_each() -> None:
    found = volumes(made(DEMO), ORDINARY, WEEKLY, SATURDAY, HOLIDAY, SWAPPED)

    ordinary = Volume(32, 0, 0, 1, 0, 0)
    assert found == [ordinary, Volume(32, 0, 8, 1, 3, 0), NONE, NONE, ordinary]
    assert [volume.total for volume in found] == [33, 44, 0, 0, 33]


def test_deputies_named_communes_and_missing_contacts_count_by_address() -> None:
    assert volumes(made(EXAMPLE), WEEKLY, ORDINARY) == [Volume(11, 1, 2, 1, 3, 14), Volume(11, 1, 0, 1, 0, 2)]


def test_a_rehearsal_brings_as_many_mails_to_each_operator() -> None:
    of = made(DEMO.model_copy(update={"rehearsal": True}))

    assert volumes(of, ORDINARY) == [Volume(32, 0, 0, 1, 0, 0)]


def test_the_page_lists_every_unit_with_whoever_gets_its_mails() -> None:
    text = example()

    for unit in DECISION.assigned_units:
        receiver = f"unit-{unit.id}" if unit.id in EXAMPLE.units else "operators-for-units"
        assert f"| {receiver} | {unit.name} |" in text
        if unit.kind is Kind.COMMUNE_GROUP:
            receiver = f"communes-{unit.id}" if unit.id in EXAMPLE.units else "operators-for-communes"
            assert f"| {receiver} | {unit.name} |" in text
    assert "| unit-xa-12688 | Thị trấn Đông Hưng | Chủ tịch Ủy ban nhân dân thị trấn" in text
    assert "Trần Thị Ví Dụ, Giám đốc Sở Công Thương (giam-doc.sct@example.vn)" in text


def test_the_page_says_what_is_open() -> None:
    text = example()

    assert "24 đơn vị chưa có đầu mối" in text
    assert "Một địa chỉ đứng ở nhiều đơn vị, xin kiểm tra có đúng không: chu-tich.donghung@example.vn" in text
    assert "**chưa cài**" in text
    assert "silence add unit=so-cong-thuong" in text


def test_a_page_with_nothing_open_says_nothing_of_it() -> None:
    text = page_of(made(DEMO.model_copy(update={"watchdog": "https://ping.example.vn/bi-mat"})))

    assert "Cần xem lại" not in text
    assert "đã cài địa chỉ" in text
    assert "bi-mat" not in text


def test_a_missing_monitor_and_a_rehearsal_are_said() -> None:
    contacts = DEMO.model_copy(update={"rehearsal": True, "monitors": DEMO.monitors[:2], "escalation": ()})
    text = page_of(made(contacts))

    assert "**ĐANG DIỄN TẬP:**" in text
    assert "Cơ quan theo dõi chưa có địa chỉ, thư tuần chưa đến: Văn phòng Ủy ban nhân dân tỉnh." in text


def test_hours_are_said_as_they_are() -> None:
    assert "13:30–14:30 ngày làm việc" in page_of(
        made(mailing=Mailing.model_validate({"hours": "13:30-14:30"}))
    )
    always = page_of(made(mailing=ALWAYS))
    assert "bất kỳ lúc nào (chế độ chạy thử)" in always
    assert "| Bất kỳ |" in always

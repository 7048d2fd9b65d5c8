"""From a snapshot to the table: every state of a cell, tallies, footnotes, times."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest

from exporter.clock import PROVINCE_TIME
from exporter.decision import Alias, Kind, Milestone
from exporter.periods import Period
from exporter.report import wording
from exporter.report.build import build
from exporter.report.model import Cell, ReportTable, Row, Stamp, Tally
from exporter.settings import Responsibility
from exporter.snapshot.standing import State
from tests.report import builder as b


def cell(table: ReportTable, unit: str, indicator: str) -> Cell:
    row = row_of(table, unit)
    return next(c for c in row.cells if c.indicator.id == indicator)


def row_of(table: ReportTable, unit: str) -> Row:
    return next(r for r in (*table.rows, table.province, *table.communes) if r.unit.id == unit)


def text_of(table: ReportTable, made: Cell) -> list[str]:
    return [n.text for n in table.notes if n.number in made.notes]


@pytest.mark.parametrize(
    ("numerator", "denominator", "state"),
    [
        (50, 100, State.MET),
        (51, 100, State.MET),
        (4_999_999, 10_000_000, State.MISSED),
        (0, 100, State.MISSED),
        (0, 0, State.EMPTY),
    ],
)
def test_a_figure_is_held_against_its_target_exactly(numerator: int, denominator: int, state: State) -> None:
    figures = [b.measurement("so-1", "online_dossier", numerator, denominator)]
    found = cell(build(b.snapshot(b.decision([b.department(1, "Sở A")]), figures)), "so-1", "online_dossier")
    assert found.state is state
    assert found.target == Fraction(1, 2)
    assert found.figure == figures[0]
    assert found.ratio == (Fraction(numerator, denominator) if denominator else None)


def test_a_cell_without_a_figure_says_why_and_has_none() -> None:
    made = b.decision([b.department(1, "Sở A", exempt={"online_payment": b.NO_FEES})])
    detail = "Giảm từ 90 xuống 10 hồ sơ."
    table = build(
        b.snapshot(
            made,
            [
                b.measurement("so-1", "online_payment", 3, 4),
                b.measurement("so-1", "electronic_certified_copy", 1, 1),
            ],
            withheld=(b.withheld("so-1", "online_dossier", detail),),
        )
    )
    states = {c.indicator.id: (c.state, c.figure, c.target) for c in table.rows[0].cells}
    assert states["online_dossier"] == (State.WITHHELD, None, Fraction(1, 2))
    assert states["online_payment"] == (State.EXEMPT, None, None)
    assert states["digitised_result"] == (State.ABSENT, None, Fraction(1))
    state, figure, target = states["electronic_certified_copy"]
    assert (state, figure is not None, target) == (State.MEASURED, True, None)
    assert text_of(table, cell(table, "so-1", "online_payment")) == [
        f"Sở A, Thanh toán trực tuyến: {b.NO_FEES}"
    ]
    assert text_of(table, cell(table, "so-1", "online_dossier")) == [
        f"Sở A, Hồ sơ trực tuyến: số liệu tạm giữ để kiểm tra từ 06:05 16/09/2024. {detail}"
    ]
    assert cell(table, "so-1", "digitised_result").notes == ()


def test_a_doubt_about_a_published_figure_is_a_footnote() -> None:
    table = build(
        b.snapshot(
            b.decision([b.department(1, "Sở A")]),
            [b.measurement("so-1", "online_dossier", 60, 100)],
            withheld=(b.withheld("so-1", "online_dossier", "Hai dòng."),),
        )
    )
    found = cell(table, "so-1", "online_dossier")
    assert found.state is State.MET
    assert len(found.notes) == 1


def test_what_is_withheld_of_a_month_says_nothing_of_the_year() -> None:
    month = Period.month_of(date(2024, 9, 16))
    table = build(
        b.snapshot(
            b.decision([b.department(1, "Sở A")]),
            withheld=(b.withheld("so-1", "online_dossier", "Tháng.", period=month),),
        )
    )
    assert cell(table, "so-1", "online_dossier").state is State.ABSENT
    assert table.notes == ()


def test_last_years_figure_is_not_held_against_this_years_target() -> None:
    old = b.measurement("so-1", "online_dossier", 60, 100, period=Period.year_of(date(2023, 5, 1)))
    table = build(b.snapshot(b.decision([b.department(1, "Sở A")]), [old]))
    assert cell(table, "so-1", "online_dossier").state is State.ABSENT


def test_the_province_has_a_rate_and_a_tally_but_no_target() -> None:
    made = b.decision([b.department(1, "Sở A"), b.department(2, "Sở B"), b.department(3, "Sở C")])
    table = build(
        b.snapshot(
            made,
            [
                b.measurement("so-1", "online_dossier", 60, 100),
                b.measurement("so-2", "online_dossier", 10, 100),
                b.measurement("tinh", "online_dossier", 70, 200, parts=("so-1", "so-2"), parts_expected=3),
                b.measurement("tinh", "online_payment", 0, 0),
            ],
        )
    )
    found = cell(table, "tinh", "online_dossier")
    assert (found.state, found.target, found.ratio) == (State.MEASURED, None, Fraction(7, 20))
    assert found.tally == Tally(met=1, missed=1, absent=1)
    assert wording.tally(table.province, found) == ("1/3 đơn vị đạt", "1 chưa có số liệu")
    assert wording.parts(table.province, found) == "cộng từ 2/3 đơn vị"
    assert cell(table, "tinh", "online_payment").state is State.EMPTY
    assert cell(table, "tinh", "digitised_result").state is State.ABSENT
    assert cell(table, "tinh", "electronic_certified_copy").tally is None


def test_a_group_says_how_many_of_its_communes_in_force_meet_the_target() -> None:
    district, whole, *members = b.group(17, "huyện Đông Hưng", 6)
    members[5] = replace(members[5], until=date(2024, 8, 31), merged_into=members[0].id)
    made = b.decision([district, whole, *members])
    table = build(
        b.snapshot(
            made,
            [
                b.measurement("xa-17001", "online_dossier", 50, 100),
                b.measurement("xa-17002", "online_dossier", 49, 100),
                b.measurement("xa-17003", "online_dossier", 0, 0),
                b.measurement("xa-17006", "online_dossier", 90, 100),
            ],
            withheld=(b.withheld("xa-17004", "online_dossier", "Giảm."),),
        )
    )
    group = row_of(table, whole.id)
    found = cell(table, whole.id, "online_dossier")
    assert found.state is State.ABSENT
    assert found.tally == Tally(met=1, missed=1, empty=1, absent=2)
    assert wording.tally(group, found) == ("1/5 xã đạt", "1 không phát sinh", "2 chưa có số liệu")
    assert cell(table, district.id, "online_dossier").tally is None
    assert [r.unit.id for r in table.communes] == [f"xa-1700{i}" for i in range(1, 6)]
    assert table.communes[0].parent_name == "6/6 xã, thị trấn huyện Đông Hưng"
    assert cell(table, "xa-17004", "online_dossier").state is State.WITHHELD
    assert group.parent_name == "Ủy ban nhân dân huyện Đông Hưng"


def test_a_complete_sum_does_not_speak_of_its_parts() -> None:
    table = build(
        b.snapshot(
            b.decision([b.department(1, "Sở A")]),
            [b.measurement("tinh", "online_dossier", 1, 2, parts=("so-1",), parts_expected=1)],
        )
    )
    assert wording.parts(table.province, cell(table, "tinh", "online_dossier")) == ""
    assert wording.parts(table.rows[0], cell(table, "so-1", "online_dossier")) == ""


def test_rows_stand_in_the_annexs_order_under_the_names_of_the_day() -> None:
    renamed = b.department(7, "Sở Mới", aliases=(Alias("Sở Cũ", until=date(2024, 10, 31)),))
    gone = b.department(8, "Sở Đã giải thể", until=date(2024, 3, 1))
    unnumbered = replace(b.department(9, "Sở Không số"), number=None)
    table = build(b.snapshot(b.decision([renamed, gone, unnumbered])))
    assert [(r.number, r.name) for r in table.rows] == [(7, "Sở Cũ"), (2, "Sở Không số")]
    later = datetime(2024, 11, 1, 8, tzinfo=PROVINCE_TIME)
    assert build(b.snapshot(b.decision([renamed]), at=later)).rows[0].name == "Sở Mới"


def test_communes_directly_under_the_province_are_lines_of_the_table() -> None:
    commune = b.department(1, "Xã Đông Hưng", id="xa-12688", kind=Kind.COMMUNE)
    table = build(b.snapshot(b.decision([commune])))
    assert [r.unit.id for r in table.rows] == ["xa-12688"]
    assert table.communes == ()


def test_a_milestone_in_force_is_shown() -> None:
    steps = {"online_dossier": (Milestone(date(2024, 6, 30), Fraction(4, 10)),)}
    table = build(b.snapshot(b.decision([b.department(1, "Sở A", milestones=steps)])))
    assert cell(table, "so-1", "online_dossier").milestone == Fraction(4, 10)
    assert cell(table, "so-1", "online_payment").milestone is None


def test_nobodys_indicator_says_so_with_the_reason() -> None:
    nobody = Responsibility(
        source="none", kinds=tuple(Kind), indicators=("online_payment",), reason="Cổng không đăng."
    )
    silent = Responsibility(source="none", kinds=tuple(Kind), indicators=("online_dossier",))
    table = build(b.snapshot(b.decision([b.department(1, "Sở A")]), settings=b.settings(nobody, silent)))
    payment, dossier = cell(table, "so-1", "online_payment"), cell(table, "so-1", "online_dossier")
    assert payment.source is None
    assert text_of(table, payment) == ["Thanh toán trực tuyến: không có nguồn số liệu. Cổng không đăng."]
    assert text_of(table, dossier) == ["Hồ sơ trực tuyến: không có nguồn số liệu"]
    assert text_of(table, cell(table, "so-1", "digitised_result")) == [
        "Số hóa kết quả: không có nguồn số liệu"
    ]


def test_a_source_that_was_lost_or_never_read_is_the_reason_once_for_all_its_cells() -> None:
    made = b.decision([b.department(1, "Sở A")])
    lost = build(b.snapshot(made, sources=(b.source(expired=True),)))
    assert [n.text for n in lost.notes] == [
        "Cổng dịch vụ công tỉnh: đọc lần cuối lúc 06:05 16/09/2024, quá 1 ngày 2 giờ nên đã rút số liệu"
    ]
    never = build(b.snapshot(made, sources=(b.source(last_success=None, up=None, as_of=None),)))
    assert [n.text for n in never.notes] == ["Cổng dịch vụ công tỉnh: chưa đọc được lần nào"]
    assert wording.condition(never.sources[0]) == "chưa đọc lần nào"
    assert wording.condition(lost.sources[0]) == "quá cũ, số liệu đã rút khỏi bảng"
    unknown = build(b.snapshot(made, sources=()))
    assert unknown.notes == ()


def test_a_differing_formula_of_the_source_that_answers_is_marked_at_the_column() -> None:
    differs = {"online_payment": "Đếm hồ sơ, không đếm giao dịch."}
    other = b.source(id="khac", name="Cổng khác", differs=differs)
    sources = (b.source(differs=differs), other)
    table = build(b.snapshot(b.decision([b.department(1, "Sở A")]), sources=sources))
    marked = {c.indicator.id: c.notes for c in table.columns}
    assert marked.pop("online_payment") == (1,)
    assert set(marked.values()) == {()}
    assert table.notes[0].text == (
        "Cổng dịch vụ công tỉnh, Thanh toán trực tuyến: Đếm hồ sơ, không đếm giao dịch."
    )
    assert [s.differs for s in table.sources] == [
        (),
        (("Thanh toán trực tuyến", "Đếm hồ sơ, không đếm giao dịch."),),
    ]


def test_three_ages_of_a_source() -> None:
    table = build(b.snapshot(b.decision([])))
    line = table.sources[0]
    assert line.last_success == Stamp(b.READ, timedelta(hours=2, minutes=25))
    assert wording.stamp(line.last_success, "") == "06:05 16/09/2024 (cách 2 giờ 25 phút)"
    assert wording.stamp(line.as_of, "") == "15/09/2024 (cách 1 ngày)"
    assert wording.stamp(line.last_change, "") == "04:05 15/09/2024 (cách 1 ngày 4 giờ)"
    assert wording.stamp(None, "cổng không ghi") == "cổng không ghi"
    today = datetime(2024, 9, 16, tzinfo=PROVINCE_TIME)
    assert wording.stamp(Stamp(today, b.AT - today), "") == "16/09/2024"
    silent = build(b.snapshot(b.decision([]), sources=(b.source(as_of=None, last_change=None, up=False),)))
    assert (silent.sources[0].as_of, silent.sources[0].last_change) == (None, None)
    assert wording.condition(silent.sources[0]) == "lần đọc gần nhất không được"


NOON = datetime(2024, 9, 14, 12, tzinfo=PROVINCE_TIME)


@pytest.mark.parametrize(
    ("as_of", "read", "expected"),
    [
        ((b.AS_OF, b.AS_OF), (b.READ, b.READ), "số liệu đến 15/09/2024"),
        ((NOON, NOON), (b.READ, b.READ), "số liệu đến 12:00 14/09/2024"),
        ((b.AS_OF, NOON), (b.READ, b.READ), "số liệu đến 12:00 14/09/2024 – 15/09/2024 (tùy nguồn)"),
        ((b.AS_OF, None), (b.READ, b.READ), "đọc lúc 06:05 16/09/2024"),
        ((None, None), (NOON, b.READ), "đọc lúc 12:00 14/09/2024 – 06:05 16/09/2024"),
    ],
)
def test_as_of_is_said_only_where_every_portal_says_it(
    as_of: tuple[datetime | None, datetime | None], read: tuple[datetime, datetime], expected: str
) -> None:
    figures = [
        b.measurement("so-1", indicator, 1, 2, as_of=of, fetched_at=at)
        for indicator, of, at in zip(("online_dossier", "online_payment"), as_of, read, strict=True)
    ]
    table = build(b.snapshot(b.decision([b.department(1, "Sở A")]), figures))
    assert wording.timing(table) == f"Lũy kế từ 01/01/2024, {expected}"


def test_without_any_figure_no_time_is_claimed() -> None:
    table = build(b.snapshot(b.decision([b.department(1, "Sở A")])))
    assert wording.timing(table) == "Lũy kế từ 01/01/2024, chưa có số liệu"
    assert wording.summary(table) == "0/6 chỉ tiêu đạt, 0 chưa đạt, 6 chưa có số liệu"


def test_whose_targets_hold_is_said_when_it_is_not_plain() -> None:
    assert wording.validity(build(b.snapshot(b.decision([])))) == ""
    ended = build(b.snapshot(b.decision([], in_force_until=date(2024, 8, 31))))
    assert wording.validity(ended) == "Ngày 16/09/2024 Quyết định số 805/QĐ-UBND không có hiệu lực"
    later = datetime(2025, 2, 3, 8, tzinfo=PROVINCE_TIME)
    after = build(b.snapshot(b.decision([]), at=later, period=Period.year_of(later.date())))
    assert wording.validity(after) == (
        "Chỉ tiêu giao cho kỳ 01/01/2024 – 31/12/2024, tiếp tục áp dụng cho năm 2025"
        " đến khi có quyết định thay thế"
    )
    assert wording.title(after) == "Kết quả thực hiện chỉ tiêu dịch vụ công trực tuyến năm 2025"


def test_the_whole_annex() -> None:
    table = build(b.full())
    assert [r.number for r in table.rows] == list(range(1, 33))
    assert len(table.communes) == 260
    assert sum(c.target is not None for r in table.rows for c in r.cells) == 191
    states = {c.state for r in (*table.rows, table.province) for c in r.cells}
    assert states == set(State)
    assert table.simulated
    assert (
        wording.summary(table)
        == "130/191 chỉ tiêu đạt, 58 chưa đạt, 1 không phát sinh, 1 tạm giữ, 1 chưa có số liệu"
    )
    assert wording.basis(table) == (
        "theo Quyết định số 805/QĐ-UBND ngày 24 tháng 5 năm 2024 của Chủ tịch Ủy ban nhân dân tỉnh Thái Bình"
    )

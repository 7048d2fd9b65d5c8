"""The page: what stands in it, that nothing in it can break out, and that it is as it was looked at."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from exporter.decision import Kind, Milestone
from exporter.report import wording
from exporter.report.build import build
from exporter.report.html import render
from exporter.snapshot.model import Snapshot
from exporter.snapshot.standing import State
from tests.report import builder as b

GOLDEN = Path(__file__).parent / "golden" / "report.html"


def small() -> Snapshot:
    """One unit of each kind, and a cell of each state."""
    district, group, *members = b.group(17, "huyện Đông Hưng", 3)
    steps = {"online_dossier": (Milestone(b.YEAR.start, Fraction(4, 10)),)}
    made = b.decision(
        [
            b.department(1, "Sở Công Thương", milestones=steps),
            b.department(10, "Sở Tài chính", exempt={"online_payment": b.NO_FEES}),
            district,
            group,
            *members,
        ]
    )
    return b.snapshot(
        made,
        [
            b.measurement("so-1", "full_online_provision", 64, 80),
            b.measurement("so-1", "online_dossier", 4997, 10_000),
            b.measurement("so-1", "online_payment", 0, 0),
            b.measurement(group.id, "online_dossier", 90, 200, parts=("1", "2"), parts_expected=3),
            b.measurement("xa-17001", "online_dossier", 50, 100),
            b.measurement("xa-17002", "online_dossier", 40, 100),
            b.measurement("tinh", "online_dossier", 5087, 10_200),
        ],
        withheld=(b.withheld("so-1", "digitised_result", "Giảm từ 90 xuống 10."),),
        sources=(
            b.source(simulated=True, differs={"online_payment": "Cổng đếm hồ sơ, Quyết định đếm giao dịch."}),
        ),
    )


def page(snapshot: Snapshot) -> LexborHTMLParser:
    return LexborHTMLParser(render(build(snapshot)))


def cells(snapshot: Snapshot) -> list[list[str]]:
    return [
        [_words(node) for node in row.css("th, td")] for row in page(snapshot).css("table.board > tbody > tr")
    ]


def _words(node: LexborNode | None) -> str:
    assert node is not None
    return " ".join(node.text(separator=" ").split())


def normalised(text: str) -> str:
    """Without the looks, which may change, and without the white space at the ends of lines."""
    head, _, rest = text.partition("<style>")
    lines = (head + rest.partition("</style>")[2]).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def test_every_state_of_a_cell_is_written_out() -> None:
    assert cells(small()) == [
        [
            "1",
            "Sở Công Thương",
            "80,0% / 80% 64/80",
            "49,9% / 50% 4.997/10.000 lộ trình 40%",
            "không phát sinh / 45% 0/0",
            "tạm giữ / 100% 2",
            "chưa có / 100%",
            "chưa có / 85%",
            "–",
        ],
        [
            "10",
            "Sở Tài chính",
            "chưa có / 80%",
            "chưa có / 50%",
            "được miễn 3",
            "chưa có / 100%",
            "chưa có / 100%",
            "chưa có / 85%",
            "–",
        ],
        [
            "17",
            "Ủy ban nhân dân huyện Đông Hưng",
            "–",
            "chưa có / 50%",
            "chưa có / 45%",
            "chưa có / 100%",
            "chưa có / 100%",
            "chưa có / 85%",
            "chưa có / 100%",
        ],
        [
            "18",
            "3/3 xã, thị trấn huyện Đông Hưng",
            "–",
            "45,0% / 50% 90/200 1/3 xã đạt 1 chưa có số liệu cộng từ 2/3 xã",
            "chưa có / 45% 0/3 xã đạt 3 chưa có số liệu",
            "chưa có / 100% 0/3 xã đạt 3 chưa có số liệu",
            "chưa có / 100% 0/3 xã đạt 3 chưa có số liệu",
            "chưa có / 85% 0/3 xã đạt 3 chưa có số liệu",
            "chưa có / 100% 0/3 xã đạt 3 chưa có số liệu",
        ],
        [
            "Tỉnh Thái Bình",
            "chưa có 1/2 đơn vị đạt 1 chưa có số liệu",
            "49,9% 5.087/10.200 0/4 đơn vị đạt 2 chưa có số liệu",
            "chưa có 0/3 đơn vị đạt 1 không phát sinh 2 chưa có số liệu",
            "chưa có 0/4 đơn vị đạt 4 chưa có số liệu",
            "chưa có 0/4 đơn vị đạt 4 chưa có số liệu",
            "chưa có 0/4 đơn vị đạt 4 chưa có số liệu",
            "chưa có 0/2 đơn vị đạt 2 chưa có số liệu",
        ],
    ]


def test_signs_are_not_by_colour_alone() -> None:
    signs = {n.attributes["aria-label"] for n in page(small()).css("table.board svg.sign")}
    assert signs == {"đạt", "chưa đạt"}
    legend = " ".join(_words(n) for n in page(small()).css(".legend li"))
    for meaning in wording.LEGEND.values():
        assert meaning in legend


def test_the_head_names_the_decision_and_the_times() -> None:
    tree = page(small())
    text = _words(tree.css_first("body"))
    for expected in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Thái Bình, ngày 16 tháng 9 năm 2024",
        "theo Quyết định số 805/QĐ-UBND ngày 24 tháng 5 năm 2024 của Chủ tịch Ủy ban nhân dân tỉnh Thái Bình",
        "Lũy kế từ 01/01/2024, số liệu đến 15/09/2024; bảng lập theo thời điểm 08:30 16/09/2024",
        "06:05 16/09/2024 (cách 2 giờ 25 phút)",
        wording.SIMULATED_LONG,
        "Cổng dịch vụ công tỉnh, Thanh toán trực tuyến: Cổng đếm hồ sơ, Quyết định đếm giao dịch.",
    ):
        assert expected in text


def test_real_figures_bear_no_mark_of_a_simulation() -> None:
    assert "MÔ PHỎNG" not in render(build(replace(small(), sources=(b.source(),))))


def test_a_warning_stands_where_the_decision_does_not_hold() -> None:
    ended = b.snapshot(b.decision([], in_force_until=b.YEAR.start))
    assert "không có hiệu lực" in _words(page(ended).css_first(".warning"))
    assert page(small()).css_first(".warning") is None


def test_the_page_needs_nothing_beside_itself() -> None:
    tree = page(small())
    assert tree.css("link, script, img, iframe") == []
    style = _words(tree.css_first("style"))
    assert "size: A4 landscape" in style
    assert "table-header-group" in style
    assert "url(" not in style


def test_what_a_portal_says_stays_text() -> None:
    evil = '<script>alert("x")</script>'
    made = b.decision([b.department(1, evil, exempt={"online_payment": evil})], number=evil)
    text = render(
        build(
            b.snapshot(
                made,
                withheld=(b.withheld("so-1", "online_dossier", evil),),
                sources=(b.source(name=evil, differs={"online_dossier": evil}),),
            )
        )
    )
    assert "<script" not in text
    assert text.count("&lt;script&gt;") > 5


def test_thirty_two_units_and_the_province() -> None:
    rows = page(b.full()).css("table.board > tbody > tr")
    assert len(rows) == 33
    kinds = [row.attributes["class"] for row in rows]
    assert kinds.count("group") == 8
    assert kinds[-1] == "province"
    classes = {n.attributes["class"] for n in page(b.full()).css("table.board > tbody td:not(.no)")}
    assert classes == {state.value for state in State}


def test_a_province_of_communes_without_districts() -> None:
    commune = b.department(1, "Xã Đông Hưng", id="xa-12688", kind=Kind.COMMUNE)
    assert cells(b.snapshot(b.decision([commune])))[0][:2] == ["1", "Xã Đông Hưng"]


def test_a_source_that_counts_two_indicators_alike_says_so_once() -> None:
    differs = {
        "digitised_result": "Mẫu số khác.",
        "electronic_result": "Mẫu số khác.",
        "online_payment": "Hồ sơ.",
    }
    other = b.source(id="cong-quoc-gia", name="Cổng quốc gia", differs=differs)
    said = [_words(n) for n in page(replace(small(), sources=(b.source(), other))).css(".notes p")]
    assert said == [
        "Cổng quốc gia, Số hóa kết quả, Kết quả điện tử: Mẫu số khác.",
        "Cổng quốc gia, Thanh toán trực tuyến: Hồ sơ.",
    ]


def test_what_is_empty_takes_two_lines_like_the_others() -> None:
    (empty,) = page(small()).css("td.empty")
    assert [n.text() for n in empty.css(".word, .more")] == ["không phát sinh", "/ 45% 0/0"]


def test_golden_page() -> None:
    """UPDATE_GOLDEN=1 writes it anew; look at the difference before keeping it."""
    text = normalised(render(build(small()))) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")

from __future__ import annotations

from collections.abc import Mapping
from html import unescape

import pytest
from selectolax.lexbor import LexborHTMLParser

from alerts.mail.rendering import FAMILIES
from tests.alerts.mail.mail_driver import GOLDEN, one, settled
from tools.postbox import Letter


@pytest.mark.parametrize("kind", FAMILIES)
def test_each_kind_of_mail_is_as_it_was(letters: Mapping[str, Letter], kind: str) -> None:
    letter = letters[kind]

    assert settled(letter.html) == (GOLDEN / f"{kind}.html").read_text("utf-8")
    assert settled(f"{letter.subject}\n\n{letter.text}") == (GOLDEN / f"{kind}.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("unit", "[Chỉ tiêu DVC] Sở Công Thương: 3 chỉ tiêu chưa đạt"),
        ("recovered", "[Chỉ tiêu DVC] Sở Công Thương: 1 chỉ tiêu đã đạt trở lại"),
        ("unmeasured", "[Chỉ tiêu DVC] Sở Công Thương: 2 chỉ tiêu chưa có số liệu"),
        ("communes", "[Chỉ tiêu DVC] Xã, thị trấn Đông Hưng: 7 đơn vị cấp xã có chỉ tiêu chưa đạt"),
        ("operators", "[Chỉ tiêu DVC, vận hành] Không đọc được nguồn cong-quoc-gia"),
        ("operators-over", "[Chỉ tiêu DVC, vận hành] Đã hết: Không đọc được nguồn cong-quoc-gia"),
        ("monitors", "[Chỉ tiêu DVC] Báo cáo tuần: 11 đơn vị có chỉ tiêu chưa đạt"),
    ],
)
def test_a_subject_decodes_to_exactly_this(letters: Mapping[str, Letter], kind: str, subject: str) -> None:
    assert letters[kind].subject == subject


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_mail_has_both_parts_says_that_it_is_simulated_and_fetches_nothing(
    letters: Mapping[str, Letter], kind: str
) -> None:
    letter = letters[kind]
    tree = LexborHTMLParser(letter.html)

    assert [part.get_content_type() for part in letter.message.iter_parts()] == ["text/plain", "text/html"]
    assert "số liệu mô phỏng" in letter.html
    assert "số liệu mô phỏng" in letter.text
    assert "gửi thật" in letter.html
    assert not tree.css("img, script, link, iframe, form, [background]")
    assert "url(" not in letter.html
    assert not [
        name for name in ("no value", "%!", "map[", "ZgotmplZ", "<no") if name in letter.html + letter.text
    ]


def test_five_alerts_on_one_indicator_are_one_row_with_all_that_they_say(
    letters: Mapping[str, Letter],
) -> None:
    tree = LexborHTMLParser(letters["unit"].html)
    rows = tree.css("tr.card")

    assert len(rows) == 3
    assert "Thanh toán trực tuyến" in rows[1].text()
    assert "mốc hiện nay là 40%" in rows[1].text()
    assert "Đang giảm nhanh" in rows[1].text()
    assert "không đạt được" in rows[1].text()


def test_a_row_has_all_its_figures_and_the_worst_stands_first(letters: Mapping[str, Letter]) -> None:
    rows = LexborHTMLParser(letters["unit"].html).css("tr.card")

    assert [one(row, "td.gap").text() for row in rows] == ["−8,8 điểm", "−6,6 điểm", "−5,3 điểm"]
    assert [one(row, "td.rate").text() for row in rows] == ["91,2%", "38,4%", "94,7%"]
    assert [row.css("td.line")[0].text() for row in rows] == [
        "Cần thêm181 kết quả",
        "Cần thêm155 giao dịch",
        "Cần thêm109 kết quả",
    ]
    assert [row.css("td.line")[1].text() for row in rows] == [
        f"Chưa đạt từ ngày{day}" for day in ("20/08/2024", "03/09/2024", "22/08/2024")
    ]
    assert all("đến 06:00 16/09/2024" in row.text() for row in rows)


def test_a_mail_says_the_basis_the_difference_the_link_and_how_to_answer(
    letters: Mapping[str, Letter],
) -> None:
    for body in (letters["unit"].html, letters["unit"].text):
        assert "Điều 1 và Phụ lục (số thứ tự 2) Quyết định số 805/QĐ-UBND ngày 24/05/2024" in body
        assert "quyết định đếm giao dịch trên Cổng Dịch vụ công quốc gia" in body
        assert "https://chitieu.example.vn/d/dvc-unit?orgId=1&var-unit=so-cong-thuong" in unescape(body)
        assert "trả lời thư này, kèm mã hồ sơ, để Sở Thông tin và Truyền thông đối chiếu" in body


def test_a_missing_figure_is_not_called_met_nor_missed(letters: Mapping[str, Letter]) -> None:
    text = letters["unmeasured"].text

    assert "Chưa có căn cứ để đánh giá" in text
    assert "chưa đạt" not in text.replace("nếu chỉ tiêu vẫn chưa đạt", "")
    assert "đạt trở lại" not in text

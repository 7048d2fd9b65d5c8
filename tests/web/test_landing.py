"""The landing page: what an operator reads there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from exporter.decision import PROVINCE
from exporter.errors import Reason
from exporter.quality.checks import Doubt
from exporter.snapshot.model import Comparison, ReloadState, Snapshot, Unmatched
from exporter.web.landing import LandingPage
from exporter.web.overview import overview
from exporter.web.rows import Names, rate
from exporter.web.words import DOUBTS, FAILURES, NEXT_STEPS, said
from tests.snapshots import (
    NOW,
    RELOAD,
    YEAR,
    make_decision,
    make_run,
    make_snapshot,
    make_source,
    make_troubled_snapshot,
)


def page(snapshot: Snapshot | None, not_ready: str | None = None) -> LexborHTMLParser:
    return LexborHTMLParser(LandingPage().html(snapshot, not_ready, None, NOW))


def words(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [" ".join(node.text(separator=" ").split()) for node in tree.css(selector)]


def small(**changes: object) -> Snapshot:
    return make_snapshot(departments=2, groups=1, communes=2, **changes)


def test_all_is_well() -> None:
    tree = page(make_snapshot())
    assert words(tree, ".verdict strong") == ["Đọc được mọi nguồn"]
    assert words(tree, ".tile .value")[:4] == ["3 / 3", "200 / 200", "0", "0"]
    assert words(tree, "h1") == ["Tỉnh Thái Bình · số liệu dịch vụ công"]
    assert "Quyết định 805/QĐ-UBND ngày 24/05/2024" in words(tree, ".top p")[0]
    assert words(tree, ".badge.strong") == ["số liệu mô phỏng"]
    assert words(tree, ".state") == ["đọc được"] * 3
    assert len(tree.css(".runs li")) == 20
    assert not tree.css("table")
    assert len(words(tree, ".top .badge")) == 1


def test_nothing_of_it_comes_from_elsewhere() -> None:
    landing = LandingPage()
    html = landing.html(make_troubled_snapshot(), None, None, NOW)
    tree = LexborHTMLParser(html)
    assert not tree.css("script, iframe, object, embed, form, img")
    assert not [
        node for node in tree.css("*") for name in node.attributes if name == "style" or name.startswith("on")
    ]
    assert all((a.attributes["href"] or "").startswith(("/", "#")) for a in tree.css("a"))
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in landing.policy


def test_what_comes_from_a_portal_is_text() -> None:
    evil = "<script>alert('x')</script>\"'&"
    snapshot = make_troubled_snapshot(
        unmatched=(Unmatched("cong-tinh-xa", evil, evil, evil, (evil,)),),
        sources=(make_source("s", evil, differs={"online_payment": evil}),),
        failed_runs=(make_run(0, failures=(evil,), log=(evil,), reasons=(evil,)),),
        withheld=tuple(
            replace(w, row=evil, detail=evil, unit=evil) for w in make_troubled_snapshot().withheld
        ),
        notes=(evil,),
        reload=ReloadState(successful=False, at=NOW, error=evil),
    )
    tree = page(snapshot, evil)
    assert not tree.css("script")
    body = tree.body
    assert body is not None
    assert body.text().count(evil) >= 12


def test_a_source_in_trouble_says_what_to_do() -> None:
    tree = page(make_troubled_snapshot())
    assert words(tree, ".verdict strong") == ["1 trong 3 nguồn không đọc được"]
    assert words(tree, ".state") == ["đọc được", "lần đọc gần nhất lỗi", "chưa đọc"]
    cards = tree.css(".source")
    second = " ".join(cards[1].text(separator=" ").split())
    assert NEXT_STEPS["timeout"] in second
    assert NEXT_STEPS["schema"] in second
    assert "cổng không ghi" in second
    assert "7 giờ trước" in second
    assert "quá thời hạn: 3; sai cấu trúc: 1" in second
    first = " ".join(cards[0].text(separator=" ").split())
    assert "Hồ sơ trực tuyến 1,25%" in first
    assert "06:00 16/09/2024" in first
    assert words(tree, ".top .badge") == ["đồng hồ thử: 09:08 16/09/2024", "số liệu mô phỏng"]


def test_lists_of_what_needs_a_look() -> None:
    tree = page(make_troubled_snapshot())
    withheld = words(tree, "#giu-lai tbody tr")
    assert len(withheld) == 7
    assert withheld[0].startswith(
        "Sở thứ 1 Dịch vụ toàn trình năm 2024 giảm bất thường Giảm từ 1.234 xuống 890."
    )
    ambiguous, unmatched = words(tree, "#ten tbody tr")
    assert "trùng tên Thị trấn Cũ (Xã huyện 2) · Xã 2 (Xã huyện 1)" in ambiguous
    assert "Xã Đông Hưngg H54.99 Huyện 1" in unmatched
    assert "Xã 1 · Xã 2 · Xã 3" in unmatched
    compared = words(tree, "#so-sanh tbody tr")
    assert len(compared) == 2
    assert "51,2%" in compared[1]
    assert "40,0%" in compared[1]
    assert compared[1].endswith("−11,2")
    assert "1 số khác thì hai nguồn như nhau" in words(tree, "#so-sanh .hint")[0]
    assert words(tree, "#cach-tinh tbody tr") == [
        "Cổng Dịch vụ công quốc gia Thanh toán trực tuyến Đếm hồ sơ đã thanh toán qua mọi cổng."
    ]
    accepted, held = words(tree, "#can-bo tbody tr")
    assert accepted == "chấp nhận Sở thứ 1 Thanh toán trực tuyến Cổng sửa số liệu Nguyễn Văn An 30/09/2024"
    assert held.endswith("10/09/2024 đã hết hạn")
    assert "Chỉ tiêu là của năm 2024." in words(tree, ".note")


def test_failures_with_their_log() -> None:
    tree = page(make_troubled_snapshot())
    (failure,) = tree.css("#loi details")
    text = failure.text()
    assert "08:56:11 đọc trang 11 & chờ" in text
    assert "<script>alert(1)</script>" in text
    assert words(tree, "#lan-doc .tag.bad") == ["quá thời hạn, sai cấu trúc"]


def test_long_lists_are_cut_and_say_so() -> None:
    many = tuple(Unmatched("s", f"Xã lạ {n}", None, None, ()) for n in range(61))
    run = make_run(0, failures=("lỗi",), log=tuple(f"dòng {n}" for n in range(1_000)))
    tree = page(make_troubled_snapshot(doubts=300, unmatched=many, failed_runs=(run,)))
    assert len(tree.css("#giu-lai tbody tr")) == 50
    assert words(tree, "#giu-lai .more") == ["và 250 số khác"]
    assert words(tree, "#giu-lai h2 .n") == ["300"]
    assert words(tree, "#ten .more") == ["và 11 tên không khớp khác"]
    assert "không có tên nào gần" in words(tree, "#ten tbody tr")[0]
    log = tree.css("#loi pre")[0].text()
    assert log.endswith("và 800 dòng khác")


def test_no_source_at_all() -> None:
    tree = page(small(sources=(), runs=(), figures={}))
    assert words(tree, ".verdict strong") == ["Chưa có nguồn nào"]
    assert "Chưa khai báo nguồn nào" in words(tree, "#nguon .empty")[0]
    assert words(tree, "#lan-doc .empty") == ["Chưa đọc lần nào."]
    assert not tree.css(".badge.strong")


def test_before_the_first_snapshot() -> None:
    tree = page(None, "Chưa đọc được nguồn nào.")
    assert words(tree, ".verdict strong") == ["Đang khởi động"]
    assert words(tree, ".verdict small") == ["Chưa đọc được nguồn nào."]
    assert words(page(None), ".verdict small") == []
    assert "Tải lại trang sau ít giây." in words(page(None), ".verdict p")[0]


WAITING = make_source("s", up=None, last_success=None, last_attempt=None)


@pytest.mark.parametrize(
    ("changes", "tone", "word"),
    [
        ({"sources": (WAITING,)}, "none", "1 trong 1 nguồn chờ lần đọc đầu tiên"),
        ({"sources": (WAITING, make_source("t"))}, "none", "1 trong 2 nguồn chờ lần đọc đầu tiên"),
        ({"archive_failures": 1}, "warn", "Đọc được mọi nguồn, có việc cần xem"),
        ({"reload": replace(RELOAD, successful=False)}, "bad", "Cấu hình mới có lỗi"),
        ({"sources": (make_source("s", up=False, expired=True),)}, "bad", "1 trong 1 nguồn không đọc được"),
    ],
)
def test_verdict(changes: dict[str, object], tone: str, word: str) -> None:
    found = overview(small(**changes), None, NOW).verdict
    assert (found.tone, found.word) == (tone, word)


def test_states_of_a_source() -> None:
    sources = (
        make_source("expired", up=False, expired=True),
        make_source("quiet", up=False, quiet_until=NOW + timedelta(hours=1)),
        make_source("no longer quiet", quiet_until=NOW - timedelta(hours=1)),
    )
    found = [card.verdict for card in overview(small(sources=sources), None, NOW).sources]
    assert [v.word for v in found] == ["số liệu đã rút", "cổng từ chối", "đọc được"]
    assert "1 ngày 2 giờ" in found[0].sentence
    assert "10:08 16/09/2024" in found[1].sentence


def test_advice_where_no_run_is_known() -> None:
    source = make_source("s", up=False, failures={"tls": 1, "timeout": 0})
    card = overview(small(sources=(source,)), None, NOW).sources[0]
    assert card.next_steps == [NEXT_STEPS["tls"]]


def test_a_portal_that_prints_a_day_means_the_day() -> None:
    source = make_source("s", as_of=NOW.replace(hour=0, minute=0))
    assert overview(small(sources=(source,)), None, NOW).sources[0].as_of.moment == "16/09/2024"


def test_the_third_age() -> None:
    def tile(ago: timedelta | None) -> tuple[str, str]:
        scraped = None if ago is None else NOW - ago
        found = overview(small(), scraped, NOW).tiles[4]
        return found.value, found.tone

    assert tile(None) == ("chưa lấy", "none")
    assert tile(timedelta(seconds=12)) == ("12 giây trước", "good")
    assert tile(timedelta(minutes=20)) == ("20 phút trước", "none")


def test_names_that_are_nobodys_stand_for_themselves() -> None:
    names = Names(small())
    assert names.unit("x") == names.indicator("x") == names.source("x") == "x"
    assert names.unit("xa-12000") == "Xã 0 (Xã huyện 1)"
    row = names.name_row(Unmatched("s", "n", None, None, ("x", PROVINCE), ambiguous=True))
    assert row.candidates == ("x", "Tỉnh Thái Bình")
    assert rate(float("inf")) == rate(None) == "chưa có"
    assert said(FAILURES, "x") == "x"


def test_figures_that_both_sources_lack_agree() -> None:
    both = Comparison("s", "so-1", "online_payment", YEAR, None, None, None)
    found = overview(small(comparisons=(both,)), None, NOW)
    assert (found.comparisons.total, found.agreeing) == (0, 1)
    assert "1 số được đối chiếu" in words(page(small(comparisons=(both,))), "#so-sanh .empty")[0]


def test_every_reason_has_words_and_advice() -> None:
    assert set(FAILURES) == set(NEXT_STEPS) == {reason.value for reason in Reason}
    assert set(DOUBTS) == {doubt.value for doubt in Doubt}


def test_asked_again_at_once_it_is_not_drawn_again() -> None:
    landing = LandingPage()
    snapshot = small()
    first = landing.html(snapshot, None, None, NOW)
    assert landing.html(snapshot, None, None, NOW + timedelta(seconds=4)) is first
    assert landing.html(snapshot, "x", None, NOW) is not first
    later = landing.html(snapshot, None, None, NOW + timedelta(hours=1))
    assert "1 giờ 12 phút trước" in later
    other = small(decision=make_decision(1, 1, 1))
    assert landing.html(other, None, None, NOW + timedelta(hours=1)) is not later

"""The landing page: what an operator reads there."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from exporter.clock import FixedClock
from exporter.decision import PROVINCE
from exporter.errors import PortalError, Reason
from exporter.fetch.breaker import Breaker
from exporter.quality.checks import Doubt
from exporter.snapshot.model import Comparison, ReloadState, Snapshot, Unmatched
from exporter.web.landing import LandingPage
from exporter.web.overview import overview
from exporter.web.rows import Names, not_asked, rate
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


def text_of(node: LexborNode) -> str:
    return " ".join(node.text(separator=" ").split())


def plain(sentence: str) -> str:
    """As it reads once what stands between backticks is set in another font."""
    return " ".join(sentence.replace("`", " ").split())


def failed_whole() -> Snapshot:
    snapshot = make_troubled_snapshot()
    nothing = dict.fromkeys(("accepted", "withheld", "unmatched", "ambiguous"), 0)
    first, second, third = snapshot.sources
    return replace(snapshot, sources=(first, replace(second, readings=nothing), third))


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
    assert words(tree, "#lan-doc h2 .n") == ["20"]
    assert words(tree, ".runs li .what") == [
        "Cổng dịch vụ công tỉnh – sở, ngành, huyện 20 lần, từ 14:56 11/09/2024"
    ]
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
    second = text_of(cards[1])
    assert plain(NEXT_STEPS["timeout"]) in second
    assert plain(NEXT_STEPS["schema"]) in second
    assert "không ghi" in second
    assert "Lần đọc gần nhất" not in text_of(page(failed_whole()).css(".source")[1])
    assert "7 giờ trước" in second
    assert "quá thời hạn: 3; sai cấu trúc: 1" in second
    first = text_of(cards[0])
    assert "Lệch so với dòng Tổng cộng Hồ sơ trực tuyến 1,25%" in first
    assert (cards[0].attributes["class"] or "").split() == ["panel", "source", "warn"]
    assert "06:00 16/09/2024" in first
    assert words(tree, ".top .badge") == ["đồng hồ mô phỏng: 09:08 16/09/2024", "số liệu mô phỏng"]


def test_lists_of_what_needs_a_look() -> None:
    tree = page(make_troubled_snapshot())
    withheld = words(tree, "#giu-lai tbody tr")
    assert len(withheld) == 7
    assert withheld[0].startswith(
        "Sở thứ 1 Dịch vụ toàn trình năm 2024 giảm bất thường Giảm từ 1.234 xuống 890."
    )
    unmatched, ambiguous = words(tree, "#ten tbody tr")
    assert "trùng tên Thị trấn Cũ (Xã huyện 2) · Xã 2 (Xã huyện 1)" in ambiguous
    assert "Xã Đông Hưngg H54.99 Huyện 1" in unmatched
    assert "Xã 1 · Xã 2 · Xã 3" in unmatched
    assert words(tree, "#so-sanh h3") == ["Hồ sơ trực tuyến 1", "Thanh toán trực tuyến 1"]
    shown, explained = words(tree, "#so-sanh tbody tr")
    assert shown.startswith("Sở thứ 1 tháng 9/2024 51,2%")
    assert "chưa có" in shown
    assert "40,0%" in explained
    assert explained.endswith("−11,2")
    assert words(tree, "#so-sanh summary") == ["1 số lệch do cổng tính khác quyết định"]
    assert "1 số khác thì hai nguồn như nhau" in words(tree, "#so-sanh .hint")[0]
    assert words(tree, "#chi-tieu tbody tr") == [
        "Thanh toán trực tuyến 1 Cổng dịch vụ công tỉnh – sở, ngành, huyện UBND huyện 1"
    ]
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
    assert not failure.css(".steps"), "the card says it already"


def test_a_failure_is_told_once() -> None:
    sentence = "year: timeout: no answer within 60 s"
    older = make_run(1, "cong-tinh-xa", failures=(sentence,), reasons=("timeout",), log=(sentence, "thử lại"))
    run = replace(older, id="newer", started=NOW)
    other = make_run(2, failures=("year: timeout: x",), reasons=("timeout",), log=("year: timeout: x",))
    snapshot = small(failed_runs=(run, other, older))
    first, second = page(snapshot).css("#loi details")
    assert text_of(first).count(sentence) == 1
    assert text_of(first.css("pre")[0]) == "thử lại"
    assert "2 lần, từ 02:56" in text_of(first)
    assert not second.css("pre")
    everything = text_of(page(snapshot).css("#loi")[0])
    assert everything.count(plain(NEXT_STEPS["timeout"])) == 1


def test_long_lists_are_cut_and_say_so() -> None:
    many = tuple(Unmatched("cong-tinh-xa", f"Xã lạ {n}", None, None, ()) for n in range(61))
    run = make_run(0, failures=("lỗi",), log=tuple(f"dòng {n}" for n in range(1_000)))
    tree = page(make_troubled_snapshot(doubts=300, unmatched=many, failed_runs=(run,)))
    assert len(tree.css("#giu-lai tbody tr")) == 50
    assert words(tree, "#giu-lai .more") == ["và 250 số khác"]
    assert words(tree, "#giu-lai h2 .n") == ["300"]
    assert words(tree, "#ten .more") == ["và 11 tên khác"]
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


AMONG_THE_COMPARED = Unmatched(
    "cong-quoc-gia", "Xã Lạ", "H54.99", None, ("xa-12000", "xa-12001"), ambiguous=True
)
AMONG_THE_PUBLISHED = Unmatched("cong-tinh-xa", "Xã Lạ", None, None, ())
WAITING = make_source("s", up=None, last_success=None, last_attempt=None)


@pytest.mark.parametrize(
    ("changes", "tone", "word"),
    [
        ({"sources": (WAITING,)}, "none", "1 trong 1 nguồn chờ lần đọc đầu tiên"),
        ({"sources": (WAITING, make_source("t"))}, "none", "1 trong 2 nguồn chờ lần đọc đầu tiên"),
        ({"archive_failures": 1}, "good", "Đọc được mọi nguồn"),
        ({"archive_failures": 1, "archive_ok": False}, "bad", "Đọc được mọi nguồn, có việc cần xem"),
        ({"unmatched": (AMONG_THE_COMPARED,)}, "good", "Đọc được mọi nguồn"),
        ({"unmatched": (AMONG_THE_PUBLISHED,)}, "warn", "Đọc được mọi nguồn, có việc cần xem"),
        ({"figures": {}}, "warn", "Đọc được mọi nguồn, có việc cần xem"),
        (
            {"sources": (WAITING, make_source("t")), "unmatched": (AMONG_THE_PUBLISHED,)},
            "warn",
            "1 trong 2 nguồn chờ lần đọc đầu tiên",
        ),
        ({"reload": replace(RELOAD, successful=False)}, "bad", "Cấu hình mới có lỗi"),
        ({"sources": (make_source("s", up=False, expired=True),)}, "bad", "1 trong 1 nguồn không đọc được"),
    ],
)
def test_verdict(changes: dict[str, object], tone: str, word: str) -> None:
    found = overview(small(**changes), None, NOW).banner
    assert (found.tone, found.word) == (tone, word)


def issues(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    return [(i.text, i.anchor, i.tone) for i in overview(snapshot, None, NOW).banner.issues]


def test_the_banner_says_what_is_wrong_and_leads_there() -> None:
    snapshot = make_troubled_snapshot(
        archive_ok=False, reload=ReloadState(successful=False, at=NOW, error="x")
    )
    assert issues(snapshot) == [
        ("Cấu hình mới không được nhận", "cau-hinh", "bad"),
        (
            "Cổng dịch vụ công tỉnh – xã, phường, thị trấn: lần đọc gần nhất lỗi",
            "nguon-cong-tinh-xa",
            "warn",
        ),
        ("Lỗi lưu trữ", "luu-tru", "bad"),
        ("7 số bị giữ lại", "giu-lai", "warn"),
        ("Cổng dịch vụ công tỉnh – xã, phường, thị trấn: 1 tên không khớp", "ten", "warn"),
        ("Cổng dịch vụ công tỉnh – xã, phường, thị trấn: 1 tên trùng nhau", "ten", "warn"),
        (
            "Cổng dịch vụ công tỉnh – sở, ngành, huyện: lệch so với dòng Tổng cộng 1,25%",
            "nguon-cong-tinh-don-vi",
            "warn",
        ),
        ("1 chỉ tiêu chưa có số liệu", "chi-tieu", "warn"),
    ]
    for drawn in (snapshot, make_snapshot()):
        tree = page(drawn)
        ids = {node.attributes["id"] for node in tree.css("[id]")}
        links = [a.attributes["href"] or "" for a in tree.css("main a")]
        assert len(links) >= 5
        assert {link.removeprefix("#") for link in links} <= ids


@pytest.mark.parametrize(("ratio", "tone"), [(0.0099, "good"), (0.01, "warn")])
def test_a_total_that_is_a_little_off_troubles_nobody(ratio: float, tone: str) -> None:
    snapshot = small(sources=(make_source("s", mismatches={"online_dossier": ratio}),))
    found = overview(snapshot, None, NOW)
    assert (found.banner.tone, found.sources[0].tone) == (tone, tone)


def test_names_of_a_source_that_is_only_compared_are_neutral() -> None:
    codes = ("H54.1", "H54.2", "H54.3")
    unmatched = tuple(replace(AMONG_THE_COMPARED, code=code) for code in codes)
    readings = {"accepted": 1, "withheld": 0, "unmatched": 0, "ambiguous": 3}
    compared = make_source("cong-quoc-gia", "Cổng quốc gia", readings=readings)
    snapshot = small(unmatched=unmatched, sources=(make_source(), compared))
    found = overview(snapshot, None, NOW)
    tile = found.tiles[3]
    assert (tile.value, tile.tone, tile.note) == ("0", "good", "3 ở nguồn chỉ đối chiếu")
    assert [tone for _, _, tone in found.sources[1].outcomes] == ["none"] * 4
    tree = page(snapshot)
    assert words(tree, "#ten h2 .n") == ["0"]
    (row,) = words(tree, "#ten details tbody tr")
    assert row.startswith("Xã Lạ ×3 H54.1 H54.2 H54.3 – Cổng quốc gia trùng tên Xã 0")
    both = overview(replace(snapshot, unmatched=(*unmatched, AMONG_THE_PUBLISHED)), None, NOW).tiles[3]
    assert (both.value, both.tone) == ("1", "warn")
    assert both.note == "1 không khớp, 0 trùng tên; 3 ở nguồn chỉ đối chiếu"


def test_the_archive_is_red_only_while_it_fails() -> None:
    def drawn(**changes: object) -> tuple[str, str, str]:
        tile = overview(small(**changes), None, NOW).tiles[-1]
        return tile.label, tile.tone, tile.note

    count = "từ khi chạy: 2 trang không lưu được"
    assert drawn(archive_failures=2, archive_ok=False) == ("Lỗi lưu trữ", "bad", count)
    assert drawn(archive_failures=2) == ("Lưu trữ", "none", count)
    assert drawn()[0] == "Prometheus"
    assert "kiểm tra dung lượng đĩa" in words(page(small(archive_ok=False)), "#luu-tru")[0]


def test_what_nobody_publishes_is_missing_without_trouble() -> None:
    snapshot = small()
    entries = tuple(e.model_copy(update={"source": "none"}) for e in snapshot.settings.responsible)
    nobody = replace(
        snapshot, figures={}, settings=snapshot.settings.model_copy(update={"responsible": entries})
    )
    found = overview(nobody, None, NOW)
    assert (found.banner.tone, found.tiles[1].value, found.tiles[1].tone) == ("good", "0", "none")
    rows = words(page(nobody), "#chi-tieu tbody tr")
    assert rows[1].startswith("Hồ sơ trực tuyến 4 không nguồn nào công bố xem tên Sở thứ 1 · Sở thứ 2 · ")


def left_alone(seconds: int = 3600) -> tuple[str, datetime]:
    """What a collection is told whose host is left alone, and until when."""
    breaker = Breaker(FixedClock(NOW), timedelta(seconds=seconds))
    until = breaker.reject("portal.example")
    with pytest.raises(PortalError) as raised:
        breaker.check("portal.example")
    return f"year: {raised.value.reason.value}: {raised.value.detail}", until


def test_a_source_that_was_not_asked_was_not_rejected() -> None:
    sentence, until = left_alone()
    asked = make_run(1, "own", failures=("year: rejected: status 403 Forbidden",), reasons=("rejected",))
    idle = replace(make_run(0, "own"), failures=(sentence, sentence), reasons=("rejected",) * 2, accepted=0)
    other = replace(idle, source="other", id="other")
    late = {
        "up": False,
        "quiet_until": until,
        "last_success": NOW - timedelta(days=1),
        "failures": {"rejected": 2},
    }
    sources = tuple(replace(make_source(id_), **late) for id_ in ("own", "other"))  # type: ignore[arg-type]
    snapshot = small(sources=sources, failed_runs=(idle, other, asked), runs=(idle, other, asked))
    found = overview(snapshot, None, NOW)
    word = "không hỏi: máy chủ đang được để yên đến 10:08"
    assert [card.verdict.word for card in found.sources] == [word, word]
    assert [card.verdict.sentence for card in found.sources] == [
        "Cổng đã từ chối nguồn này.",
        "Máy chủ này đã từ chối một nguồn khác.",
    ]
    assert [card.next_steps for card in found.sources] == [[NEXT_STEPS["rejected"]], []]
    assert [run.reasons for run in found.runs] == [[word], [word], ["cổng từ chối"]]
    assert [run.counts for run in found.runs[:2]] == [[], []]
    over = replace(snapshot, sources=tuple(replace(s, quiet_until=None) for s in sources))
    assert [c.verdict.word for c in overview(over, None, NOW).sources] == [word, word]
    tomorrow = not_asked(NOW + timedelta(days=1), NOW)
    assert tomorrow.endswith("để yên đến 09:08 17/09/2024")
    assert not_asked(None, NOW) == "không hỏi: máy chủ đang được để yên"


def test_collections_that_came_to_the_same_are_one_line() -> None:
    mine = [make_run(n) for n in range(4)]
    listed = (mine[0], make_run(9, "cong-tinh-xa"), mine[1], replace(mine[2], accepted=1), mine[3])
    found = overview(small(runs=listed), None, NOW).runs
    assert [(run.times, run.since) for run in found] == [
        (2, "02:56"),
        (1, "02:56 14/09/2024"),
        (1, "20:56 15/09/2024"),
        (1, "14:56 15/09/2024"),
    ]


def test_states_of_a_source() -> None:
    sources = (
        make_source("expired", up=False, expired=True),
        make_source("quiet", up=False, quiet_until=NOW + timedelta(hours=1)),
        make_source("no longer quiet", quiet_until=NOW - timedelta(hours=1)),
    )
    found = [card.verdict for card in overview(small(sources=sources), None, NOW).sources]
    assert [v.word for v in found] == ["số liệu đã rút", "cổng từ chối", "đọc được"]
    assert "1 ngày 2 giờ" in found[0].sentence
    assert found[1].sentence == "Tạm ngừng đọc đến 10:08 16/09/2024."


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

    assert tile(None) == ("chưa thu thập", "none")
    assert tile(timedelta(seconds=12)) == ("12 giây trước", "good")
    assert tile(timedelta(minutes=20)) == ("20 phút trước", "none")


def test_names_that_are_nobodys_stand_for_themselves() -> None:
    names = Names(small())
    assert names.unit("x") == names.indicator("x") == names.source("x") == "x"
    assert names.unit("xa-12000") == "Xã 0 (Xã huyện 1)"
    row = names.name_row([Unmatched("s", "n", None, None, ("x", PROVINCE), ambiguous=True)])
    assert row.candidates == ("x", "Tỉnh Thái Bình")
    assert rate(float("inf")) == rate(None) == "chưa có"
    assert said(FAILURES, "x") == "x"


def test_figures_that_both_sources_lack_agree() -> None:
    both = Comparison("s", "so-1", "online_payment", YEAR, None, None, None)
    found = overview(small(comparisons=(both,)), None, NOW)
    assert (len(found.comparisons), found.agreeing) == (0, 1)
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
    assert "1 giờ trước" in later
    other = small(decision=make_decision(1, 1, 1))
    assert landing.html(other, None, None, NOW + timedelta(hours=1)) is not later

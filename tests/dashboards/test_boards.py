from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.alertmanager.calendar import load_calendar
from alerts.rulebook import book
from dashboards import layout, promql, words
from dashboards.board import LINKS, SIMULATED
from dashboards.build import files
from dashboards.coverage import MAY_BE_EMPTY, NOT_SHOWN, ONE_OF_SEVERAL
from dashboards.inputs import ROOT
from dashboards.layout import Box
from dashboards.stage.setting import recordings
from exporter.errors import Reason
from exporter.metrics.catalogue import CATALOGUE
from exporter.metrics.families import OUTCOMES
from exporter.quality.checks import Doubt
from tests.dashboards.boards import boards, inputs, nodes, questions, texts

UIDS = sorted(boards())
WALLS = [uid for uid in UIDS if uid.startswith("dvc-wall")]
LETTERS = "ăâđêôơưáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
"""Those that English does not have."""
FOREIGN = ("ALERTS", "up", "scrape_samples_scraped", "process_", "prometheus_", "alertmanager_")
"""Beginnings of the names of series that are neither the exporter's nor recorded."""
_METRIC = re.compile(r"\b(?:dvc_[a-z_]+|[a-z_]+:[a-z_]+:[a-z_]+)\b")


def test_the_files_are_those_of_a_fresh_build() -> None:
    folder = ROOT / "dashboards/json"

    assert {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.json"))} == texts()


def test_a_second_build_gives_the_same_bytes() -> None:
    assert files(inputs()) == texts()


@pytest.mark.parametrize("uid", UIDS)
def test_a_board_is_laid_out_within_its_columns(uid: str) -> None:
    panels = boards()[uid]["panels"]
    boxes = [Box(**panel["gridPos"]) for panel in panels]

    assert 0 < len(uid) <= layout.LONGEST_UID
    assert all(box.x >= 0 and box.x + box.w <= layout.COLUMNS and box.h > 0 for box in boxes)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["id"] > 0 for panel in panels)


@pytest.mark.parametrize("uid", WALLS)
def test_a_wall_board_fits_its_screen(uid: str) -> None:
    boxes = [Box(**panel["gridPos"]) for panel in boards()[uid]["panels"]]

    assert layout.height_pixels(boxes) <= layout.WALL_PIXELS
    # And uses it: no more than one row is left at the bottom.
    assert layout.height_pixels(boxes) > layout.WALL_PIXELS - 2 * layout.ROW_PIXELS


@pytest.mark.parametrize("uid", UIDS)
def test_every_panel_has_title_description_and_unit(uid: str) -> None:
    for panel in boards()[uid]["panels"]:
        assert panel["title"], uid
        assert len(panel["description"]) > 20, panel["title"]
        if panel["type"] != "text":
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


@pytest.mark.parametrize("uid", UIDS)
def test_what_people_read_is_vietnamese(uid: str) -> None:
    """Every sentence has a letter that English does not have, and no title an English word."""
    board = boards()[uid]
    sentences = [board["description"], *(panel["description"] for panel in board["panels"])]

    assert all(re.search(f"[{LETTERS}]", s) for s in sentences)
    english = re.compile(r"\b(No data|Value|Total|Unit|target|age|hours?|days?)\b")
    titles = [board["title"], *(panel["title"] for panel in board["panels"])]
    assert not [text for text in titles if english.search(text)]


@pytest.mark.parametrize("uid", UIDS)
def test_simulated_figures_are_said_to_be(uid: str) -> None:
    (head,) = [panel for panel in boards()[uid]["panels"] if panel["title"] == "Căn cứ"]
    (mark,) = [query for query in head["targets"] if query["legendFormat"] == SIMULATED]

    assert mark["expr"] == "vector(1)"  # the shipped sources are simulated, whatever the clock
    assert head["gridPos"]["y"] == 0


def test_in_real_operation_the_mark_depends_on_the_clock() -> None:
    real = inputs().settings.model_copy(
        update={
            "sources": tuple(s.model_copy(update={"simulated": False}) for s in inputs().settings.sources)
        }
    )

    assert promql.simulated(replace(inputs(), settings=real)) == "province:dvc_clock_offset:seconds != 0"


def test_all_boards_link_to_each_other_and_keep_time_and_choice() -> None:
    for uid, board in boards().items():
        links = {link["url"]: link for link in board["links"]}
        assert set(links) == {f"/d/{other}" for other in LINKS if other != uid}
        assert all(link["keepTime"] and link["includeVars"] for link in links.values())
        assert [v["name"] for v in board["templating"]["list"]] == ["unit", "indicator", "group"]
    assert set(LINKS) <= set(boards())


def test_a_row_leads_to_its_unit_with_time_and_the_other_choices() -> None:
    links = [
        (panel, link["url"])
        for uid in ("dvc-overview", "dvc-indicator")
        for panel in boards()[uid]["panels"]
        for node in nodes(panel.get("fieldConfig"))
        if node.get("id") == "links"
        for link in node["value"]
    ]

    assert len(links) == 4
    for panel, url in links:
        assert url.startswith("/d/dvc-unit?var-unit=${__data.fields.unit}&")
        assert {"var-indicator=${indicator}", "var-group=${group}", "${__url_time_range}"} <= set(
            url.split("?")[1].split("&")
        )
        # The field that the link takes its value from survives the transformations.
        kept = [
            t["options"]["include"]["names"]
            for t in panel["transformations"]
            if t["id"] == "filterFieldsByName"
        ]
        assert "unit" in kept[0]


def test_what_is_drawn_over_months_is_asked_on_the_hour() -> None:
    long = [q for q in questions() if q.step and q.board != "dvc-operations"]

    assert long
    assert {q.step for q in long} == {"1h"}


def test_every_metric_on_a_panel_is_published_or_recorded() -> None:
    published = {metric.name for metric in CATALOGUE}
    recorded = {rule.record for rule in recordings(inputs())}
    named = {name for question in questions() for name in _METRIC.findall(question.expr)}

    assert named
    assert named - published - recorded == set()


def test_every_series_of_others_on_a_panel_is_known() -> None:
    words_of_promql = re.compile(
        r"\b[a-z_]+(?:_total|_bytes|_seconds|_scraped|_successful)\b|\bALERTS\b|\bup\b"
    )
    found = {
        name
        for question in questions()
        for name in words_of_promql.findall(re.sub(_METRIC, "", question.expr))
    }

    assert found
    assert all(name.startswith(FOREIGN) for name in found), found


def test_every_published_metric_is_shown_or_listed_with_a_reason() -> None:
    shown = {name for question in questions() for name in _METRIC.findall(question.expr)}
    hidden = {metric.name for metric in CATALOGUE} - shown

    assert hidden == set(NOT_SHOWN)
    recorded = {rule.record for rule in recordings(inputs())}
    for reason in NOT_SHOWN.values():
        for name in _METRIC.findall(reason):
            assert name in recorded
            assert name in shown, name


def test_panels_that_may_be_empty_exist() -> None:
    titles = {panel["title"] for board in boards().values() for panel in board["panels"]}

    assert set(MAY_BE_EMPTY) | set(ONE_OF_SEVERAL) <= titles


def test_there_is_a_word_for_every_id() -> None:
    alerts = {alert.name for alert in book.alerts(inputs().alerting, load_calendar())}

    assert set(words.ALERTS) == alerts
    assert set(words.FAILURES) == {reason.value for reason in Reason}
    assert tuple(words.OUTCOMES) == OUTCOMES
    assert set(words.WITHHELD) == {doubt.value for doubt in Doubt}


def test_no_threshold_is_a_literal() -> None:
    """Nothing judges by a number of its own: colours come with questions, mappings or the decision."""
    steps = [
        step
        for node in nodes(boards())
        for step in (node.get("thresholds") or {}).get("steps", [])
        if isinstance(node.get("thresholds"), dict)
    ]

    assert all(step.get("value") is None for step in steps)


def test_paths_in_texts_exist() -> None:
    named = {name for text in texts().values() for name in re.findall(r"docs/[\w-]+\.md", text)}

    assert all(Path(ROOT, name).is_file() for name in named)


def test_pictures_are_small_and_those_that_texts_show_are_there() -> None:
    pictures = sorted((ROOT / "docs/pictures").glob("dvc-*.png"))
    shown = {
        name
        for path in (ROOT / "README.md", ROOT / "README.vi.md", *(ROOT / "docs").glob("*.md"))
        for name in re.findall(r"pictures/(dvc-[\w-]+\.png)", path.read_text("utf-8"))
    }

    assert {path.name: path.stat().st_size for path in pictures if path.stat().st_size >= 300_000} == {}
    assert {f"{uid}-good.png" for uid in UIDS} | shown <= {path.name for path in pictures}

from __future__ import annotations

from itertools import combinations

import pytest

from dashboards import palette
from tests.dashboards.boards import boards, nodes
from tests.dashboards.colours import VISION, brightness, contrast, distance

READABLE = 4.5
WORDED = (palette.MET, palette.BELOW, palette.UNKNOWN)
"""Colours beside which a word may stand for the sign."""
APART = 20
"""ΔE*ab from which two colours are told apart at a glance."""


def test_the_measures_are_those_of_the_books() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert distance("#FF0000", "#FF0000", "deutan") == 0
    assert distance("#FF0000", "#00FF00", "normal") > distance("#FF0000", "#00FF00", "deutan")


@pytest.mark.parametrize("colour", palette.TEXTS)
def test_text_can_be_read(colour: str) -> None:
    assert contrast(colour, palette.PANEL) >= READABLE


@pytest.mark.parametrize(("cell", "text"), palette.CELLS.items())
def test_text_on_a_filled_cell_can_be_read(cell: str, text: str) -> None:
    assert text == (palette.CELL_DARK if brightness(cell) > 180 else palette.CELL_LIGHT)
    assert contrast(cell, text) >= READABLE


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("several", [palette.JUDGEMENTS, palette.FILLED_JUDGEMENTS], ids=["texts", "cells"])
def test_judgements_are_told_apart_by_everybody(vision: str, several: tuple[str, ...]) -> None:
    close = {
        (one, other): round(distance(one, other, vision), 1)
        for one, other in combinations(several, 2)
        if distance(one, other, vision) < APART
    }

    assert close == {}


def test_boards_use_no_other_colours() -> None:
    known = {*palette.TEXTS, *palette.CELLS, *palette.LINES, palette.BARE_CELL}
    used = {
        node[key]
        for node in nodes(boards())
        for key in ("color", "fixedColor")
        if isinstance(node.get(key), str)
    }

    assert used
    assert used - known == set()


def test_a_sign_or_a_word_stands_beside_every_judgement() -> None:
    """Wherever a colour judges, its text says the same: a mapping's text here."""
    signs = {palette.MET_CELL: "✓", palette.BELOW_CELL: "▼", palette.FAR_CELL: "▼▼"} | palette.SIGNS
    silent = [
        (result["text"], result["color"])
        for node in nodes(boards())
        for result in nodes(node.get("options") if node.get("type") == "value" else None)
        if "text" in result
        and result.get("color") in signs
        and not _says(result["text"], result["color"], signs)
    ]

    assert silent == []


def _says(text: str, colour: str, signs: dict[str, str]) -> bool:
    sign = signs[colour]
    return text.startswith(f"{sign} ") or (colour in WORDED and text[:1].isalpha())


def test_a_sign_stands_in_the_name_of_every_judging_query() -> None:
    judged = {palette.MET: "✓", palette.BELOW: "▼", palette.FAR: "▼▼"}
    silent = []
    for uid, board in boards().items():
        for panel in board["panels"]:
            names = {query["refId"]: query.get("legendFormat", "") for query in panel.get("targets", [])}
            if panel["type"] in {"timeseries", "text", "table"}:
                continue
            for override in panel["fieldConfig"]["overrides"]:
                if override["matcher"]["id"] != "byFrameRefID":
                    continue
                colours = [p["value"]["fixedColor"] for p in override["properties"] if p["id"] == "color"]
                name = names[override["matcher"]["options"]]
                silent += [
                    (uid, panel["title"], name)
                    for colour in colours
                    if colour in judged and not name.startswith((judged[colour] + " ", "số liệu mô phỏng"))
                ]

    assert silent == []

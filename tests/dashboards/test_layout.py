from __future__ import annotations

import pytest
from grafana_foundation_sdk.models import dashboard

from alerts.boards import panel_id
from dashboards.layout import Box, Grid, LayoutError, check_uid, height_pixels


def panel(title: str) -> dashboard.Panel:
    return dashboard.Panel(type_val="stat", title=title)


def test_a_row_stands_side_by_side_and_ids_follow_from_titles() -> None:
    grid = Grid("x")

    assert grid.row(3, 4, [(panel("a"), 10), (panel("b"), 14)]) == 7
    assert grid.boxes == [Box(0, 3, 10, 4), Box(10, 3, 14, 4)]
    assert [found.id_val for found in grid.panels] == [panel_id("a"), panel_id("b")]


@pytest.mark.parametrize("box", [(18, 0, 12, 1), (-1, 0, 4, 1), (0, -1, 4, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_what_leaves_the_columns_is_refused(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(LayoutError, match=r"'a' at .* leaves the 24 columns"):
        Grid("x").place(panel("a"), *box)


def test_what_lies_over_another_is_refused() -> None:
    grid = Grid("x")
    grid.place(panel("a"), 0, 0, 12, 4)
    grid.place(panel("beside"), 12, 0, 12, 4)

    with pytest.raises(LayoutError, match="'b' lies over 'a'"):
        grid.place(panel("b"), 11, 3, 2, 2)


def test_two_panels_of_one_name_are_refused() -> None:
    grid = Grid("x")
    grid.place(panel("a"), 0, 0, 12, 4)

    with pytest.raises(LayoutError, match="two panels 'a'"):
        grid.place(panel("a"), 12, 0, 12, 4)


def test_an_uid_is_as_long_as_grafana_takes() -> None:
    assert check_uid("x" * 40) == "x" * 40
    for wrong in ("", "x" * 41):
        with pytest.raises(LayoutError):
            check_uid(wrong)


def test_27_rows_fill_a_wall_and_28_are_too_many() -> None:
    assert height_pixels([Box(0, 0, 1, 27)]) == 1050
    assert height_pixels([Box(0, 0, 1, 28)]) > 1080
    assert height_pixels([]) == 24

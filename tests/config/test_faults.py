from __future__ import annotations

import unicodedata

import pytest

from exporter.config.faults import SHOWN_FAULTS, SHOWN_WIDTH, ConfigError, Fault, in_order, width


def at(column: int, length: int, line: str) -> str:
    return str(Fault("a.yaml", 3, column, length, line, "hỏng; sửa"))


@pytest.mark.parametrize(
    ("column", "length", "line", "carets"),
    [
        (1, 3, "abc", "^^^"),
        (6, 2, "name: Xã", "      ^^"[1:]),
        (9, 1, unicodedata.normalize("NFD", "Thủy: x"), "       ^"),
        (4, 2, "漢字 漢字", "     ^^^^"),
        (2, 1, "\tx", "\t^"),
        (3, 2, "a\t\tb", " \t^^"),
        (1, 0, "", "^"),
        (4, 1, "abc", "   ^"),
        (3, 1, "a\u200bb", " ^"),
    ],
)
def test_carets_stand_under_the_fault(column: int, length: int, line: str, carets: str) -> None:
    assert at(column, length, line) == f"a.yaml:3:{column}: hỏng; sửa\n{line}\n{carets}"


def test_width() -> None:
    assert (width("Thủy"), width(unicodedata.normalize("NFD", "Thủy")), width("漢"), width("")) == (
        4,
        4,
        2,
        0,
    )


def test_a_fault_of_the_whole_file_has_no_line() -> None:
    assert str(Fault("a.yaml", 0, 0, 0, "", "rỗng")) == "a.yaml: rỗng"


@pytest.mark.parametrize("column", [1, 50, 500, 990])
def test_a_long_line_is_shown_around_the_fault(column: int) -> None:
    line = "".join(chr(ord("a") + i % 26) for i in range(1000))
    _, shown, carets = at(column, 5, line).split("\n")
    assert len(shown) <= SHOWN_WIDTH + 2
    assert shown[len(carets) - 5 : len(carets)] == line[column - 1 : column + 4]
    assert shown.startswith("…") == (column > SHOWN_WIDTH // 2 + 1)


def test_a_long_fault_ends_with_the_window() -> None:
    _, shown, carets = at(1, 1000, "x" * 1000).split("\n")
    assert carets == "^" * SHOWN_WIDTH
    assert len(shown) == SHOWN_WIDTH + 1


def test_faults_are_sorted_within_their_file_and_told_once() -> None:
    late, early, other = (
        Fault("b.yaml", 9, 1, 1, "x", "late"),
        Fault("b.yaml", 2, 1, 1, "x", "early"),
        Fault("a.yaml", 1, 1, 1, "x", "other"),
    )
    assert in_order([late, other, early, late]) == (early, late, other)
    assert str(ConfigError([late, early])) == f"{early}\n\n{late}"


def test_a_flood_is_counted() -> None:
    faults = [Fault("a.yaml", n + 1, 1, 1, "x", "m") for n in range(SHOWN_FAULTS + 3)]
    error = ConfigError(faults)
    assert len(error.faults) == SHOWN_FAULTS + 3
    assert str(error).endswith("\n\nand 3 more faults; correct the ones above first")

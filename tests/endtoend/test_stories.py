"""What takes long: a recovery at night, and the end of a year."""

from __future__ import annotations

import pytest

from tests.endtoend.conftest import Stories
from tests.endtoend.stories import UNIT, Told

MINUTES = 240.0
RECOVERED = "đạt trở lại"


@pytest.fixture(scope="module")
def night(stories: Stories) -> Told:
    return stories.night.result(MINUTES)


@pytest.fixture(scope="module")
def new_year(stories: Stories) -> Told:
    return stories.new_year.result(MINUTES)


def test_at_night_nobody_is_written_to(night: Told) -> None:
    assert [letter.recipients for letter in night.before] == [(f"{UNIT}@example.vn",)]
    assert night.meanwhile == []


def test_a_recovery_at_night_is_one_mail_in_the_morning_with_the_new_rate(night: Told) -> None:
    (letter,) = night.after

    assert letter.recipients == (f"{UNIT}@example.vn",)
    assert letter.subject == "[Chỉ tiêu DVC] Sở Y tế: 1 chỉ tiêu đã đạt trở lại"
    assert "Thanh toán trực tuyến: 45," in letter.text


def test_the_end_of_a_year_is_no_recovery(new_year: Told) -> None:
    assert [letter.recipients for letter in new_year.before] == [(f"{UNIT}@example.vn",)]
    assert new_year.meanwhile == []
    for letter in new_year.after:
        assert "chưa có số liệu" in letter.subject
        assert RECOVERED not in letter.text

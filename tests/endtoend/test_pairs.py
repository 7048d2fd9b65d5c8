"""The profile `ha` with real servers: whoever of a pair is killed, no alert is lost and no mail comes twice.

One province lives through one story, in which each part is killed and comes back. For each case another
unit falls below a target, so that what is told of a case is that unit's mail; whether all else stays silent
is looked at in the end.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

import pytest
import requests

from tests.pair import THREE, TWO, Pair, pair
from tests.stack import OPERATORS, eventually, mail_to
from tools.postbox import Letter

PAYMENT = "online_payment"
CALM = "so-y-te"
"""Falls while nothing is killed, and stays below until the end, like the others."""
PENDING, AFTER = "so-xay-dung", "so-cong-thuong"
"""One is about to be told, the other falls, when one Prometheus is killed."""
BEFORE, TOGETHER, TOLD, BETWEEN = "so-giao-duc-dao-tao", "ubnd-hung-ha", "ubnd-kien-xuong", "ubnd-thai-thuy"
ALL = {f"prometheus-{x}" for x in TWO} | {f"alertmanager-{x}" for x in THREE} | {f"exporter-{x}" for x in TWO}
APART = 3.0
"""Seconds between two collections: what falls so much later is told so much later."""
FALLEN = (CALM, PENDING, AFTER, BEFORE, TOGETHER, TOLD, BETWEEN)
PEER_SECONDS = 2.0
"""After which the second of the Alertmanagers writes: --cluster.peer-timeout of these settings."""
EVERYTHING_TOLD = 22.0
"""Seconds in which one that came back would tell again: its start, an interval, and a wait for two peers."""
FALSE = "DvcExporterDown|DvcSourceDown|DvcDataStale|DvcMeasurementMissing|DvcUnitBackOnTarget"
"""What would fire if a change of servers were taken for a change of the world."""

CALENDAR = "Lịch nghỉ lễ chỉ có đến hết"
"""What operators are rightly told late in the calendar's last year."""
SLOW = ("Quy tắc cảnh báo tính lỗi hoặc bị bỏ lượt", "DvcRulesFailing")
"""And on a machine too slow for rules that run every two seconds."""


@dataclass
class Story:
    """What happened, in the order of the cases."""

    letters: Sequence[Letter] = ()
    """All mails, in the end."""
    writers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By unit: which Alertmanagers recorded that they told its head."""
    lines: dict[str, Sequence[str]] = field(default_factory=dict)
    """By unit: the Alertmanagers in the order in which they wrote, before one was killed."""
    killed: dict[str, datetime] = field(default_factory=dict)
    """By unit: when that happened."""
    readers: Sequence[str] = ()
    """Who asked the portal, for each page."""
    waits: Sequence[bool] = ()
    """Which exporter waits, in the end."""
    figures: Sequence[Sequence[str]] = ()
    """What was published before and after the reader changed."""
    lasted: float = 0.0
    """Seconds from the end of the first reader to the first figures of the second."""
    false: Sequence[float | None] = ()
    """How many false alerts each Prometheus saw."""
    standing: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What each Prometheus says of the units that fell, in the end."""


def fall(here: Pair, unit: str) -> None:
    assert here.portal.let_in("below", unit, PAYMENT) == 1


def until(here: Pair, letter: str, state: str, *units: str) -> None:
    eventually(lambda: all(here.state(letter, unit) == state for unit in units), f"{units}: {state}")


def mailed(here: Pair, *units: str) -> None:
    eventually(lambda: all(here.to(unit) for unit in units), f"{units}: told")


def figures(here: Pair) -> Sequence[str]:
    """The figures that the exporter publishes, without those of when they were read."""
    try:
        return [line for line in here.metrics().splitlines() if line.startswith("dvc_indicator_")]
    except requests.RequestException:
        return []


def nothing_is_killed(here: Pair) -> None:
    fall(here, CALM)
    mailed(here, CALM)


def the_reader_is_killed(here: Pair, story: Story) -> None:
    """The portal answers nobody meanwhile: figures can only be the archive's."""
    before = figures(here)
    here.portal.fault("reset")
    here.kill("exporter-a")
    killed = time.monotonic()
    eventually(lambda: bool(figures(here)), "the second exporter answers")
    story.lasted = time.monotonic() - killed
    story.figures = [before, figures(here)]
    here.portal.clear()
    here.start_exporter("a")


def a_prometheus_is_killed(here: Pair) -> None:
    """The first of the two: with one alert that fires, one that is pending, and one to come."""
    fall(here, PENDING)
    until(here, "a", "pending", PENDING)
    assert here.state("a", CALM) == "firing"
    here.kill("prometheus-a")
    fall(here, AFTER)
    until(here, "b", "firing", PENDING)


def the_first_writer_is_killed(here: Pair, story: Story) -> None:
    """Between the alert and its mail."""
    fall(here, BEFORE)
    mailed(here, PENDING, AFTER)
    here.start_prometheus("a")
    line = here.line("b")
    until(here, "b", "firing", BEFORE)
    kill_first(here, story, line, BEFORE)
    assert not here.to(BEFORE), "the machine was too slow to kill it before its mail"
    fall(here, TOGETHER)
    mailed(here, BEFORE)


def prometheus_and_alertmanager_are_killed(here: Pair, story: Story) -> None:
    """Both at once: the writer whose turn it is, and the Prometheus that has been there all the time."""
    line = back_in_line(here, story.lines[BEFORE])
    here.kill("prometheus-b")
    kill_first(here, story, line, TOGETHER)
    assert not here.to(TOGETHER), "the machine was too slow to kill both before their mail"
    mailed(here, TOGETHER)
    here.start_prometheus("b")


def killed_when_sent(here: Pair, story: Story) -> None:
    """One mail is delivered and noted by all; at the next its writer is killed before he is answered."""
    fall(here, TOLD)
    line = back_in_line(here, story.lines[TOGETHER])

    def kill(letter: Letter) -> None:
        if letter.recipients == (f"{BETWEEN}@example.vn",) and BETWEEN not in story.killed:
            kill_first(here, story, line, BETWEEN)

    here.box.on_letter = kill
    until(here, "a", "pending", TOLD)
    heard = {one: here.gossip(one) for one in line[1:]}
    time.sleep(APART)
    fall(here, BETWEEN)
    mailed(here, TOLD)
    eventually(lambda: all(here.gossip(one) > heard[one] for one in line[1:]), "the others know of the mail")
    assert BETWEEN not in story.killed, "the machine was too slow to look between two mails"
    eventually(lambda: len(here.to(BETWEEN)) > 1, "it is told by another one")
    began = time.monotonic()
    back_in_line(here, line)
    time.sleep(max(began + EVERYTHING_TOLD - time.monotonic(), 0))


def back_in_line(here: Pair, line: Sequence[str]) -> Sequence[str]:
    """The line, when the first of it has been started again, and is the last in the eyes of all."""
    first, *others = line
    here.start_alertmanager(first)
    now = [*others, first]
    eventually(lambda: all(here.line(one) == now for one in now), f"{first} is back in line")
    return now


def kill_first(here: Pair, story: Story, line: Sequence[str], unit: str) -> None:
    """The Alertmanager whose turn it is to write."""
    story.lines[unit] = line
    here.kill(f"alertmanager-{line[0]}")
    story.killed[unit] = datetime.now(UTC)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    found = Story()
    with pair(tmp_path_factory.mktemp("pairs") / "ha") as here:
        nothing_is_killed(here)
        the_reader_is_killed(here, found)
        a_prometheus_is_killed(here)
        the_first_writer_is_killed(here, found)
        prometheus_and_alertmanager_are_killed(here, found)
        killed_when_sent(here, found)
        assert here.alive == ALL
        found.writers = {unit: here.writers(unit) for unit in FALLEN}
        found.readers, found.waits = list(here.readers), [here.waits(letter) for letter in TWO]
        asked = f'count(count_over_time(ALERTS{{alertname=~"{FALSE}",alertstate="firing"}}[10m]))'
        found.false = [here.ask(letter, asked) for letter in TWO]
        found.standing = {letter: [here.state(letter, unit) for unit in FALLEN] for letter in TWO}
        found.letters = here.box.letters
    return found


def one_mail(story: Story, unit: str, writer: str) -> Letter:
    """The one mail to a unit's head, which this Alertmanager wrote."""
    (letter,) = mail_to(story.letters, unit)
    assert story.writers[unit] == [writer]
    assert letter.subject.endswith(": 1 chỉ tiêu chưa đạt")
    return letter


def test_two_prometheus_and_three_alertmanagers_write_one_mail(story: Story) -> None:
    letter = one_mail(story, CALM, "a")

    assert letter.subject == "[Chỉ tiêu DVC] Sở Y tế: 1 chỉ tiêu chưa đạt"
    assert "Thanh toán trực tuyến" in letter.text


def test_the_second_exporter_goes_on_with_the_figures_of_the_archive(story: Story) -> None:
    before, after = story.figures

    assert len(before) > 1_000
    assert after == before
    assert story.false == [None, None]


def test_the_portal_never_has_two_readers(story: Story) -> None:
    assert [reader for reader, _ in groupby(story.readers)] == ["a", "b"]
    assert story.waits == [True, False]


@pytest.mark.parametrize("unit", [PENDING, AFTER])
def test_one_prometheus_is_enough(unit: str, story: Story) -> None:
    one_mail(story, unit, "a")


def test_an_alertmanager_killed_before_its_mail_is_stood_in_for_by_the_next(story: Story) -> None:
    line = story.lines[BEFORE]
    letter = one_mail(story, BEFORE, line[1])

    assert line == ["a", "b", "c"]
    assert (letter.received - story.killed[BEFORE]).total_seconds() >= PEER_SECONDS


def test_a_prometheus_and_an_alertmanager_killed_together_lose_no_mail(story: Story) -> None:
    line = story.lines[TOGETHER]

    assert line == ["b", "c", "a"]
    one_mail(story, TOGETHER, line[1])


def test_an_alertmanager_killed_after_its_mail_was_gossiped_costs_no_second(story: Story) -> None:
    line = story.lines[BETWEEN]

    assert line == ["c", "a", "b"]
    one_mail(story, TOLD, line[0])


def test_killed_between_sending_and_gossip_it_costs_exactly_one_more(story: Story) -> None:
    first, second = mail_to(story.letters, BETWEEN)

    assert first.subject == second.subject == "[Chỉ tiêu DVC] UBND huyện Thái Thụy: 1 chỉ tiêu chưa đạt"
    assert story.writers[BETWEEN] == [story.lines[BETWEEN][1]]
    assert first.received < story.killed[BETWEEN] < second.received


def test_who_comes_back_tells_nothing_again(story: Story) -> None:
    heads = [letter for letter in story.letters if letter.recipients != (OPERATORS,)]
    told = Counter(address for letter in heads for address in letter.recipients)

    assert told == Counter({f"{unit}@example.vn": 1 for unit in FALLEN}) + Counter([f"{BETWEEN}@example.vn"])
    assert story.standing == {letter: ["firing"] * len(FALLEN) for letter in TWO}


def test_operators_are_told_of_nothing_but_what_is_so_and_once(story: Story) -> None:
    subjects = [letter.subject for letter in story.letters if letter.recipients == (OPERATORS,)]
    others = [subject for subject in subjects if not any(words in subject for words in SLOW)]

    assert len(others) <= 1
    assert all(CALENDAR in subject for subject in others)

"""From the portal to the inbox, with the real servers: the right head is told, once, and nobody else.

One province lives through one story; each test looks at what it is about. What happens to different
units happens at the same time: they share nothing but the servers.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from tests.endtoend.conftest import Stories
from tests.stack import OPERATORS, Stack, eventually, mail_to, stack
from tools.postbox import Letter

SETTLED = 6.0
"""Seconds after which everything that was to come has come: longer than a wait and an interval."""
RECOVERY = "đạt trở lại"

PLAIN, TWO, REFUSED, WITHHELD, EXEMPT, WORSE = (
    "so-y-te",
    "so-xay-dung",
    "ubnd-hung-ha",
    "so-giao-duc-dao-tao",
    "so-khoa-hoc-cong-nghe",
    "so-lao-dong-thuong-binh-xa-hoi",
)
PAYMENT, RESULT = "online_payment", "digitised_result"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, stories: Stories) -> Iterator[Stack]:
    assert not stories.night.cancelled()
    more = {REFUSED: ["khong-con-dung@example.vn", f"{REFUSED}@example.vn"]}
    with stack(tmp_path_factory.mktemp("stack") / "one", more_addresses=more) as here:
        here.box.refused.add("khong-con-dung@example.vn")
        yield here


@dataclass(frozen=True)
class Told:
    """What lay in the inbox when it was over."""

    letters: Sequence[Letter]
    last: int
    """The number of the last one."""

    def to(self, unit: str) -> Sequence[Letter]:
        return mail_to(self.letters, unit)


def all_that_came(here: Stack, since: int) -> Told:
    time.sleep(SETTLED)
    letters = [letter for letter in here.box.letters if letter.number > since]
    return Told(letters, letters[-1].number if letters else since)


def newest(here: Stack) -> int:
    return here.box.letters[-1].number if here.box.letters else 0


@pytest.fixture(scope="module")
def fallen(running: Stack) -> Told:
    """Six units fall below a target in the same minute."""
    since = newest(running)
    assert not running.to_heads()
    with running.portal.site.batches.together():
        for unit in (PLAIN, TWO, REFUSED, WITHHELD, EXEMPT):
            assert running.portal.let_in("below", unit, PAYMENT) == 1
        assert running.portal.let_in("below", WORSE, RESULT) == 1
        assert running.portal.let_in("far", TWO, RESULT) == 1
    eventually(lambda: all(running.to(u) for u in (PLAIN, TWO, REFUSED, WITHHELD, EXEMPT, WORSE)), "mails")
    return all_that_came(running, since)


def test_one_unit_below_is_one_mail_to_its_head_only(fallen: Told) -> None:
    (letter,) = fallen.to(PLAIN)

    assert letter.subject == "[Chỉ tiêu DVC] Sở Y tế: 1 chỉ tiêu chưa đạt"
    assert "Thanh toán trực tuyến" in letter.text
    assert "chỉ tiêu được giao: 45%" in letter.text
    assert "số liệu mô phỏng" in letter.text
    assert not [other for other in fallen.letters if other is not letter and "Sở Y tế" in other.text]


def test_nobody_else_is_written_to(fallen: Told) -> None:
    heads = {f"{unit}@example.vn" for unit in (PLAIN, TWO, REFUSED, WITHHELD, EXEMPT, WORSE)}
    told = {address for letter in fallen.letters for address in letter.recipients}

    assert told - {OPERATORS} == heads
    assert all(len(fallen.to(unit)) == 1 for unit in (PLAIN, TWO, WITHHELD, EXEMPT, WORSE))


def test_warning_and_critical_in_one_unit_are_one_mail(running: Stack, fallen: Told) -> None:
    (letter,) = fallen.to(TWO)

    assert letter.subject == "[Chỉ tiêu DVC] Sở Xây dựng: 2 chỉ tiêu chưa đạt"
    assert running.firing("DvcUnitBelowTarget", unit=TWO, indicator=RESULT)
    assert running.firing("DvcUnitFarBelowTarget", unit=TWO, indicator=RESULT)


def test_a_refused_recipient_costs_no_other_his_mail(fallen: Told) -> None:
    (letter,) = fallen.to(REFUSED)

    assert letter.subject == "[Chỉ tiêu DVC] UBND huyện Hưng Hà: 1 chỉ tiêu chưa đạt"


def test_alertmanager_keeps_the_record_of_who_was_told(running: Stack, fallen: Told) -> None:
    record = "\n".join(map(str, running.told()))

    assert fallen.to(PLAIN)
    assert f"unit-{PLAIN}" in record
    assert "@example.vn" not in record


@pytest.fixture(scope="module")
def changed(running: Stack, fallen: Told) -> Told:
    """One reaches its target again, one has no figure any more, one is exempted, one gets worse."""
    since = fallen.last
    with running.portal.site.batches.together():
        assert running.portal.let_in("met", PLAIN, PAYMENT) == 1
        assert running.portal.let_in("far", WORSE, RESULT) == 1
    running.portal.fault("nan", unit=WITHHELD, indicator=PAYMENT)
    running.exempt(EXEMPT, PAYMENT)
    eventually(lambda: bool(running.query(f'dvc_reading_withheld{{unit="{WITHHELD}"}}')), "it is withheld")
    eventually(lambda: bool(running.query(f'dvc_exemption_info{{unit="{EXEMPT}"}}')), "it is exempted")
    eventually(lambda: len(running.to(PLAIN)) > 1, "the recovery is told")
    eventually(lambda: len(running.to(WORSE)) > 1, "the worsening is told")
    return all_that_came(running, since)


def test_recovery_is_one_mail_with_the_new_rate(running: Stack, changed: Told) -> None:
    (letter,) = changed.to(PLAIN)

    assert letter.subject == "[Chỉ tiêu DVC] Sở Y tế: 1 chỉ tiêu đã đạt trở lại"
    assert "Thanh toán trực tuyến: 45," in letter.text
    assert "(chỉ tiêu 45%)" in letter.text
    assert not running.firing("DvcUnitBelowTarget", unit=PLAIN)


def test_worse_is_told_as_worse(changed: Told) -> None:
    (letter,) = changed.to(WORSE)

    assert letter.subject == "[Chỉ tiêu DVC] Sở Lao động - TB và XH: 1 chỉ tiêu chưa đạt"
    assert RECOVERY not in letter.text


@pytest.mark.parametrize("unit", [WITHHELD, EXEMPT])
def test_no_figure_and_no_target_is_no_recovery(unit: str, changed: Told) -> None:
    assert not changed.to(unit)


def test_an_exempted_target_ends_its_alert(running: Stack, changed: Told) -> None:
    assert not changed.to(EXEMPT)
    eventually(lambda: not running.firing("DvcUnitBelowTarget", unit=EXEMPT), "the alert ends")


SOURCE_TROUBLE = ("Không đọc được nguồn", "DvcSourceDown", "đã cũ", "DvcDataStale")
"""One of them is in the subject: one source is named, several are counted."""


@pytest.fixture(scope="module")
def gone(running: Stack, changed: Told) -> Told:
    """The portal is gone for so long that its figures are withdrawn; two sources are read from it."""
    assert changed.letters
    running.portal.clear()
    since = newest(running)
    running.portal.fault("reset")
    eventually(lambda: running.firing("DvcSourceDown"), "the operators' alert fires")
    eventually(lambda: running.query("count(dvc_indicator_ratio)") is None, "figures are withdrawn")
    eventually(lambda: running.firing("DvcDataStale"), "its figures are old as well")
    eventually(lambda: newest(running) > since, "operators are told")
    return all_that_came(running, since)


@pytest.fixture(scope="module")
def outage(running: Stack, gone: Told) -> Told:
    """The portal comes back."""
    running.portal.clear()
    eventually(lambda: bool(running.query("count(dvc_indicator_ratio)")), "figures are back")
    eventually(lambda: not running.firing("DvcSourceDown"), "the alert ends")
    # A mail that took the return for a recovery would come after as long as a recovery takes.
    time.sleep(15)
    return all_that_came(running, gone.last)


def test_a_portal_that_is_down_is_told_to_operators_once_and_to_no_head(gone: Told) -> None:
    about = [letter for letter in gone.letters if any(word in letter.subject for word in SOURCE_TROUBLE)]

    # What else may come, of the day before the outage, is the operators' as well.
    assert [letter.subject for letter in about] == ["[Chỉ tiêu DVC, vận hành] 2 cảnh báo DvcSourceDown"]
    assert {letter.recipients for letter in gone.letters} == {(OPERATORS,)}


def test_operators_are_told_that_it_is_back(outage: Told) -> None:
    over = [letter for letter in outage.letters if "Đã hết" in letter.subject]

    assert any("Không đọc được nguồn" in letter.text for letter in over)
    assert {letter.recipients for letter in outage.letters} == {(OPERATORS,)}
    assert not [letter for letter in outage.letters if "đã cũ" in letter.text]


@pytest.fixture(scope="module")
def restarted(running: Stack, outage: Told) -> Told:
    """Alertmanager is stopped and started; then killed when its memory has been written."""
    since = outage.last
    running.end("alertmanager")
    running.start_alertmanager()
    time.sleep(2 * SETTLED)
    running.end("alertmanager", signal.SIGKILL)
    running.start_alertmanager()
    time.sleep(SETTLED)
    return all_that_came(running, since)


def test_an_alertmanager_that_remembers_writes_no_mail_twice(running: Stack, restarted: Told) -> None:
    assert [letter for letter in restarted.letters if letter.recipients != (OPERATORS,)] == []
    assert running.firing("DvcUnitBelowTarget", unit=TWO)


TWICE, DARK, SILENT = "ubnd-kien-xuong", "ubnd-thai-thuy", "so-nong-nghiep-ptnt"


@pytest.fixture(scope="module")
def killed(running: Stack, restarted: Told) -> Told:
    """Alertmanager is killed between the mail of one unit and its note of it; another unit's is to come."""
    since = restarted.last
    assert running.portal.let_in("below", TWICE, PAYMENT) == 1
    eventually(lambda: running.firing("DvcUnitBelowTarget", unit=TWICE), "it fires")
    assert running.portal.let_in("below", DARK, PAYMENT) == 1
    eventually(lambda: bool(running.to(TWICE)), "the mail comes")
    assert not running.to(DARK)
    running.end("alertmanager", signal.SIGKILL)
    running.start_alertmanager()
    eventually(lambda: bool(running.to(DARK)), "the other mail comes all the same")
    time.sleep(SETTLED)
    return all_that_came(running, since)


def test_killed_in_between_it_writes_at_most_once_more(killed: Told) -> None:
    assert 1 <= len(killed.to(TWICE)) <= 2
    assert {letter.recipients for letter in killed.letters} <= {
        (f"{TWICE}@example.vn",),
        (f"{DARK}@example.vn",),
        (OPERATORS,),
    }


def test_killed_before_the_mail_it_loses_none(killed: Told) -> None:
    assert 1 <= len(killed.to(DARK)) <= 2


@pytest.fixture(scope="module")
def without_mail(running: Stack, killed: Told) -> Told:
    """The mail server is gone when it is needed, and comes back."""
    since = killed.last
    with running.box.closed():
        assert running.portal.let_in("below", SILENT, PAYMENT) == 1
        eventually(lambda: running.firing("DvcUnitBelowTarget", unit=SILENT), "it fires")
        eventually(lambda: running.firing("DvcMailNotDelivered"), "it is noticed")
    eventually(lambda: bool(running.to(SILENT)), "the mail is delivered later")
    return all_that_came(running, since)


def test_a_mail_is_delivered_when_the_server_is_back(without_mail: Told) -> None:
    (letter,) = without_mail.to(SILENT)

    assert letter.subject == "[Chỉ tiêu DVC] Sở Nông nghiệp và PTNT: 1 chỉ tiêu chưa đạt"

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tools.postbox import KEPT, Letter, Postbox


def mail(subject: str = "Thử", *, html: bool = True) -> EmailMessage:
    """A mail in two parts."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "a@example.vn"
    message["To"] = "b@example.vn"
    message.set_content("Chữ\n")
    if html:
        message.add_alternative("<p>Chữ</p>", subtype="html")
    return message


@pytest.fixture
def box() -> Iterator[Postbox]:
    with Postbox() as box:
        yield box


def hand_over(box: Postbox, message: EmailMessage, *to: str) -> dict[str, tuple[int, bytes]]:
    """Sends a mail, and gives the recipients that were turned away."""
    with smtplib.SMTP(box.host, box.port, timeout=10) as client:
        return client.send_message(message, to_addrs=to or ("b@example.vn",))


def test_a_letter_is_kept_whole_with_its_envelope(box: Postbox) -> None:
    hand_over(box, mail("[Chỉ tiêu DVC] Sở Công Thương: 3 chỉ tiêu chưa đạt"), "b@example.vn", "c@example.vn")

    (letter,) = box.wait(1)

    assert letter.subject == "[Chỉ tiêu DVC] Sở Công Thương: 3 chỉ tiêu chưa đạt"
    assert letter.sender == "a@example.vn"
    assert letter.recipients == ("b@example.vn", "c@example.vn")
    assert letter.text == "Chữ\n"
    assert letter.html == "<p>Chữ</p>\n"
    assert box.letter(1) == letter
    assert box.letter(2) is None


def test_a_part_that_is_not_there_is_empty(box: Postbox) -> None:
    hand_over(box, mail(html=False))

    assert box.wait(1)[0].html == ""


def test_what_is_no_mail_is_kept_too(box: Postbox) -> None:
    letter = box.take("a@example.vn", ["b@example.vn"], b"Content-Type: image/png\n\n\xff\xfe")

    assert (letter.subject, letter.html, letter.text) == ("", "", "")


def test_a_refused_recipient_costs_no_other_his_mail() -> None:
    with Postbox(refuse=["GONE@example.vn"]) as box:
        refused = hand_over(box, mail(), "gone@example.vn", "b@example.vn")

        assert list(refused) == ["gone@example.vn"]
        assert box.wait(1)[0].recipients == ("b@example.vn",)


def test_letters_are_told_of_as_they_come() -> None:
    told: list[Letter] = []
    with Postbox(on_letter=told.append) as box:
        hand_over(box, mail())
        letters = box.wait(1)

    assert tuple(told) == letters


def test_forgotten_letters_are_gone_and_numbers_go_on(box: Postbox) -> None:
    box.take("a@example.vn", ["b@example.vn"], b"Subject: 1\n\n")
    box.clear()

    assert box.letters == ()
    assert box.take("a@example.vn", ["b@example.vn"], b"Subject: 2\n\n").number == 2


def test_only_so_many_are_kept(box: Postbox) -> None:
    for _ in range(KEPT + 1):
        box.take("a@example.vn", ["b@example.vn"], b"Subject: x\n\n")

    assert len(box.letters) == KEPT
    assert box.letters[0].number == 2


def test_waiting_in_vain_says_what_came(box: Postbox) -> None:
    box.take("a@example.vn", ["b@example.vn"], b"Subject: one\n\n")

    with pytest.raises(TimeoutError, match=r"1 of 2 letters came in 0\.01 s: \['one'\]"):
        box.wait(2, 0.01)


def test_a_client_that_says_nothing_does_not_keep_it_from_stopping() -> None:
    with Postbox() as box, socket.create_connection((box.host, box.port), timeout=10) as silent:
        assert silent.recv(3) == b"220"


def test_a_port_that_is_taken_is_an_error(box: Postbox) -> None:
    with pytest.raises(OSError, match="in use"):
        Postbox(port=box.port)

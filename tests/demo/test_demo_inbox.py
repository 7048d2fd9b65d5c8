from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
import requests

from demo.inbox import DemoInbox, main

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def inbox() -> Iterator[DemoInbox]:
    with DemoInbox() as inbox:
        yield inbox


def send(port: int, subject: str = "Sở Công Thương: 3 chỉ tiêu chưa đạt", *, html: bool = True) -> None:
    """Sends a mail to the inbox."""
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "he-thong@example.vn"
    message["To"] = "giam-doc@example.vn"
    message.set_content("Kính gửi: Giám đốc\n")
    if html:
        message.add_alternative(f"<p>Kính gửi</p>{EVIL}", subtype="html")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(message)


def get(inbox: DemoInbox, path: str) -> requests.Response:
    return requests.get(inbox.url + path, timeout=10)


def test_an_empty_inbox_says_so_and_looks_again(inbox: DemoInbox) -> None:
    page = get(inbox, "/")

    assert page.status_code == 200
    assert "Chưa có thư nào" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert "không thư nào rời khỏi máy này" in page.text


def test_mails_are_listed_the_newest_first(inbox: DemoInbox) -> None:
    send(inbox.box.port, "một")
    send(inbox.box.port, "hai")

    page = get(inbox, "/").text
    assert page.index("hai") < page.index("một")
    assert [letter["subject"] for letter in get(inbox, "/thu.json").json()] == ["một", "hai"]
    assert get(inbox, "/thu.json").json()[0]["recipients"] == ["giam-doc@example.vn"]


def test_a_mail_is_shown_as_html_in_a_sandbox_and_as_text(inbox: DemoInbox) -> None:
    send(inbox.box.port)

    page = get(inbox, "/thu/1").text
    assert '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/thu/1/html"' in page
    assert "Kính gửi: Giám đốc" in page
    part = get(inbox, "/thu/1/html")
    assert EVIL in part.text
    assert "default-src 'none'" in part.headers["Content-Security-Policy"]
    assert "sandbox" in part.headers["Content-Security-Policy"]
    assert "allow-scripts" not in part.headers["Content-Security-Policy"]
    plain = get(inbox, "/thu/1/txt")
    assert plain.text == "Kính gửi: Giám đốc\n"
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"
    whole = get(inbox, "/thu/1/eml")
    assert whole.headers["Content-Disposition"] == 'attachment; filename="thu-1.eml"'
    assert whole.content == inbox.box.letters[0].raw


def test_what_a_mail_says_is_escaped_in_the_page(inbox: DemoInbox) -> None:
    send(inbox.box.port, EVIL, html=False)

    for path in ("/", "/thu/1"):
        assert EVIL not in get(inbox, path).text
    assert "<iframe" not in get(inbox, "/thu/1").text


def test_a_mail_without_subject_has_a_name(inbox: DemoInbox) -> None:
    inbox.box.take("a@example.vn", ["b@example.vn"], b"\n")

    assert "(không có tiêu đề)" in get(inbox, "/").text


@pytest.mark.parametrize("path", ["/thu/9", "/thu/x", "/thu", "/khac", "/thu/1/khac", "/thu/1/html/2"])
def test_what_is_not_there_is_404(inbox: DemoInbox, path: str) -> None:
    send(inbox.box.port)

    assert get(inbox, path).status_code == 404


def test_all_can_be_deleted(inbox: DemoInbox) -> None:
    send(inbox.box.port)

    page = requests.post(inbox.url + "/xoa", timeout=10)

    assert "Chưa có thư nào" in page.text
    assert requests.post(inbox.url + "/khac", timeout=10).status_code == 404


def test_a_page_elsewhere_can_neither_read_nor_delete(inbox: DemoInbox) -> None:
    send(inbox.box.port)

    foreign = requests.post(inbox.url + "/xoa", headers={"Origin": "http://evil.example"}, timeout=10)
    rebound = requests.get(inbox.url, headers={"Host": "evil.example"}, timeout=10)

    assert foreign.status_code == rebound.status_code == 403
    assert len(inbox.box.letters) == 1


def test_head_and_other_methods(inbox: DemoInbox) -> None:
    head = requests.head(inbox.url, timeout=10)
    put = requests.put(inbox.url, timeout=10)

    assert head.status_code == 200
    assert head.content == b""
    assert put.status_code == 405
    assert put.headers["Allow"] == "GET, HEAD, POST"


def test_the_command_serves_until_it_is_stopped() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.inbox", "--smtp", "127.0.0.1:0", "--web", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        words = process.stdout.readline().split()
        web = next(word for word in words if word.startswith("http://"))
        port = int(words[words.index("ở") + 1].rpartition(":")[2])
        send(port)
        assert process.stdout.readline() == (
            "Thư 1 gửi giam-doc@example.vn: Sở Công Thương: 3 chỉ tiêu chưa đạt\n"
        )
        assert urlsplit(web).hostname == "127.0.0.1"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        try:
            assert main(["--smtp", "127.0.0.1:0", "--web", f"127.0.0.1:{port}"]) == 1
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    assert "Không mở được cổng" in capsys.readouterr().out


def test_an_address_without_port_is_refused() -> None:
    with pytest.raises(SystemExit):
        main(["--smtp", "localhost"])

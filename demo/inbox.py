"""The demo's inbox: a mail server that keeps what it gets, and a page that shows it. Nothing is sent on.

`python -m demo.inbox` for people, DemoInbox for tests.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType, TracebackType
from typing import Self
from urllib.parse import urlsplit

from demo.answer import Answer, json_answer, render
from exporter.vietnamese import moment
from tools.postbox import Letter, Postbox

DEFAULT_SMTP = "127.0.0.1:1025"
DEFAULT_WEB = "127.0.0.1:8025"
_HOME = ("127.0.0.1", "localhost", "[::1]")
_IDLE_SECONDS = 30.0
# A mail is somebody else's page: it may have its looks, and nothing else.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)


class Inbox:
    """What the page answers."""

    def __init__(self, box: Postbox) -> None:
        self.box = box

    def answer(self, method: str, path: str) -> Answer:
        """The answer to one request."""
        if method == "POST":
            return self._post(path)
        if method not in {"GET", "HEAD"}:
            return _plain("Phương thức không được dùng ở đây.", 405, {"Allow": "GET, HEAD, POST"})
        if path == "/":
            return self._page()
        if path == "/thu.json":
            return json_answer([_as_json(letter) for letter in self.box.letters])
        return self._letter(path)

    def _post(self, path: str) -> Answer:
        if path != "/xoa":
            return _plain("Không có trang này.", 404)
        self.box.clear()
        return _plain("Đã xóa.", 303, {"Location": "/"})

    def _page(self) -> Answer:
        listed = [_as_shown(letter) for letter in reversed(self.box.letters)]
        return _guarded(render("inbox.html", letters=listed, chosen=None), _PAGE_POLICY)

    def _letter(self, path: str) -> Answer:
        """/thu/7 in the page, /thu/7/html and /thu/7/txt its parts, /thu/7/eml as it came."""
        parts = path.strip("/").split("/")
        number = int(parts[1]) if len(parts) > 1 and parts[0] == "thu" and parts[1].isdecimal() else 0
        letter = self.box.letter(number)
        if letter is None or len(parts) > 3:  # noqa: PLR2004 - thu, the number, the part
            return _plain("Không có thư này.", 404)
        if len(parts) == 2:  # noqa: PLR2004 - without a part
            listed = [_as_shown(other) for other in reversed(self.box.letters)]
            return _guarded(render("inbox.html", letters=listed, chosen=_as_shown(letter)), _PAGE_POLICY)
        if parts[2] == "html":
            return _guarded(Answer(200, "text/html; charset=utf-8", letter.html.encode()), _MAIL_POLICY)
        if parts[2] == "txt":
            return _guarded(Answer(200, "text/plain; charset=utf-8", letter.text.encode()), _MAIL_POLICY)
        if parts[2] == "eml":
            headers = {"Content-Disposition": f'attachment; filename="thu-{letter.number}.eml"'}
            return Answer(200, "message/rfc822", letter.raw, headers)
        return _plain("Thư không có phần này.", 404)


def _as_shown(letter: Letter) -> dict[str, object]:
    return {
        "number": letter.number,
        "subject": letter.subject or "(không có tiêu đề)",
        "sender": letter.sender,
        "recipients": ", ".join(letter.recipients),
        "received": moment(letter.received),
        "html": bool(letter.html),
        "text": letter.text,
    }


def _as_json(letter: Letter) -> dict[str, object]:
    return {
        "number": letter.number,
        "received": letter.received.isoformat(),
        "sender": letter.sender,
        "recipients": list(letter.recipients),
        "subject": letter.subject,
    }


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, "text/plain; charset=utf-8", text.encode(), headers or {})


def _guarded(answer: Answer, policy: str) -> Answer:
    return Answer(
        answer.status, answer.content_type, answer.body, {**answer.headers, "Content-Security-Policy": policy}
    )


class _Handler(BaseHTTPRequestHandler):
    """Reads a request and sends the inbox's answer."""

    timeout = _IDLE_SECONDS
    server: _Server

    def _answer(self) -> None:
        host = urlsplit(f"//{self.headers.get('Host', '')}")
        origin = urlsplit(self.headers.get("Origin") or "").netloc
        # A page elsewhere that has its name resolve to this machine reads and deletes nothing here.
        if self.headers.get("Host") and f"{host.hostname}" not in {name.strip("[]") for name in _HOME}:
            answer = _plain("Trang này chỉ mở trên máy này.", 403)
        elif self.command == "POST" and origin and origin != self.headers.get("Host"):
            answer = _plain("Yêu cầu đến từ trang khác.", 403)
        else:
            answer = self.server.inbox.answer(self.command, urlsplit(self.path).path)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    # The names are those by which the base class finds what to do for a method.
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base's
        """Says nothing: mails are told of, visits are not."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], inbox: Inbox) -> None:
        self.inbox = inbox
        super().__init__(address, _Handler)


class DemoInbox:
    """The inbox for tests, on threads of its own.

    with DemoInbox() as inbox:
        ...mails go to inbox.box.port...
        inbox.box.wait(1)
        requests.get(inbox.url)
    """

    def __init__(
        self,
        *,
        smtp: tuple[str, int] = ("127.0.0.1", 0),
        web: tuple[str, int] = ("127.0.0.1", 0),
        note: Callable[[Letter], object] = lambda _: None,
    ) -> None:
        self.box = Postbox(host=smtp[0], port=smtp[1], on_letter=note)
        try:
            self._server = _Server(web, Inbox(self.box))
        except OSError:
            self.box.close()
            raise
        self.url = f"http://{web[0]}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        """Begins to take mail and to show it."""
        self.box.__enter__()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends both."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.box.__exit__(kind, error, trace)


def _tell(letter: Letter) -> None:
    _say(f"Thư {letter.number} gửi {', '.join(letter.recipients)}: {letter.subject}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} không phải địa chỉ và cổng")
    return host or "127.0.0.1", int(port)


def main(words: list[str] | None = None) -> int:
    """Serves until it is told to stop (SIGINT, SIGTERM). Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.inbox", description="Hộp thư thử; không gửi thư đi đâu."
    )
    parser.add_argument(
        "--smtp", type=_address, default=DEFAULT_SMTP, help="nơi nhận thư (mặc định %(default)s)"
    )
    parser.add_argument(
        "--web", type=_address, default=DEFAULT_WEB, help="trang xem thư (mặc định %(default)s)"
    )
    given = parser.parse_args(words)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
    try:
        inbox = DemoInbox(smtp=given.smtp, web=given.web, note=_tell)
    except OSError as error:
        _say(f"Không mở được cổng: {error}")
        return 1
    with inbox:
        _say(f"Hộp thư: {inbox.url} · nhận thư ở {inbox.box.host}:{inbox.box.port} · không gửi thư đi đâu")
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())

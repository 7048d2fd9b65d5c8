"""Stands before the application: who may ask, how often, and what the file puts on every answer."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.web.secured import Secured
from exporter.web.security.bucket import Bucket
from exporter.web.security.door import Door, DoorOf
from exporter.web.security.headers import put
from exporter.web.security.passwords import Passwords, Verdict, credentials

_ASK = {"www-authenticate": 'Basic realm="dvc-exporter", charset="UTF-8"'}
_REFUSED = Secured(PlainTextResponse("Cần tên người dùng và mật khẩu.\n", 401, _ASK))
_BUSY = Secured(
    PlainTextResponse("Quá nhiều mật khẩu đang chờ kiểm tra. Thử lại sau.\n", 503, {"retry-after": "1"})
)
_TOO_OFTEN = Secured(PlainTextResponse("Quá nhiều yêu cầu. Thử lại sau.\n", 429, {"retry-after": "1"}))


class Gate:
    """An ASGI application around another one. `door` is asked for every request."""

    def __init__(
        self, app: ASGIApp, door: DoorOf, passwords: Passwords | None = None, bucket: Bucket | None = None
    ) -> None:
        self._app = app
        self._door = door
        self._passwords = passwords or Passwords()
        self._bucket = bucket or Bucket()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the application answer whoever may ask."""
        door = self._door()
        if door.rate is not None and not self._bucket.take(door.rate):
            answer: ASGIApp = _TOO_OFTEN
        elif door.users:
            answer = await self._judged(door, scope)
        else:
            answer = self._app
        if not door.headers:
            await answer(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                put(door, MutableHeaders(scope=message))
            await send(message)

        await answer(scope, receive, with_headers)

    async def _judged(self, door: Door, scope: Scope) -> ASGIApp:
        """The application, or what is said to whoever may not ask it."""
        said = [value for name, value in scope["headers"] if name == b"authorization"]
        given = credentials(said[0]) if len(said) == 1 else None
        if given is None:
            return _REFUSED
        verdict = self._passwords.remembered(door.users, given)
        if verdict is None:
            client = scope.get("client") or ("",)
            verdict = await self._passwords.judge(door.users, given, str(client[0]))
        if verdict is Verdict.RIGHT:
            return self._app
        return _BUSY if verdict is Verdict.BUSY else _REFUSED

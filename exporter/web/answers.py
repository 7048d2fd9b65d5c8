"""What is answered where there is no page, or none for that method."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Handler = Callable[[Request, Exception], Awaitable[Response]]


def not_found(text: str) -> Handler:
    """404 with `text`, which says where to look."""

    async def handler(_: Request, __: Exception) -> Response:
        return PlainTextResponse(text, status_code=404)

    return handler


async def not_allowed(_: Request, error: Exception) -> Response:
    """405 with the methods that the page takes."""
    headers = (error.headers or {}) if isinstance(error, HTTPException) else {}
    allow = ", ".join(sorted(headers.get("Allow", "").split(", ")))
    text = f"Trang này chỉ nhận: {allow}\n"
    return PlainTextResponse(text, status_code=405, headers={"allow": allow})

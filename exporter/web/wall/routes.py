"""The paths of the wall, for the exporter's own face and for a port that serves nothing else."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from exporter.web.answers import not_allowed, not_found
from exporter.web.negotiation import accepts_gzip
from exporter.web.secured import OWN_SITE, Secured
from exporter.web.state import WebState
from exporter.web.wall.board import Board
from exporter.web.wall.drawing import THEMES
from exporter.web.wall.events import Events, StreamLimits

PATH = "/wall"
_FOR_EVER = "public, max-age=31536000, immutable"
_NO_PAGE = f"Không có trang này. Màn hình lớn: {PATH}\n"


def wall_routes(board: Board, events: Events) -> Sequence[Route]:
    """All that begins with `/wall`."""

    async def page(request: Request) -> Response:
        asked = request.query_params.get("theme", "")
        theme = next((theme for theme in THEMES if theme == asked), THEMES[0])
        answer = await run_in_threadpool(board.answer, theme)
        headers = {"content-security-policy": board.drawing.policy, "vary": "accept-encoding"}
        body = answer.plain
        if accepts_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
            headers["content-encoding"] = "gzip"
            body = answer.packed
        return Response(body, media_type="text/html; charset=utf-8", headers=headers)

    async def state(_: Request) -> Response:
        return Response(await run_in_threadpool(board.told), media_type="application/json")

    async def font(_: Request, content: bytes) -> Response:
        return Response(content, media_type="font/woff2", headers={"cache-control": _FOR_EVER})

    return (
        _route(PATH, page),
        _route(f"{PATH}/state", state),
        _Streams(f"{PATH}/events", events),
        *(_route(path, partial(font, content=content)) for path, content in board.fonts.items()),
    )


def create_wall_app(
    state: WebState, limits: StreamLimits, closing: threading.Event, frames: str = OWN_SITE
) -> ASGIApp:
    """An application that serves the wall and nothing else. `closing` is set when its server stops.

    `frames` are the sites that may show it in a frame.
    """
    board = Board(state)

    async def home(request: Request) -> Response:
        return RedirectResponse(PATH + (f"?{request.url.query}" if request.url.query else ""))

    app = Starlette(
        routes=[_route("/", home), *wall_routes(board, Events(board, limits, closing))],
        exception_handlers={404: not_found(_NO_PAGE), 405: not_allowed},
    )
    app.router.redirect_slashes = False
    return Secured(app, frames, below=PATH)


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, endpoint, methods=["GET"])


class _Streams(Route):
    """A route to an ASGI application, with the methods of a page."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, _unused, methods=["GET"])
        self.app = app


async def _unused(_: Request) -> Response:
    return PlainTextResponse("")

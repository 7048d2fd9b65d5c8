"""The HTTP face: which path answers what, and what every answer carries."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from exporter.web.answers import not_allowed, not_found
from exporter.web.configuration import told
from exporter.web.landing import LandingPage
from exporter.web.scrape import METHODS, PATH, Scrape
from exporter.web.secured import OWN_SITE, Secured
from exporter.web.state import WebState
from exporter.web.wall.board import Board
from exporter.web.wall.events import Events, StreamLimits
from exporter.web.wall.routes import PATH as WALL
from exporter.web.wall.routes import wall_routes

Files = Callable[[], Mapping[str, BaseModel]]
"""Configuration files by the option that names them, as they are in force."""

_NO_PAGE = (
    "Không có trang này. Trang chính: /  ·  màn hình lớn: /wall  ·  "
    "số liệu cho Prometheus: /metrics  ·  cấu hình: /config\n"
)
_ORIGIN = (
    "Yêu cầu này đến từ một trang web (có header Origin) nên bị từ chối. "
    "Hãy dùng: curl -X POST http://<địa chỉ>/-/reload\n"
)


def create_app(
    state: WebState,
    streams: StreamLimits = StreamLimits(),  # noqa: B008 - frozen
    closing: threading.Event | None = None,
    frames: str = OWN_SITE,
    files: Files = dict,
) -> ASGIApp:
    """The whole face over `state`. `/metrics` goes past the router: it is asked all the time.

    `closing` is set when the server stops: what is open without an end is then ended. `frames` are
    the sites that may show the wall in a frame, `files` what /config shows beside the settings.
    """
    scrape = Scrape(state)
    board = Board(state)
    events = Events(board, streams, closing or threading.Event())
    pages = Secured(_pages(state, scrape, files, wall_routes(board, events)), frames, below=WALL)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] in METHODS:
            await scrape(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return app


def _pages(state: WebState, scrape: Scrape, files: Files, wall: Sequence[BaseRoute]) -> Starlette:
    landing = LandingPage()

    async def index(_: Request) -> Response:
        html = await run_in_threadpool(
            landing.html, state.snapshot(), state.not_ready_reason(), scrape.last, state.clock.now()
        )
        return HTMLResponse(html, headers={"content-security-policy": landing.policy})

    async def config(_: Request) -> Response:
        text = await run_in_threadpool(lambda: told({"--config": state.settings(), **files()}))
        return PlainTextResponse(text)

    async def healthy(_: Request) -> Response:
        return PlainTextResponse("OK\n")

    async def ready(_: Request) -> Response:
        reason = state.not_ready_reason()
        return (
            PlainTextResponse("OK\n") if reason is None else PlainTextResponse(f"{reason}\n", status_code=503)
        )

    async def reload(request: Request) -> Response:
        if "origin" in request.headers:
            return PlainTextResponse(_ORIGIN, status_code=403)
        error = await run_in_threadpool(state.reload)
        return (
            PlainTextResponse("OK\n") if error is None else PlainTextResponse(f"{error}\n", status_code=500)
        )

    app = Starlette(
        routes=[
            _route("/", index, "GET"),
            # Reached by other methods only; the router then answers 405 with Allow.
            _route(PATH, healthy, "GET"),
            _route("/config", config, "GET"),
            _route("/-/healthy", healthy, "GET"),
            _route("/-/ready", ready, "GET"),
            _route("/-/reload", reload, "POST"),
            *wall,
        ],
        exception_handlers={404: not_found(_NO_PAGE), 405: not_allowed},
    )
    app.router.redirect_slashes = False
    return app


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    return Route(path, endpoint, methods=[method])

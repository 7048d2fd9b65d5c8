"""The HTTP face: which path answers what, and what every answer carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.web.landing import LandingPage
from exporter.web.scrape import METHODS, PATH, Scrape
from exporter.web.state import WebState

_NO_WALL = "Màn hình lớn (/wall) chưa có trong phiên bản này.\n"
_NO_PAGE = "Không có trang này. Trang chính: /  ·  số liệu cho Prometheus: /metrics\n"
_ORIGIN = (
    "Yêu cầu này đến từ một trang web (có header Origin) nên bị từ chối. "
    "Hãy dùng: curl -X POST http://<địa chỉ>/-/reload\n"
)
_SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_LOCKED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def create_app(state: WebState) -> ASGIApp:
    """The whole face over `state`. `/metrics` goes past the router: it is asked all the time."""
    scrape = Scrape(state)
    pages = _Secured(_pages(state, scrape))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH and scope["method"] in METHODS:
            await scrape(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return app


class _Secured:
    """Puts the security headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers[name] = value
                headers.setdefault("content-security-policy", _LOCKED)
            await send(message)

        await self._app(scope, receive, secured)


def _pages(state: WebState, scrape: Scrape) -> Starlette:
    landing = LandingPage()

    async def index(_: Request) -> Response:
        html = await run_in_threadpool(
            landing.html, state.snapshot(), state.not_ready_reason(), scrape.last, state.clock.now()
        )
        return HTMLResponse(html, headers={"content-security-policy": landing.policy})

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

    async def wall(_: Request) -> Response:
        return PlainTextResponse(_NO_WALL, status_code=404)

    app = Starlette(
        routes=[
            _route("/", index, "GET"),
            # Reached by other methods only; the router then answers 405 with Allow.
            _route(PATH, healthy, "GET"),
            _route("/-/healthy", healthy, "GET"),
            _route("/-/ready", ready, "GET"),
            _route("/-/reload", reload, "POST"),
            _route("/wall", wall, "GET"),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed},
    )
    app.router.redirect_slashes = False
    return app


def _route(path: str, endpoint: Callable[[Request], Awaitable[Response]], method: str) -> Route:
    return Route(path, endpoint, methods=[method])


async def _not_found(_: Request, __: Exception) -> Response:
    return PlainTextResponse(_NO_PAGE, status_code=404)


async def _not_allowed(_: Request, error: Exception) -> Response:
    headers = (error.headers or {}) if isinstance(error, HTTPException) else {}
    allow = ", ".join(sorted(headers.get("Allow", "").split(", ")))
    text = f"Trang này chỉ nhận: {allow}\n"
    return PlainTextResponse(text, status_code=405, headers={"allow": allow})

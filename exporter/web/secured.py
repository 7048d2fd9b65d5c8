"""What every answer carries, so that no page can be misused."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OWN_SITE = "'self'"
"""In a list of sites that may show a page in a frame: the one that it comes from."""
NOBODY = "'none'"

_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'"


class Secured:
    """Puts the security headers on every answer of an application.

    `frames` are the sites that may show its pages in a frame, as a Content-Security-Policy lists them;
    nobody by default. An application of an answer may say its own policy, without frame-ancestors.
    """

    def __init__(self, app: ASGIApp, frames: str = NOBODY, *, below: str = "") -> None:
        self._app = app
        self._frames = frames
        self._below = below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application does, with the headers."""
        path: str = scope.get("path", "")
        inside = path == self._below or path.startswith(f"{self._below}/")
        frames = self._frames if inside else NOBODY

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), frames)
            await send(message)

        await self._app(scope, receive, secured)


def secure(headers: MutableHeaders, frames: str = NOBODY) -> None:
    """Puts the security headers among those of an answer that `frames` may show in a frame."""
    for name, value in _SECURITY.items():
        headers[name] = value
    policy = headers.get("content-security-policy", _NOTHING)
    headers["content-security-policy"] = f"{policy}; frame-ancestors {frames}"
    if frames in _OPTIONS:
        headers["x-frame-options"] = _OPTIONS[frames]
    headers.setdefault("cache-control", "no-store")


_OPTIONS = {NOBODY: "DENY", OWN_SITE: "SAMEORIGIN"}
"""What browsers without frame-ancestors understand; where other sites may, they know no word for it."""

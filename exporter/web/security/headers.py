"""The headers of the file, on an answer."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders

from exporter.web.security.door import Door

_ANCESTORS = re.compile(r"frame-ancestors [^;]*")
_FRAMES = {"deny": "frame-ancestors 'none'", "sameorigin": "frame-ancestors 'self'"}


def put(door: Door, headers: MutableHeaders) -> None:
    """The headers of the file in place of the server's own."""
    given = dict(door.headers)
    frames = given.get("x-frame-options", "")
    policy = headers.get("content-security-policy", "")
    if frames and policy:
        # Browsers heed frame-ancestors and then no longer X-Frame-Options: both must say the same.
        headers["content-security-policy"] = _ANCESTORS.sub(_FRAMES[frames], policy)
    for name, value in given.items():
        headers[name] = value

"""One question to a portal and its answer, or the PortalError that stands in its place."""

from __future__ import annotations

import http.client
import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import requests
import urllib3.exceptions

from exporter.clock import Clock
from exporter.errors import PortalError, Reason
from exporter.fetch.body import ACCEPTED_ENCODINGS, check_announced, read_body
from exporter.fetch.deadline import Deadline, DeadlinePassedError, StoppedError
from exporter.fetch.dial import Resolver
from exporter.fetch.judge import (
    ACCEPTED,
    REDIRECTS,
    SMALL_PAGE,
    PassingError,
    check_answer,
    failed_status,
    is_block_page,
    redirected,
    retry_after,
)
from exporter.fetch.transport import ask
from exporter.sanitise import redact, safe
from exporter.sources.base import Page, Request
from exporter.version import exporter_version

CHUNK = 65_536

_ACCEPT = {"html": "text/html, application/xhtml+xml;q=0.9", "json": "application/json"}
_TRANSPORT_ERRORS = (
    DeadlinePassedError,
    StoppedError,
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""Everything that the libraries below raise for what goes wrong between two machines."""

logger = logging.getLogger(__name__)


class Redirect(NamedTuple):
    """Where the portal sends us, within its host, and with what status."""

    status: int
    url: str


def user_agent(contact: str) -> str:
    """Who we say we are: product, version and, where configured, whom to write to."""
    reachable = "".join(character for character in contact if " " <= character <= "~").strip()
    return f"dvc-exporter/{exporter_version()}" + (f" (+{reachable})" if reachable else "")


@dataclass(frozen=True)
class Exchange:
    """How questions are asked: by whom, with which limits."""

    user_agent: str
    max_bytes: int
    """Of a body, on the wire and decoded."""
    clock: Clock
    resolver: Resolver
    verify: Path | None
    """Certificates to trust instead of the usual ones."""

    def ask(
        self, request: Request, url: str, posted: Mapping[str, object] | None, deadline: Deadline
    ) -> Page | Redirect:
        """The answer of `url` to the request, GET or, with `posted`, POST.

        Raises PortalError; a PassingError is worth another try.
        """
        try:
            prepared = self._prepare(request, url, posted)
            with ask(prepared, deadline, self.resolver, self.verify) as response:
                return self._read(request, url, response, deadline)
        except _TRANSPORT_ERRORS as error:
            raise as_portal_error(error, deadline) from error

    def _prepare(
        self, request: Request, url: str, posted: Mapping[str, object] | None
    ) -> requests.PreparedRequest:
        headers = {
            "User-Agent": self.user_agent,
            "Accept": _ACCEPT[request.expect],
            "Accept-Encoding": ACCEPTED_ENCODINGS,
            "Accept-Language": "vi",
            "Connection": "close",
            **(request.secrets or {}),
        }
        if posted is None:
            return requests.Request("GET", url, headers=headers).prepare()
        headers["Content-Type"] = "application/json"
        body = json.dumps(posted, ensure_ascii=False).encode()
        return requests.Request("POST", url, headers=headers, data=body).prepare()

    def _read(
        self, request: Request, url: str, response: requests.Response, deadline: Deadline
    ) -> Page | Redirect:
        status, headers = response.status_code, response.headers
        content_type = safe(headers.get("Content-Type", ""))
        location = headers.get("Location")
        if status in REDIRECTS and location is not None:
            return Redirect(status, redirected(url, _readable(location)))
        if status not in ACCEPTED:
            if is_block_page(content_type, self._peek(response, deadline)):
                raise PortalError(
                    Reason.REJECTED, f"a firewall answered with status {status}: Request Rejected"
                )
            now = self.clock.unix(self.clock.now())
            raise failed_status(status, response.reason or "", retry_after(headers.get("Retry-After"), now))
        check_announced(headers.get("Content-Length"), self.max_bytes)
        encoding = headers.get("Content-Encoding", "")
        body = read_body(_chunks(response, deadline), encoding, self.max_bytes)
        check_answer(request.expect, status, content_type, body)
        logger.debug("%s answered %d with %d bytes", safe(url), status, len(body))
        return Page(request, redact(url), status, content_type, body, self.clock.now())

    def _peek(self, response: requests.Response, deadline: Deadline) -> bytes:
        """The body beside a bad status, if it is small enough to be a firewall's page; else nothing."""
        length = response.headers.get("Content-Length")
        # What is broken about the body of a failure adds nothing to the failure.
        with suppress(PortalError, *_TRANSPORT_ERRORS):
            if length is not None:
                check_announced(length, SMALL_PAGE)
                encoding = response.headers.get("Content-Encoding", "")
                return read_body(_chunks(response, deadline), encoding, SMALL_PAGE)
        return b""


def _chunks(response: requests.Response, deadline: Deadline) -> Iterator[bytes]:
    """The body as it comes over the wire, its transfer encoding undone and its content encoding not."""
    while chunk := response.raw.read(CHUNK, decode_content=False):
        deadline.remaining()
        yield chunk


def _readable(location: str) -> str:
    """A Location header as its author meant it: http.client reads UTF-8 as Latin-1."""
    return location.encode("latin-1", "replace").decode("utf-8", "replace")


def as_portal_error(error: BaseException, deadline: Deadline) -> PortalError:
    """What the libraries raised, under the reason of the closed list."""
    if deadline.stopped:
        return PortalError(Reason.CONNECTION, "given up: the exporter is stopping")
    if deadline.passed or isinstance(
        error,
        DeadlinePassedError | TimeoutError | requests.Timeout | urllib3.exceptions.TimeoutError,
    ):
        return PassingError(Reason.TIMEOUT, f"no complete answer within {deadline.seconds:.3g} s")
    said = safe(_root(error), 200)
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError | ssl.SSLError):
        return PortalError(Reason.TLS, said)
    if isinstance(error, ValueError):
        # An address or a header that makes no sense will make none the next time.
        return PortalError(Reason.CONNECTION, said)
    return PassingError(Reason.CONNECTION, said)


def _root(error: BaseException) -> str:
    """The first cause, without the layers of libraries around it."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        held = (*error.args, getattr(error, "reason", None))
        inner = [part for part in held if isinstance(part, Exception)]
        error = inner[-1] if inner else error.__cause__ or error.__context__ or error
    return f"{type(error).__name__}: {error}"

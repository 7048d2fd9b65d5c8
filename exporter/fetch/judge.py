"""What an answer is worth: pure judgements on addresses, statuses, headers and first bytes."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin, urlsplit

from exporter.errors import PortalError, Reason
from exporter.sanitise import safe
from exporter.sources.base import Expected

REJECTING = frozenset({401, 403, 429})
"""Statuses by which a portal says that it does not want us (now)."""
PASSING = frozenset({500, 502, 503, 504})
"""Statuses that may pass by themselves, and are tried again."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
ACCEPTED = frozenset({200, 201, 202, 203, 204, 205})
"""Statuses whose body is the answer (of 204 and 205 an empty one); 206 is a piece nobody asked for."""

SMALL_PAGE = 16_384
"""Bytes. A firewall's block page is far smaller; a statistics page that quotes one is larger."""

_PORTS = {"http": 80, "https": 443}
_BLOCKED = (b"request rejected", b"the requested url was rejected")
_LOGIN_STEMS = frozenset(
    {"login", "log-in", "logon", "signin", "sign-in", "dangnhap", "dang-nhap", "dang_nhap"}
    | {"sso", "oauth", "oauth2", "realms"}
)


class PassingError(PortalError):
    """A failure that may pass by itself: worth another try."""


def address(url: str) -> SplitResult:
    """The parts of an http or https URL with a host. Raises PortalError (connection) for any other."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise PortalError(Reason.CONNECTION, safe(f"{url} is no address to ask: http(s)://host[:port]/… is"))
    return parts


def host_of(url: str) -> str:
    """The host that a URL names, as the fetcher keys its locks and breakers.

    Ports do not count: what answers on another port of the same host is the same guest house.
    Raises PortalError (connection) for what names no host.
    """
    return (address(url).hostname or "").rstrip(".")


def redirected(url: str, location: str) -> str:
    """Where a redirect leads, within the host.

    Raises PortalError (rejected) for another host, another port, a step down from https, an address
    that carries a password, or a login path: an open statistics page does none of these.
    """
    try:
        target = urljoin(url, location.strip())
        old, new = address(url), address(target)
    except (ValueError, PortalError) as error:
        raise PortalError(Reason.REJECTED, safe(f"redirected to what is no address: {location}")) from error
    shown = safe(target)
    upgraded = old.scheme == "http" and new.scheme == "https"
    if old.scheme == "https" and new.scheme == "http":
        raise PortalError(Reason.REJECTED, f"redirected from https down to {shown}")
    if host_of(url) != host_of(target) or new.username is not None:
        raise PortalError(Reason.REJECTED, f"redirected away from its host to {shown}")
    if _port(old) != _port(new) and not (upgraded and (_port(old), _port(new)) == (80, 443)):
        raise PortalError(Reason.REJECTED, f"redirected to another port: {shown}")
    if any(part.partition(".")[0] in _LOGIN_STEMS for part in new.path.lower().split("/")):
        raise PortalError(Reason.REJECTED, f"redirected to a login page: {shown}")
    return new._replace(fragment="").geturl()


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]


def retry_after(header: str | None, real_now: float) -> float | None:
    """Seconds (at least 0) that a Retry-After header asks for; None without a readable one.

    `real_now` is real Unix time: the portal's calendar is not the one of a rehearsal.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdecimal():
        # A number of more digits than that is an attack on int(), and means "very long" anyway.
        return float(text[:12]) if len(text) <= 12 else float(10**12)  # noqa: PLR2004
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, moment.timestamp() - real_now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def is_html(content_type: str, body: bytes) -> bool:
    """Whether the answer is a web page, by its header or by how it begins."""
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return "html" in content_type.lower() or start.startswith((b"<!doctype html", b"<html"))


def is_block_page(content_type: str, body: bytes) -> bool:
    """Whether a firewall answered in the portal's place ("Request Rejected" of an F5, also with 200)."""
    if len(body) > SMALL_PAGE or not is_html(content_type, body):
        return False
    text = body.lower()
    return any(phrase in text for phrase in _BLOCKED)


def is_login_page(content_type: str, body: bytes) -> bool:
    """Whether the page asks for a password and holds no table.

    The password alone says nothing: many portals carry a login form in the head of every page.
    """
    text = body.lower()
    return (
        is_html(content_type, body)
        and b"<table" not in text
        and any(mark in text for mark in (b'type="password"', b"type='password'", b"type=password"))
    )


def check_answer(expected: Expected, status: int, content_type: str, body: bytes) -> None:
    """Raise PortalError when a 2xx answer cannot be what was asked for.

    decode: it is empty. rejected: a page where data was expected, a firewall's or a login page.
    """
    if not body.strip():
        raise PortalError(Reason.DECODE, f"the answer is empty (status {status})")
    if is_block_page(content_type, body):
        raise PortalError(Reason.REJECTED, "a firewall answered in the portal's place: Request Rejected")
    if is_login_page(content_type, body):
        raise PortalError(Reason.REJECTED, "a login page stands where the data was expected")
    if expected == "json" and is_html(content_type, body):
        beginning = safe(_title(body), 80)
        raise PortalError(Reason.REJECTED, f"a web page stands where data was expected: {beginning}")


def _title(body: bytes) -> str:
    """How the page begins, for a person to recognise it by."""
    return " ".join(body[:400].decode("utf-8", "replace").split())


def failed_status(status: int, phrase: str, wait: float | None) -> PortalError:
    """What a status means whose body is no answer: rejected, or http_status (which may be passing).

    `wait` is what Retry-After asks for (seconds).
    """
    said = safe(f"status {status} {phrase}".strip(), 100)
    if wait is not None:
        said += f", Retry-After {wait:.0f} s"
    if status in REJECTING:
        return PortalError(Reason.REJECTED, said, retry_after=wait)
    if status in PASSING:
        return PassingError(Reason.HTTP_STATUS, said, retry_after=wait)
    return PortalError(Reason.HTTP_STATUS, said)

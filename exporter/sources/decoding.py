"""The bytes of a page as text or JSON, strictly: what cannot be decoded is a fault, never a `\ufffd`."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from typing import cast

from selectolax.lexbor import LexborHTMLParser

from exporter.errors import PortalError, Reason
from exporter.sources.base import Page

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A closed list: some of Python's codecs are slow on purpose-made input or are no charsets at all.
_CHARSETS = frozenset(
    {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "cp1252", "iso8859-1", "ascii"},
)
# What browsers do: pages that claim one of these are in windows-1252.
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252"}
_META_WINDOW = 1024
"""Bytes within which a page may declare its charset (HTML Standard)."""
_QUOTED = 80


def html_text(page: Page) -> str:
    """The characters of an HTML page: by its byte-order mark, the content type, its meta, else UTF-8.

    Raises PortalError (decode) when the charset is unknown or the bytes are not in it.
    """
    body = page.body
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _decode(body[len(mark) :], name)
    declared = _charset_of(page.content_type)
    if declared is None:
        declared = _meta_charset(body)
        # The meta was read as ASCII, so the page is not in UTF-16 whatever it says (HTML Standard).
        if declared is not None and declared.strip().casefold().startswith("utf-16"):
            declared = "utf-8"
    return _decode(body, declared or "utf-8")


def _decode(body: bytes, declared: str) -> str:
    try:
        name = codecs.lookup(declared.strip().casefold()).name
    except (LookupError, ValueError):
        name = ""
    if name not in _CHARSETS:
        raise PortalError(
            Reason.DECODE, f"the page is in the charset {declared[:_QUOTED]!r}, which is not known"
        )
    try:
        return body.decode(_WIDER.get(name, name))
    except UnicodeDecodeError as error:
        raise PortalError(
            Reason.DECODE,
            f"the page is not in the charset {name} that it is said to be in (byte {error.start})",
        ) from error


def _charset_of(content_type: str) -> str | None:
    for parameter in content_type.split(";")[1:]:
        key, _, value = parameter.partition("=")
        if key.strip().casefold() == "charset" and value.strip(" \t\"'"):
            return value.strip(" \t\"'")
    return None


def _meta_charset(body: bytes) -> str | None:
    window = body[:_META_WINDOW]
    if b"charset" not in window.lower():
        return None
    for meta in LexborHTMLParser(window.decode("latin-1")).css("meta"):
        attributes = meta.attributes
        charset = attributes.get("charset")
        if charset:
            return charset
        if (attributes.get("http-equiv") or "").strip().casefold() == "content-type":
            named = _charset_of(attributes.get("content") or "")
            if named is not None:
                return named
    return None


def json_object(page: Page) -> Mapping[str, object]:
    """The JSON object that a page is.

    Raises PortalError: decode when it is not JSON (or nested or long beyond reason), schema when it
    is JSON but no object.
    """
    body = page.body.removeprefix(codecs.BOM_UTF8)
    if not body.strip():
        raise PortalError(Reason.DECODE, "the answer is empty, and JSON was expected")
    if body.lstrip()[:1] == b"<":
        raise PortalError(Reason.DECODE, "the answer is a page of HTML, and JSON was expected")
    try:
        text = body.decode("utf-8")
        value: object = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            # Half of a pair is valid JSON and no text: it could not be printed on any page.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise PortalError(Reason.DECODE, "the answer holds half a character (a lone surrogate)") from error
    except UnicodeDecodeError as error:
        raise PortalError(Reason.DECODE, f"the answer is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise PortalError(Reason.DECODE, "the answer is nested too deeply to be read") from error
    except ValueError as error:
        raise PortalError(Reason.DECODE, f"the answer is not JSON: {str(error)[:_QUOTED]}") from error
    if not isinstance(value, dict):
        raise PortalError(Reason.SCHEMA, "the answer is JSON, but not an object")
    return cast("Mapping[str, object]", value)

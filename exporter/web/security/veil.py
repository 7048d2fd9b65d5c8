"""Faults of a file that holds secrets: a line is shown only where it cannot hold one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from exporter.config.faults import Fault
from exporter.sanitise import MASK
from exporter.web.security.names import CIPHERS, CIPHERS_13, CURVES, HEADERS

_SECTIONS = ("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit", "headers")
_PLAIN = (
    "cert_file",
    "key_file",
    "client_ca_file",
    "client_auth_type",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "curve_preferences",
    "prefer_server_cipher_suites",
    "http2",
    "interval",
    "burst",
    *HEADERS,
)
_HARMLESS = re.compile(
    rf"\s*(?:(?:{'|'.join(_SECTIONS)}):\s*(?:\{{\s*\}}|\[\s*\])?"
    rf"|(?:{'|'.join(_PLAIN)}):[^{{]*"
    rf"|-\s+(?:{'|'.join((*CIPHERS, *CIPHERS_13, *CURVES))}))\s*"
)
_KEY = re.compile(r"\s*[\w.@-]{1,64}:")


def veiled(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """The faults, their lines without what could be a password, a hash or a private key."""
    return tuple(_veiled(fault) for fault in faults)


def _veiled(fault: Fault) -> Fault:
    line = fault.source_line
    if not line or _HARMLESS.fullmatch(line):
        return fault
    key = _KEY.match(line)
    shown = f"{key[0]} {MASK}" if key else MASK
    inside = fault.column + fault.length - 1 <= (key.end() if key else 0)
    if inside:
        return replace(fault, source_line=shown)
    begin = len(shown) - len(MASK)
    return replace(fault, source_line=shown, column=begin + 1, length=len(MASK))

"""What can go wrong with a portal, as a closed list: every failure is counted under one of these."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why (a part of) a collection failed: label `reason` of `dvc_source_failures_total`."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    HTTP_STATUS = "http_status"
    REJECTED = "rejected"
    TOO_LARGE = "too_large"
    DECODE = "decode"
    SCHEMA = "schema"


class PortalError(Exception):
    """A portal did not give what was asked for.

    `detail` is one sentence for operators; it may quote the portal and must be escaped where shown.
    `retry_after` is how many seconds the portal asked to be left alone, where it said so.
    """

    def __init__(self, reason: Reason, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after

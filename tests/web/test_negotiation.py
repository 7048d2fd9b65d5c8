"""Which format and encoding a scrape gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.metrics.exposition import Format
from exporter.web.negotiation import PLAIN, accepts_gzip, choose_format

PROMETHEUS = (
    b"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    b"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    b"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "format_", "content_type"),
    [
        (b"", Format.TEXT, "text/plain; version=0.0.4; charset=utf-8"),
        (b"*/*", Format.TEXT, "text/plain; version=0.0.4; charset=utf-8"),
        (b"text/html,application/xhtml+xml", Format.TEXT, "text/plain; version=0.0.4; charset=utf-8"),
        (PROMETHEUS, Format.OPENMETRICS, OPENMETRICS + "; escaping=allow-utf-8"),
        (b"application/openmetrics-text", Format.OPENMETRICS, OPENMETRICS),
        (b"Application/OpenMetrics-Text; Version=1.0.0", Format.OPENMETRICS, OPENMETRICS),
        (
            b"application/openmetrics-text;escaping=dots",
            Format.OPENMETRICS,
            OPENMETRICS + "; escaping=underscores",
        ),
        (
            b"application/openmetrics-text;version=2.0.0",
            Format.TEXT,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (b"application/openmetrics-text;q=0", Format.TEXT, "text/plain; version=0.0.4; charset=utf-8"),
        (
            b"application/openmetrics-text;q=0.1,text/plain",
            Format.TEXT,
            "text/plain; version=0.0.4; charset=utf-8",
        ),
        (
            b"text/plain;version=1.0.0",
            Format.TEXT,
            "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
        ),
        (
            b"application/vnd.google.protobuf;q=1," + PROMETHEUS,
            Format.OPENMETRICS,
            OPENMETRICS + "; escaping=allow-utf-8",
        ),
        (b"\xff\xfe;q=abc,;;=,", Format.TEXT, "text/plain; version=0.0.4; charset=utf-8"),
    ],
)
def test_format(accept: bytes, format_: Format, content_type: str) -> None:
    choice = choose_format(accept)
    assert (choice.format, choice.content_type.decode()) == (format_, content_type)


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (b"", False),
        (b"gzip", True),
        (b"gzip, deflate, br", True),
        (b"GZIP;q=0.5", True),
        (b"gzip;q=0", False),
        (b"gzip;q=0, *", False),
        (b"*;q=0.1", True),
        (b"x-gzip", True),
        (b"identity", False),
        (b"gzip;q=nan", False),
        (b"gzip;q=2", False),
        (b"deflate", False),
    ],
)
def test_gzip(header: bytes, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@given(st.binary(max_size=200))
def test_any_header_gets_an_answer(header: bytes) -> None:
    assert choose_format(header).format in Format
    assert accepts_gzip(header) in {True, False}


def test_a_header_without_end_is_not_looked_through() -> None:
    assert choose_format(b"a," * 5_000 + b"application/openmetrics-text") == PLAIN

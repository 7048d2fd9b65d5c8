"""Snapshot to ready bytes, once: plain and compressed, in both formats, with room for a tail.

Figures change only when a portal is read, so they are rendered and compressed when a snapshot is made.
What changes by itself (the process's own metrics) is appended for each scrape: to the plain bytes as
they are, to the compressed ones through a copy of the compressor, which stands behind a sync flush. The
answer is one gzip member; a second one would be dropped silently by some clients.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric as LibraryMetric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from exporter.metrics.families import families, starting_families
from exporter.snapshot.model import ReloadState, Snapshot

_LEVEL = 6
_GZIP = 16 + zlib.MAX_WBITS
_END = b"# EOF\n"


class Format(Enum):
    """The two text formats; both are UTF-8."""

    TEXT = "text"
    OPENMETRICS = "openmetrics"


class Compressor(Protocol):
    """The part of zlib's compressor that is used here."""

    def compress(self, data: bytes, /) -> bytes:
        """Compressed bytes, as far as they are due."""
        ...

    def flush(self, mode: int = ..., /) -> bytes:
        """The bytes still held back."""
        ...

    def copy(self) -> Compressor:
        """One that goes on from the same state by itself."""
        ...


class _Given(Collector):
    """Hands families that were made already to the library's renderers."""

    def __init__(self, given: Iterable[LibraryMetric]) -> None:
        self._given = tuple(given)

    def collect(self) -> Iterable[LibraryMetric]:
        return self._given


def _render(format_: Format, source: Collector) -> bytes:
    """In one of the formats, without OpenMetrics' end mark."""
    if format_ is Format.TEXT:
        return generate_latest(source)
    whole: bytes = generate_openmetrics(source)  # type: ignore[no-untyped-call]
    return whole.removesuffix(_END)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One format: all that stays the same until the next snapshot."""

    plain: bytes
    packed: bytes
    """The beginning of a gzip member, up to a sync flush."""
    packer: Compressor
    """The compressor behind `packed`; it is copied and never used itself."""
    end: bytes
    """What must come last."""

    @classmethod
    def of(cls, plain: bytes, end: bytes) -> Rendered:
        """Compresses `plain`, and leaves the member open."""
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        packed = packer.compress(plain) + packer.flush(zlib.Z_SYNC_FLUSH)
        return cls(plain, packed, packer, end)

    def answer(self, tail: bytes) -> bytes:
        """The whole exposition with `tail` as its last families."""
        return b"".join((self.plain, tail, self.end))

    def gzip(self, tail: bytes) -> bytes:
        """The same as one gzip member."""
        packer = self.packer.copy()
        return b"".join((self.packed, packer.compress(tail + self.end), packer.flush()))


@dataclass(frozen=True, slots=True)
class Exposition:
    """A snapshot as Prometheus reads it, ready to be sent any number of times, from any thread."""

    text: Rendered
    openmetrics: Rendered
    series: int
    """How many samples it holds (a count, without the process's own)."""

    def in_format(self, format_: Format) -> Rendered:
        """The bytes of one format."""
        return self.text if format_ is Format.TEXT else self.openmetrics


def render(snapshot: Snapshot) -> Exposition:
    """The snapshot's exposition."""
    return render_families(families(snapshot))


def render_starting(reload: ReloadState, clock_offset_seconds: float) -> Exposition:
    """The exposition before the first snapshot."""
    return render_families(starting_families(reload, clock_offset_seconds))


def render_families(found: Iterable[LibraryMetric]) -> Exposition:
    """The exposition of any families, rendered by the library."""
    given = tuple(found)
    collector = _Given(given)
    return Exposition(
        text=Rendered.of(_render(Format.TEXT, collector), b""),
        openmetrics=Rendered.of(_render(Format.OPENMETRICS, collector), _END),
        series=sum(len(family.samples) for family in given),
    )


class ProcessMetrics:
    """The metrics of this process that the library knows, rendered for each scrape.

    Stands on a registry of its own: the library's global one belongs to whoever imports it.
    """

    def __init__(self) -> None:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self._registry = registry
        platform = CollectorRegistry()
        PlatformCollector(registry=platform)
        self._unchanging = {format_: _render(format_, platform) for format_ in Format}

    def tail(self, format_: Format) -> bytes:
        """Process, garbage collector and platform, as of now, without OpenMetrics' end mark."""
        return _render(format_, self._registry) + self._unchanging[format_]

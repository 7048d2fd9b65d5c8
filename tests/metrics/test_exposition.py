"""Snapshot to bytes: golden files, one gzip member, and what the readers of the formats make of it."""

from __future__ import annotations

import gzip
import subprocess
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.metrics import families
from exporter.metrics.exposition import Exposition, Format, ProcessMetrics, render, render_starting
from tests.snapshots import RELOAD, make_snapshot, make_troubled_snapshot

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def troubled(monkeypatch: pytest.MonkeyPatch) -> Exposition:
    """With a version and a Python that are the same everywhere."""
    monkeypatch.setattr(families, "PYTHON", "3.11.7")
    monkeypatch.setattr(families, "exporter_version", lambda: "0.1.0")
    return render(make_troubled_snapshot())


@pytest.mark.parametrize(
    ("format_", "name"), [(Format.TEXT, "metrics.txt"), (Format.OPENMETRICS, "openmetrics.txt")]
)
def test_golden(troubled: Exposition, format_: Format, name: str) -> None:
    """Written by `tests/metrics/golden/README.md`'s command; every change of it is read by a human."""
    assert troubled.in_format(format_).answer(b"").decode() == (GOLDEN / name).read_text(encoding="utf-8")


def test_both_formats_say_the_same(troubled: Exposition) -> None:
    def said(found: object) -> list[object]:
        return [(s.name, s.labels, s.value) for family in found for s in family.samples]  # type: ignore[attr-defined]

    text = said(parse_text(troubled.text.answer(b"").decode()))
    openmetrics = said(parse_openmetrics(troubled.openmetrics.answer(b"").decode()))
    assert text == openmetrics
    assert len(text) == troubled.series


@pytest.mark.parametrize("format_", Format)
def test_a_compressed_answer_is_one_member_and_whole(format_: Format) -> None:
    rendered = render(make_snapshot(communes=8)).in_format(format_)
    for tail in (b"", b"a 1\n", b"".join(b"process_%d 1\n" % n for n in range(300))):
        packed = rendered.gzip(tail)
        reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert reader.decompress(packed) == rendered.answer(tail)
        assert reader.eof
        assert reader.unused_data == b""
        assert gzip.decompress(packed) == rendered.answer(tail)
        assert int.from_bytes(packed[-4:], "little") == len(rendered.answer(tail))
        assert int.from_bytes(packed[-8:-4], "little") == zlib.crc32(rendered.answer(tail))


def test_openmetrics_ends_with_its_mark_once() -> None:
    process = ProcessMetrics()
    whole = render_starting(RELOAD, 0.0).openmetrics.answer(process.tail(Format.OPENMETRICS))
    assert whole.endswith(b"\n# EOF\n")
    assert whole.count(b"# EOF") == 1
    names = [family.name for family in parse_openmetrics(whole.decode())]
    assert names[0] == "dvc_config_last_reload_successful"
    assert "process_resident_memory_bytes" in names
    assert "python_info" in names


def test_process_metrics_are_as_of_now() -> None:
    process = ProcessMetrics()
    tail = process.tail(Format.TEXT).decode()
    with (GOLDEN / "metrics.txt").open(encoding="utf-8"):
        more = process.tail(Format.TEXT).decode()
    found = [
        next(s.value for f in parse_text(text) for s in f.samples if s.name == "process_open_fds")
        for text in (tail, more)
    ]
    assert found[1] == found[0] + 1
    assert 'python_info{implementation="CPython"' in tail


def test_any_number_of_threads_may_compress_at_once() -> None:
    rendered = render(make_snapshot(communes=8)).text
    tails = [b"thread_%d 1\n" % n * (n % 7) for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        packed = list(pool.map(rendered.gzip, tails))
    assert [gzip.decompress(p) for p in packed] == [rendered.answer(tail) for tail in tails]


def test_promtool_has_nothing_to_say(promtool: Path) -> None:
    rendered = render(make_troubled_snapshot()).text
    checked = subprocess.run(
        [promtool, "check", "metrics"],
        input=rendered.answer(ProcessMetrics().tail(Format.TEXT)),
        capture_output=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")

"""Whatever rows a portal prints: a figure is one of its rows, whole and plausible, or absent."""

from __future__ import annotations

import math
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.metrics.exposition import Format, render
from exporter.quality.history import Reader
from exporter.quality.state import SourceState
from exporter.snapshot.compose import compose
from exporter.sources.base import PartReading, Reading
from tests import builders as b

NAMES = ["Sở Y tế", "SYT", "Sở Tài chính", "UBND huyện Đông Hưng", "Xã Đông Quang", "Không biết", ""]
COUNTS = st.one_of(st.none(), st.integers(-5, 10**12))
ROWS = st.builds(
    lambda name, n, d, what, scope, fault: b.row(
        name,
        None if fault else n,
        None if fault else d,
        what,
        scope=scope,
        fault=fault,
    ),
    st.sampled_from(NAMES),
    COUNTS,
    COUNTS,
    st.sampled_from([i.id for i in b.INDICATORS]),
    st.sampled_from([None, "Huyện Đông Hưng", "Huyện Tiền Hải", "Lạ"]),
    st.sampled_from([None, None, None, "NaN"]),
)
DECISION = b.decision()


@given(st.lists(st.lists(ROWS, max_size=12), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_missing_value_is_never_a_number(tmp_path: Path, days: list[list[Reading]]) -> None:
    config = b.settings(tmp_path)
    portal = b.FakeSource()
    reader = Reader(config.sources[0], portal, DECISION, config)
    state = SourceState()
    for number, rows in enumerate(days):
        page = portal.page(PartReading(tuple(rows)), b.at(f"2024-09-{16 + number}"))
        state, _ = reader.step(state, b.collection(page))
    snapshot = compose(DECISION, config, {"cong": state}, b.at("2024-09-18", "10:00"))
    printed = {(r.indicator, r.numerator, r.denominator) for r in days[-1]}
    for figure, m in snapshot.figures.items():
        assert 0 <= m.numerator <= m.denominator
        if not m.is_sum:
            assert (figure.indicator, m.numerator, m.denominator) in printed
        assert m.ratio is None or (math.isfinite(m.ratio) and 0 <= m.ratio <= 1)
    text = render(snapshot).in_format(Format.TEXT).plain.decode()
    values = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line and not line.startswith("#")]
    assert all(math.isfinite(float(value)) for value in values)
    series = [line.rsplit(" ", 1)[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert len(series) == len(set(series))

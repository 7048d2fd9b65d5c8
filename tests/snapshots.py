"""Snapshots out of thin air: a province of any size with figures that are the same in every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from exporter.clock import PROVINCE_TIME, Clock, FixedClock
from exporter.decision import PROVINCE, Alias, Counting, Decision, Indicator, Kind, Milestone, Unit
from exporter.metrics.exposition import Exposition, render, render_starting
from exporter.periods import Period, PeriodKind
from exporter.settings import (
    ArchiveSettings,
    Override,
    Responsibility,
    Settings,
    SourceSettings,
    load_config,
)
from exporter.snapshot.model import (
    Comparison,
    Figure,
    Measurement,
    ReloadState,
    Run,
    Snapshot,
    SourceView,
    Unmatched,
    Withheld,
)

NOW = datetime(2024, 9, 16, 9, 8, tzinfo=PROVINCE_TIME)
RELOAD = ReloadState(successful=True, at=NOW - timedelta(hours=3))
YEAR = Period("year", date(2024, 1, 1))
MONTH = Period("month", date(2024, 9, 1))
_OFFICES = frozenset({Kind.DEPARTMENT, Kind.DISTRICT, Kind.COMMUNE_GROUP, Kind.COMMUNE})
_LOCAL = frozenset({Kind.COMMUNE_GROUP, Kind.COMMUNE})

_INDICATORS = (
    ("full_online_provision", "Dịch vụ toàn trình", Counting.CATALOGUE, "thủ tục", _OFFICES, 80),
    ("online_dossier", "Hồ sơ trực tuyến", Counting.FLOW, "hồ sơ", _OFFICES, 50),
    ("online_payment", "Thanh toán trực tuyến", Counting.FLOW, "giao dịch", _OFFICES, 45),
    ("digitised_result", "Số hóa kết quả", Counting.BACKLOG, "kết quả", _OFFICES, 100),
    ("electronic_result", "Kết quả điện tử", Counting.BACKLOG, "kết quả", _OFFICES, 100),
    ("service_with_dossier", "Dịch vụ có hồ sơ", Counting.CATALOGUE, "dịch vụ", _OFFICES, 85),
    ("electronic_certified_copy", "Chứng thực điện tử", Counting.CATALOGUE, "cơ quan", _LOCAL, 100),
)
INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        id_: Indicator(id_, f"Tỷ lệ {short.lower()}", short, counting, counted, kinds, Fraction(target, 100))
        for id_, short, counting, counted, kinds, target in _INDICATORS
    }
)


def make_decision(departments: int = 16, groups: int = 8, communes: int = 260) -> Decision:
    """A decision with as many districts as commune groups, and the communes spread over the groups."""
    units = [Unit(PROVINCE, "Tỉnh Thái Bình", "Thái Bình", Kind.PROVINCE, None)]
    units += [
        Unit(f"so-{n}", f"Sở thứ {n}", f"Sở {n}", Kind.DEPARTMENT, PROVINCE, number=n)
        for n in range(1, departments + 1)
    ]
    for n in range(1, groups + 1):
        district, group = f"ubnd-{n}", f"xa-{n}"
        number = departments + 2 * n
        name = f"UBND huyện {n}"
        units.append(Unit(district, name, f"Huyện {n}", Kind.DISTRICT, PROVINCE, number=number - 1))
        mine = range(n - 1, communes, groups)
        label = f"Xã, thị trấn huyện {n} ({len(mine)}/{len(mine)} xã)"
        units.append(Unit(group, label, f"Xã huyện {n}", Kind.COMMUNE_GROUP, district, number=number))
        units += [Unit(f"xa-{12000 + c}", f"Xã {c}", f"Xã {c}", Kind.COMMUNE, group) for c in mine]
    if groups == 0:
        # As provinces are since 1 July 2025.
        units += [
            Unit(f"xa-{12000 + c}", f"Xã {c}", f"Xã {c}", Kind.COMMUNE, PROVINCE) for c in range(communes)
        ]
    return Decision(
        number="805/QĐ-UBND",
        title="Giao chỉ tiêu",
        authority="Chủ tịch Ủy ban nhân dân tỉnh Thái Bình",
        issued=date(2024, 5, 24),
        period_start=date(2024, 1, 1),
        period_end=date(2024, 12, 31),
        in_force_until=None,
        monitors=("Sở Nội vụ",),
        indicators=INDICATORS,
        units={unit.id: unit for unit in units},
    )


def make_settings(**changes: object) -> Settings:
    """Two sources that share the units, and one that nobody has to listen to."""
    every = {"every": timedelta(hours=6), "validity": timedelta(hours=26), "family": "html_table", "read": {}}
    upper = (Kind.DEPARTMENT, Kind.DISTRICT, Kind.PROVINCE)
    lower = (Kind.COMMUNE_GROUP, Kind.COMMUNE)
    settings = Settings(
        archive=ArchiveSettings(directory=Path("var/archive")),
        sources=tuple(SourceSettings(id=i, name=n, **every) for i, n in _SOURCES),
        responsible=(
            Responsibility(source="cong-tinh-don-vi", kinds=upper, indicators=tuple(INDICATORS)),
            Responsibility(source="cong-tinh-xa", kinds=lower, indicators=tuple(INDICATORS)),
        ),
    )
    return settings.model_copy(update=changes)


_SOURCES = (
    ("cong-tinh-don-vi", "Cổng dịch vụ công tỉnh – sở, ngành, huyện"),
    ("cong-tinh-xa", "Cổng dịch vụ công tỉnh – xã, phường, thị trấn"),
    ("cong-quoc-gia", "Cổng Dịch vụ công quốc gia"),
)


def make_source(id_: str = "cong-tinh-don-vi", name: str = "Cổng tỉnh", **changes: object) -> SourceView:
    """A source that is well."""
    view = SourceView(
        id=id_,
        name=name,
        family="html_table",
        simulated=True,
        up=True,
        last_attempt=NOW - timedelta(minutes=12),
        last_success=NOW - timedelta(minutes=12),
        as_of=datetime(2024, 9, 16, 6, 0, tzinfo=PROVINCE_TIME),
        last_change=NOW - timedelta(hours=3, minutes=8),
        interval_seconds=21_600.0,
        validity_seconds=93_600.0,
        fetch_duration_seconds=4.25,
        failures={},
        readings={"accepted": 560, "withheld": 0, "unmatched": 0, "ambiguous": 0},
        mismatches={"online_dossier": 0.0},
        periods={"year": YEAR, "month": MONTH},
        expired=False,
        differs={},
    )
    return replace(view, **changes)  # type: ignore[arg-type]


def make_run(number: int, source: str = "cong-tinh-don-vi", **changes: object) -> Run:
    """The collection that was `number` times six hours ago."""
    run = Run(
        id=f"2024-09-16T0856-{number:02}",
        source=source,
        started=NOW - timedelta(minutes=12, hours=6 * number),
        duration_seconds=4.25,
        accepted=560,
        withheld=0,
        unmatched=0,
        ambiguous=0,
        failures=(),
        log=(),
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def make_measurement(figure: Figure, numerator: int, denominator: int, **changes: object) -> Measurement:
    """A measurement of one figure."""
    found = Measurement(
        unit=figure.unit,
        indicator=figure.indicator,
        period=YEAR if figure.period == "year" else MONTH,
        numerator=numerator,
        denominator=denominator,
        source="cong-tinh-don-vi",
        fetched_at=NOW - timedelta(minutes=12),
        as_of=None,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def make_figures(decision: Decision, day: date = date(2024, 9, 16)) -> dict[Figure, Measurement]:
    """A year and a month for every unit in force and every indicator that it has a target for."""
    return {m.figure: m for m in _measurements(decision, day)}


def _measurements(decision: Decision, day: date) -> Iterator[Measurement]:
    periods: tuple[PeriodKind, ...] = ("year", "month")
    for n, unit in enumerate(decision.in_force(day)):
        for k, indicator in enumerate(decision.indicators.values()):
            if unit.kind is not Kind.PROVINCE and unit.kind not in indicator.applies_to:
                continue
            for period in periods:
                denominator = (n * 7919 + k * 104_729) % 9_000 + (900 if period == "year" else 90)
                numerator = denominator * ((n * 37 + k * 11) % 101) // 100
                figure = Figure(unit.id, indicator.id, period)
                yield make_measurement(figure, numerator, denominator)


def make_snapshot(departments: int = 16, groups: int = 8, communes: int = 260, **changes: object) -> Snapshot:
    """All figures of a province of that size, every source well."""
    decision = make_decision(departments, groups, communes)
    snapshot = Snapshot(
        at=NOW,
        decision=decision,
        settings=make_settings(),
        period=YEAR,
        clock_offset_seconds=0.0,
        figures=make_figures(decision),
        withheld=(),
        unmatched=(),
        comparisons=(),
        sources=tuple(make_source(id_, name) for id_, name in _SOURCES),
        runs=tuple(make_run(n) for n in range(20)),
        failed_runs=(),
        archive_failures=0,
        reload=RELOAD,
    )
    return replace(snapshot, **changes)  # type: ignore[arg-type]


def make_troubled_snapshot(doubts: int = 7, **changes: object) -> Snapshot:
    """A small province in which everything that may go wrong did."""
    decision = make_decision(2, 2, 5)
    units = dict(decision.units)
    ratio = Fraction(40, 100)
    road = {"online_dossier": (Milestone(date(2024, 6, 30), ratio),)}
    units["so-1"] = replace(units["so-1"], milestones=road, targets={"online_dossier": Fraction(9, 10)})
    units["so-2"] = replace(units["so-2"], exempt={"online_payment": "các thủ tục không thu phí"})
    gone = Unit(
        "xa-11999", "Xã Cũ", "Xã Cũ", Kind.COMMUNE, "xa-1", until=date(2024, 8, 31), merged_into="xa-12000"
    )
    old = Alias("Thị trấn Cũ", until=date(2024, 10, 31))
    units["xa-12001"] = replace(units["xa-12001"], aliases=(old,))
    units[gone.id] = gone
    decision = replace(decision, units=units)
    figures = make_figures(decision)
    empty = Figure("so-2", "online_dossier", "year")
    figures[empty] = replace(figures[empty], numerator=0, denominator=0)
    total = Figure(PROVINCE, "online_dossier", "year")
    figures[total] = replace(figures[total], parts=("so-1", "so-2", "ubnd-1"), parts_expected=6)
    del figures[Figure("ubnd-1", "online_payment", "year")]
    failed = make_run(
        1,
        "cong-tinh-xa",
        accepted=0,
        failures=(
            "xã, tháng 9/2024: quá thời hạn 60 giây <script>alert(1)</script>",
            "xã, năm 2024: sai cấu trúc",
        ),
        reasons=("timeout", "schema"),
        log=tuple(f"08:56:{n:02} đọc trang {n} & chờ" for n in range(12)),
    )
    snapshot = Snapshot(
        at=NOW,
        decision=decision,
        settings=make_settings(
            accept=(_override("so-1", "online_payment", date(2024, 9, 30)),),
            hold=(_override("ubnd-1", "online_dossier", date(2024, 9, 10)),),
        ),
        period=YEAR,
        clock_offset_seconds=-86_400.0 * 800,
        figures=figures,
        withheld=tuple(_withheld(n) for n in range(doubts)),
        unmatched=(
            Unmatched("cong-tinh-xa", "Xã Đông Hưngg", "H54.99", "Huyện 1", ("Xã 1", "Xã 2", "Xã 3")),
            Unmatched("cong-tinh-xa", "Xã 1", None, None, ("xa-12001", "xa-12002"), ambiguous=True),
        ),
        comparisons=(
            Comparison("cong-quoc-gia", "so-1", "online_payment", YEAR, 0.4, 0.512, "cong-tinh-don-vi"),
            Comparison("cong-quoc-gia", "so-1", "online_dossier", MONTH, None, 0.512, "cong-tinh-don-vi"),
            Comparison("cong-quoc-gia", "so-2", "online_dossier", YEAR, 0.5, 0.5, "cong-tinh-don-vi"),
        ),
        sources=(
            make_source(
                *_SOURCES[0],
                mismatches={"online_dossier": 0.0125},
                readings={"accepted": 540, "withheld": doubts, "unmatched": 1, "ambiguous": 0},
            ),
            make_source(
                *_SOURCES[1],
                up=False,
                last_success=NOW - timedelta(hours=7),
                as_of=None,
                failures={"timeout": 3, "schema": 1},
            ),
            make_source(
                *_SOURCES[2],
                up=None,
                last_attempt=None,
                last_success=None,
                as_of=None,
                last_change=None,
                fetch_duration_seconds=None,
                readings=None,
                mismatches={},
                periods={},
                differs={"online_payment": "Đếm hồ sơ đã thanh toán qua mọi cổng."},
            ),
        ),
        runs=(make_run(0), failed, *(make_run(n) for n in range(2, 9))),
        failed_runs=(failed,),
        archive_failures=2,
        reload=RELOAD,
        notes=("Chỉ tiêu là của năm 2024.",),
    )
    return replace(snapshot, **changes)  # type: ignore[arg-type]


def _override(unit: str, indicator: str, until: date) -> Override:
    return Override(
        unit=unit, indicator=indicator, until=until, reason="Cổng sửa số liệu", by="Nguyễn Văn An"
    )


def _withheld(number: int) -> Withheld:
    reasons = ("fell", "jumped", "above_one", "negative", "not_a_number", "duplicate", "held")
    return Withheld(
        source="cong-tinh-don-vi",
        unit=f"so-{number % 2 + 1}",
        indicator=tuple(INDICATORS)[number % 7],
        period=YEAR,
        reason=reasons[number % 7],
        detail="Giảm từ 1.234 xuống 890.",
        since=NOW - timedelta(days=1, minutes=number),
        row=f"{number} | Sở thứ {number % 2 + 1} | 890 | 1.300",
    )


@dataclass
class State:
    """What the HTTP face asks, as a test wants it answered."""

    current: Snapshot | None = None
    reason: str | None = None
    reload_error: str | None = None
    reloads: int = 0
    clock: Clock = field(default_factory=lambda: FixedClock(NOW))
    made: Exposition | None = None

    @classmethod
    def of(cls, snapshot: Snapshot) -> State:
        """Ready, with a snapshot."""
        return cls(current=snapshot, made=render(snapshot))

    def snapshot(self) -> Snapshot | None:
        return self.current

    def exposition(self) -> Exposition:
        return self.made or render_starting(RELOAD, 0.0)

    def not_ready_reason(self) -> str | None:
        return self.reason

    def settings(self) -> Settings:
        return load_config(Path(__file__).parent.parent / "config" / "exporter.yaml")[1]

    def reload(self) -> str | None:
        self.reloads += 1
        return self.reload_error

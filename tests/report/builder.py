"""Decisions and snapshots made by hand, small or as large as the annex."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from exporter.clock import PROVINCE_TIME
from exporter.decision import PROVINCE, Counting, Decision, Indicator, Kind, Unit
from exporter.periods import Period
from exporter.settings import ArchiveSettings, Responsibility, Settings, SourceSettings
from exporter.snapshot.model import Figure, Measurement, ReloadState, Snapshot, SourceView, Withheld

AT = datetime(2024, 9, 16, 8, 30, tzinfo=PROVINCE_TIME)
AS_OF = datetime(2024, 9, 15, tzinfo=PROVINCE_TIME)
READ = datetime(2024, 9, 16, 6, 5, tzinfo=PROVINCE_TIME)
YEAR = Period.year_of(date(2024, 9, 16))
SOURCE = "cong-tinh"

ALL = (Kind.DEPARTMENT, Kind.DISTRICT, Kind.COMMUNE_GROUP, Kind.COMMUNE)
LOCAL = (Kind.DISTRICT, Kind.COMMUNE_GROUP, Kind.COMMUNE)
INDICATORS = (
    ("full_online_provision", "Dịch vụ công toàn trình", Counting.CATALOGUE, "TTHC", (Kind.DEPARTMENT,), 80),
    ("online_dossier", "Hồ sơ trực tuyến", Counting.FLOW, "hồ sơ", ALL, 50),
    ("online_payment", "Thanh toán trực tuyến", Counting.FLOW, "giao dịch", ALL, 45),
    ("digitised_result", "Số hóa kết quả", Counting.BACKLOG, "kết quả", ALL, 100),
    ("electronic_result", "Kết quả điện tử", Counting.BACKLOG, "kết quả", ALL, 100),
    ("service_with_dossier", "Dịch vụ công có phát sinh hồ sơ", Counting.CATALOGUE, "dịch vụ", ALL, 85),
    ("electronic_certified_copy", "Chứng thực bản sao điện tử", Counting.CATALOGUE, "cơ quan", LOCAL, 100),
)

DEPARTMENTS = (
    "Ban Quản lý Khu kinh tế và các Khu công nghiệp",
    "Sở Công Thương",
    "Sở Giáo dục và Đào tạo",
    "Sở Giao thông vận tải",
    "Sở Kế hoạch và Đầu tư",
    "Sở Khoa học và Công nghệ",
    "Sở Lao động - Thương binh và Xã hội",
    "Sở Nội vụ",
    "Sở Nông nghiệp và Phát triển nông thôn",
    "Sở Tài chính",
    "Sở Tài nguyên và Môi trường",
    "Sở Tư pháp",
    "Sở Văn hóa, Thể thao và Du lịch",
    "Sở Thông tin và Truyền thông",
    "Sở Xây dựng",
    "Sở Y tế",
)
DISTRICTS = (
    ("huyện Đông Hưng", 38),
    ("huyện Hưng Hà", 35),
    ("huyện Kiến Xương", 33),
    ("huyện Quỳnh Phụ", 37),
    ("huyện Thái Thụy", 36),
    ("huyện Tiền Hải", 32),
    ("huyện Vũ Thư", 30),
    ("thành phố Thái Bình", 19),
)
NO_FEES = "Không đăng ký do các thủ tục không thu phí"


def indicators() -> Mapping[str, Indicator]:
    """The seven of the annex."""
    return {
        key: Indicator(
            key, f"Tỷ lệ {short.lower()}", short, counting, counted, frozenset(kinds), Fraction(p, 100)
        )
        for key, short, counting, counted, kinds, p in INDICATORS
    }


def decision(units: Iterable[Unit], **changes: object) -> Decision:
    """Decision 805 over these units and the province."""
    province = Unit(PROVINCE, "Tỉnh Thái Bình", "Thái Bình", Kind.PROVINCE, None)
    made = Decision(
        number="805/QĐ-UBND",
        title="Giao chỉ tiêu nâng cao tỷ lệ sử dụng dịch vụ công trực tuyến",
        authority="Chủ tịch Ủy ban nhân dân tỉnh Thái Bình",
        issued=date(2024, 5, 24),
        period_start=date(2024, 1, 1),
        period_end=date(2024, 12, 31),
        in_force_until=None,
        monitors=("Sở Thông tin và Truyền thông",),
        indicators=indicators(),
        units={u.id: u for u in (province, *units)},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def department(number: int, name: str, **changes: object) -> Unit:
    """A department."""
    made = Unit(f"so-{number}", name, name, Kind.DEPARTMENT, PROVINCE, number)
    return replace(made, **changes)  # type: ignore[arg-type]


def group(number: int, name: str, communes: int) -> tuple[Unit, ...]:
    """A district, its commune group and the communes."""
    district = Unit(f"ubnd-{number}", f"Ủy ban nhân dân {name}", name, Kind.DISTRICT, PROVINCE, number)
    title = f"{communes}/{communes} xã, thị trấn {name}"
    whole = Unit(f"nhom-{number}", title, title, Kind.COMMUNE_GROUP, district.id, number + 1)
    members = (
        Unit(f"xa-{code}", f"Xã Số {i}", f"Số {i}", Kind.COMMUNE, whole.id, codes={"official": code})
        for i, code in ((i, f"{number}{i:03}") for i in range(1, communes + 1))
    )
    return (district, whole, *members)


def measurement(
    unit: str, indicator: str, numerator: int, denominator: int, **changes: object
) -> Measurement:
    """A figure of the year."""
    made = Measurement(unit, indicator, YEAR, numerator, denominator, SOURCE, READ, AS_OF)
    return replace(made, **changes)  # type: ignore[arg-type]


def withheld(unit: str, indicator: str, detail: str, **changes: object) -> Withheld:
    """A reading of the year that is being checked."""
    made = Withheld(SOURCE, unit, indicator, YEAR, "fell", detail, READ)
    return replace(made, **changes)  # type: ignore[arg-type]


def source(**changes: object) -> SourceView:
    """A source that does well."""
    made = SourceView(
        id=SOURCE,
        name="Cổng dịch vụ công tỉnh",
        family="html_table",
        simulated=False,
        up=True,
        last_attempt=READ,
        last_success=READ,
        as_of=AS_OF,
        last_change=READ - timedelta(days=1, hours=2),
        interval_seconds=21_600,
        validity_seconds=93_600,
        fetch_duration_seconds=1.5,
        failures={},
        readings=None,
        mismatches={},
        periods={"year": YEAR},
        expired=False,
        differs={},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def settings(*responsible: Responsibility) -> Settings:
    """One source that answers for everything, unless said otherwise."""
    everything = Responsibility(source=SOURCE, kinds=tuple(Kind), indicators=tuple(indicators()))
    return Settings(
        archive=ArchiveSettings(directory=Path("archive")),
        sources=(SourceSettings(id=SOURCE, name="Cổng dịch vụ công tỉnh", family="html_table", read=None),),
        responsible=responsible or (everything,),
    )


def snapshot(made: Decision, figures: Iterable[Measurement] = (), **changes: object) -> Snapshot:
    """Everything at half past eight on 16 September 2024."""
    whole = Snapshot(
        at=AT,
        decision=made,
        settings=settings(),
        period=YEAR,
        clock_offset_seconds=0,
        figures={f.figure: f for f in figures},
        withheld=(),
        unmatched=(),
        comparisons=(),
        sources=(source(),),
        runs=(),
        failed_runs=(),
        archive_failures=0,
        reload=ReloadState(successful=True, at=AT),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def annex() -> Decision:
    """32 units and 260 communes."""
    units: list[Unit] = []
    for number, name in enumerate(DEPARTMENTS, 1):
        unit = department(number, name)
        if name == "Sở Tài chính":
            unit = replace(unit, exempt={"online_payment": NO_FEES})
        if name == "Sở Thông tin và Truyền thông":
            unit = replace(unit, targets={"full_online_provision": Fraction(90, 100)})
        units.append(unit)
    for place, (name, communes) in enumerate(DISTRICTS):
        units.extend(group(17 + 2 * place, name, communes))
    return decision(units)


def full() -> Snapshot:
    """The annex with a figure nearly everywhere and every state somewhere; the same at every call."""
    made = annex()
    figures: dict[Figure, Measurement] = {}
    sums = {Kind.PROVINCE, Kind.COMMUNE_GROUP}
    for place, unit in enumerate(u for u in made.units.values() if u.kind not in sums):
        for column, indicator in enumerate(made.indicators.values()):
            target = made.target(unit, indicator)
            if target is None:
                continue
            size = {Counting.FLOW: 900, Counting.BACKLOG: 700, Counting.CATALOGUE: 40}[indicator.counting]
            denominator = 1 if column == 6 else size + (place * 37 + column * 11) % size
            offset = ((place * 7 + column * 5) % 13 - 4) * 2
            share = min(target + Fraction(offset, 100), Fraction(1))
            numerator = min(denominator, -(-share.numerator * denominator // share.denominator))
            found = measurement(unit.id, indicator.id, numerator, denominator)
            figures[found.figure] = found
    missing = (("so-8", "electronic_result"), ("so-11", "online_payment"), ("xa-17003", "online_dossier"))
    for unit_id, indicator_id in missing:
        del figures[Figure(unit_id, indicator_id, "year")]
    empty = measurement("so-6", "online_payment", 0, 0)
    figures[empty.figure] = empty
    close = measurement("so-2", "online_dossier", 4997, 10_000)
    figures[close.figure] = close
    for unit in made.units.values():
        if unit.kind is Kind.COMMUNE_GROUP:
            _add_up(made, unit, made.children[unit.id], figures)
    _add_up(made, made.units[PROVINCE], made.assigned_units, figures)
    return snapshot(
        made,
        figures.values(),
        withheld=(
            withheld("so-11", "online_payment", "Giảm từ 4.512 xuống 1.204 giao dịch, quá mức cho phép 5%."),
        ),
        sources=(
            source(simulated=True),
            source(
                id="cong-quoc-gia",
                name="Cổng Dịch vụ công quốc gia",
                simulated=True,
                as_of=None,
                up=False,
                differs={
                    "online_payment": "Cổng đếm hồ sơ thanh toán qua mọi cổng, Quyết định đếm giao dịch."
                },
            ),
        ),
    )


def _add_up(made: Decision, whole: Unit, parts: Iterable[Unit], figures: dict[Figure, Measurement]) -> None:
    for indicator in made.indicators.values():
        expected = [u for u in parts if made.target(u, indicator) is not None]
        there = [f for u in expected if (f := figures.get(Figure(u.id, indicator.id, "year"))) is not None]
        if there:
            total = measurement(
                whole.id,
                indicator.id,
                sum(f.numerator for f in there),
                sum(f.denominator for f in there),
                parts=tuple(f.unit for f in there),
                parts_expected=len(expected),
            )
            figures[total.figure] = total

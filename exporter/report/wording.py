"""The sentences of the report (Vietnamese), the same in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, time

from exporter import vietnamese as vn
from exporter.clock import PROVINCE_TIME
from exporter.decision import PROVINCE, Kind
from exporter.report.model import Cell, ReportTable, Row, SourceLine, Stamp
from exporter.snapshot.model import Measurement
from exporter.snapshot.standing import State

SIMULATED = "SỐ LIỆU MÔ PHỎNG"
SIMULATED_LONG = (
    f"{SIMULATED} – do chương trình tạo ra để trình diễn và kiểm thử, không phải số liệu thật của đơn vị nào"
)

WORDS: Mapping[State, str] = {
    State.MET: "đạt",
    State.MISSED: "chưa đạt",
    State.MEASURED: "không giao chỉ tiêu",
    State.EMPTY: "không phát sinh",
    State.WITHHELD: "tạm giữ",
    State.ABSENT: "chưa có",
    State.EXEMPT: "được miễn",
    State.UNASSIGNED: "–",
}
"""What a cell says in place of, or about, its rate."""

LEGEND: Mapping[State, str] = {
    State.MET: "đạt chỉ tiêu",
    State.MISSED: "chưa đạt chỉ tiêu",
    State.ABSENT: "chưa có số liệu",
    State.WITHHELD: "số liệu tạm giữ để kiểm tra, không đưa vào tỷ lệ",
    State.EMPTY: "mẫu số bằng 0, không tính tỷ lệ",
    State.EXEMPT: "Quyết định không giao, có nêu lý do",
    State.UNASSIGNED: "Quyết định không giao chỉ tiêu",
}
"""What the signs and words of the table mean, in the order of the legend."""

_RANKS = (("tỉnh",), ("thành", "phố"))
"""What a province is, before its name."""


def title(table: ReportTable) -> str:
    """The name of the report."""
    return f"Kết quả thực hiện chỉ tiêu dịch vụ công trực tuyến {vn.period(table.period)}"


def basis(table: ReportTable) -> str:
    """Which decision it is held against."""
    decision = table.decision
    return f"theo Quyết định số {decision.number} {vn.day_in_words(decision.issued)} của {decision.authority}"


def place_and_date(table: ReportTable) -> str:
    """Where and when, as the head of a document has it: `Thái Bình, ngày 16 tháng 9 năm 2024`.

    The place is the bare name of the decision's province; without one the date stands alone.
    """
    province = table.decision.units.get(PROVINCE)
    place = _bare(province.name_on(table.day)) if province is not None else ""
    day = vn.day_in_words(table.day)
    return f"{place}, {day}" if place else day[0].upper() + day[1:]


def _bare(name: str) -> str:
    """The name of a province or a city without what it is; empty where it says nothing else."""
    words = name.split()
    for rank in _RANKS:
        if [word.lower() for word in words[: len(rank)]] == list(rank):
            return " ".join(words[len(rank) :])
    return " ".join(words)


def validity(table: ReportTable) -> str:
    """A warning where the decision's targets hold no longer, not yet, or past its own year; else empty."""
    named = vn.day(table.decision.period_start), vn.day(table.decision.period_end)
    if not table.in_force:
        return f"Ngày {vn.day(table.day)} Quyết định số {table.decision.number} không có hiệu lực"
    if table.carried_over:
        return (
            f"Chỉ tiêu giao cho kỳ {named[0]} – {named[1]}, tiếp tục áp dụng cho {vn.period(table.period)}"
            " đến khi có quyết định thay thế"
        )
    return ""


def timing(table: ReportTable) -> str:
    """Of when the figures are: as the portals say, else when they were read."""
    since = f"Lũy kế từ {vn.day(table.period.start)}"
    if table.as_of is not None:
        oldest, newest = _of(table.as_of.oldest), _of(table.as_of.newest)
        until = oldest if oldest == newest else f"{oldest} – {newest} (tùy nguồn)"
        return f"{since}, số liệu đến {until}"
    if table.read_at is not None:
        oldest, newest = vn.moment(table.read_at.oldest), vn.moment(table.read_at.newest)
        when = oldest if oldest == newest else f"{oldest} – {newest}"
        return f"{since}, đọc lúc {when}"
    return f"{since}, chưa có số liệu"


def moments(table: ReportTable) -> str:
    """Of when the figures are, and which moment the table describes."""
    return f"{timing(table)}; bảng lập theo thời điểm {vn.moment(table.at)}"


def _is_day(moment: datetime) -> bool:
    """A portal that prints a day and no time means the day."""
    return moment.astimezone(PROVINCE_TIME).time() == time()


def _of(moment: datetime) -> str:
    return vn.day(moment.astimezone(PROVINCE_TIME).date()) if _is_day(moment) else vn.moment(moment)


def summary(table: ReportTable) -> str:
    """How many of the targets that the annex assigns are met."""
    states = Counter(cell.state for row in table.rows for cell in row.cells if cell.target is not None)
    parts = [
        f"{vn.number(states[State.MET])}/{vn.number(states.total())} chỉ tiêu đạt",
        f"{vn.number(states[State.MISSED])} chưa đạt",
    ]
    if states[State.EMPTY]:
        parts.append(f"{vn.number(states[State.EMPTY])} không phát sinh")
    if states[State.WITHHELD]:
        parts.append(f"{vn.number(states[State.WITHHELD])} tạm giữ")
    if states[State.ABSENT]:
        parts.append(f"{vn.number(states[State.ABSENT])} chưa có số liệu")
    return ", ".join(parts)


def tally(row: Row, cell: Cell) -> tuple[str, ...]:
    """How the communes of a group (or the units of the annex) stand, each held against the target."""
    if cell.tally is None:
        return ()
    noun = "xã" if row.unit.kind is Kind.COMMUNE_GROUP else "đơn vị"
    lines = [f"{vn.number(cell.tally.met)}/{vn.number(cell.tally.total)} {noun} đạt"]
    if cell.tally.empty:
        lines.append(f"{vn.number(cell.tally.empty)} không phát sinh")
    if cell.tally.absent:
        lines.append(f"{vn.number(cell.tally.absent)} chưa có số liệu")
    return tuple(lines)


def parts(row: Row, cell: Cell) -> str:
    """From how many parts a sum was made, where some are missing; else empty."""
    figure = cell.figure
    if figure is None or figure.parts_expected is None or len(figure.parts) >= figure.parts_expected:
        return ""
    noun = "xã" if row.unit.kind is Kind.COMMUNE_GROUP else "đơn vị"
    return f"cộng từ {vn.number(len(figure.parts))}/{vn.number(figure.parts_expected)} {noun}"


def counts(figure: Measurement) -> str:
    """Numerator and denominator."""
    return f"{vn.number(figure.numerator)}/{vn.number(figure.denominator)}"


def stamp(value: Stamp | None, otherwise: str) -> str:
    """A moment with its age, or what to say where there is none."""
    if value is None:
        return otherwise
    if _is_day(value.at):
        days = ((value.at + value.age).date() - value.at.date()).days
        return f"{_of(value.at)} (cách {vn.number(days)} ngày)" if days > 0 else _of(value.at)
    return f"{_of(value.at)} (cách {vn.age(value.age)})"


def condition(source: SourceLine) -> str:
    """How a source is doing."""
    if source.up is None:
        return "chưa đọc lần nào"
    if source.expired:
        return "quá cũ, số liệu đã rút khỏi bảng"
    return "đọc được" if source.up else "lần đọc gần nhất không được"


def differences(line: SourceLine) -> tuple[str, ...]:
    """How a source counts otherwise than the decision: each sentence once, with all it holds for."""
    found: dict[str, list[str]] = {}
    for indicator, text in line.differs:
        found.setdefault(text, []).append(indicator)
    return tuple(f"{line.name}, {', '.join(indicators)}: {text}" for text, indicators in found.items())


def source(line: SourceLine) -> str:
    """A source in one sentence."""
    return (
        f"Nguồn: {line.name}{' (mô phỏng)' if line.simulated else ''}; "
        f"đọc được lần cuối: {stamp(line.last_success, 'chưa lần nào')}; "
        f"cổng ghi số liệu đến: {stamp(line.as_of, 'không ghi')}; "
        f"số liệu thay đổi lần cuối: {stamp(line.last_change, 'chưa thấy')}; "
        f"tình trạng: {condition(line)}"
    )

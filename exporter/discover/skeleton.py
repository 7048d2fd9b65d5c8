"""A targets.yaml for a new province: its units as a portal names them, nothing assigned yet."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import yaml

from exporter.decision import PROVINCE, Kind
from exporter.discover.survey import Found, Survey
from exporter.resolve.names import level, province_name

_KINDS = (Kind.DEPARTMENT, Kind.DISTRICT, Kind.COMMUNE_GROUP, Kind.COMMUNE)
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")
_SUFFIX = re.compile(r"\s[-\u2010-\u2015]\s(?P<province>[^-\u2010-\u2015]+)$")
_COMMITTEE = re.compile(r"(?:Ủy ban nhân dân|UBND)\s+", re.IGNORECASE)
_LONGEST_ID = 60


@dataclass(frozen=True, slots=True)
class _Entry:
    """An indicator as the file describes it; kinds as in Decision 805/QĐ-UBND."""

    id: str
    name: str
    short_name: str
    counting: str
    counted: str
    not_for: frozenset[Kind] = frozenset()


_INDICATORS = (
    _Entry(
        "full_online_provision",
        "Tỷ lệ cung cấp dịch vụ công trực tuyến toàn trình trên tổng số thủ tục hành chính đủ điều kiện",
        "Dịch vụ toàn trình",
        "catalogue",
        "thủ tục",
        frozenset({Kind.DISTRICT, Kind.COMMUNE_GROUP, Kind.COMMUNE}),
    ),
    _Entry(
        "online_dossier",
        "Tỷ lệ hồ sơ tiếp nhận trực tuyến trên tổng số hồ sơ tiếp nhận",
        "Hồ sơ trực tuyến",
        "flow",
        "hồ sơ",
    ),
    _Entry(
        "online_payment",
        "Tỷ lệ thanh toán trực tuyến trên tổng số giao dịch thanh toán của dịch vụ công",
        "Thanh toán trực tuyến",
        "flow",
        "giao dịch",
    ),
    _Entry(
        "digitised_result",
        "Tỷ lệ số hóa kết quả giải quyết thủ tục hành chính trên tổng số kết quả giải quyết",
        "Số hóa kết quả",
        "backlog",
        "kết quả",
    ),
    _Entry(
        "electronic_result",
        "Tỷ lệ cấp kết quả giải quyết thủ tục hành chính bản điện tử trên tổng số kết quả giải quyết",
        "Kết quả điện tử",
        "backlog",
        "kết quả",
    ),
    _Entry(
        "service_with_dossier",
        "Tỷ lệ dịch vụ công trực tuyến có phát sinh hồ sơ trên tổng số dịch vụ công trực tuyến đã cung cấp",
        "Dịch vụ có hồ sơ",
        "catalogue",
        "dịch vụ",
    ),
    _Entry(
        "electronic_certified_copy",
        "Tỷ lệ cơ quan cung cấp dịch vụ chứng thực bản sao điện tử từ bản chính",
        "Chứng thực điện tử",
        "catalogue",
        "cơ quan",
        frozenset({Kind.DEPARTMENT}),
    ),
)


def skeleton(found: Survey, year: int, source: str) -> str:
    """A whole targets.yaml of what was found, which loads as it is; `source` is what was read.

    No target is assigned: figures can be collected with it at once, and attainment begins where an
    official writes `target:`. At its end stand, as a comment, the entries of exporter.yaml for it.
    """
    bare = province_name(found.province.name) if found.province else ""
    units = list(_with_groups(_named(found.units, bare)))
    kinds = [kind for kind in _KINDS if any(unit.kind is kind for unit in _all(units))]
    applies = {
        entry.id: [kind for kind in kinds if kind not in entry.not_for] or kinds for entry in _INDICATORS
    }
    lines = [
        *_head(found, year, source),
        *_indicators(applies),
        *_units(units, found.code_system),
        *_responsible(found, applies),
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit with its id, and its communes where it is a group of such."""

    id: str
    name: str
    kind: Kind
    code: str | None
    scope: str | None
    communes: tuple[_Unit, ...] = ()


def _all(units: Iterable[_Unit]) -> Iterator[_Unit]:
    for unit in units:
        yield unit
        yield from unit.communes


def _named(found: Iterable[Found], bare: str) -> Iterator[_Unit]:
    """Units with ids and names of their own: the province behind the name goes, doubles are told apart."""
    ids: Counter[str] = Counter({PROVINCE: 1})
    names: Counter[tuple[Kind, str | None, str]] = Counter()
    for unit in found:
        name = _without_province(unit.name, bare)
        key = (unit.kind, unit.scope if unit.kind is Kind.COMMUNE else None, name.casefold())
        names[key] += 1
        if names[key] > 1:
            name = f"{name} ({unit.code or names[key]})"
        made = slug(unit.code or name) or "don-vi"
        ids[made] += 1
        if ids[made] > 1:
            made = f"{made}-{ids[made]}"
            ids[made] += 1
        yield _Unit(made, name, unit.kind, unit.code, unit.scope)


def _with_groups(units: Iterable[_Unit]) -> Iterator[_Unit]:
    """Departments, districts, communes; those that a portal lists by district as a group for each."""
    listed = sorted(units, key=lambda unit: _KINDS.index(unit.kind))
    groups: dict[str, list[_Unit]] = {}
    for unit in listed:
        if unit.kind is Kind.COMMUNE and unit.scope is not None:
            groups.setdefault(unit.scope, []).append(unit)
    taken = {unit.id for unit in listed}
    yield from (unit for unit in listed if unit.kind is not Kind.COMMUNE or unit.scope is None)
    for scope, communes in groups.items():
        base = f"nhom-xa-{slug(scope) or 'khac'}"
        made = next(name for name in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if name not in taken)
        taken.add(made)
        name = f"Các xã, phường, thị trấn: {scope}"
        district = next(
            (u.id for u in listed if u.kind is Kind.DISTRICT and level(u.name) == level(scope)), None
        )
        yield _Unit(made, name, Kind.COMMUNE_GROUP, None, district, tuple(communes))


def _without_province(name: str, bare: str) -> str:
    found = _SUFFIX.search(name)
    if found is None or not bare or province_name(found["province"]).casefold() != bare.casefold():
        return name
    return name[: found.start()].rstrip() or name


def slug(text: str) -> str:
    """A text as an id: without marks, `Sở Công Thương` is `so-cong-thuong`, `H44.01` is `h44-01`."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _NOT_IN_ID.sub("-", plain)[:_LONGEST_ID].strip("-")


def _text(value: str) -> str:
    """A text as a YAML value on one line, fit to stand between brackets too."""
    return yaml.safe_dump([value], allow_unicode=True, width=10_000, default_flow_style=True).strip()[1:-1]


def _listed(values: Iterable[str]) -> str:
    return f"[{', '.join(values)}]"


def _head(found: Survey, year: int, source: str) -> Iterator[str]:
    province = _COMMITTEE.sub("", found.province.name, count=1) if found.province else "Toàn tỉnh"
    province = province[:1].upper() + province[1:]
    authority = f"Chủ tịch Ủy ban nhân dân {province[:1].lower() + province[1:]}" if found.province else ""
    yield f"# Các đơn vị đọc được từ {source}; chưa giao chỉ tiêu nào."
    yield "# Tệp này dùng được ngay để thu thập số liệu. Khi có quyết định: điền số, tên, ngày, kỳ; ghi"
    yield "# 'target: 50%' ở từng chỉ tiêu, và ở đơn vị nào được giao khác thì ghi 'targets:' tại đơn vị đó."
    yield "#"
    yield "# Units as the portal names them, nothing assigned. Works as it is; once there is a decision, fill"
    yield "# in its head, write 'target: 50%' at each indicator, and 'targets:' at units that differ."
    yield ""
    yield "decision:"
    yield "  number: Chưa có quyết định            # điền số, ví dụ 805/QĐ-UBND"
    yield "  title: Giao chỉ tiêu sử dụng dịch vụ công trực tuyến   # điền tên quyết định"
    yield f"  authority: {_text(authority or 'Ủy ban nhân dân tỉnh')}"
    yield f"  issued: {year}-01-01                  # điền ngày ban hành"
    yield f"  period: {{start: {year}-01-01, end: {year}-12-31}}"
    yield "  in_force: until_replaced"
    yield ""
    yield "province:"
    yield f"  name: {_text(province)}"
    if found.province and found.province.code and found.code_system:
        yield f"  codes: {{{_text(found.code_system)}: {_text(found.province.code)}}}"
    yield ""


def _indicators(applies: Mapping[str, Iterable[Kind]]) -> Iterator[str]:
    yield "indicators:"
    for entry in _INDICATORS:
        yield f"  - id: {entry.id}"
        yield f"    name: {entry.name}"
        yield f"    short_name: {entry.short_name}"
        yield f"    counting: {entry.counting}"
        yield f"    counted: {entry.counted}"
        yield f"    applies_to: {_listed(applies[entry.id])}"
        yield ""


def _units(units: Iterable[_Unit], code_system: str | None) -> Iterator[str]:
    yield "units:"
    for number, unit in enumerate(units, start=1):
        yield f"  - id: {_text(unit.id)}"
        yield f"    number: {number}"
        yield f"    name: {_text(unit.name)}"
        yield f"    kind: {unit.kind.value}"
        if unit.communes:
            if unit.scope is not None:
                yield f"    parent: {_text(unit.scope)}"
            yield "    communes:"
            yield from (f"      - {{id: {_text(c.id)}, name: {_text(c.name)}}}" for c in unit.communes)
            continue
        if unit.kind in {Kind.COMMUNE, Kind.DISTRICT}:
            yield f"    parent: {PROVINCE}"
        if unit.code is not None and code_system is not None:
            yield f"    codes: {{{_text(code_system)}: {_text(unit.code)}}}"


def _responsible(found: Survey, applies: Mapping[str, Iterable[Kind]]) -> Iterator[str]:
    """Who publishes what, as exporter.yaml needs it."""
    yield ""
    yield "# exporter.yaml, 'responsible:' (thay NGUON bằng id của nguồn / put the source's id for NGUON):"
    kinds = dict.fromkeys(kind for group in applies.values() for kind in group)
    for kind in (Kind.PROVINCE, *kinds):
        asked = [name for name, group in applies.items() if kind is Kind.PROVINCE or kind in group]
        given = [name for name in asked if (kind, name) in found.published]
        lacking = [name for name in asked if name not in given]
        if given:
            yield f"#   - {{source: NGUON, kinds: [{kind.value}], indicators: {_listed(given)}}}"
        if lacking:
            yield (
                f"#   - {{source: none, kinds: [{kind.value}], indicators: {_listed(lacking)}, "
                "reason: Cổng không công bố}"
            )

"""What the simulated province is like: how much each unit does, and how well, in the decision's year.

Chosen so that in mid-September 2024 every state that a reader of the figures may meet is there: well
above the target, just above, just below, far below, falling, and nothing to count. Rates are percent
of the counts since 1 January as they stand in mid-September.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from demo.rhythm import chance
from exporter.decision import Kind, Unit

SCALE = 100_000
"""Rates are whole numbers of this part, so that sums of them are exact and 100 % stays 100 %."""
_FULL = 100.0
_MID_SEPTEMBER = 0.353
"""Middle of the time from 1 January to mid-September, as a share of the year."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What a unit does and how well.

    `volume`: dossiers a year (count); `fee_share`: share of them with a fee to pay (percent); `lag`: days
    from receipt to result; the rest are rates in percent by indicator id, `slopes` how many points a
    year the rate of what comes in rises (negative: falls), `services` and `eligible` the length of the
    lists, `copy_from` the day from which certified copies are offered (None: not at all).
    """

    volume: int
    percent: dict[str, float]
    slopes: dict[str, float] = field(default_factory=dict)
    fee_share: float = 40.0
    lag: int = 6
    services: int = 60
    eligible: int = 0
    copy_from: date | None = date.min

    def path(self, indicator: str, years: float) -> int:
        """The rate (in parts of SCALE) of what comes in `years` after the start of the plan's year."""
        level = self.percent[indicator]
        if level < _FULL:
            moved = min(max(years, 0.0), 1.0) - _MID_SEPTEMBER
            level = min(max(level + self.slopes.get(indicator, 0.0) * moved, 0.0), _FULL)
        return round(level * SCALE / 100)


_DEPARTMENTS: dict[str, tuple[int, int, int, float, float, float, float, float, float]] = {
    "bql-khu-kinh-te":                (420, 17, 28, 82.4, 88.5, 66.7, 100, 100, 71.4),
    "so-cong-thuong":                 (21000, 64, 108, 90.6, 97.3, 38.4, 91.2, 94.7, 88.9),
    "so-giao-duc-dao-tao":            (3100, 44, 72, 84.1, 79.8, 58.2, 100, 100, 87.5),
    "so-giao-thong-van-tai":          (38000, 56, 92, 85.7, 66.9, 61.3, 100, 99.4, 90.2),
    "so-ke-hoach-dau-tu":             (9600, 65, 90, 92.3, 98.6, 71.9, 100, 100, 94.4),
    "so-khoa-hoc-cong-nghe":          (380, 41, 45, 87.8, 74.3, 52.1, 100, 100, 86.7),
    "so-lao-dong-thuong-binh-xa-hoi": (7400, 79, 98, 83.5, 61.7, 17.3, 100, 100, 80.6),
    "so-noi-vu":                      (900, 58, 64, 86.2, 83.0, 50.0, 100, 100, 89.1),
    "so-nong-nghiep-ptnt":            (1500, 69, 75, 88.4, 72.6, 54.8, 98.7, 100, 92.0),
    "so-tai-chinh":                   (310, 17, 17, 94.1, 91.9, 50.0, 100, 100, 88.2),
    "so-tai-nguyen-moi-truong":       (12800, 83, 79, 81.9, 41.8, 46.2, 78.6, 93.5, 86.1),
    "so-tu-phap":                     (17500, 80, 90, 85.0, 90.4, 78.6, 100, 100, 93.3),
    "so-van-hoa-the-thao-du-lich":    (640, 75, 81, 89.3, 76.5, 63.0, 99.6, 100, 87.7),
    "so-thong-tin-truyen-thong":      (340, 32, 40, 93.8, 99.1, 82.5, 100, 100, 95.0),
    "so-xay-dung":                    (2300, 39, 49, 84.6, 68.8, 43.7, 100, 100, 85.7),
    "so-y-te":                        (3900, 84, 94, 86.9, 85.4, 59.6, 99.8, 99.1, 91.5),
}  # fmt: skip
"""Volume, eligible, services; provision, online, payment, digitised, electronic, services used."""
_DISTRICTS: dict[str, tuple[int, int, float, float, float, float, float]] = {
    "ubnd-dong-hung":     (9200, 126, 78.4, 61.0, 100, 100, 90.5),
    "ubnd-hung-ha":       (7800, 125, 71.2, 49.8, 100, 100, 88.0),
    "ubnd-kien-xuong":    (6900, 122, 51.2, 47.4, 100, 97.4, 86.1),
    "ubnd-quynh-phu":     (8100, 125, 80.3, 66.2, 100, 100, 92.0),
    "ubnd-thai-thuy":     (8600, 128, 66.1, 46.1, 99.2, 100, 87.5),
    "ubnd-tien-hai":      (7300, 124, 44.8, 39.8, 96.1, 97.7, 79.9),
    "ubnd-vu-thu":        (6400, 124, 82.0, 58.0, 100, 100, 89.6),
    "ubnd-tp-thai-binh":  (13800, 130, 57.2, 64.0, 100, 100, 93.1),
}  # fmt: skip
"""Volume, services; online, payment, digitised, electronic, services used."""
_GROUPS: dict[str, tuple[float, float, int, int, float]] = {
    "xa-dong-hung":    (74.0, 56.0, 0, 1, 89.5),
    "xa-hung-ha":      (66.0, 48.0, 2, 0, 88.5),
    "xa-kien-xuong":   (58.0, 41.4, 5, 3, 82.0),
    "xa-quynh-phu":    (76.0, 62.0, 0, 0, 90.5),
    "xa-thai-thuy":    (63.0, 49.0, 0, 2, 88.0),
    "xa-tien-hai":     (53.0, 22.4, 7, 5, 79.5),
    "xa-vu-thu":       (79.0, 57.0, 0, 0, 91.0),
    "xa-tp-thai-binh": (81.0, 70.0, 0, 0, 92.5),
}  # fmt: skip
"""Means of the communes: online, payment; how many are behind in digitised, in electronic; services used."""
_LOCAL = (
    "online_dossier",
    "online_payment",
    "digitised_result",
    "electronic_result",
    "service_with_dossier",
)
_RISING = {
    "full_online_provision": 4.0,
    "online_dossier": 6.0,
    "online_payment": 8.0,
    "digitised_result": 2.0,
    "electronic_result": 2.0,
}
FALLING_UNIT = "ubnd-kien-xuong"
"""Above its target for online dossiers until September, below it soon after: paper comes back."""
NOTHING_TO_PAY = frozenset({"so-noi-vu", "so-tai-chinh"})
"""Sở Tài chính is exempt by the decision; at Sở Nội vụ nobody happened to have anything to pay."""
_LATE_COPIES = {
    "xa-13078": date(2024, 10, 1),
    "xa-13180": date(2024, 11, 18),
    "xa-13048": date(2024, 10, 14),
    "xa-13072": None,
}
"""Communes that begin to offer electronic certified copies during the year, or not at all."""
_SHARE_FULL = 0.6
"""How many units that the plan does not name digitise everything (ratio 0-1)."""
_SPREAD = 16.0
"""How far communes stray from the mean of their group, at most (points)."""


def _commune(seed: int, unit: Unit, position: int, siblings: int) -> Rates:
    online, payment, undigitised, paper, used = _GROUPS.get(unit.parent or "", (60.0, 48.0, 1, 1, 87.0))
    town = unit.name.startswith(("Phường", "Thị trấn"))

    def spread(what: str) -> float:
        return _SPREAD * (chance(seed, unit.id, what, 1) + chance(seed, unit.id, what, 2) - 1.0)

    def behind(how_many: int, offset: int, what: str) -> float:
        """100 % but for so many communes of the group, scattered over its list."""
        place = (position * 13 + offset) % siblings
        return 100.0 if place >= how_many else 91.0 + 8.0 * chance(seed, unit.id, what)

    copies = _LATE_COPIES.get(unit.id, date.min)
    return Rates(
        volume=int((1300 if town else 330) + (1700 if town else 1100) * chance(seed, unit.id, "volume")),
        percent={
            "online_dossier": min(online + spread("online"), 99.5),
            "online_payment": min(max(payment + spread("payment"), 4.0), 99.5),
            "digitised_result": behind(undigitised, 0, "digitised"),
            "electronic_result": behind(paper, 3, "electronic"),
            "service_with_dossier": min(used + spread("used") / 2, 100.0),
        },
        slopes=_RISING,
        fee_share=30.0 + 30.0 * chance(seed, unit.id, "fee"),
        lag=3 + int(4 * chance(seed, unit.id, "lag")),
        services=52 + int(12 * chance(seed, unit.id, "services")),
        copy_from=copies,
    )


def _anybody(seed: int, unit: Unit) -> Rates:
    """A unit that the plan does not name, as another province's file has them."""

    def between(low: float, high: float, what: str) -> float:
        return low + (high - low) * chance(seed, unit.id, what)

    def full_or(what: str) -> float:
        return 100.0 if chance(seed, unit.id, what, "full") < _SHARE_FULL else between(85, 100, what)

    return Rates(
        volume=int(between(400, 9000, "volume")),
        percent={
            "full_online_provision": between(76, 96, "provision"),
            "online_dossier": between(40, 95, "online"),
            "online_payment": between(35, 80, "payment"),
            "digitised_result": full_or("digitised"),
            "electronic_result": full_or("electronic"),
            "service_with_dossier": between(78, 97, "used"),
        },
        slopes=_RISING,
        services=int(between(30, 120, "services")),
        eligible=int(between(15, 90, "eligible")) if unit.kind is Kind.DEPARTMENT else 0,
    )


def rates(seed: int, unit: Unit, position: int = 0, siblings: int = 1) -> Rates:
    """What `unit` does and how well; `position` is its place among its `siblings` (counts)."""
    if unit.kind is Kind.COMMUNE:
        return _commune(seed, unit, position, siblings)
    fee_share = 0.0 if unit.id in NOTHING_TO_PAY else 25.0 + 40.0 * chance(seed, unit.id, "fee")
    lag = 4 + int(9 * chance(seed, unit.id, "lag"))
    if unit.id in _DEPARTMENTS:
        volume, eligible, services, provision, *percents = _DEPARTMENTS[unit.id]
        percent = {"full_online_provision": provision}
    elif unit.id in _DISTRICTS:
        volume, services, *percents = _DISTRICTS[unit.id]
        eligible, percent = 0, {}
    else:
        return _anybody(seed, unit)
    percent |= dict(zip(_LOCAL, percents, strict=True))
    slopes = _RISING | ({"online_dossier": -55.0} if unit.id == FALLING_UNIT else {})
    return Rates(volume, percent, slopes, fee_share, lag, services, eligible)

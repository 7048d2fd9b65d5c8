"""What the wall shows, as words and signs: frozen, complete; the template only puts it in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sign(StrEnum):
    """How a figure or a unit stands. The letters are the classes by which the style draws each sign."""

    MET = "m"
    BELOW = "b"
    FAR = "f"
    """Far below: see `verdicts.is_far`."""
    UNKNOWN = "u"
    """A figure is missing: neither met nor missed."""
    EMPTY = "e"
    """Nothing to count: the denominator is 0."""
    NOT_ASSIGNED = "n"
    PLAIN = "p"
    """A figure that is held against nothing."""

    @property
    def word(self) -> str:
        """What a screen reader says for it; empty where the text beside it says all."""
        return _WORDS[self]


_WORDS = {
    Sign.MET: "đạt",
    Sign.BELOW: "chưa đạt",
    Sign.FAR: "còn xa chỉ tiêu",
    Sign.UNKNOWN: "chưa có số liệu",
    Sign.EMPTY: "không phát sinh",
    Sign.NOT_ASSIGNED: "không giao",
    Sign.PLAIN: "",
}


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many."""

    value: str
    of: str


NO_COUNT = Count("–", "–")
"""Where nothing is known: no number stands for that."""


@dataclass(frozen=True, slots=True)
class Band:
    """The figures that stand on every page and never rotate away."""

    units: Count
    targets: Count
    missing: str
    """How many targets have no figure."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the figures are, and when that becomes doubtful. Told times, aware."""

    label: str
    """`số liệu đến` where the portal says of when they are, else `đọc lúc`."""
    stamp: datetime | None
    """None where nothing was ever read."""
    late_at: datetime | None
    """From then on the age is amber."""
    old_at: datetime | None
    """From then on it is red: the figures of some source are withdrawn."""
    over_at: datetime | None
    """From then on no figure may be judged by."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Why figures are grey: a heading, a sentence, what happens next, and what is known besides."""

    heading: str
    sentence: str
    since: datetime | None
    """The sentence ends with how long ago that is (told time); None: with nothing."""
    further: str
    facts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit that does not meet everything, by how much, or how many of its figures are missing."""

    name: str
    sign: Sign
    value: str


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """One indicator over the whole province, and how many of the units that have it meet it."""

    name: str
    rate: str
    """`51,1`, in percent; empty where the province has no figure."""
    share: float
    """The rate as percent of the bar (0-100)."""
    target: str
    """What most units have to reach, in percent; empty where nobody has a target."""
    mark: float | None
    """The target's place on the bar (0-100)."""
    met: Count
    sign: Sign
    lacking: int
    """How many parts are missing in the rate, where it is a sum."""


@dataclass(frozen=True, slots=True)
class ProvinceScreen:
    """The first page: who does not meet what was assigned, and the whole province."""

    id: str
    title: str
    missed: str
    unknown: str
    """How many units are undetermined; empty where none is."""
    columns: Sequence[Sequence[UnitLine]]
    more: str
    """How many units more there are than have room, as a sentence; empty where all have."""
    all_met: str
    """The sentence that stands there when nobody is missing; else empty."""
    indicators: Sequence[IndicatorLine]
    note: str = ""
    """What is missing in the province's sums."""
    roomy: bool = False
    """Whether the list is short enough for higher lines."""
    kind: str = "province"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a table."""

    sign: Sign
    text: str
    own_target: str = ""
    """The unit's target in percent where it is not that of the column."""
    tally: str = ""
    """`31/38 xã đạt`, for a group."""
    lacking: int = 0
    """How many parts are missing in it, where it is a sum."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column: the indicator's short name, and the target of most rows in percent."""

    name: Sequence[str]
    """In one line or two."""
    target: str


@dataclass(frozen=True, slots=True)
class RowLine:
    """One unit's row."""

    name: str
    sign: Sign
    cells: Sequence[Cell]
    note: str = ""
    """What is missing in its sums."""


@dataclass(frozen=True, slots=True)
class TableScreen:
    """Units by indicators."""

    id: str
    title: str
    met: Count
    met_label: str
    columns: Sequence[Column]
    strips: Sequence[str]
    """Indicators that nobody on this page has a target for."""
    rows: Sequence[RowLine]
    size: str
    """How much room a row has: `large` or `small`; `large sums` where cells have two lines."""
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class SumLine:
    """One indicator of a whole commune group."""

    number: int
    name: Sequence[str]
    """In one line or two."""
    cell: Cell
    target: str


@dataclass(frozen=True, slots=True)
class CommunesScreen:
    """The communes of one group (or of a province without groups), each with a sign per indicator."""

    id: str
    title: str
    met: Count
    met_label: str
    part: str
    """`phần 1/2` where one page has no room for all communes; else empty."""
    note: str
    """What is missing in the group's sums."""
    sums: Sequence[SumLine]
    blocks: Sequence[Sequence[RowLine]]
    """The communes, in columns from the top down."""
    kind: str = "communes"


Screen = ProvinceScreen | TableScreen | CommunesScreen


@dataclass(frozen=True, slots=True)
class Wall:
    """Everything that the wall shows of one snapshot."""

    province: str
    decision: str
    simulated: bool
    told_clock: bool
    """Whether the time shown is not the real one."""
    band: Band
    freshness: Freshness
    notice: Notice | None
    """Set when the figures must not be judged by: they are then grey."""
    first: ProvinceScreen
    others: Sequence[TableScreen | CommunesScreen]
    """In the order in which they rotate; none while the figures are grey."""

    @property
    def screens(self) -> Sequence[Screen]:
        """All of them."""
        return (self.first, *self.others)

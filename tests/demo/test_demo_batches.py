from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from demo.batches import BadBatchError, Batch, Batches, more_for
from demo.figures import Counts
from demo.portal import DemoPortal
from exporter.config.decision_file import load_decision
from exporter.decision import Kind
from exporter.periods import Period
from tests.demo_setup import ROOT, town

DECISION = load_decision(ROOT / "config/targets.yaml")
UNIT = DECISION.units["so-cong-thuong"]
DAY = date(2024, 9, 15)
ALL_SAME = Counts(
    eligible=1000,
    provided=900,
    online=600,
    paper=400,
    completed=1000,
    digitised=1000,
    electronic=1000,
    payments=1000,
    paid_online=600,
    services=1000,
    services_used=900,
)
PARTS: dict[str, Callable[[Counts], Fraction]] = {
    "full_online_provision": lambda c: Fraction(c.provided, c.eligible),
    "online_dossier": lambda c: Fraction(c.online, c.received),
    "online_payment": lambda c: Fraction(c.paid_online, c.payments),
    "digitised_result": lambda c: Fraction(c.digitised, c.completed),
    "electronic_result": lambda c: Fraction(c.electronic, c.completed),
    "service_with_dossier": lambda c: Fraction(c.services_used, c.services),
}


def more(aim: str, indicator: str, counts: Counts) -> Counts | None:
    which = DECISION.indicators[indicator]
    return more_for(aim, which, DECISION.target(UNIT, which), counts)


def after(aim: str, indicator: str, counts: Counts) -> Counts:
    found = more(aim, indicator, counts)
    batches = Batches()
    if found:
        batches.add(Batch(UNIT.id, DAY, found))
    return batches.on(counts, UNIT.id, Period.year_of(DAY), DAY)


@pytest.mark.parametrize("indicator", PARTS)
def test_a_batch_brings_a_rate_where_it_is_wanted_and_back(indicator: str) -> None:
    target = DECISION.target(UNIT, DECISION.indicators[indicator])
    assert target is not None
    rate = PARTS[indicator]

    below = after("below", indicator, ALL_SAME)
    far = after("far", indicator, ALL_SAME)

    assert target - Fraction(4, 100) < rate(below) <= target - Fraction(3, 100)
    assert rate(far) < target - Fraction(20, 100)
    assert rate(after("met", indicator, far)) >= target
    assert after("met", indicator, ALL_SAME) == ALL_SAME


@pytest.mark.parametrize("indicator", PARTS)
def test_nothing_ever_vanishes(indicator: str) -> None:
    for aim in ("below", "far", "met"):
        then = after(aim, indicator, ALL_SAME)
        assert all(getattr(then, name) >= getattr(ALL_SAME, name) for name in Counts.__dataclass_fields__)


def test_what_came_in_belongs_to_its_year_its_month_and_the_days_after() -> None:
    batches = Batches()
    batches.add(Batch(UNIT.id, DAY, Counts(paper=1)))

    def changed(period: Period, through: date, unit: str = UNIT.id) -> bool:
        return batches.on(ALL_SAME, unit, period, through) != ALL_SAME

    year, month = Period.year_of(DAY), Period("month", date(2024, 9, 1))
    assert changed(year, DAY)
    assert changed(month, date(2024, 9, 30))
    assert not changed(year, date(2024, 9, 14))
    assert not changed(Period("month", date(2024, 8, 1)), DAY)
    assert not changed(Period("year", date(2025, 1, 1)), date(2025, 2, 1))
    assert not changed(year, DAY, "so-y-te")


@pytest.mark.parametrize(
    ("aim", "indicator", "counts", "said"),
    [
        ("below", "electronic_certified_copy", ALL_SAME, "không được giao"),
        ("met", "online_payment", Counts(), "chưa phát sinh"),
        ("far", "online_payment", Counts(payments=9), "không hạ được"),
    ],
)
def test_what_no_batch_can_do_is_said(aim: str, indicator: str, counts: Counts, said: str) -> None:
    with pytest.raises(BadBatchError, match=said):
        more(aim, indicator, counts)


def test_everybody_meets_everything_once_all_batches_came_in() -> None:
    with DemoPortal(date=date(2024, 9, 16)) as portal:
        assert portal.let_in("met") > 100
        assert portal.let_in("met") == 0


def test_the_exporter_takes_a_batch_for_what_it_is(tmp_path_factory: pytest.TempPathFactory) -> None:
    with town(tmp_path_factory.mktemp("town")) as here:
        here.collect()
        target = 0.45
        before = here.ratio("so-y-te", "online_payment")
        assert before is not None
        assert before >= target
        assert here.portal.let_in("below", "so-y-te", "online_payment") == 1
        here.set("2024-09-16", "09:01")
        here.collect()
        after_batch = here.ratio("so-y-te", "online_payment")
        assert after_batch is not None
        assert 0.41 < after_batch < target
        assert here.portal.let_in("met", "so-y-te", "online_payment") == 1
        here.set("2024-09-16", "09:02")
        here.collect()
        back = here.ratio("so-y-te", "online_payment")
        assert back is not None
        assert target <= back < 0.46


def test_the_control_page_offers_batches_and_refuses_nonsense() -> None:
    with DemoPortal(date=date(2024, 9, 16)) as portal:
        control = portal.site.control
        with pytest.raises(BadBatchError, match="Không có mức"):
            control.let_in({"aim": "better", "unit": "so-y-te"})
        with pytest.raises(BadBatchError, match="Chọn đơn vị"):
            control.let_in({"aim": "below"})
        with pytest.raises(ValueError, match="Không có đơn vị"):
            control.let_in({"aim": "below", "unit": "so-biet-bay"})
        group = next(u.id for u in DECISION.units.values() if u.kind is Kind.COMMUNE_GROUP)
        with pytest.raises(ValueError, match="không có dòng riêng"):
            control.let_in({"aim": "below", "unit": group})

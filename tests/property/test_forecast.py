"""Laws of forecasts, whatever the bills: what adds up, what does not, and what keeps its order."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.uncertain import Uncertain
from sim.study.forecasting import Months, Span

MONTHS = (*(f"2027-{number:02d}" for number in range(1, 13)), "2028-01")
CENTERS = ("a", "b")

amounts = st.decimals(0, 10**6, places=4)


@st.composite
def forecasts(draw: st.DrawFn) -> Months:
    """Up to four draws of up to three runs over 1 to 13 months."""
    months = MONTHS[: draw(st.integers(1, 13))]
    draws, each = draw(st.integers(0, 4)), draw(st.integers(1, 3))
    keys = [(month, center) for month in months for center in CENTERS]
    bills = [
        dict(
            zip(keys, draw(st.lists(amounts, min_size=len(keys), max_size=len(keys))), strict=True)
        )
        for _ in range(max(1, draws) * each)
    ]
    return Months(months, bills, draws)


@given(forecasts())
def test_each_run_spends_in_all_what_it_spends_by_month_and_cost_centre(found: Months) -> None:
    parts = [found.values(Span((month,)), c) for month in found.months for c in CENTERS]
    assert found.values(found.whole) == [sum(one, Decimal(0)) for one in zip(*parts, strict=True)]
    assert [list(path)[-1] for path in found.cumulative(found.whole)] == found.values(found.whole)


@given(forecasts())
def test_years_are_all_months_once(found: Months) -> None:
    assert [month for year in found.years for month in year.months] == [*found.months]


@given(forecasts())
def test_quantiles_ascend_and_are_values_of_runs(found: Months) -> None:
    for one in found.by_year():
        values = [float(value) for value in found.values(one.span, one.cost_center)]
        ascending = [q.value for q in (one.p10, one.p50, one.p90) if q.value is not None]
        assert len(ascending) == 3
        assert ascending == sorted(ascending)
        assert set(ascending) <= set(values)


@given(forecasts(), amounts)
def test_the_more_months_the_likelier_a_budget_is_exceeded(found: Months, budget: Decimal) -> None:
    over = found.overrun(found.whole, budget)
    assert list(over.by_month) == sorted(over.by_month)
    assert over.by_month[-1] == over.probability.value


@given(forecasts())
def test_all_months_at_once_are_held_no_more_often_than_any(found: Months) -> None:
    at_once = found.at_once().value
    for one in found.by_month():
        if not one.cost_center and at_once is not None:
            assert one.held.value is not None
            assert at_once <= one.held.value


@given(forecasts())
def test_what_is_shared_is_a_share(found: Months) -> None:
    split = found.split(found.whole)
    if split is not None and split.share.value is not None:
        assert 0 <= split.share.value <= 1
        assert split.between >= 0
        assert split.within >= 0


shares = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=3, unique=True), shares, shares)
def test_a_law_stays_in_its_range_and_ascends(ends: list[int], one: float, other: float) -> None:
    low, likely, high = sorted(ends)
    for law in (
        Uncertain.model_validate({"low": low, "high": high}),
        Uncertain.model_validate({"low": low, "likely": likely, "high": high}),
    ):
        first, last = (law.at(share).number for share in sorted((one, other)))
        assert low <= first <= last <= high

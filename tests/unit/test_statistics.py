"""Estimates as arithmetic: each rule of `sim.study.statistics` on numbers small enough to
follow."""

import math
from decimal import Decimal

import numpy as np
import pytest

from sim.study.measures import rank_of
from sim.study.statistics import (
    Estimate,
    Note,
    Stopping,
    against,
    lag_one_correlation,
    mean,
    order_statistic_ranks,
    paired,
    paired_ratio,
    quantile,
    ratio,
    replications_for_quantile,
    sectioned,
    truncation,
    weekly_mean,
    weekly_means,
)
from sim.study.statistics.quantiles import nearest
from sim.study.statistics.weeks import most_correlation

T_2 = 4.302652729911275
"""Quantile 0.975 of Student's t with 2 degrees of freedom, from tables."""


def note(estimate: Estimate) -> Note:
    """The only note of an estimate without an interval."""
    [only] = estimate.notes
    assert estimate.low is estimate.high is None
    return only


# -- means


def test_a_mean_of_three_runs() -> None:
    """10, 12 and 14: mean 12, variance ((-2)^2 + 0 + 2^2) / 2 = 4, standard error 2 / sqrt(3)."""
    found = mean([10, 12, 14])

    assert (found.value, found.n, found.level, found.method) == (12, 3, 0.95, "t")
    assert found.half_width == pytest.approx(T_2 * 2 / math.sqrt(3))
    assert found.relative_half_width == pytest.approx(T_2 * 2 / math.sqrt(3) / 12)
    assert found.notes == ()


def test_one_run_has_no_interval() -> None:
    assert note(mean([7.5])) == Note("one run", "one run has no interval")
    assert mean([7.5]).value == 7.5


def test_equal_runs_have_no_interval_unless_the_caller_knows_better() -> None:
    """That 20 runs lost nothing does not say that nothing is ever lost."""
    found = mean([0.1] * 20)

    assert note(found).kind == "same"
    assert found.value == 0.1
    assert not found.is_exact

    known = Estimate.exact(Decimal("0.1"), 20)
    assert (known.low, known.value, known.high, known.n) == (0.1, 0.1, 0.1, 20)
    assert known.is_exact
    assert known.half_width == 0


def test_no_runs_have_no_value() -> None:
    assert mean([]).value is quantile([], 0.5).value is ratio([], []).value is None
    assert paired([], []).estimate.value is weekly_mean([]).value is None
    assert mean([]).has("nothing")
    assert not mean([]).excludes_zero
    assert mean([]).relative_half_width is None


def test_skewed_runs_are_noted() -> None:
    """Nine runs without a loss and one of 10: moments m2 = 9, m3 = (9 (-1)^3 + 9^3) / 10 = 72.

    The skewness is 72 / 9^1.5 = 2.67, and 25 x 2.67^2 = 177.8, so it takes 178 runs.
    """
    [only] = mean([0] * 9 + [10]).notes

    assert only.kind == "skewed"
    assert only.text == (
        "the runs are skewed (+2.7): the interval may cover less often than 95 %, "
        "up to about 178 runs"
    )


def test_the_interval_of_skewed_runs_leans_to_where_the_tail_is() -> None:
    """As above: k = 2.67 / sqrt(10) = 0.843, t(9) = 2.262, standard error sqrt(90 / 9 / 10) = 1.

    Hall's cubic is 2.262 at T = 3 (cbrt(1 + 0.843 (2.262 - 0.141)) - 1) / 0.843 = 1.450, and
    -2.262 at 3 (cbrt(1 - 0.843 (2.262 + 0.141)) - 1) / 0.843 = -7.146.
    """
    found = mean([0] * 9 + [10], method="hall")

    assert found.low == pytest.approx(1 - 1.450, abs=2e-3)
    assert found.high == pytest.approx(1 + 7.146, abs=2e-3)
    assert found.has("skewed")
    assert not mean([0] * 19 + [10], method="hall").notes


def test_a_number_of_all_runs_with_an_interval_from_the_runs() -> None:
    """P95 of all 13; of the runs 10, 12 and 14: sqrt((9 + 1 + 1) / 2 / 3) around 13."""
    found = sectioned(13, [10, 12, 14])

    assert found.value == 13
    assert found.half_width == pytest.approx(T_2 * math.sqrt(11 / 6))
    assert note(sectioned(13, [10])).kind == "one run"
    assert note(sectioned(13, [13, 13])).kind == "same"


@pytest.mark.parametrize("bad", [math.nan, math.inf, Decimal("NaN")])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="expected finite numbers"):
        mean([1.0, bad])


@pytest.mark.parametrize("level", [0.49, 1, 95])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match=r"expected a level from 0\.5 to below 1"):
        mean([1, 2], level=level)
    with pytest.raises(ValueError, match="expected a level"):
        quantile([1, 2], 0.5, level=level)


def test_zero_has_one_sign() -> None:
    for runs in ([0.0, -0.0], [-0.0, 0.0]):
        assert str(mean(runs).value) == str(quantile(runs, 0.5).value) == "0.0"


# -- ratios


def test_a_ratio_is_that_of_the_sums() -> None:
    """1 h of waiting in 1 logon and 1 h in 3: 2 / 4 = 0.5, not (1 + 1/3) / 2 = 0.67.

    Residuals 1 - 0.5 and 1 - 1.5 over the mean of 2: +-0.25, with a standard error of
    sqrt(0.125 / 2) = 0.25; t(1) = 12.706.
    """
    found = ratio([1, 1], [1, 3])

    assert found.value == 0.5
    assert found.method == "hall"
    assert found.low == pytest.approx(0.5 - 12.706 * 0.25, abs=1e-3)
    assert found.high == pytest.approx(0.5 + 12.706 * 0.25, abs=1e-3)


def test_runs_that_agree_have_a_ratio_without_interval() -> None:
    """0.1 a unit in each run, up to the last bit: rounding is not spread."""
    units = [1.1, 2.3, 3.7]
    for method in ("hall", "delta", "jackknife", "fieller"):
        found = ratio([0.1 * unit for unit in units], units, method=method)
        assert found.value == pytest.approx(0.1)
        assert note(found).kind == "same"
    assert note(ratio([1], [2])).kind == "one run"


def test_a_ratio_of_skewed_runs_is_noted_unless_its_interval_allows_for_that() -> None:
    """A wait of 10 in one run of 20: Hall's interval is trusted from 20 runs on, the others not."""
    waits, people = [0] * 19 + [10], [1] * 20
    for method in ("delta", "jackknife", "fieller"):
        assert ratio(waits, people, method=method).has("skewed")

    assert not ratio(waits, people).notes
    assert ratio(waits[1:], people[1:]).has("skewed")


def test_nothing_over_nothing_is_no_number() -> None:
    found = ratio([0, 0], [0, 0])

    assert found.value is None
    assert note(found) == Note("nothing", "the denominators add up to 0")


def test_a_denominator_that_may_be_zero_bounds_nothing() -> None:
    """Denominators 0 and 1: their mean, 0.5 +- 6.35, may be zero."""
    assert note(ratio([1, 2], [0, 1], method="fieller")).kind == "unbounded"
    assert note(ratio([1, 2], [0, 1], method="jackknife")).kind == "unbounded"


def test_each_run_has_its_own_denominator() -> None:
    with pytest.raises(ValueError, match="as many denominators as numerators, got 1"):
        ratio([1, 2], [3])


# -- quantiles


@pytest.mark.parametrize("percent", range(1, 100))
def test_a_rank_is_the_rank_of_all_measures(percent: int) -> None:
    assert [nearest(n, percent / 100) - 1 for n in range(1, 301)] == [
        rank_of(percent, n) for n in range(1, 301)
    ]


def test_a_median_of_twenty_runs() -> None:
    """Rank 10, from the 6th to the 15th: 5 or fewer heads of 20 come in 2.07 %, 6 in 5.8 %."""
    found = quantile(reversed(range(101, 121)), 0.5)

    assert (found.value, found.low, found.high) == (110, 106, 115)
    assert (found.n, found.method, found.notes) == (20, "order statistics", ())


def test_too_few_runs_for_a_quantile_are_told_how_many_it_takes() -> None:
    """0.95^71 = 2.62 % lie all below the P95, 0.95^72 = 2.49 %: half of 5 % at each end."""
    assert note(quantile(range(71), 0.95)) == Note("too few", "P95 needs 72 runs")
    assert quantile(range(72), 0.95).high == 71
    assert quantile(range(71), 0.95).value == 67
    assert replications_for_quantile(0.05) == 72


@pytest.mark.parametrize(
    ("q", "level", "runs"),
    [(0.5, 0.95, 6), (0.9, 0.95, 36), (0.99, 0.95, 368), (0.95, 0.9, 59), (0.5, 0.5, 2)],
)
def test_runs_that_a_quantile_takes(q: float, level: float, runs: int) -> None:
    """q^n <= (1 - level) / 2; of the median at 50 %, 0.5^2 is exactly that."""
    assert replications_for_quantile(q, level) == runs
    assert None not in order_statistic_ranks(runs, q, level)
    assert None in order_statistic_ranks(runs - 1, q, level)


@pytest.mark.parametrize("q", [0, 1, 95, -0.5])
def test_a_quantile_is_a_share(q: float) -> None:
    with pytest.raises(ValueError, match="expected a share between 0 and 1"):
        quantile([1, 2], q)


# -- stopping


def around(value: float, half: float) -> Estimate:
    return Estimate(value, value - half, value + half, 20, 0.95, "t")


def test_stop_when_all_are_narrow_enough() -> None:
    """5 % of the truth is 0.05 / 1.05 = 4.76 % of the estimate: 4.76 of 100, and not 5."""
    rule = Stopping(0.05)

    assert rule.target == pytest.approx(1 / 21)
    assert rule.verdict(20, [around(100, 4.76), around(-100, 4.76)]) == "precise"
    assert rule.verdict(20, [around(100, 4.76), around(100, 4.77)]) == "go on"


def test_never_before_the_least_nor_after_the_most() -> None:
    rule = Stopping(0.05, least=20, most=45, block=10)

    assert rule.verdict(19, [around(100, 1)]) == "go on"
    assert [rule.upto(n) for n in (0, 5, 20, 30, 40, 45)] == [20, 20, 30, 40, 45, 45]
    assert rule.verdict(44, [around(100, 50)]) == "go on"
    assert rule.verdict(45, [around(100, 50)]) == "most"
    assert rule.verdict(45, [around(100, 1)]) == "precise"


def test_what_cannot_become_narrower_does_not_hold_up() -> None:
    rule = Stopping(0.05)

    assert rule.narrow(Estimate.exact(3))
    assert rule.narrow(mean([1.0] * 20))
    assert rule.narrow(ratio([0] * 20, [0] * 20))
    assert not rule.narrow(quantile(range(20), 0.95))
    assert not rule.narrow(around(0, 0.001))


def test_skewed_runs_are_believed_from_thirty_on() -> None:
    """1000 in all runs but one, 1030 there: within 0.2 % of 1001, where 10 % is asked for."""
    rule = Stopping(0.1)
    few, enough = mean([1000.0] * 28 + [1030.0]), mean([1000.0] * 29 + [1030.0])

    assert few.has("skewed")
    assert enough.has("skewed")
    assert not rule.narrow(few)
    assert rule.narrow(enough)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"relative": 0}, "a relative half-width above 0, got 0"),
        ({"relative": math.nan}, "a relative half-width above 0"),
        ({"relative": 0.1, "least": 1}, "2 <= least <= most, got 1 and 1000"),
        ({"relative": 0.1, "most": 10}, "2 <= least <= most, got 20 and 10"),
        ({"relative": 0.1, "block": 0}, "a block of at least 1 run, got 0"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(
    settings: dict[str, float], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        Stopping(**settings)  # type: ignore[arg-type] # mixed numbers


# -- warm-up and weeks


def test_a_step_is_left_out() -> None:
    """Three batches of 9 and then 0: with d = 3 nothing deviates, and d = 4 is no better."""
    found = truncation([9] * 15 + [0] * 85)

    assert (found.dropped, found.mean, found.statistic) == (15, 0, 0)
    assert found.enough


def test_a_series_that_still_moves_is_not_enough_data() -> None:
    assert truncation(list(range(100))).dropped is None
    assert not truncation([1.0] * 49).enough
    assert truncation([1.0] * 54).dropped == 0


def test_a_level_far_from_zero_costs_no_digits() -> None:
    noise = np.random.default_rng(1).standard_normal(200)
    near, far = truncation(noise, batch=1), truncation(noise + 2.0**40, batch=1)

    assert near.dropped == far.dropped
    assert near.statistic == pytest.approx(far.statistic, rel=1e-3)


def test_weeks_are_whole() -> None:
    """Two values a week: (1, 3), (5, 9), and 100 is left over."""
    assert weekly_means([1, 3, 5, 9, 100], 2).tolist() == [2, 7]
    assert weekly_means([1], 2).tolist() == []


def test_the_correlation_of_neighbours() -> None:
    """1, 2, 3: squares 1 + 0 + 1 = 2, steps 1 + 1 = 2, so 1 - 2 / 4 = 0.5; 1, -1, 1, -1: -0.5."""
    assert lag_one_correlation([1, 2, 3]) == 0.5
    assert lag_one_correlation([1, -1, 1, -1]) == pytest.approx(1 - 12 / 8)
    assert lag_one_correlation([2, 2]) == lag_one_correlation([]) == 0


def test_weeks_that_are_alike_count_as_runs() -> None:
    weeks = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]
    found = weekly_mean(weeks)

    assert (found.value, found.low, found.high) == (
        mean(weeks).value,
        mean(weeks).low,
        mean(weeks).high,
    )
    assert (found.n, found.method) == (11, "weeks")


def test_weeks_that_follow_one_another_have_no_interval() -> None:
    """Sorted, the same weeks are correlated beyond 1.645 sqrt(9 / 120) = 0.45."""
    found = note(weekly_mean([1, 1, 2, 3, 3, 4, 5, 5, 5, 6, 9]))

    assert found.kind == "dependent"
    assert found.text.startswith("successive weeks resemble one another (correlation 0.8")


def test_how_much_neighbours_may_resemble_one_another() -> None:
    """Of 17 independent weeks: 1.645 sqrt(15 / 288) = 0.375 is exceeded once in 20 times."""
    assert most_correlation(17) == pytest.approx(1.64485 * math.sqrt(15 / 288), abs=1e-5)


def test_few_weeks_are_not_enough_data() -> None:
    assert note(weekly_mean([3, 1, 4, 1, 5, 9, 2, 6, 5])) == Note(
        "too few", "an interval needs 10 whole weeks, and there are 9"
    )
    assert note(weekly_mean([2] * 12)).kind == "same"


# -- comparing


def test_a_difference_is_that_of_the_runs() -> None:
    """100, 200, 300 and 101, 203, 302: differences 1, 3, 2, mean 2, standard error 1 / sqrt(3).

    Squares of the two are 20,000 and 20,201 + ..., those of the differences 2.
    """
    found = paired([100, 200, 300], [101, 203, 302])

    assert found.estimate.value == 2
    assert found.estimate.half_width == pytest.approx(T_2 / math.sqrt(3))
    assert found.gain == pytest.approx((20_000 + 101**2 + 1**2 + 100**2) / 2)
    assert not found.established
    assert paired([0, 0, 0], [10, 11, 12]).established
    assert paired([10, 11, 12], [0, 0, 0]).established


def test_money_differs_by_the_same_to_the_last_digit() -> None:
    """0.10 more in each of six runs: no spread, and 2 / 2^6 = 3.1 % by the sign test."""
    baseline = [Decimal("1000.10"), Decimal("7.07"), Decimal(3), Decimal(4), Decimal(5), Decimal(6)]
    found = paired(baseline, [cost + Decimal("0.10") for cost in baseline])

    assert note(found.estimate).kind == "same"
    assert found.estimate.value == 0.1
    assert found.established
    assert found.gain is None
    assert not paired(baseline[:5], [cost + 1 for cost in baseline[:5]]).established


def test_several_against_one_hold_together() -> None:
    """Two at 95 % together are each at 97.5 %; and say what they are together."""
    baseline = [10.0, 12.0, 11.0, 15.0]
    others = {"more": [13.0, 14.5, 14.0, 18.2], "odd": [9.0, 14.0, 10.0, 19.0]}
    found = against(baseline, others)

    for name, runs in others.items():
        alone = paired(baseline, runs, level=0.975).estimate
        assert (found[name].estimate.low, found[name].estimate.high) == pytest.approx(
            (alone.low, alone.high)
        )
        assert (found[name].estimate.level, found[name].together) == (0.95, 2)
    assert found["more"].established
    assert not found["odd"].established
    assert against(baseline, {}) == {}


def test_the_same_in_all_runs_is_established_by_more_runs_among_several() -> None:
    """Of two, each may be wrong in 2.5 %: 2 / 2^6 = 3.1 % is too much, 2 / 2^7 = 1.6 % is not."""
    assert not paired([0] * 6, [1] * 6, together=2).established
    assert paired([0] * 7, [1] * 7, together=2).established


def test_a_difference_of_ratios() -> None:
    """1/2 and 3/4 of ten, twice: residuals (5, 3, 4 of 10 less 4) and (8, 6, 7 less 7) cancel."""
    found = paired_ratio(([5, 3, 4], [10, 10, 10]), ([8, 6, 7], [10, 10, 10]))

    assert found.estimate.value == pytest.approx(0.3)
    assert note(found.estimate).kind == "same"

    varied = paired_ratio(([5, 3, 4], [10, 10, 10]), ([9, 6, 6], [10, 10, 10]))
    plain = paired([0.5, 0.3, 0.4], [0.9, 0.6, 0.6])
    assert varied.estimate.half_width == pytest.approx(plain.estimate.half_width)
    assert varied.gain == pytest.approx(plain.gain)
    assert paired_ratio(([1], [0]), ([1], [1])).estimate.value is None


def test_pairs_are_as_many() -> None:
    with pytest.raises(ValueError, match="expected 2 runs as in the baseline, got 1"):
        paired([1, 2], [1])
    with pytest.raises(ValueError, match="expected 2 runs, got 2, 2, 2, 1"):
        paired_ratio(([1, 2], [1, 2]), ([1, 2], [1]))
    with pytest.raises(ValueError, match="at least 1 interval, got 0"):
        paired([1], [1], together=0)

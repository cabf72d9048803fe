"""Laws of estimates, whatever the runs."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.study.measures import nearest_rank
from sim.study.statistics import (
    Estimate,
    Stopping,
    against,
    mean,
    paired,
    paired_ratio,
    quantile,
    ratio,
    replications_for_relative_halfwidth,
    truncation,
    weekly_mean,
)

VALUES = st.integers(-(10**6), 10**6).map(lambda number: number / 64)
AMOUNTS = st.integers(1, 10**6).map(lambda number: number / 64)
RUNS = st.lists(VALUES, min_size=2, max_size=40)
PAIRS = st.lists(st.tuples(VALUES, AMOUNTS), min_size=2, max_size=40)
LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
SHARES = st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])

Method = Callable[..., Estimate]

MEANS: dict[str, Method] = {
    "t": mean,
    "hall": lambda runs, **more: mean(runs, method="hall", **more),
    "P50": lambda runs, **more: quantile(runs, 0.5, **more),
    "P75": lambda runs, **more: quantile(runs, 0.75, **more),
}
"""Estimates from one number a run that move with all the numbers."""


def by(method: str) -> Method:
    """A ratio of pairs by one method."""

    def found(pairs: Sequence[tuple[float, float]], **more: Any) -> Estimate:
        over, under = zip(*pairs, strict=True)
        return ratio(over, under, method=method, **more)  # type: ignore[arg-type] # one of four

    return found


RATIOS = {method: by(method) for method in ("hall", "delta", "jackknife", "fieller")}
FEWEST = {"P50": 8, "P75": 20, "fieller": 20}
"""Runs that it takes for an interval at 99 %, or nearly always: elsewhere there are two."""

EVERY = [
    pytest.param(method, st.lists(run, min_size=FEWEST.get(name, 2), max_size=40), id=name)
    for methods, run in ((MEANS, VALUES), (RATIOS, st.tuples(VALUES, AMOUNTS)))
    for name, method in methods.items()
]
every = pytest.mark.parametrize(("method", "samples"), EVERY)


def ends(estimate: Estimate) -> tuple[float, float, float]:
    """Low, value and high of an estimate that has them."""
    assume(estimate.low is not None)
    assert estimate.low is not None
    assert estimate.value is not None
    assert estimate.high is not None
    return estimate.low, estimate.value, estimate.high


@every
@given(st.data(), LEVELS)
def test_an_interval_contains_the_estimate(
    method: Method, samples: Any, data: st.DataObject, level: float
) -> None:
    low, value, high = ends(method(data.draw(samples), level=level))

    assert low <= value <= high


@every
@given(st.data(), LEVELS, LEVELS)
def test_a_higher_level_contains_the_lower(
    method: Method, samples: Any, data: st.DataObject, one: float, other: float
) -> None:
    runs = data.draw(samples)
    low, value, high = ends(method(runs, level=max(one, other)))
    inner = method(runs, level=min(one, other))

    assert inner.low is not None
    assert inner.high is not None
    assert low <= inner.low <= inner.high <= high
    assert inner.value == value


@every
@given(st.data())
def test_the_order_of_the_runs_changes_no_bit(
    method: Method, samples: Any, data: st.DataObject
) -> None:
    runs = data.draw(samples)

    assert method(data.draw(st.permutations(runs))) == method(runs)


@every
@given(st.data())
def test_both_ends_or_none_and_then_a_reason(
    method: Method, samples: Any, data: st.DataObject
) -> None:
    found = method(data.draw(samples))

    assert (found.low is None) == (found.high is None)
    if found.low is None:
        assert {note.kind for note in found.notes} & {"same", "too few", "unbounded"}
    else:
        assert {note.kind for note in found.notes} <= {"skewed"}


@pytest.mark.parametrize(("method", "samples"), EVERY[: len(MEANS)])
@given(st.data(), st.integers(-1000, 1000), st.integers(1, 1000))
def test_units_and_origins_move_value_and_interval_alike(
    method: Method, samples: Any, data: st.DataObject, shift: int, scale: int
) -> None:
    runs = data.draw(samples)
    low, value, high = ends(method(runs))
    moved = method([scale * run + shift for run in runs])
    close = 1e-9 * (scale * (max(map(abs, runs)) + high - low) + abs(shift))

    assert moved.low == pytest.approx(scale * low + shift, abs=close)
    assert moved.value == pytest.approx(scale * value + shift, abs=close)
    assert moved.high == pytest.approx(scale * high + shift, abs=close)


@given(RUNS)
def test_a_mirror_turns_a_mean_around(runs: list[float]) -> None:
    """What the interval of skewed runs adds on one side it adds on the other in a mirror."""
    for method in ("t", "hall"):
        low, value, high = ends(mean(runs, method=method))
        mirrored = ends(mean([-run for run in runs], method=method))
        assert mirrored == pytest.approx((-high, -value, -low))


@pytest.mark.parametrize(("method", "samples"), EVERY[len(MEANS) :])
@given(st.data(), st.sampled_from([0.125, 0.5, 2, 4096]), st.sampled_from([0.25, 1, 8]))
def test_a_ratio_follows_the_units_of_both_sides(
    method: Method,
    samples: st.SearchStrategy[list[tuple[float, float]]],
    data: st.DataObject,
    over: float,
    under: float,
) -> None:
    """By powers of two, so that it does to the last bit."""
    pairs = data.draw(samples)
    low, value, high = ends(method(pairs))
    found = ends(method([(over * x, under * y) for x, y in pairs]))

    factor = over / under
    assert found == (factor * low, factor * value, factor * high)


@given(PAIRS)
def test_a_ratio_to_equal_denominators_is_a_mean(pairs: list[tuple[float, float]]) -> None:
    """In all methods, and with the skewness noted alike."""
    over = [x for x, _ in pairs]
    plain, lean = mean(over), mean(over, method="hall")
    assume(plain.half_width is not None and plain.half_width > 1e-6 * max(map(abs, over)))
    for name, method in RATIOS.items():
        expected = lean if name == "hall" else plain
        found = method([(x, 1.0) for x in over])
        assert ends(found) == pytest.approx(ends(expected), rel=1e-6, abs=1e-6)


@given(RUNS, SHARES)
def test_a_quantile_is_that_of_the_measures(runs: list[float], q: float) -> None:
    whole = [int(64 * run) for run in runs]
    found = quantile(whole, q)

    assert found.value == nearest_rank(np.array(whole), round(100 * q))
    assert {found.low, found.high} <= {None, *whole}


@given(RUNS, st.integers(1, 4))
def test_a_sample_against_itself_is_exactly_zero(runs: list[float], together: int) -> None:
    found = paired(runs, list(runs), together=together)

    assert found.estimate.value == 0
    assert found.estimate.has("same")
    assert not found.established
    assert found.gain is None


@given(PAIRS)
def test_ratios_of_a_sample_against_itself_are_exactly_zero(
    pairs: list[tuple[float, float]],
) -> None:
    over, under = map(list, zip(*pairs, strict=True))
    found = paired_ratio((over, under), (over, under))

    assert found.estimate.value == 0
    assert found.estimate.has("same")
    assert not found.established


@given(st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=40), st.data())
def test_pairs_may_come_in_any_order_and_turn_around(
    pairs: list[tuple[float, float]], data: st.DataObject
) -> None:
    first, second = map(list, zip(*pairs, strict=True))
    found = paired(first, second)
    again = zip(*data.draw(st.permutations(pairs)), strict=True)
    assert paired(*map(list, again)) == found

    low, value, high = ends(found.estimate)
    back = paired(second, first)
    assert ends(back.estimate) == (-high, -value, -low)
    assert (back.gain, back.established) == (found.gain, found.established)


@given(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=2, max_size=40))
def test_intervals_that_hold_together_contain_those_that_hold_alone(
    triples: list[tuple[float, float, float]],
) -> None:
    baseline, one, two = map(list, zip(*triples, strict=True))
    found = against(baseline, {"one": one, "two": two})
    for name, runs in (("one", one), ("two", two)):
        alone = paired(baseline, runs)
        low, value, high = ends(found[name].estimate)
        inner = ends(alone.estimate)
        assert low <= inner[0] <= inner[2] <= high
        assert value == inner[1]
        assert alone.established or not found[name].established


@given(RUNS)
def test_pairing_with_runs_that_never_vary_gains_nothing(runs: list[float]) -> None:
    found = paired([0.0] * len(runs), runs)

    assert found.gain in {None, 1.0}


@given(st.lists(VALUES, min_size=10, max_size=60))
def test_weeks_of_a_long_run_are_its_runs_or_nothing(weeks: list[float]) -> None:
    found, plain = weekly_mean(weeks), mean(weeks)

    assert found.value == plain.value
    if found.low is None:
        assert found.has("dependent") or found.has("same")
    else:
        assert (found.low, found.high) == (plain.low, plain.high)


@given(st.lists(VALUES, min_size=10, max_size=100), st.integers(1, 4), st.integers(-1000, 1000))
def test_no_series_loses_half_of_itself(series: list[float], batch: int, shift: int) -> None:
    """By the definition, batch by batch; and a shift moves nothing but the mean."""
    found = truncation(series, batch=batch)
    n = len(series) // batch
    if n < 10:
        assert found.dropped is found.statistic is None
        return
    means = [sum(series[batch * k : batch * (k + 1)]) / batch for k in range(n)]
    assert found.statistic is not None
    scale = 1e-9 * max(map(abs, [*series, 1.0])) ** 2
    candidates = [deviations(means[d:]) for d in range(n // 2 + 1)]
    assert found.statistic == pytest.approx(min(candidates), abs=scale)
    if found.dropped is not None:
        assert found.dropped < n // 2 * batch
        assert candidates[found.dropped // batch] == pytest.approx(min(candidates), abs=scale)
        assert found.mean == pytest.approx(
            sum(means[found.dropped // batch :]) / (n - found.dropped // batch)
        )


def deviations(rest: list[float]) -> float:
    """Sum of squared deviations over the square of the length."""
    centre = sum(rest) / len(rest)
    return sum((value - centre) ** 2 for value in rest) / len(rest) ** 2


@given(
    st.floats(0.01, 3), st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.5]), st.sampled_from([0.9, 0.95])
)
def test_more_spread_or_precision_takes_no_fewer_runs(
    cv: float, relative: float, level: float
) -> None:
    needed = replications_for_relative_halfwidth(cv, relative, level)

    assert replications_for_relative_halfwidth(1.5 * cv, relative, level) >= needed
    assert replications_for_relative_halfwidth(cv, relative / 2, level) >= needed
    assert needed >= 2


@given(st.integers(2, 50), st.integers(0, 100), st.integers(1, 30))
def test_looks_end_at_the_most_and_never_stand_still(least: int, more: int, block: int) -> None:
    rule = Stopping(0.1, least=least, most=least + more, block=block)
    looks = [rule.upto(0)]
    while rule.verdict(looks[-1], [Estimate(1, -9, 9, looks[-1], 0.95, "t")]) == "go on":
        looks.append(rule.upto(looks[-1]))

    assert looks[0] == least
    assert looks[-1] == least + more
    assert all(0 < b - a <= block for a, b in pairwise(looks))

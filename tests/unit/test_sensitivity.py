"""Sensitivity indices against closed forms."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import sobol_indices, uniform

from sim.study.sensitivity import design, design_rows, indices
from sim.study.statistics import Estimate

Numbers = NDArray[np.float64]


def of(function: Callable[[Numbers], Numbers], number: int, settings: int) -> Numbers:
    """Values of a function of numbers in [0, 1) at the rows of a design."""
    return function(design(number, settings, 0).T)


def ishigami(x: Numbers) -> Numbers:
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, each from -pi to pi."""
    one, two, three = (2 * x - 1) * math.pi
    found: Numbers = np.sin(one) + 7 * np.sin(two) ** 2 + 0.1 * three**4 * np.sin(one)
    return found


def contains(found: Estimate, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


def test_the_design_takes_one_column_at_a_time_from_the_second_half() -> None:
    """4 rows of A, 4 of B, and 4 for each of 3 settings: 4 (3 + 2) = 20."""
    rows = design(4, 3, 7)
    a, b, *mixed = rows.reshape(5, 4, 3)

    assert len(rows) == design_rows(4, 3) == 20
    assert not (a == b).any()
    for column, block in enumerate(mixed):
        assert (block[:, column] == b[:, column]).all()
        others = [other for other in range(3) if other != column]
        assert (block[:, others] == a[:, others]).all()


def test_a_larger_design_begins_with_the_base_points_of_the_smaller() -> None:
    small, large = design(8, 3, 5).reshape(5, 8, 3), design(32, 3, 5).reshape(5, 32, 3)

    assert (large[:, :8] == small).all()


def test_each_column_of_the_design_is_even() -> None:
    """Of 16 points of a Sobol sequence one lies in each sixteenth, in A and in B."""
    a, b, *_ = design(16, 2, 3).reshape(4, 16, 2)

    for half in (a, b):
        for column in half.T:
            assert sorted((column * 16).astype(int)) == list(range(16))


def test_ishigami() -> None:
    """With a = 7 and b = 0.1: variances of the parts, of which shares are taken.

    V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = b^2 pi^8 (1/18 - 1/50), and nothing else.
    Source: T. Ishigami and T. Homma, An importance quantification technique in uncertainty
    analysis for computer models, Proceedings of ISUMA (1990), 398-403.
    """
    one = (1 + 0.1 * math.pi**4 / 5) ** 2 / 2
    two = 7**2 / 8
    together = 0.1**2 * math.pi**8 * (1 / 18 - 1 / 50)
    whole = one + two + together
    first = [one / whole, two / whole, 0.0]
    total = [(one + together) / whole, two / whole, together / whole]
    assert [round(share, 4) for share in first + total] == [
        0.3139,
        0.4424,
        0,
        0.5576,
        0.4424,
        0.2437,
    ]

    found = indices(of(ishigami, 4096, 3), 3)

    for row, (alone, in_all) in enumerate(zip(first, total, strict=True)):
        assert found[row].first.value == pytest.approx(alone, abs=0.015)
        assert found[row].total.value == pytest.approx(in_all, abs=0.015)
        assert contains(found[row].first, alone)
        assert contains(found[row].total, in_all)


def test_they_are_those_that_scipy_estimates() -> None:
    """From the values that SciPy asks for, which come as A, B, and the mixed rows one by one."""
    seen: list[Numbers] = []

    def function(x: Numbers) -> Numbers:
        seen.append(ishigami(x))
        return seen[-1]

    dists: Any = [uniform()] * 3  # the stubs of `uniform` do not fit those of `dists`
    theirs = sobol_indices(func=function, n=256, dists=dists, rng=np.random.default_rng(0))
    a, b, mixed = seen
    ours = indices(np.concatenate([a, b, mixed.reshape(256, 3).T.ravel()]), 3)

    assert [one.first.value for one in ours] == pytest.approx(list(theirs.first_order))
    assert [one.total.value for one in ours] == pytest.approx(list(theirs.total_order))


def test_intervals_contain_the_truth_as_often_as_they_say() -> None:
    """3 x + y: variances 9 / 12 and 1 / 12, shares 90 % and 10 %. Of 60 random designs of 64 points
    each the intervals contain them in 57 on average; fewer than 51 would be one in 500."""
    hits = 0
    for seed in range(60):
        rows = design(64, 2, seed)
        [one, _] = indices(3 * rows[:, 0] + rows[:, 1], 2)
        hits += contains(one.total, 0.9)

    assert hits >= 51


def test_what_only_adds_up_has_equal_indices_that_sum_to_one() -> None:
    """2 x + 1 y + 1 z: shares 4 / 6, 1 / 6 and 1 / 6."""
    found = indices(of(lambda x: 2 * x[0] + x[1] + x[2], 4096, 3), 3)

    assert [one.first.value for one in found] == pytest.approx([4 / 6, 1 / 6, 1 / 6], abs=0.01)
    assert [one.total.value for one in found] == pytest.approx([4 / 6, 1 / 6, 1 / 6], abs=0.01)


def test_what_changes_nothing_is_exactly_zero_and_has_no_interval() -> None:
    [_, idle, _] = indices(of(lambda x: x[0] + x[2], 64, 3), 3)

    for estimate in idle:
        assert (estimate.value, estimate.low, estimate.high, estimate.n) == (0, None, None, 64)
        assert [note.text for note in estimate.notes] == ["changes nothing at any point"]


def test_what_is_the_same_everywhere_is_moved_by_nothing() -> None:
    assert indices(np.full(design_rows(8, 2), 5.0), 2) == []


def test_the_same_values_have_the_same_intervals() -> None:
    values = of(ishigami, 64, 3)

    assert indices(values, 3) == indices(values, 3)


def test_neither_scale_nor_origin_moves_them() -> None:
    values = of(ishigami, 128, 3)

    moved = [estimate.value for one in indices(1000 + 250 * values, 3) for estimate in one]
    assert moved == pytest.approx([e.value for one in indices(values, 3) for e in one], abs=1e-9)


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [math.nan] * 8, []])
def test_values_that_do_not_fit_the_design_are_refused(values: list[float]) -> None:
    if not values:
        with pytest.raises(ValueError, match="two settings or more, got 1"):
            indices(values, 1)
        return
    with pytest.raises(ValueError, match="one finite value for each row of the design"):
        indices(values, 2)

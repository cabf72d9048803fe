"""Runs in groups: what they share, what each has to itself, and how often something happens."""

import math

import numpy as np
import pytest

from sim.study.statistics import components, proportion, quantile


def test_two_groups_of_two_by_hand() -> None:
    """(10, 12) and (20, 22).

    Means 11 and 21 around 16: between 2 (5^2 + 5^2) / (2 - 1) = 100.
    Within (1 + 1 + 1 + 1) / (2 (2 - 1)) = 2. So (100 - 2) / 2 = 49, and 49 of 51 is shared.
    """
    found = components([[10, 12], [20, 22]])
    assert found is not None
    assert (found.between, found.within) == (49, 2)
    assert found.share.value == pytest.approx(49 / 51)


def test_groups_that_lie_closer_than_their_runs_share_nothing() -> None:
    """(0, 10) and (1, 9) have the same mean: 0 between, and less would be no variance."""
    found = components([[0, 10], [1, 9]])
    assert found is not None
    assert (found.between, found.share.value, found.share.low) == (0, 0, None)
    assert found.share.notes[0].text == "the groups lie closer together than chance explains"


def test_groups_whose_runs_are_the_same_share_everything() -> None:
    found = components([[1, 1], [3, 3]])
    assert found is not None
    assert (found.between, found.within, found.share.value) == (2, 0, 1)
    assert found.share.low is None


@pytest.mark.parametrize("groups", [[], [[1.0, 2.0]], [[1.0], [2.0], [3.0]]])
def test_one_group_or_single_runs_cannot_be_split(groups: list[list[float]]) -> None:
    assert components(groups) is None


def test_groups_of_different_size_are_refused() -> None:
    with pytest.raises(ValueError, match="groups of one size"):
        components([[1.0, 2.0], [3.0]])


def test_the_interval_of_a_share_covers_a_split_known_by_construction() -> None:
    """Normal parts of variance 9 and 3: three quarters are shared, in 95 % of 400 cases."""
    generator = np.random.default_rng(1)
    covered, values = 0, []
    for _ in range(400):
        shared = generator.normal(0, 3, (20, 1))
        found = components((shared + generator.normal(0, math.sqrt(3), (20, 4))).tolist())
        assert found is not None
        assert found.share.low is not None
        assert found.share.high is not None
        assert found.share.value is not None
        covered += found.share.low <= 0.75 <= found.share.high
        values.append(found.share.value)
    assert 0.92 * 400 <= covered <= 0.98 * 400
    assert np.mean(values) == pytest.approx(0.75, abs=0.03)


def test_wilson_by_hand() -> None:
    """5 of 10 at 95 %, z = 1.95996: z^2 = 3.8415, 1 + z^2 / 10 = 1.38415.

    The middle stays 0.5; half of the width is z sqrt(0.25 / 10 + z^2 / 400) / 1.38415 = 0.2634.
    """
    found = proportion(5, 10)
    assert found.low == pytest.approx(0.5 - 0.2634, abs=1e-4)
    assert found.high == pytest.approx(0.5 + 0.2634, abs=1e-4)


def test_what_happened_in_no_run_may_still_happen() -> None:
    """0 of 20: up to z^2 / (20 + z^2) = 16.1 %."""
    found = proportion(0, 20)
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.1611, abs=1e-4)
    assert proportion(20, 20).high == 1


def test_runs_that_are_alike_count_as_one() -> None:
    """10 of 20 runs, two of each draw, are known no better than 5 of 10."""
    pairs, alone = proportion(10, 20, alike=2), proportion(5, 10)
    assert (pairs.value, pairs.low, pairs.high) == (alone.value, alone.low, alone.high)
    with pytest.raises(ValueError, match="from 0 to 3"):
        proportion(4, 3)


def test_a_quantile_of_pairs_has_the_interval_of_half_as_many() -> None:
    """40 values, each twice: the interval is that of the 40, and contains both of a pair."""
    values = [float(value) for value in range(40)]
    alone, pairs = quantile(values, 0.9), quantile([*values, *values], 0.9, alike=2)
    assert (pairs.value, pairs.low, pairs.high) == (alone.value, alone.low, alone.high)
    assert pairs.n == 80


def test_the_quantile_of_few_draws_says_how_many_it_takes() -> None:
    few = quantile([1.0] * 60, 0.9, alike=2)
    assert few.low is None
    assert few.notes[0].text == "P90 needs 36 draws of the assumptions"
    with pytest.raises(ValueError, match="groups of 2 runs"):
        quantile([1.0] * 3, 0.9, alike=2)


def test_the_interval_of_pairs_that_are_not_alike_covers_as_well() -> None:
    """Groups of independent values: wider than need be, so it contains the truth more often."""
    generator = np.random.default_rng(2)
    truth, covered = 0.9, 0
    for _ in range(300):
        found = quantile(generator.random(80).tolist(), 0.9, alike=2)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= truth <= found.high
    assert covered >= 0.95 * 300

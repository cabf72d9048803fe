"""Means over the weeks of one long run, each week being one observation.

What follows the week has no steady state, but its weeks are alike: a week is a batch, and where
weeks do not resemble their neighbours more than others, they count as independent runs do. That is
tested.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.study.statistics.estimates import (
    LEVEL,
    Estimate,
    Note,
    Values,
    checked_level,
    numbers,
)
from sim.study.statistics.ratios import ratio, residuals
from sim.study.statistics.spread import Sample, skewed, student

FEWEST = 10
"""Weeks from which on the test's statistic is close enough to normal."""

SIGNIFICANCE = 0.05
"""How often independent weeks are taken for dependent ones."""


def weekly_means(
    series: Sequence[float] | NDArray[np.float64], per_week: int
) -> NDArray[np.float64]:
    """Mean of each whole week of a series with so many values a week, without the rest."""
    values = np.asarray(series, dtype=np.float64)
    weeks = len(values) // per_week
    return np.asarray(values[: weeks * per_week].reshape(weeks, per_week).mean(axis=1))


def weekly_mean(weeks: Sequence[float] | NDArray[np.float64], *, level: float = LEVEL) -> Estimate:
    """Mean of the values of successive whole weeks after the warm-up, with a t interval.

    There is no interval if the weeks are fewer than ten, or resemble their neighbours: if their
    lag-one correlation lies above what independent ones exceed 5 % of the time, it would be too
    narrow.

    Source: G. S. Fishman, Grouping observations in digital simulation, Management Science 24
    (1978), 510-521.
    """
    values = numbers(weeks)
    checked_level(level)
    n = len(values)
    if not n:
        return Estimate.without(
            None, 0, level, "weeks", Note("nothing", "there are no whole weeks")
        )
    sample = Sample.of(values)
    if why := _unfit(sample, values):
        return Estimate.without(sample.mean, n, level, "weeks", why)
    half = student(level, n) * sample.standard_error
    low, high = sample.mean - half, sample.mean + half
    notes = _of_weeks(skewed(sample, level))
    return Estimate(sample.mean, low, high, n, level, "weeks", notes)


def weekly_ratio(numerators: Values, denominators: Values, *, level: float = LEVEL) -> Estimate:
    """Sum over sum of successive whole weeks, with Hall's interval of the linearised residuals.

    There is none under the conditions of `weekly_mean`, asked of the residuals.
    """
    over, under = numbers(numerators), numbers(denominators)
    found = ratio(over, under, level=level)
    if found.value is not None:
        left = residuals(over, under)
        if why := _unfit(Sample.of(left), left):
            return Estimate.without(found.value, found.n, level, "weeks", why)
    return replace(found, method="weeks", notes=_of_weeks(found.notes))


def _of_weeks(notes: Sequence[Note]) -> tuple[Note, ...]:
    """What is to be known of runs, said of weeks."""
    return tuple(replace(note, text=note.text.replace("runs", "weeks")) for note in notes)


def _unfit(sample: Sample, values: Sequence[float]) -> Note | None:
    """Why successive weeks give no interval."""
    n = sample.n
    if n < FEWEST:
        return Note("too few", f"an interval needs {FEWEST} whole weeks, and there are {n}")
    if not sample.squares:
        return Note(
            "same", f"the same in all {n} weeks, which says nothing about how others differ"
        )
    correlation = lag_one_correlation(values)
    if correlation > most_correlation(n):
        return Note(
            "dependent",
            f"successive weeks resemble one another (correlation {correlation:.2f}): "
            "run several replications instead",
        )
    return None


def lag_one_correlation(values: Sequence[float]) -> float:
    """Of successive values, by von Neumann's ratio: 1 - sum of squared steps / (2 sum of squares).

    That is the usual estimate with a correction for the two ends; independent values have 0 on
    average. 0 without spread.

    Source: J. von Neumann, Distribution of the ratio of the mean square successive difference to
    the variance, Annals of Mathematical Statistics 12 (1941), 367-395.
    """
    listed = [float(value) for value in values]
    squares = Sample.of(listed).squares if listed else 0.0
    if not squares:
        return 0.0
    steps = math.fsum((b - a) ** 2 for a, b in pairwise(listed))
    return 1 - steps / (2 * squares)


def most_correlation(n: int) -> float:
    """Lag-one correlation that n independent values exceed 5 % of the time.

    Its variance is (n - 2) / (n^2 - 1) for normal values, and about so for others.
    """
    return float(ndtri(1 - SIGNIFICANCE)) * math.sqrt((n - 2) / (n * n - 1))

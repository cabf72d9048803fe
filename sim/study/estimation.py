"""From observations of many runs to estimates: each measure with an interval, or why it has none.

Which method a measure needs follows from what it is. A sum, a peak or a percentile is one number
per run, and its estimate the mean over runs. A ratio is a ratio of sums over all runs, never a mean
of ratios: a quiet day would count as much as a busy one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from sim.study.observations import Measure, Observation, Observations, in_order, parted
from sim.study.statistics import (
    Difference,
    Estimate,
    mean,
    paired,
    paired_ratio,
    quantile,
    ratio,
    weekly_mean,
    weekly_ratio,
)
from sim.study.statistics.estimates import LEVEL

PERCENTS = (10, 50, 90, 95)
"""Quantiles over runs that are reported of a sum: how large a month's bill may come out."""


def keys_of(runs: Iterable[Observations]) -> list[str]:
    """The measures that some run has an observation of, as they are reported."""
    return in_order(key for run in runs for key in run)


def estimate(runs: Sequence[Observations], key: str, *, level: float = LEVEL) -> Estimate:
    """One measure over the runs that have an observation of it."""
    measure = parted(key)[0]
    found = [run[key] for run in runs if key in run]
    if measure.is_ratio:
        return _possible(ratio(*_columns(found), level=level), measure)
    return _possible(mean(_values(found), level=level), measure)


def estimates(runs: Sequence[Observations], *, level: float = LEVEL) -> dict[str, Estimate]:
    """Every measure, as they are reported."""
    return {key: estimate(runs, key, level=level) for key in keys_of(runs)}


def weekly(weeks: Sequence[Observations], key: str, *, level: float = LEVEL) -> Estimate:
    """One measure over the whole weeks of one run, if successive weeks do not resemble another."""
    measure = parted(key)[0]
    found = [week[key] for week in weeks if key in week]
    if measure.is_ratio:
        return _possible(weekly_ratio(*_columns(found), level=level), measure)
    return _possible(weekly_mean([one.value for one in found], level=level), measure)


def quantiles(
    runs: Sequence[Observations], key: str, *, level: float = LEVEL
) -> dict[int, Estimate]:
    """PERCENTS of one run's value over the runs: not of waits, but of what a run may come to."""
    values = _values([run[key] for run in runs if key in run])
    return {percent: quantile(values, percent / 100, level=level) for percent in PERCENTS}


def difference(
    baseline: Sequence[Observations],
    other: Sequence[Observations],
    key: str,
    *,
    level: float = LEVEL,
    together: int = 1,
) -> Difference:
    """Other minus baseline in one measure, over the runs in which both have an observation of it.

    Args:
        baseline: the runs of one scenario, by replication.
        other: those of another, by the same replications.
        key: the measure.
        level: how often all `together` intervals contain the truth.
        together: how many intervals are stated at once.
    """
    pairs = [
        (a[key], b[key]) for a, b in zip(baseline, other, strict=True) if key in a and key in b
    ]
    one, two = [a for a, _ in pairs], [b for _, b in pairs]
    if parted(key)[0].is_ratio:
        return paired_ratio(_columns(one), _columns(two), level=level, together=together)
    return paired(_values(one), _values(two), level=level, together=together)


def _possible(found: Estimate, measure: Measure) -> Estimate:
    """Without the part of an interval where no truth can lie: below 0, or, of a share, above 1."""
    if found.low is None or found.high is None:
        return found
    most = 1.0 if measure.unit == "share" else math.inf
    return replace(found, low=max(0.0, found.low), high=min(most, found.high))


def _values(found: Sequence[Observation]) -> list[Decimal]:
    return [one.numerator / one.denominator for one in found]


def _columns(found: Sequence[Observation]) -> tuple[list[Decimal], list[Decimal]]:
    return [one.numerator for one in found], [one.denominator for one in found]

"""Quantiles of replications, with intervals that assume no law.

The q-quantile of n values is by nearest rank, as everywhere: the smallest value that at least a
share q of them do not exceed, the one of rank ceil(q n). The interval runs from one of the values
to another: as many of n values lie below the true quantile as n throws of a coin that falls with
probability q show heads, whatever the law of the values. If that law has atoms, the interval covers
more often than it says.
"""

import math
from fractions import Fraction

import numpy as np
from scipy.special import bdtr

from sim.study.statistics.estimates import (
    LEVEL,
    Estimate,
    Note,
    Values,
    checked_level,
    no_spread,
    numbers,
)


def quantile(values: Values, q: float, *, level: float = LEVEL, alike: int = 1) -> Estimate:
    """Quantile by nearest rank, between order statistics with equal tails.

    Args:
        values: one for each run.
        q: the share that lies at or below it.
        level: how often the interval contains the truth.
        alike: how many runs at a time share what they depend on, in groups of one size. The
            interval takes each group for one run, as it is if those of a group are all the same; it
            is wider than need be the less they resemble one another.

    Source: H. A. David and H. N. Nagaraja, Order Statistics, 3rd edition (2003), section 7.1.

    Raises:
        ValueError: q is not between 0 and 1, or a value is not finite, or they are not so many
            groups.
    """
    ascending = sorted(numbers(values))
    n = len(ascending)
    if n % alike:
        raise ValueError(f"expected groups of {alike} runs, got {n} runs")
    lower, upper = order_statistic_ranks(n // alike, q, level)
    if not n:
        return Estimate.without(None, 0, level, "order statistics", no_spread(0))
    value = ascending[nearest(n, q) - 1]
    if lower is None or upper is None:
        needed = replications_for_quantile(q, level)
        what = "runs" if alike == 1 else "draws of the assumptions"
        why = Note("too few", f"P{100 * q:g} needs {needed} {what}")
        return Estimate.without(value, n, level, "order statistics", why)
    # A group that lies below the quantile as a whole ends with the last of its runs.
    low, high = ascending[(lower - 1) * alike], ascending[upper * alike - 1]
    return Estimate(value, low, high, n, level, "order statistics")


def nearest(n: int, q: float) -> int:
    """Rank, from 1, of the q-quantile of n values; 0.55 of 20 is 11, not a bit more."""
    return max(1, math.ceil(_written(q) * n))


def order_statistic_ranks(n: int, q: float, level: float = LEVEL) -> tuple[int | None, int | None]:
    """Ranks, from 1, of the ends of an interval; None where n values have no such end.

    The lower one is the largest l with P(fewer than l below the quantile) <= (1 - level) / 2, the
    upper one the smallest u with P(u or more below it) <= the same.
    """
    checked_level(level)
    _written(q)
    tail = _tail(level)
    most = np.arange(n, dtype=float)
    lower = int((bdtr(most, n, q) <= tail).sum())
    above = int((bdtr(most, n, 1 - q) <= tail).sum())
    return lower or None, n + 1 - above if above else None


def replications_for_quantile(q: float, level: float = LEVEL) -> int:
    """The fewest runs that give a quantile an interval: the P95 at 95 % needs 72.

    The largest of n values must lie above the quantile, and the smallest below it, each but for
    (1 - level) / 2: q^n and (1 - q)^n are no more than that.
    """
    checked_level(level)
    _written(q)
    tail, larger = _tail(level), max(q, 1 - q)
    return max(1, math.ceil(math.log(tail) / math.log(larger)))


def _tail(level: float) -> float:
    """What an interval may miss at each end."""
    return (1 - level) / 2


def _written(q: float) -> Fraction:
    """A share as it is written.

    Raises:
        ValueError: it is not between 0 and 1.
    """
    if not 0 < q < 1:
        raise ValueError(f"expected a share between 0 and 1, got {q:g}")
    return Fraction(str(float(q)))

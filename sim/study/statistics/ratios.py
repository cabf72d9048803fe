"""Ratios of sums: availability, cost per connected hour, mean wait.

A ratio over several runs is the sum of the numerators over the sum of the denominators, never the
mean of the runs' ratios: a day with few people would weigh as much as one with many. On an office
whose waits come on full days that mean is 7 % too small.

The runs of such a ratio are often skewed: on half the days nobody waits, and on a few many do. Then
the usual intervals, which lie evenly around the ratio, cover far less than they say: 82 % of the
time with 20 runs of that office instead of 95 %, 92 % with 160. Hall's transformation of the same
linearised residuals covers 94 to 95 % from 20 runs on, and is the interval of the delta method
where nothing is skewed. It is the default; the others are there to be compared with.
"""

import math
import sys
from typing import Literal

from sim.study.statistics.estimates import (
    LEVEL,
    Estimate,
    Note,
    Values,
    checked_level,
    no_spread,
    numbers,
)
from sim.study.statistics.means import ENOUGH, ends
from sim.study.statistics.spread import Sample, skewed, student

RatioMethod = Literal["hall", "delta", "jackknife", "fieller"]

UNBOUNDED = Note("unbounded", "the denominator is not established to differ from zero")


def ratio(
    numerators: Values,
    denominators: Values,
    *,
    level: float = LEVEL,
    method: RatioMethod = "hall",
) -> Estimate:
    """Sum of the numerators over the sum of the denominators, of runs that belong together.

    - `hall` and `delta`: the standard error is that of the residuals, (x - r y) over the mean of y;
      `hall` also allows for their skewness (`sim.study.statistics.spread.hall`).
    - `jackknife`: pseudo-values n r - (n - 1) r_i, with r_i the ratio without run i. The value is
      their mean, which has less bias than the ratio and is not the quotient of the sums.
    - `fieller`: all ratios s for which the mean of x - s y is not established to differ from zero.
      It is not an interval if the mean denominator is not established to differ from zero either.

    Raises:
        ValueError: there is not one denominator to each numerator, or one is not finite.

    Source: W. G. Cochran, Sampling Techniques, 3rd edition (1977), chapter 6 (delta); R. G. Miller,
    The jackknife - a review, Biometrika 61 (1974), 1-15; E. C. Fieller, Some problems in interval
    estimation, Journal of the Royal Statistical Society B 16 (1954), 175-185.
    """
    over, under = numbers(numerators), numbers(denominators)
    if len(over) != len(under):
        raise ValueError(f"expected as many denominators as numerators, got {len(under)}")
    checked_level(level)
    n, whole = len(over), math.fsum(under)
    if not whole:
        why = Note("nothing", "the denominators add up to 0") if n else no_spread(0)
        return Estimate.without(None, n, level, method, why)
    value = math.fsum(over) / whole
    left = Sample.of(residuals(over, under))
    if not left.squares:
        return Estimate.without(value, n, level, method, no_spread(n))
    if method == "jackknife":
        return _jackknife(over, under, value, left, level)
    if method == "fieller":
        return _fieller(over, under, value, left, level)
    below, above = ends(left, level, method)
    low, high = value + below * left.standard_error, value + above * left.standard_error
    notes = () if method == "hall" and n >= ENOUGH else skewed(left, level)
    return Estimate(value, low, high, n, level, method, notes)


def residuals(over: list[float], under: list[float]) -> list[float]:
    """(x - r y) over the mean of y for each run: how much more than the ratio it would have given.

    Runs that agree with the ratio up to rounding have none, so that equal runs show no spread.
    """
    whole = math.fsum(under)
    value, mean = math.fsum(over) / whole, whole / len(under)
    return [_beyond_rounding(x, value * y) / mean for x, y in zip(over, under, strict=True)]


def _beyond_rounding(x: float, expected: float) -> float:
    """The difference of two products of rounded numbers, 0 if rounding alone explains it."""
    rounding = 4 * sys.float_info.epsilon * (abs(x) + abs(expected))
    return x - expected if abs(x - expected) > rounding else 0.0


def _jackknife(
    over: list[float], under: list[float], value: float, left: Sample, level: float
) -> Estimate:
    """From the ratios without one run each."""
    n, part, whole = len(over), math.fsum(over), math.fsum(under)
    pairs = list(zip(over, under, strict=True))
    if any(whole == y for _, y in pairs):
        return Estimate.without(value, n, level, "jackknife", UNBOUNDED)
    pseudo = [n * value - (n - 1) * ((part - x) / (whole - y)) for x, y in pairs]
    sample = Sample.of(pseudo)
    half = student(level, n) * sample.standard_error
    centre = sample.mean
    return Estimate(
        centre, centre - half, centre + half, n, level, "jackknife", skewed(left, level)
    )


def _fieller(
    over: list[float], under: list[float], value: float, left: Sample, level: float
) -> Estimate:
    """Between the roots of (mean x - s mean y)^2 = t^2 (variance of x - s y) / n."""
    n = len(over)
    xs, ys = Sample.of(over), Sample.of(under)
    pairs = zip(over, under, strict=True)
    products = math.fsum((x - xs.mean) * (y - ys.mean) for x, y in pairs)
    part = student(level, n) ** 2 / (n * (n - 1))
    square = ys.mean * ys.mean - part * ys.squares
    linear = xs.mean * ys.mean - part * products
    constant = xs.mean * xs.mean - part * xs.squares
    if square <= 0:
        return Estimate.without(value, n, level, "fieller", UNBOUNDED)
    root = math.sqrt(max(0.0, linear * linear - square * constant))
    low, high = (linear - root) / square, (linear + root) / square
    return Estimate(value, low, high, n, level, "fieller", skewed(left, level))

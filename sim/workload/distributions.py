"""Durations from uniform numbers, by inversion.

Inversion takes exactly one uniform for each duration, whatever the law: exchange an exponential session
length for a lognormal one and every user keeps their own luck. Rejection would take a random number of
uniforms and shift all later draws.

Durations are whole milliseconds, rounded half to even and never negative. Quantile functions come from
`scipy.special`; `scipy.stats` would cost every start of the program half a second.
"""

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma as gamma_function
from scipy.special import gammaincinv, ndtr, ndtri, pdtr

from sim.scenario.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    Uniform,
    Weibull,
)
from sim.scenario.workload import NormalSpread, NoSpread, Spread, UniformSpread
from sim.units import HOUR, MINUTE, SECOND
from sim.workload.streams import Uniforms

Durations = NDArray[np.int64]

_UNIT = {"ms": 1, "s": SECOND, "min": MINUTE, "h": HOUR}
_CUT = 4.0
"""Standard deviations at which a normal spread is cut on both sides."""


def sample(distribution: Distribution, uniforms: Uniforms) -> Durations:
    """Turn each uniform number in (0, 1) into a duration [ms]; same shape."""
    match distribution:
        case Constant():
            return np.full(len(uniforms), distribution.value, dtype=np.int64)
        case Empirical():
            measured = _measured(distribution)
            return measured[(uniforms * len(measured)).astype(np.int64)]
        case _:
            return np.rint(_quantile(distribution, uniforms)).astype(np.int64)


def mean(distribution: Distribution) -> float:
    """Mean duration [ms], before rounding to milliseconds."""
    match distribution:
        case Constant():
            return float(distribution.value)
        case Uniform():
            return (distribution.low + distribution.high) / 2
        case Empirical():
            return float(_measured(distribution).mean())
        case _:
            return float(distribution.mean)


def _quantile(distribution: Distribution, u: Uniforms) -> NDArray[np.float64]:
    match distribution:
        case Uniform(low=low, high=high):
            return low + u * (high - low)
        case Exponential(mean=average):
            return -average * np.log1p(-u)
        case Lognormal(mean=average, cv=cv):
            variance = math.log1p(cv**2)
            return average * np.exp(math.sqrt(variance) * ndtri(u) - variance / 2)
        case Gamma(mean=average, cv=cv):
            return average * unit_gamma(cv, u)
        case Weibull(mean=average, shape=shape):
            return average / gamma_function(1 + 1 / shape) * (-np.log1p(-u)) ** (1 / shape)
        case Hyperexponential(mean=average, cv=cv):
            return average * _unit_hyperexponential(cv, u)
        case _:
            raise AssertionError(distribution)


def unit_gamma(cv: float, u: Uniforms) -> NDArray[np.float64]:
    """Quantiles of the gamma distribution with mean 1 and this coefficient of variation."""
    shape = cv**-2
    quantiles: NDArray[np.float64] = gammaincinv(shape, u) / shape
    return quantiles


def _unit_hyperexponential(cv: float, u: Uniforms) -> NDArray[np.float64]:
    """Two exponential phases that carry half of the mean each.

    The number that chose the phase, stretched to (0, 1) again, is the number that draws from it.
    Source: Whitt, "Approximating a point process by a renewal process, I", Operations Research 30
    (1982), balanced means, p = (1 + sqrt((cv^2 - 1) / (cv^2 + 1))) / 2.
    """
    short = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    in_short = u < short
    if short == 1.0:  # the long phase is too rare for a float
        return -np.log1p(-u) / 2
    chance = np.where(in_short, short, 1 - short)
    within = np.where(in_short, u, u - short) / chance
    return -np.log1p(-within) / (2 * chance)


def _measured(distribution: Empirical) -> Durations:
    path = Path(distribution.csv)
    return _measured_in(path, distribution.column, distribution.unit, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _measured_in(path: Path, column: str, unit: str, _changed: int) -> Durations:
    """The sorted durations [ms] of a column of a CSV file."""
    import pandas as pd

    frame = pd.read_csv(path)
    if column not in frame.columns:
        raise ValueError(f"{path}: no column '{column}'; there are {', '.join(frame.columns)}")
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        lines = ", ".join(str(row + 2) for row in wrong[:5])
        raise ValueError(f"{path}: expected durations of 0 or more in '{column}', see line {lines}")
    if not len(values):
        raise ValueError(f"{path}: no durations in '{column}'")
    return np.sort(np.rint(values * _UNIT[unit]).astype(np.int64))


def spread_offsets(spread: Spread, uniforms: Uniforms) -> Durations:
    """Distances from a moment [ms], negative before it; same shape."""
    match spread:
        case NoSpread():
            return np.zeros(len(uniforms), dtype=np.int64)
        case UniformSpread(half_width=width):
            return np.rint((2 * uniforms - 1) * width).astype(np.int64)
        case NormalSpread(sd=sd):
            tail = ndtr(-_CUT)
            z = ndtri(tail + uniforms * (1 - 2 * tail))
            return np.rint(sd * z).astype(np.int64)
        case _:
            raise AssertionError(spread)


def poisson_counts(expected: float, uniforms: Uniforms) -> NDArray[np.int64]:
    """Poisson numbers with mean `expected`, one from each uniform; same shape."""
    if expected <= 0:
        return np.zeros(len(uniforms), dtype=np.int64)
    # Above this many the chance is below 2**-53, the smallest that a uniform can tell from 0.
    most = math.ceil(expected + 12 * math.sqrt(expected) + 40)
    at_most = pdtr(np.arange(most), expected)
    return np.searchsorted(at_most, uniforms).astype(np.int64)


def choices(shares: list[float], uniforms: Uniforms) -> NDArray[np.int64]:
    """Positions in `shares` (which add up to 1), each as often as its share says; same shape."""
    bounds = np.cumsum(shares)[:-1]
    return np.searchsorted(bounds, uniforms, side="right").astype(np.int64)

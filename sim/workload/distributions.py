"""Durations from uniform numbers, by inversion.

Inversion takes exactly one uniform number for each duration, whatever the law: exchange an
exponential session length for a lognormal one, and every user keeps their own luck. Rejection
would take a random number of them and shift all later draws.

Durations are whole milliseconds, rounded half to even and never negative. The quantile functions
come from `scipy.special`; `scipy.stats` would add half a second to every start of the program.
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
    Empirical,
    Exponential,
    Gamma,
    Hyperexponential,
    Law,
    Lognormal,
    Uniform,
    Weibull,
)
from sim.scenario.readings import LONGEST
from sim.scenario.workload import NormalSpread, NoSpread, UniformSpread
from sim.units import HOUR, MINUTE, SECOND, Millis
from sim.workload.streams import Numbers, Uniforms

Durations = NDArray[np.int64]
Floats = NDArray[np.float64]

_UNIT: dict[str, Millis] = {"ms": 1, "s": SECOND, "min": MINUTE, "h": HOUR}
_CUT = 4.0
"""Standard deviations at which a normal spread is cut on both sides."""


def sample(law: Law, uniforms: Uniforms) -> Durations:
    """Turn each number in (0, 1) into a duration [ms], at most a century; same shape.

    Raises:
        ScenarioError: for an empirical law whose file is wrong.
    """
    match law:
        case Constant():
            return np.full(len(uniforms), law.value, dtype=np.int64)
        case Empirical():
            measured = _measured(law)
            return measured[(uniforms * len(measured)).astype(np.int64)]
        case _:
            return np.rint(np.minimum(_quantile(law, uniforms), LONGEST)).astype(np.int64)


def mean(law: Law) -> float:
    """Mean duration [ms], before rounding to milliseconds."""
    match law:
        case Constant():
            return float(law.value)
        case Uniform():
            return (law.low + law.high) / 2
        case Empirical():
            return float(_measured(law).mean())
        case _:
            return float(law.mean)


def _quantile(
    law: Uniform | Exponential | Lognormal | Gamma | Weibull | Hyperexponential, u: Uniforms
) -> Floats:
    match law:
        case Uniform():
            return law.low + u * (law.high - law.low)
        case Exponential():
            return -law.mean * np.log1p(-u)
        case Lognormal():
            variance = math.log1p(law.cv**2)
            return np.asarray(law.mean * np.exp(math.sqrt(variance) * ndtri(u) - variance / 2))
        case Gamma():
            return law.mean * unit_gamma(law.cv, u)
        case Weibull():
            scale = law.mean / float(gamma_function(1 + 1 / law.shape))
            return scale * (-np.log1p(-u)) ** (1 / law.shape)
        case Hyperexponential():
            return law.mean * _unit_hyperexponential(law.cv, u)


def unit_gamma(cv: float, u: Uniforms) -> Floats:
    """Quantiles of the gamma law with mean 1 and this coefficient of variation; shape 1 / cv^2."""
    shape = cv**-2
    return np.asarray(gammaincinv(shape, u) / shape)


def _unit_hyperexponential(cv: float, u: Uniforms) -> Floats:
    """Quantiles of two exponential phases, each of which carries half of the mean of 1.

    The number that chose the phase, stretched to (0, 1) again, draws from it.
    Source: Whitt, "Approximating a point process by a renewal process, I", Operations Research 30
    (1982), balanced means: p = (1 + sqrt((cv^2 - 1) / (cv^2 + 1))) / 2.
    """
    often = (1 + math.sqrt((cv**2 - 1) / (cv**2 + 1))) / 2
    short = u < often
    chance = np.where(short, often, 1 - often)
    within = np.where(short, u, u - often) / chance
    return np.asarray(-np.log1p(-within) / (2 * chance))


def _measured(law: Empirical) -> Durations:
    changed = Path(law.csv).stat().st_mtime_ns if Path(law.csv).exists() else 0
    return _measured_in(law.csv, law.column, law.unit, changed)


@lru_cache(maxsize=64)
def _measured_in(path: str, column: str, unit: str, _changed: int) -> Durations:
    """The sorted durations [ms] of a column of a file."""
    from sim.workload.tables import InputTable

    table = InputTable(path, required=[column])
    values = table.numbers(column)
    table.refuse(~(values >= 0), column, "a duration of 0 or more")
    if len(table) == 0:
        table.complain(0, column, "expected at least one duration, got none")
    table.raise_problems()
    return np.sort(np.rint(values * _UNIT[unit]).astype(np.int64))


def spread_offsets(
    spread: NoSpread | NormalSpread | UniformSpread, uniforms: Uniforms
) -> Durations:
    """Distances from a moment [ms], negative before it; same shape."""
    match spread:
        case NoSpread():
            return np.zeros(len(uniforms), dtype=np.int64)
        case UniformSpread():
            return np.rint((2 * uniforms - 1) * spread.half_width).astype(np.int64)
        case NormalSpread():
            tail = float(ndtr(-_CUT))
            return np.rint(spread.sd * ndtri(tail + uniforms * (1 - 2 * tail))).astype(np.int64)


def poisson_counts(expected: float, uniforms: Uniforms) -> Numbers:
    """Poisson numbers with mean `expected`, one from each uniform; same shape."""
    # Beyond this many the chance is below 2**-53, the least that a uniform can tell from 0.
    most = math.ceil(expected + 12 * math.sqrt(expected) + 40)
    at_most = pdtr(np.arange(most), expected)
    return np.searchsorted(at_most, uniforms).astype(np.int64)


def choices(shares: list[float], uniforms: Uniforms) -> Numbers:
    """Positions in `shares`, which add up to 1, each as often as its share says; same shape."""
    bounds = np.cumsum(shares)[:-1]
    return np.searchsorted(bounds, uniforms, side="right").astype(np.int64)

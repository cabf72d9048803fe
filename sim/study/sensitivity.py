"""Sensitivity: which settings move a measure, when all of them vary at once.

The *first-order index* of a setting is the part of a measure's variance that it explains by itself;
its *total index* adds what it does together with others. Settings that only add up have equal
indices, which sum to 1; a first-order sum below 1 is what acts together. A total index of 0 says
that a setting may be left alone.

Indices need points of their own: two independent sets A and B that fill the space, and for each
setting the points of A with that setting's values from B. That is n (d + 2) points of d settings.

Source: A. Saltelli et al., Variance based sensitivity analysis of model output: design and
estimator for the total sensitivity index, Computer Physics Communications 181 (2010), 259-270;
`scipy.stats.sobol_indices`.
"""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.study.statistics import Estimate, Note
from sim.study.statistics.estimates import LEVEL, checked_level

Numbers = NDArray[np.float64]

RESAMPLES = 999
"""Resamples of the bootstrap."""
SEED = 0
"""Of the resamples: the same values have the same intervals."""
BATCH = 64
"""Resamples that are held at once."""


class Indices(NamedTuple):
    """How much of a measure's variance one setting accounts for, as parts of 1."""

    first: Estimate
    """By itself. It may come out a little below 0."""
    total: Estimate
    """By itself and together with others."""


def design_rows(number: int, settings: int) -> int:
    """Rows of a design of so many base points."""
    return number * (settings + 2)


def design(number: int, settings: int, seed: int) -> Numbers:
    """Rows of numbers in [0, 1): A, then B, then A with each column in turn from B.

    A and B are halves of one scrambled Sobol sequence, whose points are even for powers of two.
    """
    from scipy.stats import qmc

    both = qmc.Sobol(2 * settings, rng=np.random.default_rng(seed)).random(number)
    a, b = both[:, :settings], both[:, settings:]
    blocks = [a, b]
    for column in range(settings):
        mixed = a.copy()
        mixed[:, column] = b[:, column]
        blocks.append(mixed)
    return np.concatenate(blocks)


def indices(values: ArrayLike, settings: int, *, level: float = LEVEL) -> list[Indices]:
    """First-order and total index of each setting, with bootstrap intervals (BCa).

    Args:
        values: of the measure, one for each row of `design`.
        settings: number of settings, two or more.
        level: how often an interval should contain the truth.

    Returns:
        One for each setting; empty if the values are all the same, and nothing moves them.

    Raises:
        ValueError: there is not one finite value to each row, or a single setting, which has no
            share.
    """
    from scipy.stats import sobol_indices

    if settings < 2:
        raise ValueError(f"expected two settings or more, got {settings}")
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or len(found) % (settings + 2) or not np.isfinite(found).all():
        raise ValueError("expected one finite value for each row of the design")
    checked_level(level)
    number = len(found) // (settings + 2)
    blocks = found.reshape(settings + 2, 1, number)
    f_a, f_b, f_ab = blocks[0], blocks[1], blocks[2:]
    if np.ptp(blocks[:2]) == 0:
        return []
    parts: Any = {"f_A": f_a, "f_B": f_b, "f_AB": f_ab}  # the stubs know functions only
    shares = sobol_indices(func=parts, n=number, method=_shares)
    first, total = np.reshape(shares.first_order, -1), np.reshape(shares.total_order, -1)
    low, high = _bootstrap(f_a, f_b, f_ab, level)
    return [
        Indices(
            *(
                _estimate(value, (low[order, row], high[order, row]), number, level)
                for order, value in enumerate((first[row], total[row]))
            )
        )
        for row in range(settings)
    ]


def _shares(f_A: Numbers, f_B: Numbers, f_AB: Numbers) -> tuple[Numbers, Numbers]:  # noqa: N803 # SciPy's names
    """Table 2 (b) and (f) of the source: rows of values (s, n), and (d, s, n); indices (s, d)."""
    variance = np.var(np.stack([f_A, f_B]), axis=(0, -1))
    first = np.mean(f_B * (f_AB - f_A), axis=-1) / variance
    total = np.mean((f_A - f_AB) ** 2, axis=-1) / 2 / variance
    return first.T, total.T


def _bootstrap(f_a: Numbers, f_b: Numbers, f_ab: Numbers, level: float) -> tuple[Numbers, Numbers]:
    """Low and high ends of both indices of each setting; not a number where there is no interval.

    SciPy's own bootstrap of these indices takes no seed.
    """
    from scipy.stats import bootstrap

    centre = np.mean([f_a, f_b])
    f_a, f_b, f_ab = f_a - centre, f_b - centre, f_ab - centre

    def of_resamples(places: NDArray[np.int64], axis: int) -> Numbers:
        places = np.moveaxis(places, axis, -1).astype(np.intp)
        return np.stack(
            [
                np.moveaxis(share, -1, 0)
                for share in _shares(f_a[0][places], f_b[0][places], f_ab[:, 0][:, places])
            ]
        )

    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a setting that does nothing has no spread
        interval = bootstrap(
            [np.arange(f_a.shape[-1])],
            of_resamples,
            n_resamples=RESAMPLES,
            batch=BATCH,
            vectorized=True,
            confidence_level=level,
            method="BCa",
            rng=np.random.default_rng(SEED),
        ).confidence_interval
    return np.reshape(interval.low, (2, -1)), np.reshape(interval.high, (2, -1))


def _estimate(value: float, ends: Sequence[float], number: int, level: float) -> Estimate:
    if all(map(np.isfinite, ends)):
        return Estimate(float(value), float(ends[0]), float(ends[1]), number, level, "bootstrap")
    why = (
        Note("too few", "too few points for an interval")
        if value
        else Note("same", "changes nothing at any point")
    )
    return Estimate.without(float(value) + 0.0, number, level, "bootstrap", why)

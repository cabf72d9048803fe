"""When a simulated number agrees with a theoretical one, and when the agreement proves something.

An imprecise simulation agrees with everything. So a comparison has two halves: the estimate lies
within `MOST_ERRORS` standard errors of the theory, *and* the standard error is a small part of it.
The first half fails by chance once in 150,000 comparisons. Then, and only then, the experiment is
repeated with the second of its two seeds and four times the length; a second failure is a fault.
The seeds stand below and were chosen before anything was run. The second half never fails by
chance: an experiment that is too short is too short every time.

Source: `oracles/README.md`, sections 3.2 (means), 3.3 (ratios), 3.4 (quantiles), 3.10 (when to
accept).
"""

import csv
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

SEEDS = (20_260_901, 20_261_001)
"""The seed of an experiment, and that of its repetition."""
LONGER = 4
"""How much longer the repetition is."""
MOST_ERRORS = 4.5
PRECISION = 0.004
"""Largest standard error, as a part of the theoretical value, unless a test states another."""

ORACLES = Path(__file__).parent / "oracles"


@dataclass(frozen=True)
class Estimate:
    """An estimated number and its standard error."""

    value: float
    error: float

    def __mul__(self, factor: float) -> "Estimate":
        return Estimate(self.value * factor, self.error * factor)


Experiment = Callable[[np.random.Generator, int], Mapping[str, Estimate]]
"""From random numbers and a length (1, or `LONGER`) to estimates by name."""


def require(
    experiment: Experiment, theory: Mapping[str, float], *, precision: float = PRECISION
) -> None:
    """Fail unless the experiment agrees with the theory, number by number."""
    estimates = experiment(np.random.default_rng(SEEDS[0]), 1)
    assert estimates.keys() == theory.keys()
    vague = {
        name: f"{estimate.error:.4g} > {precision:g} x {theory[name]:.6g}"
        for name, estimate in estimates.items()
        if not estimate.error <= precision * abs(theory[name])
    }
    assert not vague, f"too imprecise to prove anything: {vague}"
    if _wrong(estimates, theory):
        again = _wrong(experiment(np.random.default_rng(SEEDS[1]), LONGER), theory)
        assert not again, f"off twice, by standard errors: {again}"


def _wrong(estimates: Mapping[str, Estimate], theory: Mapping[str, float]) -> dict[str, str]:
    return {
        name: f"{found.value:.6g} for {theory[name]:.6g}: "
        f"{(found.value - theory[name]) / found.error:+.1f}"
        for name, found in estimates.items()
        if not abs(found.value - theory[name]) <= MOST_ERRORS * found.error
    }


def mean(values: ArrayLike) -> Estimate:
    """Mean of independent observations."""
    sample = np.asarray(values, dtype=float)
    return Estimate(float(sample.mean()), float(sample.std(ddof=1) / math.sqrt(len(sample))))


def ratio(numerators: ArrayLike, denominators: ArrayLike) -> Estimate:
    """Ratio of the means of independent pairs, with the error of the delta method."""
    over, under = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    value = float(over.sum() / under.sum())
    return Estimate(value, mean(over - value * under).error / float(under.mean()))


def batches(series: ArrayLike, count: int = 40) -> NDArray[np.float64]:
    """A dependent series cut into long batches, one per row, which are nearly independent."""
    sample = np.asarray(series, dtype=float)
    length = len(sample) // count
    return sample[: length * count].reshape(count, length)


def batch_mean(series: ArrayLike, count: int = 40) -> Estimate:
    """Mean of a dependent series."""
    return mean(batches(series, count).mean(axis=1))


def batch_quantile(series: ArrayLike, level: float, count: int = 40) -> Estimate:
    """Quantile of a dependent series (sectioning: the value of all, the error of the batches)."""
    parts = batches(series, count)
    error = mean(np.quantile(parts, level, axis=1, method="inverted_cdf")).error
    return Estimate(float(np.quantile(parts, level, method="inverted_cdf")), error)


def oracle(name: str) -> list[dict[str, str]]:
    """The rows of a table of `oracles/`, as text by column."""
    with (ORACLES / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def oracle_json(name: str) -> Any:
    """The contents of a JSON file of `oracles/`."""
    return json.loads((ORACLES / f"{name}.json").read_text(encoding="utf-8"))


def named(row: Mapping[str, str]) -> str:
    """A row in the name of a test: its first four columns."""
    return ",".join(list(row.values())[:4])


def values(row: Mapping[str, str], *names: str) -> dict[str, float]:
    """Numbers of a row by name."""
    return {name: float(row[name]) for name in names}

"""What makes slow logons slow: the mean of each stage, over fast logons and over slow ones.

Percentiles of stages do not add up, so they cannot be stacked. Means over the same logons do: the
attempts are ranked by their whole time and cut into bands, and within each band the means of the
stages add up to the mean of the whole.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.measures import STAGES, Columns

EDGES = (0, 50, 95, 100)
"""Percentiles of the ranked logons between which the bands lie."""

BANDS = (("all", 0, 3), ("fastest half", 0, 1), ("next 45 %", 1, 2), ("slowest 5 %", 2, 3))
"""Name, and from which to which edge."""


@dataclass(frozen=True)
class Band:
    """Logons of like length."""

    name: str
    count: int
    means: dict[str, float]
    """Mean of each stage [ms]."""

    @property
    def total(self) -> float:
        """Mean of the whole logon [ms]."""
        return sum(self.means.values())


def bands(logons: Columns, rows: NDArray[np.bool_]) -> list[Band]:
    """Bands of the attempts where a mask is true, which connected; those without any left out.

    Reads `arrival`, `done` and the stages.
    """
    chosen = np.flatnonzero(rows)
    total = (logons["done"][chosen] - logons["arrival"][chosen]).astype(np.int32)
    ranked = chosen[np.argsort(total, kind="stable")]
    edges = [-(-percent * len(ranked) // 100) for percent in EDGES]
    sums = {stage: _sums(logons[stage], ranked, edges) for stage in STAGES}
    found = []
    for name, first, last in BANDS:
        count = edges[last] - edges[first]
        if count:
            means = {stage: float(part[first:last].sum()) / count for stage, part in sums.items()}
            found.append(Band(name, count, means))
    return found


def _sums(times: NDArray[Any], ranked: NDArray[Any], edges: list[int]) -> NDArray[np.int64]:
    """Sum of a stage over the logons between adjacent edges of their ranking [ms]."""
    if not times.any():
        return np.zeros(len(edges) - 1, dtype=np.int64)
    upto = np.concatenate([[0], times[ranked].cumsum(dtype=np.int64)])
    return np.diff(upto[edges])

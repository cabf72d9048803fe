"""What makes slow logons slow: the mean of each stage, over fast logons and over slow ones.

Percentiles of stages do not add up, so they cannot be stacked. Means over the same logons do: the
attempts are ranked by their whole time and cut into bands, and within each band the means of the
stages add up to the mean of the whole.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.study.measures import STAGES, Columns

BANDS = (("all", 0, 100), ("fastest half", 0, 50), ("next 45 %", 50, 95), ("slowest 5 %", 95, 100))
"""Name, and from which to which percentile of the ranked logons."""


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
    total = logons["done"][chosen] - logons["arrival"][chosen]
    order = np.argsort(total, kind="stable")
    ranks = {
        name: [-(-percent * len(order) // 100) for percent in limits] for name, *limits in BANDS
    }
    rows_of = {name: chosen[order[first:last]] for name, (first, last) in ranks.items()}
    found = [Band(name, len(mine), {}) for name, mine in rows_of.items() if len(mine)]
    for stage in STAGES:
        times = logons[stage]
        for band in found:
            band.means[stage] = float(times[rows_of[band.name]].mean())
    return found

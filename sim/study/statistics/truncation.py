"""Where a warm-up ends: the Marginal Standard Error Rule (MSER).

Leaving out the first values of a series lessens the bias of an unusual beginning and costs
precision. MSER leaves out as many as make the standard error of the rest smallest. It must not see
a daily or weekly rhythm, which looks like a beginning that does not end: give it weekly means
(`sim.study.statistics.weekly_means`), or the same hour of each week.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 10
"""Batches below which no beginning can be told from the rest."""


@dataclass(frozen=True)
class Truncation:
    """What MSER says of a series."""

    dropped: int | None
    """Observations to leave out at the beginning; None if there is not enough data to say."""
    mean: float | None
    """Mean of the whole batches after them."""
    statistic: float | None
    """The smallest sum of squared deviations of the rest over the square of its length."""

    @property
    def enough(self) -> bool:
        """Whether there was enough data: fewer than half of the batches are left out."""
        return self.dropped is not None


def truncation(series: Sequence[float] | NDArray[np.float64], *, batch: int = 5) -> Truncation:
    """MSER on the means of batches: MSER-5 by default, MSER with batches of one.

    With d batches left out of n, the sum of squared deviations of the others over (n - d)^2 is made
    smallest over d <= n / 2; of several equal ones the smallest d. A d of n / 2 says that the
    series is still on its way: not enough data. So are fewer than ten batches. A last batch that is
    not full is left out.

    Source: K. P. White, An effective truncation heuristic for bias reduction in simulation output,
    Simulation 69 (1997), 323-334; K. Hoad, S. Robinson and R. Davies, Automating warm-up length
    estimation, Journal of the Operational Research Society 61 (2010), 1389-1403.
    """
    values = np.asarray(series, dtype=np.float64)
    n = len(values) // batch
    if n < FEWEST:
        return Truncation(None, None, None)
    means = values[: n * batch].reshape(n, batch).mean(axis=1)
    # Sums from d on for all d at once; centred, as squares of large numbers lose their digits.
    centred = (means - np.median(means))[::-1]
    length = np.arange(n, 0, -1)
    sums = np.cumsum(centred)[::-1]
    squares = np.cumsum(centred**2)[::-1]
    statistics = np.maximum(squares - sums**2 / length, 0) / length**2
    dropped = int(statistics[: n // 2 + 1].argmin())
    if dropped == n // 2:
        return Truncation(None, None, float(statistics[dropped]))
    mean = float(means[dropped:].mean())
    return Truncation(dropped * batch, mean, float(statistics[dropped]))

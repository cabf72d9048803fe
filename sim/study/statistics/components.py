"""Where the variance of nested runs comes from: what they share, or what each has to itself.

Runs come in groups of one size, those of a group under the same assumptions. How far the means of
groups lie apart is partly due to the runs in them: the mean square between groups is on average
s_w^2 + m s_b^2, with m runs in each, and the one within groups s_w^2. Subtracting leaves what the
assumptions account for. It may come out below zero, and is zero then.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import fdtri

from sim.study.statistics.estimates import LEVEL, Estimate, Note, checked_level


@dataclass(frozen=True)
class Components:
    """Two variances that add up to that of one run."""

    between: float
    """Of what the runs of a group share."""
    within: float
    """Of what each run has to itself."""
    share: Estimate
    """Of `between` in the sum."""


def components(groups: Sequence[Sequence[float]], *, level: float = LEVEL) -> Components | None:
    """Components of variance by a one-way analysis; None of less than two groups of two runs.

    The interval of the share is exact if both parts are normal; it is cut at 0 and 1.

    Raises:
        ValueError: groups differ in size.

    Source: S. R. Searle, G. Casella and C. E. McCulloch, Variance Components (1992), sections 3.5
    (estimates) and 3.6 (interval of the intraclass correlation).
    """
    checked_level(level)
    k, m = len(groups), len(groups[0]) if groups else 0
    if any(len(group) != m for group in groups):
        raise ValueError("expected groups of one size")
    if k < 2 or m < 2:
        return None
    means = [math.fsum(group) / m for group in groups]
    centre = math.fsum(means) / k
    apart = m * math.fsum((mean - centre) ** 2 for mean in means) / (k - 1)
    own = math.fsum(
        (value - mean) ** 2 for group, mean in zip(groups, means, strict=True) for value in group
    ) / (k * (m - 1))
    between = max(0.0, (apart - own) / m)
    share = _share(apart, own, (k, m), level)
    return Components(between, own, share)


def _share(apart: float, own: float, shape: tuple[int, int], level: float) -> Estimate:
    k, m = shape
    between = max(0.0, (apart - own) / m)
    if not own:
        known = 1.0 if between else None
        same = Note("same", f"the {m} runs of each group are the same")
        return Estimate.without(known, k * m, level, "f", same)
    tail = (1 - level) / 2
    freedom = (k - 1, k * (m - 1))
    ends = [apart / own / float(fdtri(*freedom, p)) for p in (1 - tail, tail)]
    low, high = (max(0.0, (f - 1) / (f + m - 1)) for f in ends)
    value = between / (between + own)
    if not high:  # even the largest share that is likely would be less than nothing
        closer = Note("too few", "the groups lie closer together than chance explains")
        return Estimate.without(value, k * m, level, "f", closer)
    return Estimate(value, low, high, k * m, level, "f")

"""How often something happens, with Wilson's interval.

The interval holds all shares that the runs do not refute: it never leaves 0 to 100 %, and it has a
width even if nothing happened in any run, which the usual one has not.
"""

import math

from scipy.special import ndtri

from sim.study.statistics.estimates import LEVEL, Estimate, checked_level, no_spread


def proportion(part: int, n: int, *, level: float = LEVEL, alike: int = 1) -> Estimate:
    """The share of `n` runs in which something happened, with Wilson's interval.

    Args:
        part: runs in which it happened.
        n: all runs.
        level: how often the interval contains the truth.
        alike: how many runs at a time share what they depend on; the interval takes each such group
            for one run.

    Raises:
        ValueError: there are not between 0 and n such runs.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22 (1927), 209-212.
    """
    checked_level(level)
    if not 0 <= part <= n:
        raise ValueError(f"expected from 0 to {n} runs, got {part}")
    if not n:
        return Estimate.without(None, 0, level, "wilson", no_spread(0))
    share, groups = part / n, n / alike
    z = float(ndtri((1 + level) / 2))
    whole = 1 + z * z / groups
    centre = (share + z * z / (2 * groups)) / whole
    half = z / whole * math.sqrt(share * (1 - share) / groups + (z / (2 * groups)) ** 2)
    low = 0.0 if part == 0 else centre - half
    high = 1.0 if part == n else centre + half
    return Estimate(share, low, high, n, level, "wilson")

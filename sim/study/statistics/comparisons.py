"""Differences between alternatives that met the same people, run by run.

Replication k of each alternative has the same random numbers, so most of the chance is in both and
goes away when one is subtracted from the other: intervals are those of the differences, never of
two separate means. How much that gains is reported.

Several alternatives against one baseline are several chances to be wrong. All their intervals hold
*together* with the stated level: each of k has the level 1 - (1 - level) / k (Bonferroni). This is
right whatever the dependence, where Dunnett's wants equal variances and the one correlation that
independent runs have, which common random numbers do not. What is established is what the intervals
say: Holm's rule would now and then establish more, against an interval that contains zero.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sim.study.statistics.estimates import LEVEL, Estimate, checked_level, no_spread, numbers
from sim.study.statistics.means import interval
from sim.study.statistics.ratios import residuals
from sim.study.statistics.spread import Sample, skewed, student

Runs = Sequence[float] | Sequence[Decimal]
"""One number for each replication, in the order of the replications."""


@dataclass(frozen=True)
class Difference:
    """By how much an alternative exceeds the baseline."""

    estimate: Estimate
    """Alternative minus baseline. Its level is that of all intervals together."""
    gain: float | None
    """Variance of the difference of separate runs over that of the same runs: so many times more
    runs would it take without pairing. None if no run differs from the others, or there is one."""
    together: int
    """How many intervals hold together."""

    @property
    def established(self) -> bool:
        """Whether the sign of the difference is.

        The interval, where there is one, says so. A difference that is the same in all n runs
        has none; by the sign test it is established if 2 / 2^n is no more than its part of what
        may be wrong, which takes 6 runs for one difference at 95 %.
        """
        found = self.estimate
        if found.has("same"):
            return bool(found.value) and 2.0 ** (1 - found.n) <= (1 - found.level) / self.together
        return found.excludes_zero


def paired(baseline: Runs, other: Runs, *, level: float = LEVEL, together: int = 1) -> Difference:
    """Mean of other - baseline, with a t interval over the differences of the runs.

    Money subtracts as Decimal, so that a constant difference is constant to the last digit.

    Args:
        baseline: of each replication.
        other: of the same replications, in the same order.
        level: how often all `together` intervals contain their truths.
        together: how many such intervals are stated at once.

    Raises:
        ValueError: the replications are not as many.

    Source: A. M. Law, Simulation Modeling and Analysis, 5th edition (2015), sections 10.2.1 and
    10.3.1.
    """
    if len(baseline) != len(other):
        raise ValueError(f"expected {len(baseline)} runs as in the baseline, got {len(other)}")
    each = _each(level, together)
    pairs: Iterable[tuple[Any, Any]] = zip(baseline, other, strict=True)
    differences = numbers([b - a for a, b in pairs])
    if not differences:
        nothing = Estimate.without(None, 0, level, "paired t", no_spread(0))
        return Difference(nothing, None, together)
    sample = Sample.of(differences)
    estimate = replace(interval(sample, each, "paired t"), level=level)
    return Difference(estimate, _gain(numbers(baseline), numbers(other), sample), together)


def paired_ratio(
    baseline: tuple[Runs, Runs],
    other: tuple[Runs, Runs],
    *,
    level: float = LEVEL,
    together: int = 1,
) -> Difference:
    """Difference of two ratios of sums, as of the cost per connected hour; the same rules.

    The interval is the delta method's: a t interval over the differences of the runs' residuals.

    Args:
        baseline: numerators and denominators of each replication.
        other: of the same replications, in the same order.
        level: how often all `together` intervals contain their truths.
        together: how many such intervals are stated at once.

    Raises:
        ValueError: the replications are not as many.
    """
    lists = [numbers(values) for values in (*baseline, *other)]
    n = len(lists[0])
    if any(len(values) != n for values in lists):
        raise ValueError(f"expected {n} runs, got {', '.join(str(len(v)) for v in lists)}")
    each = _each(level, together)
    a, under_a, b, under_b = lists
    if not math.fsum(under_a) or not math.fsum(under_b):
        nothing = Estimate.without(None, n, level, "paired t", no_spread(0))
        return Difference(nothing, None, together)
    value = math.fsum(b) / math.fsum(under_b) - math.fsum(a) / math.fsum(under_a)
    left, right = residuals(a, under_a), residuals(b, under_b)
    sample = Sample.of([y - x for x, y in zip(left, right, strict=True)])
    if not sample.squares:
        same = Estimate.without(value, n, level, "paired t", no_spread(n))
        return Difference(same, None, together)
    half = student(each, n) * sample.standard_error
    notes = skewed(sample, level)
    estimate = Estimate(value, value - half, value + half, n, level, "paired t", notes)
    return Difference(estimate, _gain(left, right, sample), together)


def against(
    baseline: Runs, others: Mapping[str, Runs], *, level: float = LEVEL
) -> dict[str, Difference]:
    """Each of several alternatives against a baseline, with intervals that hold together."""
    return {
        name: paired(baseline, runs, level=level, together=len(others))
        for name, runs in others.items()
    }


def _each(level: float, together: int) -> float:
    """Level of each interval, by Bonferroni's inequality."""
    if together < 1:
        raise ValueError(f"expected at least 1 interval, got {together}")
    return 1 - (1 - checked_level(level)) / together


def _gain(baseline: list[float], other: list[float], differences: Sample) -> float | None:
    """Variance of a difference of independent runs over that of paired ones."""
    if not differences.squares:
        return None
    return (Sample.of(baseline).squares + Sample.of(other).squares) / differences.squares

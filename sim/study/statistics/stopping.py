"""How many replications: until an interval is narrow enough, or as planned from a pilot."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sim.study.statistics.estimates import LEVEL, Estimate, checked_level
from sim.study.statistics.spread import student

LEAST_IF_SKEWED = 30
"""Runs below which an interval that is noted as skewed is not believed to be narrow."""

Verdict = Literal["go on", "precise", "most"]


@dataclass(frozen=True)
class Stopping:
    """Run until each chosen interval has a half-width of at most a stated part of the truth.

    An estimate whose half-width is g' = g / (1 + g) of itself lies within g of the truth whenever
    its interval contains it, hence the rule half-width / |value| <= g / (1 + g). It is applied
    after each block of runs, not after each run: the more often one looks, the more often one stops
    on a sample that happens to look narrow. `least` guards against the same.

    Source: A. M. Law, Simulation Modeling and Analysis, 5th edition (2015), section 9.4.1.
    """

    relative: float
    """Largest half-width, as a part of the truth: 0.02 for 2 %."""
    least: int = 20
    most: int = 1000
    block: int = 10
    """Runs between one look and the next."""

    def __post_init__(self) -> None:
        if not 0 < self.relative < math.inf:
            raise ValueError(f"expected a relative half-width above 0, got {self.relative:g}")
        if not 2 <= self.least <= self.most:
            raise ValueError(f"expected 2 <= least <= most, got {self.least} and {self.most}")
        if self.block < 1:
            raise ValueError(f"expected a block of at least 1 run, got {self.block}")

    @property
    def target(self) -> float:
        """Largest half-width as a part of the estimate: g / (1 + g)."""
        return self.relative / (1 + self.relative)

    def upto(self, n: int) -> int:
        """How many runs there should be at the next look, after n."""
        return min(self.most, self.least if n < self.least else n + self.block)

    def narrow(self, estimate: Estimate) -> bool:
        """Whether an estimate is precise enough.

        One that is exact or the same in all runs cannot become narrower, and one that there is not
        does not become one. An interval around a value of 0 is never narrow beside it, and of fewer
        than 30 skewed runs none is: most of them may have missed the tail.
        """
        if estimate.is_exact or estimate.has("same") or estimate.has("nothing"):
            return True
        if estimate.has("skewed") and estimate.n < LEAST_IF_SKEWED:
            return False
        relative = estimate.relative_half_width
        return relative is not None and relative <= self.target

    def verdict(self, n: int, estimates: Iterable[Estimate]) -> Verdict:
        """After n runs: `go on`, or stop as all are `precise`, or these the `most` allowed."""
        if n >= self.least and all(self.narrow(estimate) for estimate in estimates):
            return "precise"
        return "most" if n >= self.most else "go on"


def replications_for_relative_halfwidth(cv: float, relative: float, level: float = LEVEL) -> int:
    """The fewest runs n with t(n - 1) cv / sqrt(n) <= g / (1 + g): what precision may take.

    Args:
        cv: standard deviation over mean of one run.
        relative: g, half-width as a part of the truth.
        level: of the interval.
    """
    checked_level(level)
    target = Stopping(relative).target

    def wide(n: int) -> bool:
        return student(level, n) * abs(cv) / math.sqrt(n) > target

    enough = 2
    while wide(enough):
        enough *= 2
    too_few = max(1, enough // 2)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (middle, enough) if wide(middle) else (too_few, middle)
    return enough

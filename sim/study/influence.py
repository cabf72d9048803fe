"""What would change the answer most: the part of the variance that each assumption explains.

Each draw of a forecast has a value of every assumption, and a cost: the mean over its runs. An
assumption that is a number explains what the ranks of the cost follow from its ranks, as far as
they do so in one direction; one with few values what the means of the ranks at each of them differ.
Either is a share of variance by itself (first order): what two assumptions do together is in none.

Chance makes some of it: of k values, (k - 1) / (n - 1) is expected of an assumption that does
nothing, and is taken off. With few draws little is left to be sure of, and the interval says so.

Sources: D. G. Bonett and T. A. Wright, "Sample size requirements for estimating Pearson, Kendall
and Spearman correlations", Psychometrika 65 (2000), 23-28 (interval of a rank correlation); J. H.
Steiger, "Beyond the F test", Psychological Methods 9 (2004), 164-182 (interval of a share of
variance between groups, from noncentral F).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import fdtr, ncfdtr, ndtri
from scipy.stats import rankdata

from sim.study.statistics import Estimate, Note
from sim.study.statistics.estimates import LEVEL

FEWEST = 12
"""Draws below which nothing is said: a third of them is four."""
_CHOICES = 4
"""Values up to which an assumption is taken for choices, in whatever order they are."""
_ALL = 1 - 1e-12
_NUMBER = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?)(?:\s*([^\s\d][^\d]*))?")

Ranks: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Influence:
    """What one assumption does to a cost, by itself."""

    assumption: str
    share: Estimate
    """Of the variance between draws."""
    low: str
    """At which values the cost is that of `cost_at_low`: the lowest third of them, or a choice."""
    cost_at_low: float
    """Mean over these draws."""
    high: str
    cost_at_high: float

    @property
    def is_established(self) -> bool:
        """Whether it is more than chance explains."""
        return self.share.low is not None and self.share.low > 0


def influences(
    drawn: Mapping[str, Sequence[str]], costs: Sequence[float], *, level: float = LEVEL
) -> list[Influence]:
    """What each assumption explains of how costs differ, the one that explains most first.

    Empty where draws are fewer than `FEWEST`, or all cost the same.

    Args:
        drawn: the value of each assumption in each draw, as text.
        costs: of each draw, the mean over its runs.
        level: of the intervals.
    """
    if len(costs) < FEWEST or len(set(costs)) == 1:
        return []
    found = [
        _influence(name, values, costs, level)
        for name, values in drawn.items()
        if len(set(values)) > 1
    ]
    return sorted(found, key=lambda one: -(one.share.value or 0.0))


def _influence(name: str, values: Sequence[str], costs: Sequence[float], level: float) -> Influence:
    ranks = rankdata(costs)
    numbers = _numbers(values)
    different = list(dict.fromkeys(values))
    if numbers is not None and len(different) > _CHOICES:
        share = _followed(float(np.corrcoef(rankdata(numbers), ranks)[0, 1]), len(costs), level)
        third = len(costs) // 3
        order = np.argsort(numbers, kind="stable").tolist()
        low, high = order[:third], order[-third:]
        words = (f"{values[low[-1]]} or less", f"{values[high[0]]} or more")
    else:
        groups = [[at for at, one in enumerate(values) if one == value] for value in different]
        share = _between(ranks, groups, level)
        groups.sort(key=lambda group: math.fsum(costs[at] for at in group) / len(group))
        low, high = groups[0], groups[-1]
        words = (values[low[0]], values[high[0]])
    ends = [math.fsum(costs[at] for at in group) / len(group) for group in (low, high)]
    return Influence(name, share, words[0], ends[0], words[1], ends[1])


def _numbers(values: Sequence[str]) -> list[float] | None:
    """The values as numbers, if they are in one unit."""
    found = [_NUMBER.fullmatch(value) for value in values]
    if not all(found) or len({match and match[2] for match in found}) > 1:
        return None
    return [float(match[1]) for match in found if match]


def _followed(correlation: float, n: int, level: float) -> Estimate:
    """What ranks explain of ranks that follow them in one direction."""
    explained = correlation**2
    if explained >= _ALL:
        return _everything(n, level)
    centre = math.atanh(abs(correlation))
    reach = float(ndtri(0.5 + level / 2)) * math.sqrt((1 + explained / 2) / (n - 3))
    low, high = (math.tanh(end) for end in (max(0.0, centre - reach), centre + reach))
    return _estimate(explained, 1, (low**2, high**2), n, level)


def _between(ranks: Ranks, groups: Sequence[Sequence[int]], level: float) -> Estimate:
    """What groups explain of ranks, whose means differ between them."""
    n, freedom = len(ranks), len(groups) - 1
    rest, centre = n - len(groups), float(ranks.mean())
    apart = sum(len(group) * (float(ranks[group].mean()) - centre) ** 2 for group in groups)
    explained = float(apart / ((ranks - centre) ** 2).sum())
    if rest < 1:
        alone = Note("too few", "hardly a value was drawn twice")
        return Estimate.without(None, n, level, "f", alone)
    if explained >= _ALL:
        return _everything(n, level)
    ratio = (explained / freedom) / ((1 - explained) / rest)
    tail = (1 - level) / 2
    low, high = (_noncentral(ratio, freedom, rest, chance) for chance in (1 - tail, tail))
    return _estimate(explained, freedom, (low / (low + n), high / (high + n)), n, level)


def _estimate(
    explained: float, freedom: int, ends: tuple[float, float], n: int, level: float
) -> Estimate:
    """What is explained beyond chance, with its interval; never less than nothing."""
    chance = freedom / (n - 1)
    value = max(0.0, (explained - chance) / (1 - chance))
    return Estimate(value, min(value, ends[0]), max(value, ends[1]), n, level, "f")


def _everything(n: int, level: float) -> Estimate:
    return Estimate.without(1.0, n, level, "f", Note("same", "nothing is left to chance"))


def _noncentral(ratio: float, freedom: int, rest: int, chance: float) -> float:
    """The noncentrality at which F lies below `ratio` with this chance; 0 if at none."""
    if float(fdtr(freedom, rest, ratio)) <= chance:
        return 0.0

    def beyond(noncentrality: float) -> float:
        return float(ncfdtr(freedom, rest, noncentrality, ratio)) - chance

    most = 1.0
    while beyond(most) > 0:
        most *= 2
    return float(brentq(beyond, 0.0, most, xtol=1e-9))

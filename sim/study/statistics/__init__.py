"""How sure a number is: estimates over independent runs, with intervals that say what they cover.

Numbers in, estimates out: nothing here knows what a scenario is, runs one or prints. An observation
is one *replication*, which is independent of the others, or one whole week of a long run. Sums are
exact (`math.fsum`), so the order of the replications changes no bit of a result.

An interval is stated or withheld, never invented: one run has none, equal runs have none, too few
runs for a quantile have none, and a `Note` says why. Where an interval is likely to cover less than
it claims, a note says that, too.
"""

from sim.study.statistics.comparisons import Difference, against, paired, paired_ratio
from sim.study.statistics.components import Components, components
from sim.study.statistics.estimates import Estimate, Note, Values
from sim.study.statistics.means import mean, sectioned
from sim.study.statistics.proportions import proportion
from sim.study.statistics.quantiles import (
    order_statistic_ranks,
    quantile,
    replications_for_quantile,
)
from sim.study.statistics.ratios import ratio
from sim.study.statistics.stopping import Stopping, replications_for_relative_halfwidth
from sim.study.statistics.truncation import Truncation, truncation
from sim.study.statistics.weeks import (
    lag_one_correlation,
    weekly_mean,
    weekly_means,
    weekly_ratio,
)

__all__ = [
    "Components",
    "Difference",
    "Estimate",
    "Note",
    "Stopping",
    "Truncation",
    "Values",
    "against",
    "components",
    "lag_one_correlation",
    "mean",
    "order_statistic_ranks",
    "paired",
    "paired_ratio",
    "proportion",
    "quantile",
    "ratio",
    "replications_for_quantile",
    "replications_for_relative_halfwidth",
    "sectioned",
    "truncation",
    "weekly_mean",
    "weekly_means",
    "weekly_ratio",
]

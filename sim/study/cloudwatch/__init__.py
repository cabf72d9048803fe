"""CloudWatch's view of a run: the metrics that the provider would have published, by their names.

Whoever has alarms and dashboards for the real service can lay a simulated fleet under them. Each
metric is computed from the facts when it is asked for, and only it: a desktop's points of a month
are many times the facts they follow from. What the model does not determine (processor and memory
inside the desktop, packet loss) is named in the catalogue as absent, and never invented.

`docs/cloudwatch.md` says of each metric what a sample is and when there is none.
"""

from sim.study.cloudwatch.catalogue import (
    ABSENT,
    NAMESPACE,
    OF_DESKTOPS,
    OF_DIRECTORY,
    OF_POOLS,
    STATISTICS,
    Metric,
)
from sim.study.cloudwatch.desktops import desktop_metrics
from sim.study.cloudwatch.devices import device_metrics
from sim.study.cloudwatch.periods import DESKTOP_SLOT, POOL_SLOT, Periods
from sim.study.cloudwatch.pools import METRICS, pool_metrics, pool_tallies, refusals
from sim.study.cloudwatch.protocols import streaming_by
from sim.study.cloudwatch.scope import OneDesktop, OneUser, Recorded, Scope, While
from sim.study.cloudwatch.tallies import Points, Tally

__all__ = [
    "ABSENT",
    "DESKTOP_SLOT",
    "METRICS",
    "NAMESPACE",
    "OF_DESKTOPS",
    "OF_DIRECTORY",
    "OF_POOLS",
    "POOL_SLOT",
    "STATISTICS",
    "Metric",
    "OneDesktop",
    "OneUser",
    "Periods",
    "Points",
    "Recorded",
    "Scope",
    "Tally",
    "While",
    "desktop_metrics",
    "device_metrics",
    "pool_metrics",
    "pool_tallies",
    "refusals",
    "streaming_by",
]

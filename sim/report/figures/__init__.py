"""The figures of a run: its cost, its logons, how many desktops are up, and a day of each pool.

Each takes plain data and an `Axes`, draws every value it is given, and returns the `Axes`; the
names that stand beside the drawing make a legend needless. Where there is nothing to draw it says
so. Each has a companion that puts the same into words, for those who do not see it.

Left out: intervals, which need several runs; and choosing what to measure, which is `sim.study`'s.
"""

from sim.report.figures.concurrency import concurrency_week, describe_concurrency
from sim.report.figures.cost import cost_by_month, describe_cost
from sim.report.figures.day import (
    CapacityDay,
    average_day,
    describe_average_day,
    describe_worst_day,
    worst_day,
)
from sim.report.figures.logons import describe_logons, logon_time
from sim.report.figures.utilization import describe_utilization, utilization_week

__all__ = [
    "CapacityDay",
    "average_day",
    "concurrency_week",
    "cost_by_month",
    "describe_average_day",
    "describe_concurrency",
    "describe_cost",
    "describe_logons",
    "describe_utilization",
    "describe_worst_day",
    "logon_time",
    "utilization_week",
    "worst_day",
]

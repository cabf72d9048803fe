"""The three figures of a run: what it costs, how many desktops are up, how long logons take.

Each takes plain data and an `Axes`, draws every value it is given, and returns the `Axes`; the
names that stand beside the drawing make a legend needless. Where there is nothing to draw it says
so. Each has a companion that puts the same into words, for those who do not see it.

Left out: intervals, which need several runs; and choosing what to measure, which is `sim.study`'s.
"""

from sim.report.figures.concurrency import concurrency_week, describe_concurrency
from sim.report.figures.cost import cost_by_month, describe_cost
from sim.report.figures.logons import describe_logons, logon_time

__all__ = [
    "concurrency_week",
    "cost_by_month",
    "describe_concurrency",
    "describe_cost",
    "describe_logons",
    "logon_time",
]

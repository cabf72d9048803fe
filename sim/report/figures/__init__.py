"""The figures of a run: its cost, its logons, what desktops go through, lost work, and capacity.

Each takes plain data and an `Axes`, draws every value it is given, and returns the `Axes`; the
names that stand beside the drawing make a legend needless. Where there is nothing to draw it says
so. Each has a companion that puts the same into words, for those who do not see it.

Left out: choosing what to measure, which is `sim.study`'s.
"""

from sim.report.figures.bridge import (
    BridgeStep,
    CostBridge,
    cost_bridge,
    describe_cost_bridge,
    height_of_cost_bridge,
)
from sim.report.figures.concurrency import concurrency_week, describe_concurrency
from sim.report.figures.cost import cost_by_month, describe_cost
from sim.report.figures.day import (
    CapacityDay,
    average_day,
    describe_average_day,
    describe_worst_day,
    worst_day,
)
from sim.report.figures.differences import (
    DifferenceRow,
    MeasureDifferences,
    describe_measure_differences,
    height_of_measure_differences,
    measure_differences,
)
from sim.report.figures.fan import HEIGHT as HEIGHT_OF_FAN
from sim.report.figures.fan import Fan, describe_fan, fan
from sim.report.figures.frontier import (
    Ends,
    TradePoint,
    describe_frontier,
    frontier,
    height_of_frontier,
)
from sim.report.figures.link import LinkDay, describe_link_day, link_day
from sim.report.figures.logons import describe_logons, logon_time
from sim.report.figures.lost import LostTime, describe_lost_time, height_of_lost_time, lost_time
from sim.report.figures.recovery import describe_recovery, recovery
from sim.report.figures.replay import Event, ReplayHour, describe_replay_hour, replay_hour
from sim.report.figures.spread import HEIGHT as HEIGHT_OF_SPREAD
from sim.report.figures.spread import Spread, describe_spread, spread
from sim.report.figures.stages import Logons, describe_logon_stages, logon_stages
from sim.report.figures.states import (
    State,
    StateDiagram,
    describe_states,
    height_of_states,
    state_diagram,
)
from sim.report.figures.timeline import (
    MOST_DAYS,
    Timeline,
    describe_timeline,
    desktop_timeline,
    height_of_timeline,
)
from sim.report.figures.tornado import (
    SettingEffect,
    SettingShares,
    Share,
    describe_effects_tornado,
    describe_shares_tornado,
    effects_tornado,
    height_of_tornado,
    shares_tornado,
)
from sim.report.figures.utilization import describe_utilization, utilization_week
from sim.report.figures.week import WeekMap, describe_week, height_of_week, week_map

__all__ = [
    "HEIGHT_OF_FAN",
    "HEIGHT_OF_SPREAD",
    "MOST_DAYS",
    "BridgeStep",
    "CapacityDay",
    "CostBridge",
    "DifferenceRow",
    "Ends",
    "Event",
    "Fan",
    "LinkDay",
    "Logons",
    "LostTime",
    "MeasureDifferences",
    "ReplayHour",
    "SettingEffect",
    "SettingShares",
    "Share",
    "Spread",
    "State",
    "StateDiagram",
    "Timeline",
    "TradePoint",
    "WeekMap",
    "average_day",
    "concurrency_week",
    "cost_bridge",
    "cost_by_month",
    "describe_average_day",
    "describe_concurrency",
    "describe_cost",
    "describe_cost_bridge",
    "describe_effects_tornado",
    "describe_fan",
    "describe_frontier",
    "describe_link_day",
    "describe_logon_stages",
    "describe_logons",
    "describe_lost_time",
    "describe_measure_differences",
    "describe_recovery",
    "describe_replay_hour",
    "describe_shares_tornado",
    "describe_spread",
    "describe_states",
    "describe_timeline",
    "describe_utilization",
    "describe_week",
    "describe_worst_day",
    "desktop_timeline",
    "effects_tornado",
    "fan",
    "frontier",
    "height_of_cost_bridge",
    "height_of_frontier",
    "height_of_lost_time",
    "height_of_measure_differences",
    "height_of_states",
    "height_of_timeline",
    "height_of_tornado",
    "height_of_week",
    "link_day",
    "logon_stages",
    "logon_time",
    "lost_time",
    "measure_differences",
    "recovery",
    "replay_hour",
    "shares_tornado",
    "spread",
    "state_diagram",
    "utilization_week",
    "week_map",
    "worst_day",
]

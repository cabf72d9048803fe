"""The people, as numbers: named random streams, calendars and the plan of intended sessions.

`make_workload` turns a scenario into two tables, `users` and `plan`. The plan is exogenous: nothing
that the system does later changes what people intended. Two scenarios that differ in a policy thus
face the same people, and a recorded log runs through the same table.

What a wait does to an intention, and who is refused, is the model's business.
"""

from sim.workload.checks import workload_problems
from sim.workload.clients import Protocols, beyond_reach
from sim.workload.distributions import mean, sample
from sim.workload.forecast import expected_demand
from sim.workload.growth import make_growth
from sim.workload.maintenance import alwayson_windows, autostop_maintenance
from sim.workload.outages import make_outages
from sim.workload.people import make_users, user_numbers
from sim.workload.plans import Workload, make_plan, make_workload
from sim.workload.regions import region_time_zone
from sim.workload.schedules import CapacityChange, capacity_changes, phases_of
from sim.workload.self_service import Wish, make_wishes
from sim.workload.streams import Stream

__all__ = [
    "CapacityChange",
    "Protocols",
    "Stream",
    "Wish",
    "Workload",
    "alwayson_windows",
    "autostop_maintenance",
    "beyond_reach",
    "capacity_changes",
    "expected_demand",
    "make_growth",
    "make_outages",
    "make_plan",
    "make_users",
    "make_wishes",
    "make_workload",
    "mean",
    "phases_of",
    "region_time_zone",
    "sample",
    "user_numbers",
    "workload_problems",
]

"""Decisions as arithmetic: an observation in, a capacity or a running mode out.

Nothing here knows a clock, an event or a random number. Of pools, the model calls `Scaling` once a
minute with what happened, and at edits and scheduled actions with new bounds; a test calls it with
what it likes. The rules are P9 to P12 of `docs/model.md`; `docs/scaling.md` works them out in
numbers. The running modes of desktops are `cost_optimizer`'s.
"""

from sim.policy.continuous import QUARTER, Decide, Forecast, Phases
from sim.policy.observation import Datapoint, Observation
from sim.policy.scaling import Scaling

__all__ = [
    "QUARTER",
    "Datapoint",
    "Decide",
    "Forecast",
    "Observation",
    "Phases",
    "Scaling",
]

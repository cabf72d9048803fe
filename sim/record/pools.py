"""Columns of the tables that pools make: instances, user sessions, capacity, scaling.

`instances` and `user_sessions` are what happened; `pool_capacity` adds them up over time, so that
nobody has to. A pool is a number, its position in the scenario's file.
"""

from sim.record.codes import Cause, ScalingSource
from sim.record.columns import Schema, code, instant, number, small_number
from sim.record.schemas import SESSION, USER

_POOL = small_number("pool", "pool, position among the pools of the scenario")

INSTANCES = Schema(
    "instances",
    (
        number("instance", "instance, numbered over all pools in the order of request"),
        _POOL,
        small_number("zone", "zone, position among the zones of the scenario"),
        number("host", "host it has a slot on, numbered as in `host_load`; -1 without hosts"),
        instant("requested", "instant of the request; the beginning for those there from then on"),
        instant("available", "instant from which it could serve; NEVER when it never could"),
        instant("used", "instant at which it was first given to a user; NEVER when it was not"),
        instant("terminated", "instant of the end; NEVER: still there at the end of the run"),
        code("cause", Cause, "why it was terminated"),
    ),
)
"""One row per instance that a pool ever asked for."""

USER_SESSIONS = Schema(
    "user_sessions",
    (
        number("instance", "instance, code into `instances`"),
        _POOL,
        USER,
        SESSION,
        instant("begin", "instant at which the user was given the instance"),
        instant("connected", "instant of the first connection; NEVER when there was none"),
        instant("end", "instant at which the place was free again; NEVER: at the end it was not"),
        code("cause", Cause, "why it ended, unless the user logged off"),
    ),
)
"""One row for each time a user held a place on an instance, disconnected times included; `session`
is the row of the plan that began it, and a reconnection is part of it."""

POOL_CAPACITY = Schema(
    "pool_capacity",
    (
        _POOL,
        instant("at", "from then on, to the pool's next row"),
        number("target", "user sessions that the policies ask for, within minimum and maximum"),
        number("desired", "user sessions there or on their way: actual + pending"),
        number("actual", "user sessions that the available instances have room for"),
        number("pending", "user sessions of the instances being provisioned"),
        number("active", "user sessions held, disconnected ones included"),
        number("waiting", "people in line"),
    ),
)
"""One row per pool at the beginning, at every instant at which something changed (after all changes
of that instant), and at every full minute."""

LAUNCH_FAILURES = Schema(
    "launch_failures",
    (
        _POOL,
        instant("at", "instant of the attempt"),
        number("instances", "instances that could not be launched"),
        code("cause", Cause, "no address, or no room on a host"),
    ),
)

SCALING = Schema(
    "scaling",
    (
        _POOL,
        instant("at", "instant of the decision"),
        code("source", ScalingSource, "who decided"),
        number("before", "target before [user sessions]"),
        number("after", "target after [user sessions]"),
    ),
)
"""One row per change of a pool's target; not of those that keep sessions spare, which change with
every user."""

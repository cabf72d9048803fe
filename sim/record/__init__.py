"""The facts: schemas of the tables that pass between floors.

A table is a handful of NumPy arrays of equal length; a schema names them and their types. Ids
are int32 codes into the tables `users` and `desktops`; names are joined when shown. Times are
milliseconds from the scenario's start (negative in the warm-up), durations milliseconds. `NEVER`
stands for an instant that did not come.
"""

from sim.record.codes import (
    Actor,
    Cause,
    DesktopState,
    Ending,
    OperationKind,
    OutageKind,
    Outcome,
    RecoveryKind,
    RunKind,
    RunningMode,
    ScalingSource,
    SessionOutcome,
    StartKind,
)
from sim.record.columns import NEVER, Column, Schema
from sim.record.outages import INTERRUPTIONS, OUTAGES, RECOVERIES
from sim.record.pools import INSTANCES, LAUNCH_FAILURES, POOL_CAPACITY, SCALING, USER_SESSIONS
from sim.record.schemas import (
    CHARGES,
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    LOGONS,
    OPERATIONS,
    PLAN,
    RUNS,
    SESSIONS,
    USAGE,
    USERS,
)
from sim.record.table import Table, TableBuilder

__all__ = [
    "CHARGES",
    "DESKTOPS",
    "DESKTOP_STATES",
    "DESKTOP_TERMS",
    "HOST_LOAD",
    "INSTANCES",
    "INTERRUPTIONS",
    "LAUNCH_FAILURES",
    "LOGONS",
    "NEVER",
    "OPERATIONS",
    "OUTAGES",
    "PLAN",
    "POOL_CAPACITY",
    "RECOVERIES",
    "RUNS",
    "SCALING",
    "SESSIONS",
    "USAGE",
    "USERS",
    "USER_SESSIONS",
    "Actor",
    "Cause",
    "Column",
    "DesktopState",
    "Ending",
    "OperationKind",
    "OutageKind",
    "Outcome",
    "RecoveryKind",
    "RunKind",
    "RunningMode",
    "ScalingSource",
    "Schema",
    "SessionOutcome",
    "StartKind",
    "Table",
    "TableBuilder",
]

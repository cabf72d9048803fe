"""A workload as the files that `replay` reads: plans and users for people.

Times are ISO-8601 in UTC to the millisecond, durations decimal seconds. What a plan leaves out,
the fate of each logon, replay draws again the same.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.record import NEVER, Ending
from sim.scenario.schema import Scenario
from sim.units import SECOND
from sim.workload.plans import Workload
from sim.workload.streams import Numbers


def plan_table(workload: Workload, scenario: Scenario) -> pd.DataFrame:
    """The plan, a row per session: who, when, how long, how it ends, and from which client."""
    plan = workload.plan
    return pd.DataFrame(
        {
            "user": _labels(plan["user"], workload.users["name"]),
            "arrival": _instants(plan["arrival"], scenario),
            "gap_s": _seconds(plan["gap"]),
            "connected_s": _seconds(plan["connected"]),
            "ending": _labels(plan["ending"], Ending.labels()),
            "idle_from_s": _seconds(plan["idle_from"]),
            "client": _labels(plan["client"], workload.clients),
            "rtt_ms": plan["rtt"],
        }
    )


def users_table(workload: Workload, scenario: Scenario) -> pd.DataFrame:
    """The users with columns user, population, fleet, cost_center, time_zone, joins, leaves."""
    users = workload.users
    return pd.DataFrame(
        {
            "user": pd.array(users["name"], dtype="str"),
            **{
                column: pd.array(users[column], dtype="str")
                for column in ("population", "fleet", "cost_center", "time_zone")
            },
            "joins": _instants(users["joins"], scenario),
            "leaves": _instants(users["leaves"], scenario),
        }
    )


def _labels(codes: NDArray[Any], words: Iterable[str]) -> "pd.Categorical[str]":
    return pd.Categorical.from_codes(codes, pd.Index(list(words)))


def _instants(millis: Numbers, scenario: Scenario) -> "pd.Series[str]":
    start = np.datetime64(scenario.start.replace(tzinfo=None), "ms")
    text = np.datetime_as_string(start + millis.astype("timedelta64[ms]"), timezone="UTC")
    return pd.Series(text, dtype="str").mask(millis == NEVER)


def _seconds(millis: Numbers) -> "pd.Series[float]":
    return pd.Series(millis / SECOND).mask(millis == NEVER)

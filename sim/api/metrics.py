"""CloudWatch's metrics of a run's pools: one row per pool and minute, under CloudWatch's names.

Whoever has a dashboard for the real thing can lay the simulated pool over it. What the model does
not determine (processor, memory, latency inside the instance) is absent and not invented.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.record import POOL_CAPACITY, Table
from sim.study.cloudwatch import METRICS, POOL_SLOT, Periods, pool_metrics, refusals

if TYPE_CHECKING:
    from sim.api.results import Run
    from sim.storage import FactStore

TYPES = dict.fromkeys(METRICS, np.int32) | {"UserSessionsCapacityUtilization": np.float64}
"""Counts, and a share that may be missing."""


def metrics(run: "Run", facts: "FactStore[Any]") -> pd.DataFrame:
    """Columns `replication`, `pool`, `timestamp` (ISO-8601, start of the minute), the metrics."""
    spec, names = run.scenario.spec, list(run.names.pools)
    minute = Periods.of(spec.calendar, 0, spec.end, POOL_SLOT, POOL_SLOT).slots
    rows = facts.columns(POOL_CAPACITY, "pool", "at", "desired", "actual", "active")
    refused = refusals(facts, pool_codes(run.names.users, names))
    found = [
        pool_metrics(rows, pool, refused.get(pool, minute[:0]), minute, spec.end)
        for pool in range(len(names))
    ]
    count = len(minute) * len(names)
    columns = {name: np.concatenate([one[name] for one in found]) for name in METRICS if found}
    return pd.DataFrame(
        {
            "replication": np.full(count, run.replication, dtype=np.int32),
            "pool": pd.Categorical.from_codes(
                np.repeat(np.arange(len(names)), len(minute)), pd.Index(names, dtype="str")
            ),
            "timestamp": np.tile(timestamps(spec.calendar.start, minute), len(names)),
            **{name: columns.get(name, np.empty(0)).astype(TYPES[name]) for name in METRICS},
        }
    )


def pool_codes(users: Table, pools: Sequence[str]) -> NDArray[np.int16]:
    """For each user, by code, the number of their pool; -1 where there is none."""
    numbers = {name: number for number, name in enumerate(pools)}
    return np.array([numbers.get(name, -1) for name in users["fleet"]], dtype=np.int16)


def timestamps(start: datetime, at: NDArray[np.int64]) -> NDArray[Any]:
    """`2026-09-01T08:05:00Z` for instants [ms from `start`] on full seconds of UTC."""
    begin = np.datetime64(start.replace(tzinfo=None), "ms")
    instants = (begin + at.astype("timedelta64[ms]")).astype("datetime64[s]")
    return np.char.add(np.datetime_as_string(instants), "Z").astype(object)

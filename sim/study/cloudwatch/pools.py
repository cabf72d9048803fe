"""CloudWatch's metrics of a pool, minute by minute, as the provider publishes them.

The value of a minute `[m, m + 1 min)` is the level just before its end: what a scaling policy sees.
Errors are counted over the minute. Only whole UTC minutes inside the measured time have a value.

Source: AWS WorkSpaces Administration Guide, "Monitor WorkSpaces Pools": actual = available +
active, desired = actual + pending, utilisation = active / actual x 100.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import LOGONS, Cause, Outcome
from sim.study.cloudwatch.catalogue import OF_POOLS
from sim.study.cloudwatch.periods import Periods
from sim.study.cloudwatch.scope import Recorded
from sim.study.cloudwatch.tallies import Tally
from sim.study.concurrency import Instants, Steps
from sim.study.measures import Columns
from sim.units import MINUTE, Millis

METRICS = tuple(OF_POOLS)
"""In user sessions, but for utilisation [%] and errors [number in the minute]."""


def pool_metrics(
    rows: Columns, pool: int, refused: Instants, minute: Instants, end: Millis
) -> dict[str, NDArray[Any]]:
    """The metrics of one pool by name, one value for each minute.

    Args:
        rows: columns `pool`, `at`, `desired`, `actual` and `active` of `pool_capacity`.
        pool: number of the pool.
        refused: instants at which a request found no capacity [ms], ascending.
        minute: beginnings of the minutes [ms], ascending.
        end: end of the window.

    Returns:
        arrays of shape (minutes,); utilisation is NaN where there was no capacity.
    """
    mine = rows["pool"] == pool
    at = rows["at"][mine]
    last = minute + (MINUTE - 1)

    def seen(name: str) -> NDArray[np.int64]:
        return Steps.of_levels(at, rows[name][mine], end).levels(last)

    active, actual, desired = seen("active"), seen("actual"), seen("desired")
    some = actual > 0
    used = np.full(len(minute), np.nan)
    used[some] = np.round(100 * active[some] / actual[some], 4)
    errors = np.searchsorted(refused, last, side="right") - np.searchsorted(refused, minute)
    values = (active, actual, actual - active, desired - actual, desired, used, errors)
    return dict(zip(METRICS, values, strict=True))


def refusals(facts: Recorded, pool: NDArray[Any]) -> dict[int, Instants]:
    """Instants at which a request found no capacity [ms], ascending, by number of the pool.

    Args:
        facts: what was recorded.
        pool: for each user, by code, the number of their pool; -1 where there is none.
    """
    users, instants = [pool[:0]], [np.empty(0, dtype=np.int64)]
    for batch in facts.batches(LOGONS, "user", "done", "outcome", "cause"):
        rows = (batch["outcome"] == Outcome.REFUSED) & (batch["cause"] == Cause.NO_POOL_CAPACITY)
        users.append(batch["user"][rows])
        instants.append(batch["done"][rows])
    numbers, done = pool[np.concatenate(users)], np.concatenate(instants)
    return {int(one): np.sort(done[numbers == one]) for one in np.unique(numbers)}


def pool_tallies(
    rows: Columns, pool: int, refused: Instants, periods: Periods, end: Millis
) -> dict[str, Tally]:
    """The same as samples, one for each minute of some periods; without capacity none of use.

    Arguments as for `pool_metrics`, but for `periods`, whose slots are the minutes.
    """
    values = pool_metrics(rows, pool, refused, periods.slots, end)
    return {name: _one_each(value.astype(float)) for name, value in values.items()}


def _one_each(value: NDArray[np.float64]) -> Tally:
    """One sample for each slot, none where there is no value."""
    samples = (~np.isnan(value)).astype(np.int64)
    return Tally(samples, value, value, value)

"""What a pool had room for, and how much of it was used.

Capacity is three step functions that say together why somebody was turned away: *desired* is what
was asked for, *actual* what was there, *active* what was held. Room that was asked for and not
there yet is provisioning time; room that was there and not held is idle, and paid for.

Utilisation is active over actual, both integrated over time: the share of the capacity on hand that
was held. It is not the mean of the percentages of each minute, in which an empty night with one
instance would weigh as much as a morning with a hundred.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.metering.held import held_spans
from sim.record import NEVER
from sim.study.concurrency import Instants, Steps, week_slots
from sim.study.measures import Columns
from sim.units import HOUR, WEEK, Millis

HOURS_OF_A_WEEK = WEEK // HOUR


@dataclass(frozen=True)
class Capacity:
    """The capacity of one pool over the window [user sessions], and the people in line."""

    desired: Steps
    """There or on their way: actual + pending."""
    actual: Steps
    """What the available instances have room for."""
    active: Steps
    """Held by users, disconnected ones included."""
    waiting: Steps
    """People in line."""

    @classmethod
    def of(cls, rows: Columns, pool: int, end: Millis) -> "Capacity":
        """From `pool_capacity`: columns `pool`, `at` and the four levels."""
        mine = rows["pool"] == pool
        at = rows["at"][mine]
        names = ("desired", "actual", "active", "waiting")
        return cls(**{name: Steps.of_levels(at, rows[name][mine], end) for name in names})

    def utilization(self) -> float | None:
        """Active over actual, integrated over the window; None without any capacity."""
        whole = np.array([0, self.actual.end])
        return _share(self.active.integral(whole), self.actual.integral(whole))[0]

    def utilization_by_hour(self, start: datetime) -> list[float | None]:
        """The same in each hour of the week from Monday 00:00 UTC, over all weeks; 168 values.

        None where no capacity was there, or nothing was measured. `start` is the instant of 0.
        """
        edges, hour = week_slots(start, self.actual.end, HOUR)
        active, actual = (
            np.bincount(hour, steps.integral(edges), HOURS_OF_A_WEEK)
            for steps in (self.active, self.actual)
        )
        return _share(active, actual)


def _share(part: NDArray[Any], whole: NDArray[Any]) -> list[float | None]:
    pairs = zip(part.tolist(), whole.tolist(), strict=True)
    return [p / w if w else None for p, w in pairs]


# --- instances


@dataclass(frozen=True)
class InstanceTime:
    """Time of a pool's instances in the window [instance-ms]."""

    available: Millis
    """From available to the end of the instance."""
    idle: Millis
    """The part of it in which nobody held a place: running and waiting (AlwaysOn), or waiting
    stopped (AutoStop). It is paid for all the same."""


def instance_time(instances: Columns, sessions: Columns, pool: int, end: Millis) -> InstanceTime:
    """How long a pool's instances were there, and how long with nobody on them.

    Args:
        instances: columns `pool`, `available` and `terminated` of `instances`.
        sessions: columns `pool`, `instance`, `begin` and `end` of `user_sessions`.
        pool: number of the pool.
        end: end of the window.
    """
    rows = (instances["pool"] == pool) & (instances["available"] != NEVER)
    available = _time(instances["available"][rows], instances["terminated"][rows], end)
    mine = sessions["pool"] == pool
    names = ("instance", "begin", "end")
    _, begin, upto = held_spans(*(sessions[name][mine] for name in names))
    held = _time(begin, upto, end)
    return InstanceTime(available, available - held)


def _time(begin: Instants, upto: Instants, end: Millis) -> Millis:
    upto = np.where(upto == NEVER, end, upto)
    spent = np.clip(upto, 0, end) - np.clip(begin, 0, end)
    return int(np.maximum(spent, 0).sum())

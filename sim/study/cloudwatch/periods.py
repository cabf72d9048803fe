"""Periods, and the slots in which samples are taken.

A period begins at a multiple of its length since 1970-01-01 00:00 UTC, as CloudWatch aligns it, and
is known by its beginning. Inside it lie slots of equal length; a desktop gives one sample for each.
Only whole slots of the measured time count, so the first and the last period may hold fewer.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.concurrency import Instants
from sim.units import MINUTE, Calendar, Millis

DESKTOP_SLOT: Millis = 5 * MINUTE
"""How often a desktop is sampled. The provider does not say; its own Cost Optimizer reads
`UserConnected` in periods of 300 s (metrics_helper.py, v2.8.7)."""

POOL_SLOT: Millis = MINUTE
"""Source: AWS WorkSpaces Administration Guide, "WorkSpaces Pools metrics and dimensions"."""

_EPOCH = Calendar(datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Periods:
    """The slots of `[begin, end)` and the periods that they lie in."""

    first: Millis
    """Beginning of the first slot [ms from start]."""
    slot: Millis
    """Length of a slot [ms]."""
    count: int
    """Number of slots."""
    length: Millis
    """Length of a period [ms], a multiple of the slot's."""
    before: int
    """Slots of the first period that lie before the first slot."""

    @classmethod
    def of(
        cls, calendar: Calendar, begin: Millis, end: Millis, length: Millis, longest: Millis
    ) -> "Periods":
        """Cut a stretch of time into periods of a length, and those into slots.

        A slot is the greatest common divisor of the period and `longest`: 5 min in a period of an
        hour, 1 min in one of 7 min.
        """
        slot = gcd(length, longest)
        offset = _EPOCH.millis(calendar.start)
        first = begin + -(begin + offset) % slot
        count = max(0, (end - first) // slot)
        return cls(first, slot, count, length, (first + offset) % length // slot)

    @property
    def slots(self) -> Instants:
        """Beginnings of the slots [ms from start]."""
        return self.first + np.arange(self.count, dtype=np.int64) * self.slot

    @property
    def starts(self) -> Instants:
        """Beginnings of the periods that hold any slot [ms from start]."""
        begin = self.first - self.before * self.slot
        return begin + np.arange(len(self.edges), dtype=np.int64) * self.length

    @property
    def edges(self) -> NDArray[np.int64]:
        """Number of the first slot of each period."""
        each = self.length // self.slot
        later = np.arange(each - self.before, self.count, each, dtype=np.int64)
        return np.concatenate([np.zeros(min(1, self.count), dtype=np.int64), later])

    def slot_of(self, at: NDArray[Any]) -> NDArray[np.int64]:
        """Number of the slot that holds each instant; below 0 and from `count` on there is none."""
        return (at - self.first) // self.slot

    def holding(self, at: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which instants lie in a slot, and the numbers of their slots."""
        number = self.slot_of(at)
        inside = (number >= 0) & (number < self.count)
        return inside, number[inside]

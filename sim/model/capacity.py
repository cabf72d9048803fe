"""The capacity of a pool over time: changes noted as they happen, added up at the end.

A busy pool changes its capacity several times for each session. Noting a change costs three
numbers in a typed array; what a row of `pool_capacity` says follows from all of them together in a
few array steps.
"""

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import POOL_CAPACITY, Table
from sim.units import MINUTE, Millis

Note = Callable[[tuple[int, ...]], None]

PENDING, ACTUAL, ACTIVE, WAITING = range(4)
_FIELDS = ("pending", "actual", "active", "waiting")


class CapacityLog:
    """Changes of one pool's counts and of its target, in order of time."""

    def __init__(self, pool: int) -> None:
        self.pool = pool
        self._changes, self._targets = array("q"), array("q")
        self.change: Note = self._changes.extend
        """Note that a count becomes larger or smaller: (instant, which count, by how much)."""
        self.target: Note = self._targets.extend
        """Note that the target is another from now on: (instant, target)."""

    def table(self, begin: Millis, end: Millis, minute: Millis) -> Table:
        """Rows of `pool_capacity` (P13).

        Args:
            begin: beginning of the run.
            end: its end.
            minute: any full minute of UTC on the run's axis.
        """
        at, kind, change = np.array(self._changes, dtype=np.int64).reshape(-1, 3).T
        target_at, target = np.array(self._targets, dtype=np.int64).reshape(-1, 2).T
        minutes = np.arange(begin + (minute - begin) % MINUTE, end, MINUTE)
        instants = np.unique(np.concatenate([at, target_at, minutes, [begin]]))
        levels = {
            name: _level(at[kind == code], change[kind == code], instants)
            for code, name in enumerate(_FIELDS)
        }
        levels["target"] = target[np.searchsorted(target_at, instants, side="right") - 1]
        levels["desired"] = levels["actual"] + levels["pending"]
        kept = np.isin(instants, minutes, assume_unique=True)
        kept[0] = True
        for level in levels.values():
            kept[1:] |= level[1:] != level[:-1]
        columns = {name: level[kept] for name, level in levels.items()}
        pool = np.full(int(kept.sum()), self.pool)
        return Table.of(POOL_CAPACITY, pool=pool, at=instants[kept], **columns)


def _level(at: NDArray[Any], change: NDArray[Any], instants: NDArray[Any]) -> NDArray[np.int64]:
    """Sum of the changes up to each instant, that instant's included."""
    sums = np.concatenate([[0], np.cumsum(change)])
    found: NDArray[np.int64] = sums[np.searchsorted(at, instants, side="right")]
    return found

"""The capacity of a pool over time: changes noted as they happen, added up at the end.

A busy pool changes its capacity several times for each session. Noting a change costs three appends
to typed arrays; what a row of `pool_capacity` says follows from all of them together in a few array
steps.
"""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import POOL_CAPACITY, Table
from sim.units import MINUTE, Millis

PENDING, ACTUAL, ACTIVE, WAITING = range(4)
_FIELDS = ("pending", "actual", "active", "waiting")


class CapacityLog:
    """Changes of one pool's counts and of its target, in order of time."""

    def __init__(self, pool: int) -> None:
        self.pool = pool
        self._at, self._kind, self._change = array("q"), array("b"), array("i")
        self._target_at, self._target = array("q"), array("i")

    def change(self, kind: int, change: int, at: Millis) -> None:
        """One of the counts becomes larger or smaller."""
        self._at.append(at)
        self._kind.append(kind)
        self._change.append(change)

    def target(self, target: int, at: Millis) -> None:
        """The target is another from now on."""
        self._target_at.append(at)
        self._target.append(target)

    def table(self, begin: Millis, end: Millis, minute: Millis) -> Table:
        """Rows of `pool_capacity` (P13).

        Args:
            begin: beginning of the run.
            end: its end.
            minute: any full minute of UTC on the run's axis.
        """
        at, kind, change = self._array(self._at), self._array(self._kind), self._array(self._change)
        target_at, target = self._array(self._target_at), self._array(self._target)
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

    @staticmethod
    def _array(values: "array[int]") -> NDArray[np.int64]:
        return np.frombuffer(values, dtype=f"i{values.itemsize}").astype(np.int64)


def _level(at: NDArray[Any], change: NDArray[Any], instants: NDArray[Any]) -> NDArray[np.int64]:
    """Sum of the changes up to each instant, that instant's included."""
    sums = np.concatenate([[0], np.cumsum(change)])
    found: NDArray[np.int64] = sums[np.searchsorted(at, instants, side="right")]
    return found

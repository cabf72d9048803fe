"""Named random streams: numbers with an address instead of a turn.

A stream is a pure function of `(seed, replication, name)`, and each of its numbers a pure function
of where it stands: element, ordinal and day. Nothing is consumed, so nothing can shift: one more
user, a longer horizon or another purpose leaves every other number as it was, and two scenarios
that differ in one setting face the same people (common random numbers).

The generator is Philox, a cipher of a counter. The key comes from the seed, the replication and a
hash of the name; the counter holds `(element // 4, ordinal, day)`, and each counter gives four
elements. Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC
2011.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Uniforms = NDArray[np.float64]
Numbers = NDArray[np.int64]

_LANES = 4
_WORTH_A_JUMP = 1_000
"""Elements that are drawn in the time it takes to set the counter once more."""


class Stream:
    """The random numbers of one purpose, for example `Stream(1, 0, "arrivals/agents")`."""

    __slots__ = ("_generator", "_state")

    def __init__(self, seed: int, replication: int, name: str) -> None:
        words = np.frombuffer(blake2b(name.encode(), digest_size=16).digest(), dtype="<u4")
        key = np.random.SeedSequence(seed, spawn_key=(replication, *words.tolist()))
        self._generator = np.random.Philox(key=key.generate_state(2, np.uint64))
        self._state = self._generator.state

    def uniforms(self, count: int, *, day: int = 0, ordinal: int = 0, first: int = 0) -> Uniforms:
        """Elements `first` to `first + count` of a day and an ordinal, in the open interval (0, 1).

        The value of an element does not depend on which others are asked for. Day 0 is the number
        of no date (`date.toordinal` counts from 1): it holds what is drawn once for all days.
        """
        block, lane = divmod(first, _LANES)
        self._state["state"]["counter"][:] = (block, ordinal, day, 0)
        self._state["buffer_pos"] = _LANES
        self._generator.state = self._state
        raw = self._generator.random_raw(lane + count)[lane:]
        # 52 bits and a half, so that the ends 2**-53 and 1 - 2**-53 are exact. With the usual 53
        # bits the last one would round to 1, where most quantile functions are infinite.
        return np.asarray((np.right_shift(raw, np.uint64(12)) + 0.5) * 2.0**-52)

    def at(self, elements: Numbers, *, day: int = 0, ordinal: int = 0) -> Uniforms:
        """The elements with these numbers, in their order; shape of `elements`.

        Neighbours are drawn in one stretch, so a dense request costs least.
        """
        if len(elements) == 0:
            return np.empty(0)
        first, last = int(elements.min()), int(elements.max())
        if last - first < len(elements) + _WORTH_A_JUMP:
            count = last - first + 1
            return self.uniforms(count, day=day, ordinal=ordinal, first=first)[elements - first]
        order = np.argsort(elements, kind="stable")
        jumps = np.flatnonzero(np.diff(elements[order]) > _WORTH_A_JUMP) + 1
        values = np.empty(len(elements))
        for near in np.split(order, jumps):
            first, last = int(elements[near[0]]), int(elements[near[-1]])
            count = last - first + 1
            drawn = self.uniforms(count, day=day, ordinal=ordinal, first=first)
            values[near] = drawn[elements[near] - first]
        return values

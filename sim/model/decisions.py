"""Decisions on the SimPy clock: what disturbs or decides, in order of time and then of entry."""

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sim.units import Millis


@dataclass(frozen=True, slots=True)
class Decision:
    """Something to carry out at an instant."""

    at: Millis
    carry_out: Callable[[Millis], None]


class Decisions:
    """The calendar of decisions; carrying one out may enter others, later ones or at that instant.

    At one instant they come in the order in which they were entered. Those before the beginning of
    the run, or from its end on, never come. Those known beforehand, many of them one for each
    minute, are sorted once; only what comes up on the way is kept in a heap.
    """

    def __init__(self, begin: Millis, end: Millis) -> None:
        self._begin, self._end = begin, end
        self._known: deque[Decision] = deque()
        self._heap: list[tuple[Millis, int, Decision]] = []
        self._serial = 0

    def foresee(self, known: Iterable[Decision]) -> None:
        """Enter all that are known beforehand, once."""
        inside = (decision for decision in known if self._begin <= decision.at < self._end)
        self._known.extend(sorted(inside, key=lambda decision: decision.at))

    def add(self, decision: Decision) -> None:
        """Enter one."""
        if self._begin <= decision.at < self._end:
            heapq.heappush(self._heap, (decision.at, self._serial, decision))
            self._serial += 1

    @property
    def next_at(self) -> Millis | None:
        """Instant of the next decision; None when there is none."""
        known, heap = self._known, self._heap
        if heap and not (known and known[0].at <= heap[0][0]):
            return heap[0][0]
        return known[0].at if known else None

    def carry_out(self, at: Millis) -> None:
        """Carry out all that are due at an instant."""
        known, heap = self._known, self._heap
        while known and known[0].at == at:
            known.popleft().carry_out(at)
        while heap and heap[0][0] == at:
            heapq.heappop(heap)[-1].carry_out(at)

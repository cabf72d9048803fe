"""Decisions on the SimPy clock: what disturbs or decides, in order of time and then of entry."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sim.units import Millis


@dataclass(frozen=True)
class Decision:
    """Something to carry out at an instant."""

    at: Millis
    carry_out: Callable[[Millis], None]


class Decisions:
    """The calendar of decisions; carrying one out may enter others, later ones or at that instant.

    At one instant they come in the order in which they were entered. Those before the beginning of
    the run, or from its end on, never come.
    """

    def __init__(self, begin: Millis, end: Millis) -> None:
        self._begin, self._end = begin, end
        self._heap: list[tuple[Millis, int, Decision]] = []
        self._serial = 0

    def add(self, decision: Decision) -> None:
        """Enter one."""
        if self._begin <= decision.at < self._end:
            heapq.heappush(self._heap, (decision.at, self._serial, decision))
            self._serial += 1

    def extend(self, decisions: Iterable[Decision]) -> None:
        """Enter several, in their order."""
        for decision in decisions:
            self.add(decision)

    @property
    def next_at(self) -> Millis | None:
        """Instant of the next decision; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def carry_out(self, at: Millis) -> None:
        """Carry out all that are due at an instant."""
        while self._heap and self._heap[0][0] == at:
            _, _, decision = heapq.heappop(self._heap)
            decision.carry_out(at)

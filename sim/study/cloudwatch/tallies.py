"""Samples added up by slot, and the statistics of a period from the slots that it holds.

A metric of all desktops has a sample of each desktop in each slot. None of them is ever written
down: intervals raise and lower a level at two places, and one running sum over the slots gives the
number in each. Memory depends on the number of slots, and not on that of desktops or intervals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.cloudwatch.catalogue import STATISTICS
from sim.study.cloudwatch.periods import Periods
from sim.study.concurrency import Instants

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """Datapoints of one metric: the periods in which there was a sample, and their statistics."""

    at: Instants
    """Beginnings of the periods [ms from start], ascending."""
    statistics: Mapping[str, NDArray[np.float64]]
    """`SampleCount`, `Average`, `Sum`, `Minimum` and `Maximum`, one value per period."""


@dataclass(frozen=True)
class Tally:
    """What the samples in each slot come to; four arrays with a value for each slot."""

    samples: Numbers
    total: NDArray[np.float64]
    least: NDArray[np.float64]
    """Meaningless where there is no sample."""
    most: NDArray[np.float64]

    @classmethod
    def of_ones(cls, ones: Numbers, samples: Numbers) -> "Tally":
        """Samples of which some are 1 and the others 0."""
        least, most = (ones == samples).astype(float), (ones > 0).astype(float)
        return cls(samples, ones.astype(float), least, most)

    def scaled(self, divisor: float) -> "Tally":
        """The same in a unit that is so many times larger."""
        return Tally(self.samples, self.total / divisor, self.least / divisor, self.most / divisor)

    def points(self, periods: Periods) -> Points:
        """The statistics of each period that holds a sample."""
        edges = periods.edges
        if not len(edges):
            return Points(periods.starts, dict.fromkeys(STATISTICS, np.empty(0)))
        some = self.samples > 0
        samples = np.add.reduceat(self.samples, edges)
        total = np.add.reduceat(np.where(some, self.total, 0.0), edges)
        least = np.minimum.reduceat(np.where(some, self.least, np.inf), edges)
        most = np.maximum.reduceat(np.where(some, self.most, -np.inf), edges)
        there = samples > 0
        found = {
            "SampleCount": samples[there].astype(float),
            "Average": total[there] / samples[there],
            "Sum": total[there],
            "Minimum": least[there],
            "Maximum": most[there],
        }
        return Points(periods.starts[there], found)


class Levels:
    """How many intervals hold a slot, for several kinds of interval at a time.

    Args:
        slots: number of slots.
        kinds: number of kinds.
    """

    def __init__(self, slots: int, kinds: int = 1) -> None:
        self._steps = np.zeros((kinds, slots + 1), dtype=np.int64)

    def add(
        self, first: Numbers, upto: Numbers, kind: NDArray[Any] | int = 0, weight: Any = 1
    ) -> None:
        """Raise the level of the slots `[first, upto)`, which may reach out on both sides."""
        width = self._steps.shape[1]
        row = np.asarray(kind, dtype=np.int64) * width
        flat = self._steps.reshape(-1)
        np.add.at(flat, row + np.clip(first, 0, width - 1), weight)
        np.subtract.at(flat, row + np.clip(upto, 0, width - 1), weight)

    def numbers(self) -> Numbers:
        """The level of each kind in each slot; shape (kinds, slots)."""
        return np.asarray(self._steps[:, :-1].cumsum(axis=1), dtype=np.int64)


class Touched:
    """How many desktops were in something at any time of a slot, each counted once.

    A desktop that comes and goes within a slot was in it as much as one that stays. Spans of one
    desktop do not overlap and are added in order of time, which the facts keep; so a desktop was
    counted in a slot already if, and only if, its last span reached that far.

    Args:
        periods: the slots.
        desktops: number of desktops.
    """

    def __init__(self, periods: Periods, desktops: int) -> None:
        self._periods = periods
        self._levels = Levels(periods.count)
        self._reached = np.full(desktops, -1, dtype=np.int64)

    def add(self, desktop: NDArray[Any], begin: Instants, end: Instants) -> None:
        """Count the spans `[begin, end)` of desktops; those of one desktop in order."""
        first = np.maximum(self._periods.slot_of(begin), 0)
        last = np.minimum(self._periods.slot_of(end - 1), self._periods.count - 1)
        order = np.lexsort((begin, desktop))
        order = order[((begin < end) & (first <= last))[order]]
        desktop, first, last = desktop[order], first[order], last[order]
        before = self._reached[desktop]
        again = np.flatnonzero(desktop[1:] == desktop[:-1]) + 1
        before[again] = last[again - 1]
        assert (first >= before).all(), "spans of one desktop are not in order of time"
        self._levels.add(np.maximum(first, before + 1), last + 1)
        final = np.append(desktop[1:] != desktop[:-1], True)[: len(desktop)]
        self._reached[desktop[final]] = last[final]

    def numbers(self) -> Numbers:
        """Number of desktops in each slot."""
        (number,) = self._levels.numbers()
        return np.asarray(number, dtype=np.int64)


class Events:
    """What happened at an instant, each a sample of 1.

    Args:
        periods: the slots.
    """

    def __init__(self, periods: Periods) -> None:
        self._periods = periods
        self.number = np.zeros(periods.count, dtype=np.int64)
        """How many in each slot."""

    def add(self, at: Instants) -> None:
        """Count instants; those in no slot are left out."""
        _, slot = self._periods.holding(at)
        np.add.at(self.number, slot, 1)


class Values:
    """What was measured at an instant.

    Args:
        periods: the slots.
    """

    def __init__(self, periods: Periods) -> None:
        self._periods = periods
        self._samples = np.zeros(periods.count, dtype=np.int64)
        self._total = np.zeros(periods.count)
        self._least, self._most = _nothing(periods.count)

    def add(self, at: Instants, value: NDArray[Any]) -> None:
        """Take samples; those in no slot are left out."""
        inside, slot = self._periods.holding(at)
        value = value[inside]
        np.add.at(self._samples, slot, 1)
        np.add.at(self._total, slot, value)
        np.minimum.at(self._least, slot, value)
        np.maximum.at(self._most, slot, value)

    def tally(self) -> Tally:
        """What they come to."""
        return Tally(self._samples, self._total, self._least, self._most)


class Spans:
    """A value that holds for a time, of which each slot that it touches has a sample.

    Args:
        periods: the slots.
    """

    def __init__(self, periods: Periods) -> None:
        self._periods = periods
        self._samples, self._total = Levels(periods.count), Levels(periods.count)
        self._extremes = Extremes(periods.count)

    def add(self, begin: Instants, end: Instants, value: NDArray[Any]) -> None:
        """Take values that hold over `[begin, end)`."""
        first = np.maximum(self._periods.slot_of(begin), 0)
        upto = np.minimum(self._periods.slot_of(end - 1) + 1, self._periods.count)
        here = (begin < end) & (first < upto)
        first, upto, value = first[here], upto[here], value[here].astype(np.int64)
        self._samples.add(first, upto)
        self._total.add(first, upto, weight=value)
        self._extremes.add(first, upto, value)

    def tally(self) -> Tally:
        """What they come to."""
        samples, total = self._samples.numbers()[0], self._total.numbers()[0]
        return Tally(samples, total.astype(float), *self._extremes.least_and_most())


class Ages:
    """For how long something has lasted, just before each slot ends in which it does.

    An age is the end of the slot less the beginning. So beginnings are added up instead, and the
    oldest is the one with the least of them.

    Args:
        periods: the slots.
    """

    def __init__(self, periods: Periods) -> None:
        self._periods = periods
        self._samples, self._since = Levels(periods.count), Levels(periods.count)
        self._extremes = Extremes(periods.count)

    def add(self, begin: Instants, end: Instants, since: Instants) -> None:
        """Take what lasts over `[begin, end)` and began at `since`."""
        # The last instant of a slot lies in [begin, end) if begin falls into the slot or before it,
        # and end behind it.
        first = np.maximum(self._periods.slot_of(begin), 0)
        upto = np.minimum(self._periods.slot_of(end), self._periods.count)
        here = first < upto
        first, upto, since = first[here], upto[here], since[here]
        self._samples.add(first, upto)
        self._since.add(first, upto, weight=since)
        self._extremes.add(first, upto, since)

    def tally(self) -> Tally:
        """Ages [ms]."""
        (samples,), (since,) = self._samples.numbers(), self._since.numbers()
        ends = self._periods.slots + self._periods.slot
        first, last = self._extremes.least_and_most()
        return Tally(samples, (samples * ends - since).astype(float), ends - last, ends - first)


class Extremes:
    """The least and the greatest value among the intervals that hold each slot.

    Each interval is laid down as two blocks of a power of two that cover it, and blocks are halved
    at the end; so an interval costs two steps, however many slots it holds.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._blocks: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        """Least and greatest by the power of two; block k of a power begins at slot k."""

    def add(self, first: Numbers, upto: Numbers, value: NDArray[Any]) -> None:
        """Lay a value over the slots `[first, upto)` of each interval, all inside and not empty."""
        power = np.frexp((upto - first).astype(float))[1] - 1
        for size in np.unique(power).tolist():
            rows = power == size
            least, most = self._of(size)
            for at in (first[rows], upto[rows] - (1 << size)):
                np.minimum.at(least, at, value[rows])
                np.maximum.at(most, at, value[rows])

    def _of(self, power: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if power not in self._blocks:
            self._blocks[power] = _nothing(self._slots)
        return self._blocks[power]

    def least_and_most(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both for each slot; infinite where no interval is."""
        for power in range(max(self._blocks, default=0), 0, -1):
            half = 1 << (power - 1)
            for of, wide, narrow in zip(
                (np.minimum, np.maximum), self._of(power), self._of(power - 1), strict=True
            ):
                of(narrow, wide, out=narrow)
                of(narrow[half:], wide[:-half], out=narrow[half:])
            del self._blocks[power]
        return self._of(0)


def _nothing(slots: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the greatest of no values."""
    return np.full(slots, np.inf), np.full(slots, -np.inf)

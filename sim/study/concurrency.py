"""How many at once: intervals added up to a step function of time.

Being connected and being powered on are half-open intervals; how many of them hold an instant is
a step function, and everything asked about it (its peak, its mean, its shape over a week) follows
from where it steps. Means are exact integrals in integer milliseconds, not samples.

One that ends at an instant and another that begins there do not overlap: the peak of a desktop that
is handed over is 1.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.units import DAY, HOUR, MINUTE, WEEK, Millis

Instants = NDArray[np.int64]

SLOT: Millis = 15 * MINUTE
"""Grain of the average week: demand turns on the quarter of an hour."""

SLOTS = WEEK // SLOT
"""672 slots from Monday 00:00 UTC."""

SLOTS_OF_AN_HOUR = np.float64(HOUR / SLOT)


@dataclass(frozen=True)
class Peak:
    """The most at one instant, and when first."""

    count: int
    at: Millis | None
    """First instant of the peak [ms from start]; None when there never was any."""


@dataclass(frozen=True)
class Week:
    """An average week in 15-minute slots from Monday 00:00 UTC; NaN where nothing was measured."""

    hours: NDArray[np.float64]
    """Beginning of each slot [h since Monday 00:00 UTC], shape (672,)."""
    mean: NDArray[np.float64]
    """Mean over all measured time in that slot of the week."""
    most: NDArray[np.float64]
    """Most at one instant in that slot of any week."""


@dataclass(frozen=True)
class Steps:
    """A step function over `[0, end)`: `level[i]` holds from `at[i]` to `at[i + 1]`, or the end."""

    at: Instants
    """Where it steps [ms from start], ascending without repetition; the first is 0."""
    level: NDArray[np.int64]
    end: Millis

    @classmethod
    def of(cls, at: Instants, change: NDArray[Any], end: Millis) -> "Steps":
        """From changes in any order: those until 0 make the first level, those from `end` none."""
        order = np.argsort(at, kind="stable")
        return cls.in_order(at[order], change[order], end)

    @classmethod
    def in_order(cls, at: Instants, change: NDArray[Any], end: Millis) -> "Steps":
        """The same from changes in order of time."""
        before = int(np.searchsorted(at, 0, side="right"))
        first = change[:before].sum(dtype=np.int64)
        level = np.concatenate([[first], change[before:]]).cumsum(dtype=np.int64)
        at = np.concatenate([[0], at[before:]]).astype(np.int64, copy=False)
        last = np.append(at[1:] != at[:-1], True) & (at < end)
        return cls(at[last], level[last], end)

    @classmethod
    def of_levels(cls, at: Instants, level: NDArray[Any], end: Millis) -> "Steps":
        """From levels that hold from their instants on; of those at one instant the last counts.

        Before the first one the level is 0. Rows that change nothing leave no step.
        """
        order = np.argsort(at, kind="stable")
        at, level = at[order], level[order]
        before, upto = np.searchsorted(at, 0, side="right"), np.searchsorted(at, end)
        first = level[before - 1 : before] if before else np.zeros(1, level.dtype)
        at = np.concatenate([[0], at[before:upto]])
        level = np.concatenate([first, level[before:upto]])
        last = np.append(at[1:] != at[:-1], True)
        at, level = at[last], level[last]
        steps = np.append(True, level[1:] != level[:-1])
        return cls(at[steps], level[steps].astype(np.int64), end)

    def __add__(self, other: "Steps") -> "Steps":
        """Both together, over the same window."""
        at = np.union1d(self.at, other.at)
        return Steps(at, self.levels(at) + other.levels(at), self.end)

    def __sub__(self, other: "Steps") -> "Steps":
        """What the first is above the second, over the same window."""
        return self + Steps(other.at, -other.level, other.end)

    def levels(self, at: Instants) -> NDArray[np.int64]:
        """The level at each instant of the window."""
        return self.level[np.searchsorted(self.at, at, side="right") - 1]

    def peak(self) -> Peak:
        """The highest level and its first instant."""
        top = int(self.level.max(initial=0))
        return Peak(top, int(self.at[self.level.argmax()]) if top > 0 else None)

    def mean(self) -> float:
        """Time-weighted mean over the window."""
        lengths = np.diff(self.at, append=self.end)
        return float((self.level * lengths).sum()) / self.end

    def integral(self, edges: Instants) -> NDArray[np.int64]:
        """Level times time [ms] between adjacent edges in the window.

        The edges ascend along the last axis, which loses one.
        """
        lengths = np.diff(self.at, append=self.end)
        whole = np.concatenate([[0], (self.level * lengths).cumsum()])
        piece = np.searchsorted(self.at, edges, side="right") - 1
        upto = whole[piece] + self.level[piece] * (edges - self.at[piece])
        return np.diff(upto)

    def most(self, edges: Instants) -> NDArray[np.int64]:
        """Highest level between adjacent edges; shape (edges - 1,)."""
        begins = edges[:-1]
        at_begin = self.levels(begins)
        upto = np.searchsorted(self.at, edges[-1])
        order = np.argsort(np.concatenate([begins, self.at[:upto]]), kind="stable")
        levels = np.concatenate([at_begin, self.level[:upto]])[order]
        # Of an edge and a step at one instant the edge sorts first: a slot begins with its level.
        starts = np.flatnonzero(order < len(begins))
        return np.maximum.reduceat(levels, starts)

    def least(self, edges: Instants) -> NDArray[np.int64]:
        """Lowest level between adjacent edges; shape (edges - 1,)."""
        return -Steps(self.at, -self.level, self.end).most(edges)

    def between(self, begin: Millis, end: Millis) -> "Steps":
        """The level inside `[begin, end)`, and 0 outside."""
        at = np.union1d(self.at, np.array([begin, end], dtype=np.int64))
        at = at[at < self.end]
        return Steps(at, np.where((at >= begin) & (at < end), self.levels(at), 0), self.end)

    def average_week(self, start: datetime) -> Week:
        """Mean and highest level in each slot of the week; `start` is the instant of 0 (UTC)."""
        edges, slot = week_slots(start, self.end, SLOT)
        time = np.bincount(slot, np.diff(edges), SLOTS)
        filled = np.bincount(slot, self.integral(edges), SLOTS)
        most, mean = np.full(SLOTS, np.nan), np.full(SLOTS, np.nan)
        np.fmax.at(most, slot, self.most(edges).astype(float))
        mean[time > 0] = filled[time > 0] / time[time > 0]
        return Week(np.arange(SLOTS) / SLOTS_OF_AN_HOUR, mean, most)


def concurrency(begin: Instants, end: Instants, window: Millis) -> Steps:
    """How many of the intervals `[begin, end)` hold each instant of `[0, window)`.

    Intervals may reach out of the window on both sides; empty ones count for nothing.
    """
    real = begin < end
    return balance(begin[real], end[real], window)


def balance(rises: Instants, falls: Instants, window: Millis) -> Steps:
    """The level over `[0, window)` that goes up by 1 at some instants, and down by 1 at others."""
    # The lowest bit says which way the level goes, so that one sort in place serves both columns.
    changes = np.concatenate([falls * 2, rises * 2 + 1])
    changes.sort()
    ups = (changes & 1).astype(np.int8)
    changes >>= 1
    return Steps.in_order(changes, ups * 2 - 1, window)


def week_slots(start: datetime, end: Millis, length: Millis) -> tuple[Instants, NDArray[np.int64]]:
    """Cut `[0, end)` into the slots of the week that begin on Monday 00:00 UTC.

    Args:
        start: the instant of 0 (UTC).
        end: end of the window.
        length: length of a slot, of which a week has a whole number.

    Returns:
        the edges, and the number of the slot that begins at each but the last.
    """
    monday = -_since_monday(start)
    first = monday + (-monday // length) * length
    edges = np.unique(np.clip(np.arange(first, end + length, length), 0, end))
    return edges, (edges[:-1] - monday) // length % (WEEK // length)


def _since_monday(start: datetime) -> Millis:
    seconds = start.hour * 3600 + start.minute * 60 + start.second
    return start.weekday() * DAY + seconds * 1000 + start.microsecond // 1000

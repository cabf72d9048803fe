"""Billed hours of powered-on desktops, and the three readings of "per hour" for AutoStop ones.

A provider's hour can mean three things: the hours of each run, a started one in full (`per_run`);
the hours of the wall clock in which the desktop was on at all (`clock_hour`); or time as it is
(`continuous`). From 10:50 to 11:10 that is 1 hour, 2 hours and a third of one. No public text
settles it, and on ordinary use the readings differ by 14 to 24 %, more than any other choice in a
cost model.

The three share one form, and the increments of a pool's instances share it with them: a run is a
row of equal *steps* (hours from its start command, hours of the clock, or milliseconds), and **a
step is billed if and where it begins**. A step that begins
before the measured time, after its end, or under terms that are billed by the month, is not billed
here. Counts over adjacent months therefore add up, and a run is never split.

Left out: what an hour costs, which is for `sim.pricing`, and which hours are billed, which is for
`persistent` and `pools`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.metering.months import Flags, Ints
from sim.record import RunKind, Table
from sim.units import HOUR, Millis

Rounding = Literal["per_run", "clock_hour", "continuous"]


@dataclass(frozen=True)
class Steps:
    """Rows of equal steps: step k of row i begins at `begin[i] + k * length`, k < `count[i]`."""

    owner: Ints
    """Who is to pay: a number, of a desktop for example, from 0."""
    begin: Ints
    """When the first step begins [ms]."""
    count: Ints
    length: Millis
    """Length of a step [ms]."""

    def take(self, rows: Ints | Flags) -> "Steps":
        """The rows at these positions, or where a mask is true."""
        return Steps(self.owner[rows], self.begin[rows], self.count[rows], self.length)

    def begun(self, rows: Ints, at: Ints) -> Ints:
        """Steps of some rows that begin before an instant of each."""
        waited = at - self.begin[rows]
        begun: Ints = np.clip(-(-waited // self.length), 0, self.count[rows])
        return begun


def billable_steps(runs: Table, rounding: Rounding, clock: Millis) -> dict[RunKind, Steps]:
    """The steps of runs of each kind under a reading of "per hour".

    With `clock_hour`, an hour in which a logon has the desktop on is no maintenance hour again.

    Args:
        runs: table RUNS, in any order.
        rounding: the reading.
        clock: time of the scenario's start past a full UTC hour [ms].
    """
    mine = {kind: runs["kind"] == kind for kind in RunKind}
    if rounding == "clock_hour":
        found = {kind: _clock_hours(runs.take(rows), clock) for kind, rows in mine.items()}
        maintenance, logons = found[RunKind.MAINTENANCE], found[RunKind.LOGON]
        return found | {RunKind.MAINTENANCE: _outside(maintenance, logons)}
    length = HOUR if rounding == "per_run" else 1
    steps = from_begin(runs["desktop"].astype(np.int64), runs["begin"], runs["end"], length)
    return {kind: steps.take(rows) for kind, rows in mine.items()}


def from_begin(owner: Ints, begin: Ints, end: Ints, length: Millis, least: Millis = 0) -> Steps:
    """Steps of spans of time, counted from the beginning of each, a started one in full.

    Args:
        owner: who pays for each span.
        begin: from [ms].
        end: to [ms], half-open.
        length: length of a step [ms].
        least: time that a span has at least in steps, if it has any length at all [ms].
    """
    lasted = end - begin
    counted = np.where(lasted > 0, np.maximum(lasted, least), 0)
    return Steps(owner, begin, -(-counted // length), length)


def _clock_hours(runs: Table, clock: Millis) -> Steps:
    """Distinct clock hours touched by each desktop, each at the first run that touches it."""
    runs = runs.take(runs["end"] > runs["begin"]).sorted_by("desktop", "begin")
    desktop = runs["desktop"].astype(np.int64)
    first = (runs["begin"] + clock) // HOUR
    after = (runs["end"] - 1 + clock) // HOUR + 1
    if len(runs):
        # Lifting each desktop above the one before lets one running maximum serve them all.
        lift = desktop * int(after.max() - first.min() + 1)
        touched = np.maximum.accumulate(after + lift)
        known = desktop[1:] == desktop[:-1]
        first[1:] = np.where(known, np.maximum(first[1:], (touched - lift)[:-1]), first[1:])
    return Steps(desktop, first * HOUR - clock, np.maximum(after - first, 0), HOUR)


def _outside(steps: Steps, others: Steps) -> Steps:
    """Steps one by one, without those that are among `others`, which are sorted and distinct."""
    rows = np.repeat(np.arange(len(steps.count)), steps.count)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(steps.count) - steps.count, steps.count)
    owner, begin = steps.owner[rows], steps.begin[rows] + within * steps.length
    kept = ~_among(owner, begin, others)
    return Steps(owner[kept], begin[kept], np.ones(int(kept.sum()), np.int64), steps.length)


def _among(owner: Ints, begin: Ints, others: Steps) -> Flags:
    opening = others.begin
    closing = opening + others.count * others.length
    if not len(others.owner):
        return np.zeros(len(owner), np.bool_)
    low = min(int(opening.min()), int(begin.min(initial=0)))
    high = max(int(closing.max()), int(begin.max(initial=0)))
    width = high - low + 1
    places = others.owner * width + opening - low
    at = np.searchsorted(places, owner * width + begin - low, "right") - 1
    found: Flags = (at >= 0) & (others.owner[at] == owner) & (begin < closing[at])
    return found


@dataclass(frozen=True)
class Spans:
    """Spans of time in which what an owner has is billed at one rate: sorted, disjoint."""

    owner: Ints
    begin: Ints
    end: Ints


def billed_steps(steps: Steps, spans: Spans) -> Iterator[tuple[Ints, Ints, Ints, Ints]]:
    """Which steps each span is billed: those that begin in it.

    Yields:
        row of the steps, span, number of the first step billed, and of the first one after them.
    """
    if not len(spans.owner) or not len(steps.owner):
        return
    last = steps.begin + (steps.count - 1) * steps.length
    low = int(min(steps.begin.min(), spans.begin.min()))
    width = int(max(last.max(), spans.end.max())) - low + 1
    ends = spans.owner * width + spans.end - low
    begins = spans.owner * width + spans.begin - low
    at = np.searchsorted(ends, steps.owner * width + steps.begin - low, "right")
    stop = np.searchsorted(begins, steps.owner * width + last - low, "right")
    rows = np.flatnonzero(at < stop)
    # Nearly every run lies in one span, so the second round has few rows and the third none.
    while len(rows):
        span = at[rows]
        yield rows, span, steps.begun(rows, spans.begin[span]), steps.begun(rows, spans.end[span])
        at[rows] += 1
        rows = rows[at[rows] < stop[rows]]


def billed_time(steps: Steps, spans: Spans) -> Ints:
    """Time that each span is billed [ms]: its steps, by where each begins, times their length."""
    total = np.zeros(len(spans.owner), np.int64)
    for _, span, first, after in billed_steps(steps, spans):
        total += np.bincount(span, after - first, len(total)).astype(np.int64)
    return total * steps.length

"""The worst hour: how many people come each minute, and how many get in.

Where more come than get in, the difference stands and waits; the picture says what it waits for,
since starts that stay level while people keep coming are a limit, and starts that fall with them
are not. Who was cut off by an outage comes again, and counts among those who come.

The hour is the one, from a full quarter on, whose comers wait longest together: the hour in which a
line is made, not a later one in which it only stands.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, SessionOutcome, StartKind
from sim.study.concurrency import SLOT, concurrency
from sim.study.measures import STAGES, Columns
from sim.units import HOUR, MINUTE, Millis

MINUTES = HOUR // MINUTE

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Storm:
    """Sixty minutes, minute by minute."""

    begin: Millis
    """Its first instant [ms from start]."""
    arriving: Ints
    """People who come: to a session, or back to one that was interrupted."""
    connected: Ints
    """People who get in."""
    gave_up: Ints
    """People who give up."""
    started: Ints
    """Desktops or instances that begin to start for somebody."""
    waiting: NDArray[np.float64]
    """People on their way, on average over the minute."""
    most: int
    """Most people on their way at one instant."""


def storm(sessions: Columns, interruptions: Columns, starts: Ints, end: Millis) -> Storm | None:
    """The worst hour; None where nobody came, or less than an hour is measured.

    Args:
        sessions: columns `arrival`, `connected`, `waited`, `outcome`.
        interruptions: columns `at`, `back`.
        starts: instants at which a start began, `start_times`.
        end: end of the window.
    """
    connected, arrival = sessions["connected"], sessions["arrival"]
    gives_up = sessions["outcome"] == SessionOutcome.ABANDONED
    until = np.where(connected == NEVER, arrival + sessions["waited"], connected)
    back, came, served = interruptions["back"], arrival, until
    if len(back):
        came = np.concatenate([arrival, interruptions["at"][back != NEVER]])
        served = np.concatenate([until, back[back != NEVER]])
    if not len(came) or end < HOUR:
        return None
    waiting = concurrency(came, served, end)
    here = (came >= 0) & (came < end)
    spent = np.minimum(served[here], end) - came[here]
    by_quarter = np.bincount(came[here] // SLOT, weights=spent, minlength=end // SLOT)
    by_hour = np.convolve(by_quarter[: end // SLOT], np.ones(HOUR // SLOT), "valid")
    # Of several that hold the same comers the last one, which shows most of what became of them.
    begin = int(np.flatnonzero(by_hour == by_hour.max())[-1]) * SLOT
    slots = begin + np.arange(MINUTES + 1) * MINUTE
    return Storm(
        begin=begin,
        arriving=_count(came, slots),
        connected=_count(connected, slots) + _count(back, slots),
        gave_up=_count(until[gives_up], slots),
        started=_count(starts, slots),
        waiting=waiting.integral(slots) / MINUTE,
        most=int(waiting.most(slots).max()),
    )


def start_times(logons: Columns) -> Ints:
    """When a start began for an attempt: after all stages before it.

    Reads `arrival`, `start_kind` and the stages up to `start`.
    """
    rows = logons["start_kind"] != StartKind.NONE
    at: Ints = logons["arrival"][rows].astype(np.int64)
    for stage in STAGES[: STAGES.index("start")]:
        at += logons[stage][rows]
    return at


def _count(at: NDArray[Any], slots: Ints) -> Ints:
    """How many of the instants lie in each minute."""
    here = at[(at >= slots[0]) & (at < slots[-1])]
    return np.bincount((here - slots[0]) // MINUTE, minlength=MINUTES)

"""The worst hour: how many people come each minute, and how many get in.

Where more come than get in, the difference stands and waits; where it stands is for
`sim.study.replay` to say. Starts that stay level while people keep coming are a limit, and starts
that fall with them are not. Who was cut off by an outage comes again, and counts among those who
come, and among those who wait until they are back or try no more.

The hour is the one, from a full quarter on, whose comers wait longest together: the hour in which a
line is made, not a later one in which it only stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import INTERRUPTIONS, LOGONS, NEVER, SESSIONS, SessionOutcome, StartKind
from sim.study.concurrency import SLOT, concurrency
from sim.study.interruptions import rows_of
from sim.study.measures import STAGES, Columns, Facts
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


@dataclass(frozen=True)
class Ways:
    """When people were on their way to a desktop, and when they got in or gave up."""

    came: Ints
    """To a session, or back to one that was interrupted."""
    served: Ints
    """Connected, or gave up; the end of the run where neither came."""
    connected: Ints
    back: Ints
    """Connected again after an interruption."""
    gave_up: Ints
    end: Millis

    @property
    def worst(self) -> Millis | None:
        """Beginning of the worst hour; None where nobody came, or less than one is measured."""
        if not len(self.came) or self.end < HOUR:
            return None
        here = (self.came >= 0) & (self.came < self.end)
        spent = np.minimum(self.served[here], self.end) - self.came[here]
        by_quarter = np.bincount(self.came[here] // SLOT, spent, self.end // SLOT)
        by_hour = np.convolve(by_quarter[: self.end // SLOT], np.ones(HOUR // SLOT), "valid")
        # Of several that hold the same comers the last, which shows most of what became of them.
        return int(np.flatnonzero(by_hour == by_hour.max())[-1]) * SLOT

    def hour(self, begin: Millis, starts: Ints) -> Storm:
        """What happens in the hour that begins at an instant.

        Args:
            begin: of the measured time.
            starts: instants at which a start began.
        """
        slots = begin + np.arange(MINUTES + 1) * MINUTE
        waiting = concurrency(self.came, self.served, max(self.end, begin + HOUR))
        return Storm(
            begin=begin,
            arriving=_count(self.came, slots),
            connected=_count(self.connected, slots) + _count(self.back, slots),
            gave_up=_count(self.gave_up, slots),
            started=_count(starts, slots),
            waiting=waiting.integral(slots) / MINUTE,
            most=int(waiting.most(slots).max()),
        )


def ways(sessions: Columns, interruptions: Columns, end: Millis, last: Ints | None = None) -> Ways:
    """From the facts.

    Args:
        sessions: columns `arrival`, `connected`, `waited`, `outcome`.
        interruptions: columns `at`, `back`.
        end: end of the window.
        last: until when they tried who were cut off and did not come back, by interruption, as
            `last_tries` has it; absent where everybody did.
    """
    connected, arrival = sessions["connected"], sessions["arrival"]
    until = np.where(connected == NEVER, arrival + sessions["waited"], connected)
    at, back = interruptions["at"], interruptions["back"]
    stopped = np.full(len(back), NEVER) if last is None else last
    tried = np.where(back == NEVER, stopped, back)
    again = tried > at
    gives_up = sessions["outcome"] == SessionOutcome.ABANDONED
    in_vain = again & (back == NEVER) & (tried < end)
    return Ways(
        came=np.concatenate([arrival, at[again]]),
        served=np.concatenate([until, tried[again]]),
        connected=connected,
        back=back,
        gave_up=np.concatenate([until[gives_up], tried[in_vain]]),
        end=end,
    )


def last_tries(
    sessions: Columns, interruptions: Columns, attempts: Callable[[], Columns], end: Millis
) -> Ints | None:
    """For each interruption until when its user tried again; None where all came back.

    Of who did not come back that is the end of their last attempt, which was the interruption
    itself if they made none, or the end of the run if they still try.

    Args:
        sessions: columns `session`, `ended`.
        interruptions: columns `session`, `at`, `back`.
        attempts: gives the columns `session`, `arrival`, `done` of `logons` when they are needed.
        end: end of the run.
    """
    lost = np.flatnonzero(interruptions["back"] == NEVER)
    if not len(lost):
        return None
    tried: Ints = interruptions["at"].astype(np.int64)
    tries, number = attempts(), interruptions["session"]
    row = np.full(int(tries["session"].max(initial=0)) + 1, -1)
    row[number[lost]] = lost
    mine = row[tries["session"]]
    later = (mine >= 0) & (tries["done"] != NEVER)
    later[later] = tries["arrival"][later] >= tried[mine[later]]
    np.maximum.at(tried, mine[later], tries["done"][later])
    still = sessions["ended"][rows_of(sessions["session"], number[lost])] == NEVER
    tried[lost[still]] = end
    return tried


def storm(
    sessions: Columns,
    interruptions: Columns,
    starts: Ints,
    end: Millis,
    last: Ints | None = None,
) -> Storm | None:
    """The worst hour; None where nobody came, or less than an hour is measured.

    Args:
        sessions: columns `arrival`, `connected`, `waited`, `outcome`.
        interruptions: columns `at`, `back`.
        starts: instants at which a start began, `start_times`.
        end: end of the window.
        last: as in `ways`.
    """
    found = ways(sessions, interruptions, end, last)
    return None if found.worst is None else found.hour(found.worst, starts)


def worst_hour(facts: Facts, end: Millis) -> Millis | None:
    """When the worst hour of a run begins, as in `storm`."""
    sessions = facts.columns(
        SESSIONS, "session", "arrival", "connected", "ended", "waited", "outcome"
    )
    interruptions = facts.columns(INTERRUPTIONS, "session", "at", "back")
    last = last_tries(sessions, interruptions, lambda: attempt_times(facts), end)
    return ways(sessions, interruptions, end, last).worst


def attempt_times(facts: Facts) -> Columns:
    """When attempts were made: `session`, `arrival`, `done`."""
    return facts.columns(LOGONS, "session", "arrival", "done")


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

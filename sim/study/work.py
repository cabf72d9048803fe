"""The working time of every session of a run: planned, delivered, and lost to what.

One account, made once and added up by whatever people are grouped by: all of them, a fleet, the
month in which a session began.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import INTERRUPTIONS, LOGONS, NEVER, SESSIONS
from sim.study.interruptions import NO_GAPS, Gaps
from sim.study.losses import Loss, gave_up, last_refusals, losses, lost_in_gaps, session_causes
from sim.study.measures import ALL, Columns, Facts, Minutes, minutes
from sim.units import Millis

_SESSIONS = (
    "session",
    "user",
    "arrival",
    "connected",
    "ended",
    "planned",
    "waited",
    "outcome",
    "cause",
)
_ATTEMPTS = ("session", "attempt", "outcome", "cause")


@dataclass(frozen=True)
class Work:
    """Sessions, what interrupted them, and what became of their time."""

    sessions: Columns
    interruptions: Columns
    gaps: Gaps
    departs: NDArray[np.bool_]
    """For each session whether it ends at a fixed time."""
    minutes: Minutes
    in_gaps: NDArray[np.int64]
    """What each gap took [ms]."""
    causes: NDArray[Any]
    """For each session why it was not delivered in full, as a code."""
    refusals: tuple[NDArray[Any], NDArray[Any]]
    """Sessions given up after a refusal, by row, and that attempt's row of `logons`."""

    @classmethod
    def of(cls, facts: Facts, fixed_departure: NDArray[np.bool_], end: Millis) -> "Work":
        """From the facts; `fixed_departure` is said of each user."""
        sessions = facts.columns(SESSIONS, *_SESSIONS)
        interruptions = facts.columns(INTERRUPTIONS)
        departs = fixed_departure[sessions["user"]]
        gaps = NO_GAPS
        if len(interruptions["session"]):
            gaps = Gaps.of(sessions, interruptions, end)
        account = minutes(sessions, end, departs, gaps)
        attempts = facts.columns(LOGONS, *_ATTEMPTS) if gave_up(sessions).any() else {}
        refusals = last_refusals(sessions, attempts)
        return cls(
            sessions,
            interruptions,
            gaps,
            departs,
            account,
            lost_in_gaps(gaps, account, departs, end),
            session_causes(sessions, attempts, refusals),
            refusals,
        )

    @cached_property
    def started(self) -> NDArray[np.bool_]:
        """For each session whether it ever connected."""
        return np.asarray(self.sessions["connected"] != NEVER, dtype=np.bool_)

    def losses(self, rows: NDArray[np.bool_] | slice = ALL) -> list[Loss]:
        """Where the time of some sessions went."""
        here = np.zeros(len(self.departs), dtype=np.bool_)
        here[rows] = True
        of_gap = here[self.gaps.row]
        return losses(
            self.minutes.take(rows),
            self.departs[rows],
            self.causes[rows],
            (self.gaps.cause[of_gap], self.in_gaps[of_gap]),
            started=self.started[rows],
        )

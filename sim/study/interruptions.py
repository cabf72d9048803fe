"""Gaps in the work of a session: from an interruption until its user is connected again.

A session is recorded from its first connection to its last end, and what an outage took from the
middle of it stands in `interruptions`. Whatever takes a session as a span of work has to leave
these gaps out. Who does not come back has no gap: the session ended when it was interrupted. Who
still tries at the end of the run has one to the end.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER
from sim.units import Millis

if TYPE_CHECKING:
    from sim.study.measures import Columns


@dataclass(frozen=True)
class Gaps:
    """The gaps of some sessions, in order of session and time."""

    row: NDArray[np.int64]
    """Which of the sessions, by position."""
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    """Back at work; the end of the run where nobody was."""
    cause: NDArray[Any]
    outage: NDArray[Any]
    """Number of the outage."""

    @classmethod
    def of(cls, sessions: "Columns", interruptions: "Columns", end: Millis) -> "Gaps":
        """From `session` and `ended` of sessions, and the table of interruptions."""
        row = rows_of(sessions["session"], interruptions["session"])
        back = interruptions["back"]
        until = np.where(back == NEVER, end, back)
        real = (back != NEVER) | (sessions["ended"][row] == NEVER)
        order = np.lexsort((interruptions["at"], row))
        chosen = order[real[order]]
        return cls(
            row[chosen],
            interruptions["at"][chosen],
            until[chosen],
            interruptions["cause"][chosen],
            interruptions["outage"][chosen],
        )

    def lengths(self, begin: Millis, end: Millis) -> NDArray[np.int64]:
        """How long each gap is inside `[begin, end)` [ms]."""
        spent = np.clip(self.end, begin, end) - np.clip(self.begin, begin, end)
        return np.asarray(spent, dtype=np.int64)

    def time(self, begin: Millis, end: Millis, sessions: int) -> NDArray[np.int64]:
        """Time in gaps inside `[begin, end)` of each of so many sessions [ms]."""
        # Sums of a float64 bincount are exact below 2**53 ms.
        summed = np.bincount(self.row, self.lengths(begin, end), minlength=sessions)
        return summed.astype(np.int64)


_NOTHING = np.empty(0, dtype=np.int64)

NO_GAPS = Gaps(_NOTHING, _NOTHING, _NOTHING, _NOTHING, _NOTHING)
"""Nobody was interrupted."""


def rows_of(known: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """Positions of some sessions, or desktops, among those of a table, in whatever order it is."""
    order = np.argsort(known, kind="stable")
    return np.asarray(order[np.searchsorted(known, wanted, sorter=order)], dtype=np.int64)

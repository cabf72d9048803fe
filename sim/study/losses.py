"""Where the planned time went that was not delivered, by what took it and why.

Four things take work from people: they never got in, they waited and their shift ended on time all
the same, an outage took time from the middle, or the session ended early. Each hour lost is one of
these, so from planned to delivered they add up to the millisecond.

The cause of a session that was given up is that of its last refusal: people lose patience because
there is no host or no zone, not because they are impatient.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import Cause, Outcome, SessionOutcome
from sim.study.interruptions import Gaps, rows_of
from sim.study.measures import Columns, Minutes
from sim.units import Millis

NEVER_STARTED, WAITED, INTERRUPTED, CUT = "never-started", "waited", "interrupted", "cut"
WAYS = (NEVER_STARTED, WAITED, INTERRUPTED, CUT)
"""What takes work from people, in the order in which it happens to them."""


@dataclass(frozen=True)
class Loss:
    """Planned time that was not delivered, of one kind and cause."""

    way: str
    """One of WAYS."""
    cause: str
    """Label of the cause; empty for waiting."""
    time: Millis
    """[person-ms]"""


def losses(
    minutes: Minutes,
    fixed_departure: NDArray[np.bool_],
    causes: NDArray[Any],
    gap_losses: tuple[NDArray[Any], NDArray[np.int64]],
    *,
    started: NDArray[np.bool_],
) -> list[Loss]:
    """All time lost, largest first within each way.

    Args:
        minutes: the account of each session.
        fixed_departure: for each session whether it ends at a fixed time, so that waiting is lost.
        causes: for each session why it was not delivered in full, `session_causes`.
        gap_losses: causes of the gaps, and what each took, `lost_in_gaps`.
        started: for each session whether it ever connected.
    """
    unfinished = minutes.unfinished
    found = {
        NEVER_STARTED: _by_cause(causes[~started], unfinished[~started]),
        WAITED: {"": int(minutes.waited[fixed_departure].sum())},
        INTERRUPTED: _by_cause(*gap_losses),
        CUT: _by_cause(causes[started], unfinished[started]),
    }
    return [
        Loss(way, cause, time)
        for way in WAYS
        for cause, time in sorted(found[way].items(), key=lambda entry: (-entry[1], entry[0]))
        if time
    ]


def lost_in_gaps(
    gaps: Gaps, minutes: Minutes, fixed_departure: NDArray[np.bool_], end: Millis
) -> NDArray[np.int64]:
    """What each gap took [ms]; those of a session add up to its `interrupted`.

    With a fixed departure its length. After work a gap only pushes work on, and what falls behind
    the end of the window was pushed there by the last gaps.
    """
    length = gaps.lengths(0, end)
    if not len(length):
        return length
    # What is left for the earlier gaps of the same session: all of it, less the later ones.
    total = np.bincount(gaps.row, length, minlength=len(minutes.planned)).astype(np.int64)
    before = length.cumsum() - length
    first = np.searchsorted(gaps.row, gaps.row)
    later = total[gaps.row] - (before - before[first]) - length
    left = minutes.interrupted[gaps.row] - later
    return np.where(fixed_departure[gaps.row], length, np.clip(left, 0, length))


def gave_up(sessions: Columns) -> NDArray[np.bool_]:
    """Sessions that their users gave up. Reads `outcome`, `cause`."""
    abandoned = sessions["outcome"] == SessionOutcome.ABANDONED
    return np.asarray(
        abandoned & np.isin(sessions["cause"], (Cause.PATIENCE, Cause.DEPARTURE)), dtype=np.bool_
    )


def last_refusals(sessions: Columns, attempts: Columns) -> tuple[NDArray[Any], NDArray[Any]]:
    """Sessions that were given up after a refusal, and the last one of each.

    Args:
        sessions: columns `session`, `outcome`, `cause`.
        attempts: columns `session`, `attempt`, `outcome` of `logons`.

    Returns:
        rows of `sessions`, and rows of `attempts`.
    """
    impatient = gave_up(sessions)
    if not impatient.any():
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    refused = np.flatnonzero(attempts["outcome"] == Outcome.REFUSED)
    order = refused[np.lexsort((attempts["attempt"][refused], attempts["session"][refused]))]
    session = attempts["session"][order]
    last = order[np.append(session[1:] != session[:-1], True)[: len(order)]]
    row = rows_of(sessions["session"], attempts["session"][last])
    mine = impatient[row]
    return row[mine], last[mine]


def session_causes(
    sessions: Columns, attempts: Columns, refusals: tuple[NDArray[Any], NDArray[Any]]
) -> NDArray[Any]:
    """Why each session was not delivered in full, as a code; `refusals` are `last_refusals`."""
    causes: NDArray[Any] = sessions["cause"].copy()
    row, last = refusals
    if len(row):
        causes[row] = attempts["cause"][last]
    return causes


def _by_cause(causes: NDArray[Any], time: NDArray[np.int64]) -> dict[str, Millis]:
    summed = np.zeros(len(Cause), dtype=np.int64)
    np.add.at(summed, causes.astype(np.int64), time)
    return {cause.label: int(summed[cause]) for cause in Cause}

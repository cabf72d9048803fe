"""Breaks: what splits a session into stretches of work.

Somebody who goes to lunch disconnects, and comes back to the same desktop. On AutoStop that may
cost or save an hour, so each stretch is a session of its own in the plan.

The length of a session is the time from arrival to the end *including* its breaks. A break counts
if it begins inside the session, and never outlasts it; breaks that overlap are one break.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.workload import Break, Population, ShortBreaks
from sim.workload.arrivals import Sessions
from sim.workload.distributions import Durations, poisson_counts, sample, spread_offsets
from sim.workload.draws import Today
from sim.workload.streams import Numbers

Spans = tuple[Durations, Durations]
"""Begin and end of one break of each user; equal where it is not taken."""


@dataclass(frozen=True)
class Stretches:
    """Pieces of sessions, in order of session and time; arrays of one length."""

    session: Numbers
    """Position of the session that the piece belongs to."""
    begin: Durations
    end: Durations
    last: NDArray[np.bool_]
    """Whether the session ends with this piece."""


def split(
    begin: Durations, end: Durations, break_begin: Durations, break_end: Durations
) -> Stretches:
    """Cut sessions `[begin, end)`, shape (n,), at breaks `[break_begin, break_end)`, shape (n, k).

    Pieces are at least 1 ms long; a session of no length has none.
    """
    until = end[:, None]
    counts = (begin[:, None] < break_begin) & (break_begin < until) & (break_begin < break_end)
    leaves = np.where(counts, break_begin, until)
    returns = np.where(counts, np.minimum(break_end, until), until)
    order = np.argsort(leaves, axis=1, kind="stable")
    leaves = np.take_along_axis(leaves, order, axis=1)
    # A break inside another one must not bring people back too early: the furthest return counts.
    returns = np.maximum.accumulate(np.take_along_axis(returns, order, axis=1), axis=1)
    piece_begin = np.concatenate([begin[:, None], returns], axis=1)
    piece_end = np.concatenate([leaves, until], axis=1)
    session, position = np.nonzero(piece_begin < piece_end)
    last = np.ones(len(session), dtype=bool)
    last[:-1] = session[1:] != session[:-1]
    return Stretches(session, piece_begin[session, position], piece_end[session, position], last)


def breaks_of_day(population: Population, today: Today, sessions: Sessions) -> Spans:
    """When breaks begin and end for each session; shapes (sessions, breaks of the day).

    A user has the same breaks in all sessions of a day.
    """
    users, of_session = np.unique(sessions.user, return_inverse=True)
    spans = [_named_break(name, pause, today, users) for name, pause in population.breaks.items()]
    if population.short_breaks:
        first = np.full(len(users), sessions.begin.max())
        last = np.full(len(users), sessions.end.min())
        np.minimum.at(first, of_session, sessions.begin)
        np.maximum.at(last, of_session, sessions.end)
        spans += _short_breaks(population.short_breaks, today, users, (first, last))
    if not spans:
        nothing = np.empty((len(sessions.user), 0), dtype=np.int64)
        return nothing, nothing
    begin = np.stack([span[0] for span in spans], axis=1)
    end = np.stack([span[1] for span in spans], axis=1)
    return begin[of_session], end[of_session]


def _named_break(name: str, pause: Break, today: Today, users: Numbers) -> Spans:
    when = today.of_users(f"break-{name}", users)
    taken = today.of_users(f"break-{name}-taken", users) < pause.share
    length = sample(pause.length, today.of_users(f"break-{name}-length", users))
    begin = today.day.at(pause.at) + spread_offsets(pause.spread, when)
    return begin, begin + np.where(taken, length, 0)


def _short_breaks(pauses: ShortBreaks, today: Today, users: Numbers, work: Spans) -> list[Spans]:
    """Breaks equally likely at any time between the day's first arrival and its last end."""
    first, last = work
    counts = poisson_counts(float(pauses.per_day), today.of_users("short-breaks", users))
    spans = []
    for ordinal in range(int(counts.max(initial=0))):
        taken = counts > ordinal
        chance = today.of_users("short-break", users[taken], ordinal)
        length = sample(pauses.length, today.of_users("short-break-length", users[taken], ordinal))
        begin, end = first.copy(), first.copy()
        begin[taken] += np.floor(chance * (last - first)[taken]).astype(np.int64)
        end[taken] = begin[taken] + length
        spans.append((begin, end))
    return spans

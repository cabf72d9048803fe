"""Breaks: what splits a session into stretches of work.

Somebody who goes to lunch disconnects and comes back to the same desktop. On AutoStop that may cost or
save an hour, so each stretch is a session of its own in the plan.

The rules: a break counts if it begins inside a session, and never outlasts it; breaks that overlap are
one break; the length of a session is the time from arrival to the end *including* its breaks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.workload import Break, Population, ShortBreaks
from sim.workload.arrivals import Sessions
from sim.workload.calendars import LocalDay
from sim.workload.distributions import Durations, poisson_counts, sample, spread_offsets
from sim.workload.draws import Draws
from sim.workload.streams import Numbers


@dataclass(frozen=True)
class Stretches:
    """Pieces of sessions, in order of session and time."""

    session: NDArray[np.int64]
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
    # After an inner break one is still on the outer one: the furthest return so far is what counts.
    returns = np.maximum.accumulate(np.take_along_axis(returns, order, axis=1), axis=1)
    pieces_begin = np.concatenate([begin[:, None], returns], axis=1)
    pieces_end = np.concatenate([leaves, until], axis=1)
    session, position = np.nonzero(pieces_begin < pieces_end)
    return Stretches(
        session,
        pieces_begin[session, position],
        pieces_end[session, position],
        np.append(session[1:] != session[:-1], [True] * bool(len(session))),
    )


def breaks_of_day(
    population: Population, draws: Draws, day: LocalDay, sessions: Sessions
) -> tuple[Durations, Durations]:
    """When breaks begin and end, for each session; shape (sessions, breaks of the day).

    A user's breaks are the same for all sessions of the day. One that is not taken has no length.
    """
    users, of_session = np.unique(sessions.user, return_inverse=True)
    spans = [
        _named_break(name, pause, draws, day, users) for name, pause in population.breaks.items()
    ]
    if population.short_breaks is not None:
        first = np.full(len(users), np.iinfo(np.int64).max)
        last = np.full(len(users), np.iinfo(np.int64).min)
        np.minimum.at(first, of_session, sessions.begin)
        np.maximum.at(last, of_session, sessions.end)
        spans += _short_breaks(population.short_breaks, draws, day, users, first, last)
    if not spans:
        nothing = np.empty((len(sessions.user), 0), dtype=np.int64)
        return nothing, nothing
    begin = np.stack([span[0] for span in spans], axis=1)
    end = np.stack([span[1] for span in spans], axis=1)
    return begin[of_session], end[of_session]


def _named_break(
    name: str, pause: Break, draws: Draws, day: LocalDay, users: Numbers
) -> tuple[Durations, Durations]:
    when = draws.of_users(f"break-{name}", users, day)
    length = sample(pause.length, draws.of_users(f"break-{name}-length", users, day))
    taken = draws.of_users(f"break-{name}-taken", users, day) < pause.share
    begin = day.at(pause.at) + spread_offsets(pause.spread, when)
    return begin, begin + np.where(taken, length, 0)


def _short_breaks(
    pauses: ShortBreaks,
    draws: Draws,
    day: LocalDay,
    users: Numbers,
    first: Durations,
    last: Durations,
) -> list[tuple[Durations, Durations]]:
    """Equally likely at any time from the first arrival of the day to the end of the last session."""
    counts = poisson_counts(pauses.per_day, draws.of_users("short-breaks", users, day))
    spans = []
    for ordinal in range(int(counts.max(initial=0))):
        taken = counts > ordinal
        chance = draws.of_users("short-break", users[taken], day, ordinal)
        length = draws.of_users("short-break-length", users[taken], day, ordinal)
        begin, end = last.copy(), last.copy()
        begin[taken] = first[taken] + np.floor(chance * (last - first)[taken]).astype(np.int64)
        end[taken] = begin[taken] + sample(pauses.length, length)
        spans.append((begin, end))
    return spans

"""An hour of logons minute by minute: where on the way to a desktop everybody is.

Whoever comes in the hour, or is on the way when it begins, is followed to its end. At any instant
each of them is in one stage of an attempt, or waits to try again after a refusal, or is connected,
has left again, or has given up: the numbers add up to all who have come. Who was cut off by an
outage comes again, and counts as on the way until they are back or try no more.

What comes and goes in each minute is `sim.study.storm`'s to count; this says where they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import INTERRUPTIONS, LOGONS, NEVER, SESSIONS, SessionOutcome
from sim.study.measures import STAGES, Columns, Facts
from sim.study.storm import MINUTES, Storm, attempt_times, last_tries, start_times, ways
from sim.units import HOUR, MINUTE, Millis

Ints = NDArray[np.int64]

PLACES: Mapping[str, tuple[str, ...]] = {
    "checks": ("network_check", "trusted_device", "ip_access"),
    "directory_line": ("directory_wait",),
    "directory": ("directory_service", "directory_link"),
    "mfa": ("mfa_wait", "mfa"),
    "broker": ("broker_wait", "broker"),
    "desktop_wait": ("desktop_wait",),
    "start_line": ("start_wait",),
    "start": ("start",),
    "logon": ("profile", "streaming", "os_logon"),
}
"""Where people are during an attempt, and the stages of `logons` in which they are there."""
RETRY = "retry"
"""Turned away, waiting to try again; or a client that tries by itself to reconnect."""
AFTER = ("connected", "left", "gave_up")
"""Where people are who are not on their way."""


class _State(IntEnum):
    """What becomes of somebody at an instant."""

    ON_THE_WAY = 0
    CONNECTED = 1
    LEFT = 2
    GAVE_UP = 3


@dataclass(frozen=True)
class Replay:
    """Sixty minutes; people are counted as they are at the end of each."""

    begin: Millis
    """First instant [ms from start]."""
    people: Mapping[str, Ints]
    """How many are in each of `PLACES`, `RETRY` and `AFTER`."""
    came: Ints
    """Different people who have come so far: the sum of these."""
    flows: Storm
    """Who came and went in each minute."""

    @property
    def on_the_way(self) -> Ints:
        """How many try to get in."""
        return np.asarray(sum(self.people[name] for name in (*PLACES, RETRY)), dtype=np.int64)


def replay(facts: Facts, begin: Millis, end: Millis) -> Replay:
    """The hour that begins at an instant, of which the run goes on to `end`."""
    upto = begin + HOUR
    sessions = facts.columns(
        SESSIONS, "session", "user", "arrival", "connected", "ended", "waited", "outcome"
    )
    interruptions = facts.columns(INTERRUPTIONS, "session", "at", "back")
    attempts = _attempts(facts, begin, upto, end)
    last = last_tries(
        sessions,
        interruptions,
        lambda: attempt_times(facts),
        end,
    )
    user, at, state = _events(sessions, interruptions, last)
    instants = begin + np.arange(1, MINUTES + 1) * MINUTE - 1
    came = _came(user, at, state, begin, upto)
    counts = _counted(user, at, state, came, instants)
    people = _placed(attempts, instants)
    trying = counts[_State.ON_THE_WAY]
    people[RETRY] = trying - np.asarray(sum(people.values()), dtype=np.int64)
    for name, known in zip(AFTER, list(_State)[1:], strict=True):
        people[name] = counts[known]
    return Replay(
        begin=begin,
        people=people,
        came=np.searchsorted(np.sort(came[came < upto]), instants, side="right"),
        flows=ways(sessions, interruptions, end, last).hour(begin, start_times(attempts)),
    )


# --- attempts


def _attempts(facts: Facts, begin: Millis, upto: Millis, end: Millis) -> dict[str, NDArray[Any]]:
    """The columns of attempts that are under way at some time of the hour; read one at a time."""
    times = facts.columns(LOGONS, "arrival", "done")
    done = np.where(times["done"] == NEVER, end, times["done"])
    rows = np.flatnonzero((times["arrival"] < upto) & (done > begin))
    found = {"arrival": times["arrival"][rows], "done": done[rows]}
    for name in ("start_kind", *STAGES):
        found[name] = facts.columns(LOGONS, name)[name][rows]
    return found


def _placed(attempts: Columns, instants: Ints) -> dict[str, Ints]:
    """How many attempts are in each place at each instant."""
    found, begin = {}, attempts["arrival"].astype(np.int64)
    for place, stages in PLACES.items():
        spent = np.asarray(sum(attempts[stage].astype(np.int64) for stage in stages))
        over = begin + spent
        found[place] = _holding(begin, np.minimum(over, attempts["done"]), instants)
        begin = over
    return found


def _holding(begin: Ints, end: Ints, instants: Ints) -> Ints:
    """How many of some spans hold each instant."""
    real = begin < end
    begun = np.searchsorted(np.sort(begin[real]), instants, side="right")
    return np.asarray(begun - np.searchsorted(np.sort(end[real]), instants, side="right"))


# --- people


def _events(
    sessions: Columns, interruptions: Columns, last: Ints | None
) -> tuple[Ints, Ints, Ints]:
    """What becomes of whom and when, in order of user and time: user, instant, state."""
    number, user = sessions["session"], sessions["user"]
    arrival, connected, ended = (sessions[n] for n in ("arrival", "connected", "ended"))
    row = np.zeros(int(number.max(initial=0)) + 1, dtype=np.int64)
    row[number] = np.arange(len(number))
    cut = row[interruptions["session"]]
    at, back = interruptions["at"], interruptions["back"]
    stopped = at if last is None else last
    # Who is cut off and neither comes back nor tries has not come again.
    again = np.where(back == NEVER, stopped, back) > at
    began = np.flatnonzero(connected != NEVER)
    gone = np.flatnonzero(sessions["outcome"] == SessionOutcome.ABANDONED)
    lost = back == NEVER
    stays = np.zeros(len(number), dtype=np.bool_)
    stays[cut[lost]] = True
    over = np.flatnonzero((ended != NEVER) & ~stays)
    given = np.flatnonzero(lost & (ended[cut] != NEVER))
    kinds = (
        (np.arange(len(number)), arrival, _State.ON_THE_WAY, 0),
        (began, connected[began], _State.CONNECTED, 1),
        (cut[again], at[again], _State.ON_THE_WAY, 2),
        (cut[~lost], back[~lost], _State.CONNECTED, 1),
        (cut[given], stopped[given], _State.GAVE_UP, 3),
        (gone, (arrival + sessions["waited"])[gone], _State.GAVE_UP, 3),
        (over, ended[over], _State.LEFT, 3),
    )
    rows = np.concatenate([rows for rows, _, _, _ in kinds]).astype(np.int64)
    when = np.concatenate([when for _, when, _, _ in kinds]).astype(np.int64)
    states, order = (
        np.concatenate([np.full(len(kind[0]), kind[field], dtype=np.int64) for kind in kinds])
        for field in (2, 3)
    )
    # Sessions of a user come one after another: what ends one comes before what begins the next.
    ranked = np.lexsort((order, number[rows], when, user[rows]))
    return user[rows][ranked].astype(np.int64), when[ranked], states[ranked]


def _came(user: Ints, at: Ints, state: Ints, begin: Millis, upto: Millis) -> Ints:
    """For each user, by code, from when on they are followed; a late instant for who is not."""
    until = np.append(at[1:], upto)
    until[:-1][user[1:] != user[:-1]] = upto
    trying = (state == _State.ON_THE_WAY) & (at < upto) & ((at >= begin) | (until > begin))
    came = np.full(int(user.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(came, user[trying], np.maximum(at[trying], begin))
    return came


def _counted(user: Ints, at: Ints, state: Ints, came: Ints, instants: Ints) -> dict[_State, Ints]:
    """How many of those who have come are in each state at each instant."""
    followed = np.flatnonzero(came <= instants[-1])
    known = np.isin(user, followed) & (at <= instants[-1])
    user, at, state = user[known], at[known], state[known]
    found = {kind: np.zeros(len(instants), dtype=np.int64) for kind in _State}
    if not len(user):
        return found
    low = int(min(at.min(), instants[0]))
    wide = int(max(at.max(), instants[-1])) - low + 1
    keys = user * wide + at - low
    for place, instant in enumerate(instants.tolist()):
        here = followed[came[followed] <= instant]
        row = np.searchsorted(keys, here * wide + instant - low, side="right") - 1
        counts = np.bincount(state[row], minlength=len(_State))
        for kind in _State:
            found[kind][place] = counts[kind]
    return found

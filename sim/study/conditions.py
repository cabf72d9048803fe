"""What a desktop is in at each instant: the provider's state, and whether anybody uses it.

The provider's AVAILABLE says that a desktop is on, not that it is needed. Here it is cut into
three: somebody is connected and at work; the client was left open by somebody who is gone; nobody
is connected, while somebody logs on, the timeout runs, or an AlwaysOn desktop waits. The instances
of a pool go by the same conditions; theirs are idle, or stopped, while nobody holds them.

A *spell* is a time that one desktop or instance spends in one condition. Spells fill its life
without gap or overlap, so time, changes, a bill and a picture can all be read off them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.metering.held import held_spans
from sim.record import (
    DESKTOP_STATES,
    INSTANCES,
    INTERRUPTIONS,
    NEVER,
    SESSIONS,
    USER_SESSIONS,
    DesktopState,
)
from sim.record.codes import Code
from sim.study.measures import Columns, Facts
from sim.units import Millis

Ints = NDArray[np.int64]


class Condition(Code):
    """What a desktop or instance is in."""

    CONNECTED = 0
    """Available, and its user is connected and at work."""
    LEFT_OPEN = 1
    """Available, and the client is connected, but its user is gone."""
    DISCONNECTED = 2
    """Available or held, and nobody is connected."""
    IDLE = 3
    """Of an AlwaysOn pool: nobody holds it."""
    STOPPED = 4
    STARTING = 5
    STOPPING = 6
    PENDING = 7
    UPDATING = 8
    REBOOTING = 9
    REBUILDING = 10
    RESTORING = 11
    MAINTENANCE = 12
    UNHEALTHY = 13


AVAILABLE = (Condition.CONNECTED, Condition.LEFT_OPEN, Condition.DISCONNECTED)
"""The parts of the provider's AVAILABLE."""

Change = tuple[Condition | None, Condition | None]
"""From one condition to another; None before and after the life of a desktop or instance."""

_NOWHERE = -1
"""Before and after the life of a desktop."""

_OF_STATE = {
    DesktopState.ABSENT: _NOWHERE,
    DesktopState.TERMINATED: _NOWHERE,
    DesktopState.AVAILABLE: Condition.DISCONNECTED,
    DesktopState.STOPPED: Condition.STOPPED,
    DesktopState.STARTING: Condition.STARTING,
    DesktopState.STOPPING: Condition.STOPPING,
    DesktopState.PENDING: Condition.PENDING,
    DesktopState.UPDATING: Condition.UPDATING,
    DesktopState.REBOOTING: Condition.REBOOTING,
    DesktopState.REBUILDING: Condition.REBUILDING,
    DesktopState.RESTORING: Condition.RESTORING,
    DesktopState.MAINTENANCE: Condition.MAINTENANCE,
    DesktopState.UNHEALTHY: Condition.UNHEALTHY,
}


@dataclass(frozen=True)
class Spans:
    """Disjoint spans of time of subjects, in order of subject and time."""

    subject: Ints
    """Desktop or instance, by its number."""
    begin: Ints
    end: Ints

    @classmethod
    def of(cls, subject: NDArray[Any], begin: NDArray[Any], end: NDArray[Any]) -> "Spans":
        """From spans in any order; those that touch or overlap become one, empty ones none."""
        real = begin < end
        whose = subject[real]
        row, first, last = held_spans(whose, begin[real], end[real])
        return cls(whose[row].astype(np.int64), first, last)

    def holding(self, subject: Ints, at: Ints) -> Ints:
        """The span that holds each instant of a subject; -1 where none does."""
        low = int(min(self.begin.min(initial=0), at.min(initial=0)))
        wide = int(max(self.end.max(initial=0), at.max(initial=0))) - low + 1
        asked = subject * wide + at - low
        row = np.searchsorted(self.subject * wide + self.begin - low, asked, side="right") - 1
        ends = np.append(self.subject * wide + self.end - low, np.iinfo(np.int64).min)
        return np.where(asked < ends[row], row, -1)


@dataclass(frozen=True)
class Spells(Spans):
    """Spans with the condition of each."""

    condition: NDArray[np.int8]

    @property
    def length(self) -> Ints:
        """How long each is [ms]."""
        return self.end - self.begin

    def time(self) -> Ints:
        """Time in each condition, by its code [ms]."""
        # Sums of a float64 bincount are exact below 2**53 ms.
        return np.bincount(self.condition, self.length, len(Condition)).astype(np.int64)

    def changes(self) -> dict[Change, int]:
        """How often a spell of one condition follows at once on one of another, of one subject."""
        follows = (self.subject[1:] == self.subject[:-1]) & (self.begin[1:] == self.end[:-1])
        before, after = self.condition[:-1][follows], self.condition[1:][follows]
        return _pairs(before.astype(np.int64), after.astype(np.int64))

    def edges(self, begin: Millis, end: Millis) -> dict[Change, int]:
        """How often subjects come to be after an instant, and cease to be before another."""
        apart = (self.subject[1:] != self.subject[:-1]) | (self.begin[1:] != self.end[:-1])
        one = np.ones(min(1, len(self.subject)), dtype=np.bool_)
        born = np.concatenate([one, apart]) & (self.begin > begin)
        gone = np.concatenate([apart, one]) & (self.end < end)
        code = self.condition.astype(np.int64)
        return _pairs(np.full(int(born.sum()), _NOWHERE), code[born]) | _pairs(
            code[gone], np.full(int(gone.sum()), _NOWHERE)
        )

    def within(self, spans: Spans) -> "Spells":
        """The parts of them that lie in spans of the same subjects."""
        subject, begin, end = _cut(self, spans)
        here = spans.holding(subject, begin) >= 0
        row = self.holding(subject, begin)
        kept = here & (row >= 0)
        return Spells(subject[kept], begin[kept], end[kept], self.condition[row[kept]])

    def time_in(self, spans: Spans) -> Ints:
        """Time in each condition inside each span [ms], shape (spans, conditions).

        The spans may overlap each other.
        """
        low = int(min(self.begin.min(initial=0), spans.begin.min(initial=0)))
        wide = int(max(self.end.max(initial=0), spans.end.max(initial=0))) - low + 1
        found = np.zeros((len(spans.begin), len(Condition)), dtype=np.int64)
        for code in np.unique(self.condition).tolist():
            mine = self.condition == code
            begin = self.subject[mine] * wide + self.begin[mine] - low
            whole = np.concatenate([[0], self.length[mine].cumsum()])
            upto = [
                _passed(spans.subject * wide + at - low, begin, self.length[mine], whole)
                for at in (spans.begin, spans.end)
            ]
            found[:, code] = upto[1] - upto[0]
        return found


def _pairs(before: Ints, after: Ints) -> dict[Change, int]:
    """How often each pair is there."""
    wide = len(Condition) + 1
    counts = np.bincount((before + 1) * wide + after + 1, minlength=wide**2)
    known = (None, *Condition)
    return {
        (known[code // wide], known[code % wide]): int(counts[code])
        for code in np.flatnonzero(counts).tolist()
    }


def _passed(at: Ints, begin: Ints, length: Ints, whole: Ints) -> Ints:
    """How much of some spans lies before each instant [ms]."""
    row = np.searchsorted(begin, at, side="right") - 1
    known = np.maximum(row, 0)
    if not len(begin):
        return np.zeros(len(at), dtype=np.int64)
    inside = np.minimum(at - begin[known], length[known])
    return np.where(row < 0, 0, whole[known] + inside)


def _cut(*all_spans: Spans) -> tuple[Ints, Ints, Ints]:
    """Spans between neighbouring edges of all of these, subject by subject."""
    low = min(int(spans.begin.min(initial=0)) for spans in all_spans)
    wide = max(int(spans.end.max(initial=0)) for spans in all_spans) - low + 1
    edges = np.unique(
        np.concatenate(
            [spans.subject * wide + at - low for spans in all_spans for at in _edges(spans)]
        )
    )
    subject, at = np.divmod(edges, wide)
    same = subject[1:] == subject[:-1]
    return subject[:-1][same], at[:-1][same] + low, at[1:][same] + low


def _edges(spans: Spans) -> tuple[Ints, Ints]:
    return spans.begin, spans.end


def conditions(base: Spells, overlays: Mapping[Condition, Spans], over: Condition) -> Spells:
    """Spells in which parts of one condition are told apart by what lies over them.

    Args:
        base: spells as they are otherwise.
        overlays: where another condition takes the place of `over`; of several the first.
        over: the condition that they divide.
    """
    subject, begin, end = _cut(base, *overlays.values())
    row = base.holding(subject, begin)
    subject, begin, end, row = (column[row >= 0] for column in (subject, begin, end, row))
    condition = base.condition[row].copy()
    for code, spans in reversed(list(overlays.items())):
        here = (base.condition[row] == over) & (spans.holding(subject, begin) >= 0)
        condition[here] = code
    return _merged(Spells(subject, begin, end, condition))


def _merged(spells: Spells) -> Spells:
    """The same with neighbours of one condition as one."""
    if not len(spells.begin):
        return spells
    new = (
        (spells.subject[1:] != spells.subject[:-1])
        | (spells.condition[1:] != spells.condition[:-1])
        | (spells.begin[1:] != spells.end[:-1])
    )
    first, last = np.append(True, new), np.append(new, True)
    return Spells(
        spells.subject[first], spells.begin[first], spells.end[last], spells.condition[first]
    )


# --- where they come from


def of_desktops(facts: Facts, desktops: NDArray[Any], begin: Millis, end: Millis) -> Spells:
    """Spells of some desktops, by their codes, inside `[begin, end)`."""
    states = facts.columns(DESKTOP_STATES)
    code = np.array([_OF_STATE[state] for state in DesktopState], dtype=np.int8)[states["state"]]
    there = (
        np.isin(states["desktop"], desktops)
        & (code != _NOWHERE)
        & (states["begin"] < end)
        & (states["end"] > begin)
    )
    base = _in_order(
        states["desktop"][there],
        np.maximum(states["begin"][there], begin),
        np.minimum(states["end"][there], end),
        code[there],
    )
    sessions = facts.columns(SESSIONS, "session", "desktop", "connected", "ended", "disconnected")
    interruptions = facts.columns(INTERRUPTIONS, "session", "desktop", "at", "back")
    at_work, open_left = used(sessions, interruptions, "desktop", end)
    overlays = {
        Condition.CONNECTED: _clipped(at_work, desktops, begin, end),
        Condition.LEFT_OPEN: _clipped(open_left, desktops, begin, end),
    }
    return conditions(base, overlays, Condition.DISCONNECTED)


def of_pool(facts: Facts, pool: int, begin: Millis, end: Millis, *, stops: bool) -> Spells:
    """Spells of the instances of a pool, by their numbers, inside `[begin, end)`.

    Args:
        facts: the tables.
        pool: its number.
        begin: from [ms].
        end: to [ms].
        stops: whether instances are stopped while nobody holds them (AutoStop).
    """
    instances = facts.columns(INSTANCES, "instance", "pool", "requested", "available", "terminated")
    mine = instances["pool"] == pool
    number, asked, up, gone = (
        instances[name][mine] for name in ("instance", "requested", "available", "terminated")
    )
    gone = np.where(gone == NEVER, end, gone)
    up = np.where(up == NEVER, gone, up)
    rest = Condition.STOPPED if stops else Condition.IDLE
    pending = np.full(len(number), Condition.PENDING, dtype=np.int8)
    base = _in_order(
        np.concatenate([number, number]),
        np.clip(np.concatenate([asked, up]), begin, end),
        np.clip(np.concatenate([up, gone]), begin, end),
        np.concatenate([pending, np.full_like(pending, rest)]),
    )
    held = facts.columns(USER_SESSIONS, "instance", "pool", "user", "begin", "end")
    here = held["pool"] == pool
    instance, user, since, until = (
        held[name][here] for name in ("instance", "user", "begin", "end")
    )
    until = np.where(until == NEVER, end, until)
    holding = Spans.of(instance, np.clip(since, begin, end), np.clip(until, begin, end))
    sessions = facts.columns(SESSIONS, "session", "user", "connected", "ended", "disconnected")
    interruptions = facts.columns(INTERRUPTIONS, "session", "user", "at", "back")
    order = np.lexsort((since, user))
    order = order[since[order] < until[order]]
    places = Spans(user[order].astype(np.int64), since[order], until[order])
    overlays = {}
    for code, (people, first, last) in zip(
        AVAILABLE, used(sessions, interruptions, "user", end), strict=False
    ):
        row = places.holding(people, first)
        there = row >= 0
        # What outlives its place ends with it: its user was cut off, or its time was over.
        upto = np.minimum(last[there], places.end[row[there]])
        held_by = instance[order][row[there]], first[there], upto
        overlays[code] = _clipped(held_by, number, begin, end)
    overlays[Condition.DISCONNECTED] = holding
    return conditions(base, overlays, rest)


def used(
    sessions: Columns, interruptions: Columns, of: str, end: Millis
) -> tuple[tuple[Ints, Ints, Ints], tuple[Ints, Ints, Ints]]:
    """When people were connected and at work, and when their client was open without them.

    A session that was interrupted is the spans between, each where its user was then.

    Args:
        sessions: columns `session`, `connected`, `ended`, `disconnected`, and `of`.
        interruptions: columns `session`, `at`, `back`, and `of`.
        of: who or what is to be named: `desktop` or `user`.
        end: end of the run.

    Returns:
        subject, begin and end of both kinds, in no order.
    """
    began = sessions["connected"] != NEVER
    number, subject = sessions["session"][began], sessions[of][began]
    first = sessions["connected"][began]
    left = np.where(sessions["ended"][began] == NEVER, end, sessions["ended"][began])
    seen = sessions["disconnected"][began]
    gone = np.where(seen == NEVER, end, seen)
    open_left = subject.astype(np.int64), left, np.maximum(gone, left)
    if not len(interruptions["at"]):
        return (subject.astype(np.int64), first, left), open_left
    # Row by row of a session: it begins, or goes on after a cut, and lasts to the next cut.
    whose = np.concatenate([number, interruptions["session"]])
    since = np.concatenate([first, interruptions["back"]])
    order = np.lexsort((np.concatenate([first, interruptions["at"]]), whose))
    cut_at = np.concatenate([np.full(len(number), NEVER), interruptions["at"]])[order]
    cut_on = np.concatenate([subject, interruptions[of]])[order]
    whose, since = whose[order], since[order]
    more = np.append(whose[1:] == whose[:-1], False)
    place = np.argsort(number, kind="stable")
    place = place[np.searchsorted(number, whose, sorter=place)]
    until = np.where(more, np.roll(cut_at, -1), left[place])
    where = np.where(more, np.roll(cut_on, -1), subject[place])
    came = since != NEVER
    return (where[came].astype(np.int64), since[came], until[came]), open_left


def _clipped(
    spans: tuple[Ints, Ints, Ints], wanted: NDArray[Any], begin: Millis, end: Millis
) -> Spans:
    """Spans of some subjects inside a window."""
    subject, first, last = spans
    mine = np.isin(subject, wanted)
    return Spans.of(
        subject[mine], np.clip(first[mine], begin, end), np.clip(last[mine], begin, end)
    )


def _in_order(
    subject: NDArray[Any],
    begin: NDArray[Any],
    end: NDArray[Any],
    condition: NDArray[np.int8],
) -> Spells:
    """Spells by subject and time; empty ones are left out."""
    order = np.lexsort((begin, subject))
    order = order[begin[order] < end[order]]
    return Spells(subject[order].astype(np.int64), begin[order], end[order], condition[order])

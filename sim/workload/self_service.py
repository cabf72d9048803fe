"""What people want done to their own desktops, and when: made before the model runs.

Each kind of operation has gaps of its own between one wish of a user and the next, whatever becomes
of it. People act on a wish while they mean to be at work: one that comes at another time waits for
a moment of the next intended session. Whether somebody may is drawn once, as a network or a device
is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

from sim.record import NEVER, Actor, OperationKind, Table
from sim.scenario.bundles import Volumes
from sim.scenario.schema import Scenario
from sim.scenario.self_service import (
    OwnChangeCompute,
    OwnOperation,
    OwnResize,
    OwnSwitchMode,
)
from sim.units import MINUTE, Millis
from sim.workload.distributions import sample
from sim.workload.draws import Streams
from sim.workload.people import user_numbers
from sim.workload.plans import Workload
from sim.workload.streams import Numbers, Stream

GAPS, MOMENTS, STARTS, HELP = 1, 2, 3, 4
"""Days of a kind's stream under which its draws of each purpose are; day 0 has who may."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An operation that a user wants, at the instant at which it is asked for."""

    at: Millis
    user: int
    kind: OperationKind
    to: str | Volumes | None
    """What it leads to; None when nobody says."""
    by: Actor
    """The user, or, where they may not, the administrators."""
    start: float
    """The draw of a start that it may need."""


def make_wishes(scenario: Scenario, workload: Workload, replication: int = 0) -> list[Wish]:
    """All wishes inside the run, in order of instant, kind and user."""
    wanting = [name for name, fleet in scenario.fleets.items() if any(fleet.self_service.wanted())]
    if not wanting:
        return []
    users, sessions = workload.users, _Sessions(workload.plan, len(workload.users))
    populations = dict.fromkeys(zip(users["population"], users["fleet"], strict=True))
    wishes = [
        wish
        for population, fleet in populations
        if fleet in wanting
        for wish in _People.of(scenario, users, population, fleet).wishes(
            Streams(scenario, replication, population), sessions
        )
    ]
    return sorted(wishes, key=lambda wish: (wish.at, wish.kind, wish.user))


class _Sessions:
    """When people mean to be at work."""

    def __init__(self, plan: Table, users: int) -> None:
        timed = plan["arrival"] != NEVER
        self._unknown = frozenset(plan["user"][~timed].tolist())
        """Users of whose sessions nobody knows beforehand when all of them are."""
        order = np.lexsort((plan["arrival"][timed], plan["user"][timed]))
        self._arrival = plan["arrival"][timed][order]
        self._connected = plan["connected"][timed][order]
        counts = np.bincount(plan["user"][timed], minlength=users)
        self._first = np.concatenate([[0], np.cumsum(counts)]).tolist()

    def next_at_work(self, user: int, at: Millis, moment: float) -> Millis | None:
        """The instant itself where a session is under way, else a moment of the next one.

        `moment` in (0, 1) says which. None for who has no session any more; of who has sessions
        after gaps, nothing is known, and the instant stays.
        """
        if user in self._unknown:
            return at
        first, end = self._first[user], self._first[user + 1]
        row = first + int(np.searchsorted(self._arrival[first:end], at, side="right"))
        if row > first and at < self._arrival[row - 1] + self._connected[row - 1]:
            return at
        if row == end:
            return None
        return int(self._arrival[row]) + int(moment * int(self._connected[row]))


@dataclass(frozen=True)
class _People:
    """Users of one population who share a fleet."""

    scenario: Scenario
    fleet: str
    users: Numbers
    numbers: Numbers
    """Number of each in the population."""
    joins: Numbers
    ends: Numbers
    """Instant at which each has left, or the run is over."""

    @classmethod
    def of(cls, scenario: Scenario, users: Table, population: str, fleet: str) -> "_People":
        """Those of a table of users."""
        mine = np.flatnonzero((users["population"] == population) & (users["fleet"] == fleet))
        joins, leaves = users["joins"][mine], users["leaves"][mine]
        return cls(
            scenario,
            fleet,
            mine,
            user_numbers(users)[mine],
            np.where(joins == NEVER, scenario.begin, joins),
            np.minimum(np.where(leaves == NEVER, scenario.end, leaves), scenario.end),
        )

    def wishes(self, streams: Streams, sessions: _Sessions) -> Iterator[Wish]:
        """What they want, kind by kind."""
        for name, own in self.scenario.fleets[self.fleet].self_service.wanted():
            kind, to = OperationKind[name.upper()], _target(own)
            stream = streams[f"self-service/{name}"]
            allowed = stream.at(self.numbers) < own.allowed
            for ordinal, who, wanted in self._instants(own, stream):
                moments, starts, delays = self._draws(stream, who, ordinal)
                for one, at, moment, start, delay in zip(
                    who.tolist(), wanted.tolist(), moments, starts, delays, strict=True
                ):
                    user = int(self.users[one])
                    asked = sessions.next_at_work(user, at, moment)
                    by = Actor.USER if allowed[one] else Actor.ADMINISTRATOR
                    if asked is not None and by != Actor.USER:
                        asked = None if delay is None else asked + delay
                    if asked is not None and asked < self.ends[one]:
                        yield Wish(asked, user, kind, to, by, start)

    def _instants(
        self, own: OwnOperation, stream: Stream
    ) -> Iterator[tuple[int, Numbers, Numbers]]:
        """Ordinal, who of them, and when: the wishes of those who have so many."""
        at, who = self.joins.copy(), np.flatnonzero(self.joins < self.ends)
        for ordinal in count():
            gaps = sample(own.every, stream.at(self.numbers[who], day=GAPS, ordinal=ordinal))
            at[who] += np.maximum(gaps, MINUTE)
            who = who[at[who] < self.ends[who]]
            if not len(who):
                return
            yield ordinal, who, at[who]

    def _draws(
        self, stream: Stream, who: Numbers, ordinal: int
    ) -> tuple[list[float], list[float], list[Millis | None]]:
        """Moment, start, and the time until administrators come; None when they do not."""
        numbers = self.numbers[who]
        moments = stream.at(numbers, day=MOMENTS, ordinal=ordinal).tolist()
        starts = stream.at(numbers, day=STARTS, ordinal=ordinal).tolist()
        law = self.scenario.fleets[self.fleet].self_service.help_desk
        if law is None:
            return moments, starts, [None] * len(who)
        delays = sample(law, stream.at(numbers, day=HELP, ordinal=ordinal)).tolist()
        return moments, starts, delays


def _target(own: OwnOperation) -> str | Volumes | None:
    match own:
        case OwnSwitchMode() | OwnResize() | OwnChangeCompute():
            return own.to
        case _:
            return None

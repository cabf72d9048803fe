"""The agenda: what each user and desktop does next, done in time order between two decisions.

SimPy decides when something disturbs the crowd. Between two such instants the agenda, a heap of
what comes next, is advanced. A user who is at home, a desktop that is stopped and a timer that was
cancelled cost nothing.
"""

import heapq
from collections.abc import Callable
from typing import Any, Protocol

from sim.model.facts import Facts
from sim.units import Millis

# Order of what happens at one instant (rules M2 and P8); decisions come before all of it.
MAINTENANCE, EXPIRY, DISCONNECTION, CAPACITY, PATIENCE, ARRIVAL, REQUEST = range(1, 8)

Progress = Callable[[Millis], None]


class Subject(Protocol):
    """Whom an entry concerns: a user, or something of a user's."""

    @property
    def user(self) -> int:
        """Ties between users are broken by this number."""

    @property
    def token(self) -> int:
        """Number of the step in hand; an entry made for an earlier one is stale."""


class Agenda:
    """Entries in order of time, then of rule M2, then of user, then of making."""

    def __init__(self, end: Millis, facts: Facts, progress: Progress | None) -> None:
        self.end = end
        self._facts = facts
        self._progress = progress
        self._heap: list[tuple[Any, ...]] = []
        self._serial = 0

    def put(
        self,
        at: Millis,
        order: int,
        action: Callable[..., None],
        subject: Subject,
        token: int | None,
    ) -> None:
        """Enter something; with a token, it lapses when the subject has gone on."""
        if at < self.end:
            self._serial += 1
            entry = (at, order, subject.user, self._serial, action, subject, token)
            heapq.heappush(self._heap, entry)

    def advance(self, until: Millis) -> None:
        """Do everything that happens before an instant."""
        heap = self._heap
        count = 0
        while heap and heap[0][0] < until:
            at, _, _, _, action, subject, token = heapq.heappop(heap)
            if token is None or subject.token == token:
                action(subject, at)
            count += 1
            if not count & 0xFFFF:
                self._facts.relieve()
                if self._progress:
                    self._progress(at)

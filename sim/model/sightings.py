"""What CloudWatch would have seen of desktops: when each had a user, in samples of five minutes.

A sample is 1 if somebody was connected at any instant of its slot, as the desktop sees it: a user
who left without disconnecting still is. A desktop that does not run cannot be asked, and whether it
has samples of 0 or none is a setting. Spans of time are kept from one look to the next and never as
samples, of which there are 288 a day.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sim.model.desktop import Desktop
from sim.model.facts import Facts
from sim.model.person import Person
from sim.model.stages import LOGON_ROW
from sim.policy.cost_optimizer import SAMPLE, Samples
from sim.record import DESKTOP_STATES, DesktopState, Outcome
from sim.units import Millis

Span = tuple[Millis, Millis]
"""Half-open [ms]."""

_USED, _DONE, _OUTCOME = (LOGON_ROW.index(name) for name in ("desktop", "done", "outcome"))
_DESKTOP, _BEGIN, _END, _STATE = map(
    DESKTOP_STATES.names.index, ("desktop", "begin", "end", "state")
)
"""Places of columns in the rows of `logons` and of `desktop_states`."""


class Sightings:
    """When desktops ran and had users since the last look, noted as the facts are written.

    A connection that began is a logon that connected, recorded when its user leaves, or is the one
    that a user still has. It ends when the desktop sees the disconnection, or stops being there.
    """

    def __init__(self, facts: Facts) -> None:
        self._begins: defaultdict[int, list[Millis]] = defaultdict(list)
        self._ends: defaultdict[int, list[Millis]] = defaultdict(list)
        self._running: defaultdict[int, list[Span]] = defaultdict(list)
        facts.watch(self._logon, self._state)

    def _logon(self, row: tuple[Any, ...]) -> None:
        if row[_OUTCOME] == Outcome.CONNECTED:
            self._begins[row[_USED]].append(row[_DONE])

    def _state(self, row: tuple[Any, ...]) -> None:
        if row[_STATE] == DesktopState.AVAILABLE:
            self._running[row[_DESKTOP]].append((row[_BEGIN], row[_END]))

    def disconnected(self, desktop: Desktop, at: Millis) -> None:
        """A desktop sees that its user has gone."""
        self._ends[desktop.id].append(at)

    def forget(self) -> None:
        """The looking is done: begin anew."""
        for noted in (self._begins, self._ends, self._running):
            noted.clear()

    def _ran(self, desktop: Desktop, at: Millis) -> list[Span]:
        """Spans in which a desktop ran, up to an instant; some may be from before the last look."""
        found = [
            (begin, at if end is None else end)
            for begin, end, state in desktop.unwritten()
            if state == DesktopState.AVAILABLE
        ]
        return sorted([*self._running[desktop.id], *found])

    def of(
        self, desktop: Desktop, person: Person, open_since: Millis | None, at: Millis
    ) -> tuple[list[Span], list[Span]]:
        """Spans in which a desktop had a user, and those in which it ran, up to an instant.

        Without a user at any time, both are empty: nobody asks when it ran for nothing.

        Args:
            desktop: the desktop.
            person: its owner.
            open_since: when the connection began that the last look left open, if it did.
            at: now.
        """
        begins = set(self._begins.get(desktop.id, ()))
        if open_since is not None:
            begins.add(open_since)
        if (now := connected_since(person, at)) is not None:
            begins.add(now)
        if not begins:
            return [], []
        running = self._ran(desktop, at)
        ends = _ends(sorted(begins), self._ends[desktop.id], at)
        return list(_while_running(ends, running)), running


def connected_since(person: Person, at: Millis) -> Millis | None:
    """When the connection began that a user has at an instant, or has left behind, if any."""
    connection = person.connection
    return connection.connected if connection and connection.connected < at else None


def _ends(begins: list[Millis], ends: list[Millis], at: Millis) -> Iterator[Span]:
    """Connections with the disconnection that each had, or else the next beginning."""
    place = 0
    for number, begin in enumerate(begins):
        following = begins[number + 1] if number + 1 < len(begins) else at
        while place < len(ends) and ends[place] < begin:
            place += 1
        if place < len(ends) and ends[place] <= following:
            yield begin, ends[place]
            place += 1
        else:
            yield begin, following


def _while_running(connections: Iterable[Span], running: list[Span]) -> Iterator[Span]:
    """Connections, each no longer than the run of the desktop that it was made to."""
    for begin, end in connections:
        for first, last in running:
            if first <= begin < last:
                yield begin, min(end, last)


def samples(
    connected: Iterable[Span], running: Iterable[Span] | None, begin: Millis, end: Millis
) -> Samples:
    """The samples of `[begin, end)`, which is whole slots long.

    Args:
        connected: when there was a user, in order of time and without overlap.
        running: when there were samples without one, likewise; None: always.
        begin: beginning of the first slot.
        end: end of the last slot.
    """
    slots = (end - begin) // SAMPLE
    sent = [(0, slots)] if running is None else _slots(running, begin, slots)
    found: list[tuple[int, int]] = []
    upto = 0
    for first, last in _slots(connected, begin, slots):
        _add_zeros(found, sent, upto, first)
        found.append((1, last - first))
        upto = last
    _add_zeros(found, sent, upto, slots)
    return found


def _add_zeros(found: list[tuple[int, int]], sent: list[Span], first: int, last: int) -> None:
    zeros = 0
    for since, upto in sent:
        if since < last and first < upto:
            zeros += min(last, upto) - max(first, since)
    if zeros:
        found.append((0, zeros))


def _slots(spans: Iterable[Span], begin: Millis, slots: int) -> list[Span]:
    """Slots that spans of time touch, `[first, last)`, each once."""
    found: list[Span] = []
    upto = 0
    for since, until in spans:
        first = max((since - begin) // SAMPLE, upto)
        last = min(-((begin - until) // SAMPLE), slots)
        if since < until and first < last:
            found.append((first, last))
            upto = last
    return found

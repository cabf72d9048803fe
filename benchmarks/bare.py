"""The model without the code path of outages, of the way to the broker and of who watches.

A scenario in which nothing breaks should hardly pay for the possibility. What it pays is measured
against this: the methods of the agenda engine that a session passes, without what was put into them
for breaking things, for checks before the broker, for the limit on starts and for standbys and
observers. In such a scenario both write the same facts, which `benchmarks.overhead` compares.

Only what a session or an instance passes is here. What happens once in a run stays.
"""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from sim.model.agenda import ARRIVAL, DISCONNECTION, EXPIRY, PATIENCE, REQUEST, Agenda
from sim.model.crowd import FOREVER, Crowd
from sim.model.desktop import Desktop
from sim.model.desktops import Desktops
from sim.model.fifo import Line
from sim.model.instances import Instance, UserSession
from sim.model.journal import Journal
from sim.model.owned import Owned
from sim.model.path import Action
from sim.model.person import Attempt, Connection, Person
from sim.model.placement import Zones
from sim.model.pool import Pool
from sim.model.pooled import Pooled
from sim.model.stages import (
    DESKTOP_WAIT,
    DIRECTORY_SERVICE,
    DIRECTORY_WAIT,
    LOGON_ROW,
    OS_LOGON,
    PROFILE,
    STAGES,
    START,
    START_WAIT,
    STREAMING,
)
from sim.model.world import World
from sim.record import (
    NEVER,
    Cause,
    DesktopState,
    Ending,
    Outcome,
    SessionOutcome,
    StartKind,
)
from sim.scenario.desktops import Fleet
from sim.units import Millis

_STAGES = START_WAIT
"""Stages that are left: the usual ones but for the last."""

_ROW = LOGON_ROW[: len(LOGON_ROW) - STAGES + _STAGES]
"""The others' columns are 0."""

_ENDINGS = list(Ending)


class _Attempt(Attempt):
    __slots__ = ()

    def __init__(self, number: int, arrival: Millis, stages: int) -> None:
        self.number = number
        self.arrival = arrival
        self.stages = [0] * stages
        self.requested = None
        self.ready = None
        self.start_kind = StartKind.NONE


class _Connection(Connection):
    __slots__ = ()

    def __init__(self, session: int, arrival: Millis, connected: Millis, ending: Ending) -> None:
        self.session = session
        self.arrival = arrival
        self.connected = connected
        self.until = connected
        self.ended = None
        self.lingers_until = None
        self.ending = ending
        self.outcome = SessionOutcome.ENDED
        self.cause = Cause.NONE


class _Journal(Journal):
    def session(self, person: Person, connection: Connection, disconnected: Millis | None) -> None:
        row = connection.session
        ended = connection.ended
        self._facts.session(
            (
                row,
                person.user,
                person.supply.number(person.user),
                connection.arrival,
                connection.connected,
                NEVER if ended is None else ended,
                NEVER if disconnected is None else disconnected,
                self._connected[row],
                (self._end if ended is None else ended) - connection.connected,
                connection.connected - connection.arrival,
                connection.ending,
                connection.outcome,
                connection.cause,
                self._client[row],
                self._rtt[row],
            )
        )


class _Crowd(Crowd):
    def __init__(self, world: World, agenda: Agenda, journal: Journal) -> None:
        super().__init__(world, agenda, journal)
        self._line = Line(world.servers) if world.servers else None
        self._service = world.plan["directory_service"].data

    def _arrive(self, person: Person, at: Millis) -> None:
        row = person.next_row
        person.row, person.next_row, person.arrival, person.tries = row, row + 1, at, 0
        person.departure = at + self._connected[row] if person.habits.fixed_departure else None
        self._try(person, at)

    def _try(self, person: Person, at: Millis) -> None:
        person.token += 1
        person.tries += 1
        person.attempt = attempt = _Attempt(person.tries, at, _STAGES)
        request = at
        if self._line and person.fleet.uses_directory:
            service = self._service[person.row_in_hand]
            begin = self._line.begin(at, service)
            attempt.stages[DIRECTORY_WAIT] = begin - at
            attempt.stages[DIRECTORY_SERVICE] = service
            request = begin + service
        self.go_on(person, request, self.request)

    def go_on(self, person: Person, at: Millis, action: Action) -> None:
        if person.departure is not None and person.departure <= at:
            self.agenda.put(person.departure, DISCONNECTION, self._depart, person, person.token)
        else:
            self.agenda.put(at, REQUEST, action, person, person.token)

    def request(self, person: Person, at: Millis) -> None:
        attempt = person.attempt_in_hand
        if attempt.requested is None:
            attempt.requested = at
        attempt.stages[DESKTOP_WAIT] = at - attempt.requested
        person.supply.request(person, at)

    def ask_again(self, person: Person, at: Millis, until: Millis) -> None:
        person.attempt_in_hand.stages[DESKTOP_WAIT] += until - at
        self.go_on(person, until, self.request)

    def connect(self, person: Person, ready: Millis, *, os_logon: bool) -> Connection | None:
        attempt, row = person.attempt_in_hand, person.row_in_hand
        attempt.ready, stages = ready, attempt.stages
        stages[STREAMING] = self._streaming[row]
        if os_logon:
            stages[OS_LOGON] = self._os_logon[row]
        connected = ready + stages[PROFILE] + stages[STREAMING] + stages[OS_LOGON]
        departure = person.departure
        if departure is not None and departure <= connected:
            self.agenda.put(departure, DISCONNECTION, self._depart, person, person.token)
            return None
        connection = _Connection(row, person.arrival, connected, _ENDINGS[self._ending[row]])
        person.connection = connection
        end = connected + self._connected[row] if departure is None else departure
        limit, idle_from = person.fleet.idle_limit, self._idle_from[row]
        if limit is not None and idle_from != NEVER and connected + idle_from + limit < end:
            end = connected + idle_from + limit
            connection.ending = Ending.DISCONNECT
            connection.outcome, connection.cause = SessionOutcome.CUT, Cause.IDLE_DISCONNECT
        connection.until = end
        self.agenda.put(end, DISCONNECTION, self._leave, person, person.token)
        return connection

    def line_up(self, person: Person, at: Millis) -> bool:
        until = person.arrival + self._patience[person.row_in_hand]
        person.attempt_in_hand.stages[DESKTOP_WAIT] = FOREVER
        if until <= at:
            self._lose_patience(person, at)
            return False
        self.agenda.put(until, PATIENCE, self._lose_patience, person, person.token)
        if person.departure is not None:
            departure = person.departure
            self.agenda.put(departure, DISCONNECTION, self._depart, person, person.token)
        return True

    def come_forward(self, person: Person, at: Millis) -> None:
        attempt = person.attempt_in_hand
        assert attempt.requested is not None
        attempt.stages[DESKTOP_WAIT] = at - attempt.requested
        person.token += 1

    def refuse(self, person: Person, at: Millis, cause: Cause) -> None:
        self.journal.logon(person, at, Outcome.REFUSED, cause)
        person.attempt = None
        person.token += 1
        again = at + max(1, self._retry_after[person.row_in_hand])
        if again - person.arrival > self._patience[person.row_in_hand]:
            self._give_up(person, at, Cause.PATIENCE)
        elif person.departure is not None and again >= person.departure:
            self._give_up(person, at, Cause.DEPARTURE)
        else:
            self.agenda.put(again, ARRIVAL, self._try, person, person.token)

    def _give_up(self, person: Person, at: Millis, cause: Cause) -> None:
        self.journal.unstarted(person, at, SessionOutcome.ABANDONED, cause)
        self._over(person, at)

    def _has_connected(self, person: Person, connection: Connection) -> None:
        self.journal.logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)

    def _leave(self, person: Person, at: Millis) -> None:
        connection, fleet = person.connection, person.fleet
        assert connection is not None
        self.journal.logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
        connection.ended = at
        if connection.ending == Ending.NETWORK_LOSS:
            connection.lingers_until = at + fleet.network_loss_detection
        elif connection.ending == Ending.LEFT_CONNECTED and fleet.idle_limit is not None:
            connection.lingers_until = at + fleet.idle_limit
        if connection.ending in (Ending.LOGOFF, Ending.DISCONNECT):
            self.disconnect(person, at)
        elif connection.lingers_until is not None:
            until = connection.lingers_until
            self.agenda.put(until, DISCONNECTION, self._notice_absence, person, None)
        self._over(person, at)

    def disconnect(self, person: Person, at: Millis) -> None:
        connection, person.connection = person.connection, None
        assert connection is not None
        self.journal.session(person, connection, at)
        person.supply.disconnected(person, connection.ending, at)


class _Desktops(Desktops):
    def pass_through(
        self, desktop: Desktop, state: DesktopState, at: Millis, length: Millis, then: DesktopState
    ) -> None:
        desktop.enter(state, at)
        desktop.busy_until = at + length

        def end(desktop: Desktop, at: Millis) -> None:
            desktop.enter(then, at)

        self.agenda.put(at + length, EXPIRY, end, desktop, desktop.token)


class _Owned(Owned):
    def request(self, person: Person, at: Millis) -> None:
        desktop = self.desktops.of_user[person.user]
        if desktop is None:
            self.crowd.refuse(person, at, Cause.DESKTOP_MISSING)
            return
        if person.connection:
            self.crowd.disconnect(person, at)
        match desktop.state:
            case DesktopState.AVAILABLE:
                self._log_on(person, desktop, at)
            case DesktopState.STOPPED:
                self._start_for(person, desktop, at)
            case DesktopState.STARTING | DesktopState.STOPPING | DesktopState.MAINTENANCE:
                self.crowd.ask_again(person, at, desktop.busy_until)
            case _:
                self.crowd.refuse(person, at, Cause.DESKTOP_BUSY)

    def _start_for(self, person: Person, desktop: Desktop, at: Millis) -> None:
        if not self.desktops.take_slot(desktop, at):
            self.crowd.refuse(person, at, Cause.NO_HOST_CAPACITY)
            return
        attempt, fleet = person.attempt_in_hand, person.fleet
        assert isinstance(fleet, Fleet)
        cold = fleet.starts_cold(desktop.bundle)
        attempt.start_kind = StartKind.COLD if cold else StartKind.RESUME
        attempt.stages[START] = (self._cold_start if cold else self._resume)[person.row_in_hand]
        desktop.begin_run(at)
        self.desktops.start(desktop, at, attempt.stages[START])
        self._log_on(person, desktop, at + attempt.stages[START])

    def _log_on(self, person: Person, desktop: Desktop, ready: Millis) -> None:
        desktop.expires = None
        self.crowd.connect(person, ready, os_logon=not desktop.signed_in)

    def disconnected(self, person: Person, ending: Ending, at: Millis) -> None:
        desktop = self.desktops.of_user[person.user]
        assert desktop is not None
        desktop.signed_in = ending != Ending.LOGOFF
        self.desktops.begin_timeout(desktop, at)

    def departed(self, person: Person, at: Millis) -> None:
        ready = person.attempt_in_hand.ready
        desktop = self.desktops.of_user[person.user]
        if ready is not None and desktop is not None:
            self.desktops.begin_timeout(desktop, max(ready, at))


class _Pooled(Pooled):
    def request(self, person: Person, at: Millis) -> None:
        if not self._is_member(person.user, at):
            self.crowd.refuse(person, at, Cause.DESKTOP_MISSING)
            return
        if person.connection:
            self.crowd.disconnect(person, at)
        if person.held:
            self._reconnect(person, person.held, at)
        elif instance := self.pool.take(at):
            self._begin(person, instance, at)
            self._demand_changed(at)
        elif self._spec.admission == "queue" and not self._line_is_full():
            self._join(person, at)
        else:
            self.pool.refused += 1
            self.crowd.refuse(person, at, Cause.NO_POOL_CAPACITY)

    def _reconnect(self, person: Person, held: UserSession, at: Millis) -> None:
        held.expires = None
        ready = max(at, held.instance.ready)
        person.attempt_in_hand.stages[DESKTOP_WAIT] += ready - at
        self._connect(person, held, ready, os_logon=False)

    def _begin(self, person: Person, instance: Instance, at: Millis) -> None:
        attempt, row = person.attempt_in_hand, person.row_in_hand
        if self._starts and instance.sessions == 1:
            attempt.start_kind = StartKind.COLD
            attempt.stages[START] = self._start[row]
            instance.ready = at + attempt.stages[START]
        elif instance.ready > at:
            attempt.stages[DESKTOP_WAIT] += instance.ready - at
        attempt.stages[PROFILE] = self._profile[row]
        person.held = held = UserSession(instance, person.user, row, at)
        self._connect(person, held, max(at, instance.ready), os_logon=True)


class _Zones(Zones):
    def choose(self, fleet: str, besides: Collection[str] = ()) -> str | None:
        placed, number = self._placed[fleet], self._count[fleet] + 1
        best, most = None, 0.0
        for zone, share in self._shares[fleet].items():
            short = number * share - placed[zone]
            better = best is None or short > most + 1e-9
            if better and self._free[zone] > 0 and zone not in besides:
                best, most = zone, short
        return best


class _Pool(Pool):
    def _launch(self, at: Millis) -> Instance | None:
        full: list[str] = []
        while zone := self._zones.choose(self.name, full):
            host = self._place(zone, at)
            if host is not None or not self.spec.hosts:
                self._zones.take(self.name, zone)
                number = self._zones.number(zone)
                return Instance(next(self._numbers), self.number, number, host, at)
            full.append(zone)
        return None

    def _chosen(self) -> Instance | None:
        instance = self._in_use_with_room()
        if instance is None and self.idle:
            instance = self.idle.popleft()
            self.in_use[instance.number] = instance
        return instance


_BARE: dict[str, Any] = {
    "Crowd": _Crowd,
    "Desktops": _Desktops,
    "Journal": _Journal,
    "Owned": _Owned,
    "Pool": _Pool,
    "Pooled": _Pooled,
    "Zones": _Zones,
}


@contextmanager
def bare_model() -> Iterator[None]:
    """Let `simulate` go without, for as long as the context lasts."""
    with ExitStack() as stack:
        stack.enter_context(patch.multiple("sim.model.simulation", **_BARE))
        stack.enter_context(patch("sim.model.simulation.logon_row", return_value=_ROW))
        yield

"""The crowd: every user's walk through the plan, advanced in time order between two decisions.

SimPy decides when something disturbs the crowd. Between two such instants the crowd advances
through its own agenda, a heap of the next thing each user or desktop does. A user who is at
home, a desktop that is stopped and a timer that was cancelled cost nothing. This is the readable
engine: every rule of docs/model.md is here once, in the order of a session, and the vectorised
engine is tested against it.
"""

import heapq
from collections.abc import Callable
from typing import Any

from sim.model.desktop import Desktop
from sim.model.facts import Facts
from sim.model.fifo import Line
from sim.model.hosts import Hosts
from sim.model.person import Attempt, Connection, Person
from sim.model.world import World
from sim.record import (
    NEVER,
    Cause,
    DesktopState,
    Ending,
    Outcome,
    RunKind,
    RunningMode,
    SessionOutcome,
    StartKind,
)
from sim.units import DAY, Millis

# Order of what happens at one instant (rule M2); operations come before all of it.
MAINTENANCE, EXPIRY, DISCONNECTION, ARRIVAL, REQUEST = 1, 2, 3, 4, 5

MAINTENANCE_AGE = 7 * DAY
"""Younger desktops are left out of maintenance. Source: AWS admin guide, "WorkSpace maintenance".
"""

_ENDINGS = list(Ending)
_NO_DESKTOP = -1


class Crowd:
    """Users and desktops, and what each of them does next."""

    def __init__(
        self,
        world: World,
        facts: Facts,
        hosts: Hosts,
        progress: Callable[[Millis], None] | None = None,
    ) -> None:
        self.world = world
        self._progress = progress
        self.facts = facts
        self.hosts = hosts
        self.desktops: list[Desktop | None] = [None] * len(world.users)
        """The desktop of each user; None when there is none."""
        self.people: dict[int, Person] = {}
        self._end = world.end
        self._line = Line(world.servers) if world.servers else None
        self._heap: list[tuple[Any, ...]] = []
        self._serial = 0
        plan = world.plan
        self._gap, self._arrival = plan["gap"].data, plan["arrival"].data
        self._connected, self._idle_from = plan["connected"].data, plan["idle_from"].data
        self._ending, self._retry_after = plan["ending"].data, plan["retry_after"].data
        self._service = plan["directory_service"].data
        self._resume, self._cold_start = plan["resume"].data, plan["cold_start"].data
        self._streaming, self._os_logon = plan["streaming"].data, plan["os_logon"].data
        self._client, self._rtt = plan["client"].data, plan["rtt"].data
        joins = world.users["joins"].tolist()
        self._first_gap_from = [world.begin if at == NEVER else at for at in joins]

    def enlist(self, user: int) -> None:
        """Let a user begin to walk through the plan."""
        first, last = self.world.first_row[user], self.world.first_row[user + 1]
        habits = self.world.habits[self.world.user_habits[user]]
        fleet = self.world.fleets[self.world.user_fleet[user]]
        person = Person(user, fleet, habits, range(int(first), int(last)))
        self.people[user] = person
        self._await_next_row(person)
        if self.world.maintenance_length:
            for at in self.world.maintenance[user].tolist():
                if at != NEVER:
                    self._at(at, MAINTENANCE, self._maintain_stopped, person, None)

    def advance(self, until: Millis) -> None:
        """Do everything that happens before an instant."""
        heap, facts = self._heap, self.facts
        count = 0
        while heap and heap[0][0] < until:
            at, _, _, _, action, subject, token = heapq.heappop(heap)
            if token is None or subject.token == token:
                action(subject, at)
            count += 1
            if not count & 0xFFFF:
                facts.relieve()
                if self._progress:
                    self._progress(at)

    def _at(
        self,
        at: Millis,
        order: int,
        action: Callable[..., None],
        subject: Person | Desktop,
        token: int | None,
    ) -> None:
        """Put something on the agenda; with a token, it lapses when the subject has gone on."""
        if at < self._end:
            self._serial += 1
            entry = (at, order, subject.user, self._serial, action, subject, token)
            heapq.heappush(self._heap, entry)

    # -- the user: intention, attempt, request (M1, M3 to M6)

    def _await_next_row(self, person: Person) -> None:
        row = person.next_row
        if row >= person.rows_end:
            return
        at = self._arrival[row]
        if at == NEVER:
            since = self._first_gap_from[person.user] if person.over is None else person.over
            at = since + self._gap[row]
        elif person.over is not None:
            at = max(at, person.over)
        self._at(at, ARRIVAL, self._arrive, person, person.token)

    def _arrive(self, person: Person, at: Millis) -> None:
        row = person.next_row
        person.row, person.next_row, person.arrival, person.tries = row, row + 1, at, 0
        person.departure = at + self._connected[row] if person.habits.fixed_departure else None
        self._try(person, at)

    def _try(self, person: Person, at: Millis) -> None:
        """Begin an attempt: through the directory to the request."""
        person.token += 1
        person.tries += 1
        person.attempt = attempt = Attempt(person.tries, at)
        request = at
        if self._line and person.fleet.uses_directory:
            service = self._service[person.row_in_hand]
            begin = self._line.begin(at, service)
            attempt.stages[0], attempt.stages[1] = begin - at, service
            request = begin + service
        self._unless_departed(person, request, self._request)

    def _unless_departed(self, person: Person, at: Millis, action: Callable[..., None]) -> None:
        """Go on at an instant, or leave at the fixed departure if that comes first."""
        if person.departure is not None and person.departure <= at:
            self._at(person.departure, DISCONNECTION, self._depart, person, person.token)
        else:
            self._at(at, REQUEST, action, person, person.token)

    def _request(self, person: Person, at: Millis) -> None:
        """Ask the broker for the desktop (M4)."""
        attempt = self._attempt(person)
        attempt.requested = True
        desktop = self.desktops[person.user]
        if desktop is None:
            self._refuse(person, at, Cause.DESKTOP_MISSING)
            return
        if person.connection:
            self._disconnect(person, desktop, at)
        match desktop.state:
            case DesktopState.AVAILABLE:
                self._log_on(person, desktop, at)
            case DesktopState.STOPPED:
                self._start_for(person, desktop, at)
            case DesktopState.STARTING | DesktopState.STOPPING | DesktopState.MAINTENANCE:
                attempt.stages[2] += desktop.busy_until - at
                self._unless_departed(person, desktop.busy_until, self._request)
            case _:
                self._refuse(person, at, Cause.DESKTOP_BUSY)

    def _start_for(self, person: Person, desktop: Desktop, at: Millis) -> None:
        if not self.take_slot(desktop, at):
            self._refuse(person, at, Cause.NO_HOST_CAPACITY)
            return
        attempt = self._attempt(person)
        cold = person.fleet.cold
        attempt.start_kind = StartKind.COLD if cold else StartKind.RESUME
        attempt.stages[3] = (self._cold_start if cold else self._resume)[person.row_in_hand]
        desktop.begin_run(at)
        self.start(desktop, at, attempt.stages[3])
        self._log_on(person, desktop, at + attempt.stages[3])

    def _log_on(self, person: Person, desktop: Desktop, ready: Millis) -> None:
        """Connect to a desktop that runs from `ready` on, and work (M6)."""
        attempt, row = self._attempt(person), person.row_in_hand
        attempt.ready = ready
        desktop.expires = None
        attempt.stages[4] = self._streaming[row]
        attempt.stages[5] = 0 if desktop.signed_in else self._os_logon[row]
        connected = ready + attempt.stages[4] + attempt.stages[5]
        departure = person.departure
        if departure is not None and departure <= connected:
            self._at(departure, DISCONNECTION, self._depart, person, person.token)
            return
        connection = Connection(row, person.arrival, connected, _ENDINGS[self._ending[row]])
        person.connection = connection
        end = connected + self._connected[row] if departure is None else departure
        limit, idle_from = person.fleet.idle_disconnect_timeout, self._idle_from[row]
        if limit is not None and idle_from != NEVER and connected + idle_from + limit < end:
            end = connected + idle_from + limit
            connection.ending = Ending.DISCONNECT
            connection.outcome, connection.cause = SessionOutcome.CUT, Cause.IDLE_DISCONNECT
        self._at(end, DISCONNECTION, self._leave, person, person.token)

    # -- refusal, departure, leaving (M5 to M7)

    def _refuse(self, person: Person, at: Millis, cause: Cause) -> None:
        self._record_logon(person, at, Outcome.REFUSED, cause)
        person.attempt = None
        person.token += 1
        again = at + max(1, self._retry_after[person.row_in_hand])
        if again - person.arrival > person.habits.patience:
            self._give_up(person, at, Cause.PATIENCE)
        elif person.departure is not None and again >= person.departure:
            self._give_up(person, at, Cause.DEPARTURE)
        else:
            self._at(again, ARRIVAL, self._try, person, person.token)

    def _depart(self, person: Person, at: Millis) -> None:
        """Leave before the desktop was usable."""
        ready = self._attempt(person).ready
        self._record_logon(person, at, Outcome.ABANDONED, Cause.DEPARTURE)
        desktop = self.desktops[person.user]
        if ready is not None and desktop is not None:
            self.begin_timeout(desktop, max(ready, at))
        self._give_up(person, at, Cause.DEPARTURE)

    def _give_up(self, person: Person, at: Millis, cause: Cause) -> None:
        self._record_unstarted(person, at, SessionOutcome.ABANDONED, cause)
        self._over(person, at)

    def _leave(self, person: Person, at: Millis) -> None:
        connection, desktop = person.connection, self.desktops[person.user]
        assert connection is not None
        assert desktop is not None
        self._record_logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
        connection.ended = at
        desktop.signed_in = connection.ending != Ending.LOGOFF
        fleet = person.fleet
        if connection.ending == Ending.NETWORK_LOSS:
            connection.lingers_until = at + fleet.network_loss_detection
        elif (
            connection.ending == Ending.LEFT_CONNECTED and fleet.idle_disconnect_timeout is not None
        ):
            connection.lingers_until = at + fleet.idle_disconnect_timeout
        if connection.ending in (Ending.LOGOFF, Ending.DISCONNECT):
            self._disconnect(person, desktop, at)
        elif connection.lingers_until is not None:
            until = connection.lingers_until
            self._at(until, DISCONNECTION, self._notice_absence, person, None)
        self._over(person, at)

    def _notice_absence(self, person: Person, at: Millis) -> None:
        connection, desktop = person.connection, self.desktops[person.user]
        if (
            desktop
            and connection
            and connection.ended is not None
            and connection.lingers_until == at
        ):
            self._disconnect(person, desktop, at)

    def _disconnect(self, person: Person, desktop: Desktop, at: Millis) -> None:
        """The desktop sees the disconnection: the session is complete and the timeout starts."""
        assert person.connection is not None
        self._record_session(person, person.connection, at)
        person.connection = None
        self.begin_timeout(desktop, at)

    def _over(self, person: Person, at: Millis) -> None:
        person.row = person.attempt = None
        person.over = at
        person.token += 1
        self._await_next_row(person)

    def take_away(self, user: int, at: Millis, cause: Cause, *, past_request: bool = False) -> None:
        """Cut off whoever is connected to, or waits for, a user's desktop.

        With `past_request`, an attempt that has not yet reached the broker goes on.
        """
        person = self.people[user]
        if person.connection and person.connection.ended is not None:
            self._record_session(person, person.connection, at)
            person.connection = None
        if person.attempt is None or (past_request and not person.attempt.requested):
            return
        connection, person.connection = person.connection, None
        if connection and connection.connected < at:
            self._record_logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
            connection.ended, connection.ending = at, Ending.DISCONNECT
            connection.outcome, connection.cause = SessionOutcome.CUT, cause
            self._record_session(person, connection, at)
        else:
            self._record_logon(person, at, Outcome.ABANDONED, cause)
            self._record_unstarted(person, at, SessionOutcome.ABANDONED, cause)
        self._over(person, at)

    def occupied(self, user: int) -> bool:
        """Whether somebody is connected to the user's desktop, or has asked for it."""
        person = self.people[user]
        return person.connection is not None or (
            person.attempt is not None and person.attempt.requested
        )

    # -- the desktop: start, timeout, stop, maintenance (D2 to D5)

    def take_slot(self, desktop: Desktop, at: Millis) -> bool:
        """Take a slot on a host, where hosts are limited."""
        groups = self.world.fleets[desktop.fleet].hosts
        if groups and desktop.host is None:
            desktop.host = self.hosts.place(groups, desktop.zone, desktop.bundle, at)
            return desktop.host is not None
        return True

    def free_slot(self, desktop: Desktop, at: Millis) -> None:
        """Give the slot back, if there is one."""
        if desktop.host is not None:
            self.hosts.release(desktop.host, desktop.bundle, at)
            desktop.host = None

    def start(self, desktop: Desktop, at: Millis, length: Millis) -> None:
        """Be STARTING for a time, then AVAILABLE."""
        if self.world.fleets[desktop.fleet].cold:
            desktop.signed_in = False
        self.pass_through(desktop, DesktopState.STARTING, at, length, DesktopState.AVAILABLE)

    def pass_through(
        self, desktop: Desktop, state: DesktopState, at: Millis, length: Millis, then: DesktopState
    ) -> None:
        """Be in a state that ends by itself."""
        desktop.enter(state, at)
        desktop.busy_until = at + length

        def end(desktop: Desktop, at: Millis) -> None:
            desktop.enter(then, at)

        self._at(at + length, EXPIRY, end, desktop, desktop.token)

    def begin_timeout(self, desktop: Desktop, at: Millis) -> None:
        """Let the AutoStop timeout of a running desktop begin (D2)."""
        if desktop.mode == RunningMode.AUTO_STOP and desktop.run_began is not None:
            desktop.expires = at + self.world.fleets[desktop.fleet].autostop_timeout
            self._at(desktop.expires, EXPIRY, self._expire, desktop, None)

    def _expire(self, desktop: Desktop, at: Millis) -> None:
        if desktop.expires != at:
            return
        desktop.end_run(at)
        self.free_slot(desktop, at)
        delay = self.world.fleets[desktop.fleet].stop_delay
        if delay:
            self.pass_through(desktop, DesktopState.STOPPING, at, delay, DesktopState.STOPPED)
        else:
            desktop.enter(DesktopState.STOPPED, at)

    def _maintain_stopped(self, person: Person, at: Millis) -> None:
        """Monthly maintenance of a desktop that happens to be stopped (D4)."""
        desktop = self.desktops[person.user]
        if (
            desktop is None
            or desktop.mode != RunningMode.AUTO_STOP
            or desktop.state != DesktopState.STOPPED
            or at - desktop.created < MAINTENANCE_AGE
            or not self.take_slot(desktop, at)
        ):
            return
        desktop.begin_run(at, RunKind.MAINTENANCE)
        desktop.enter(DesktopState.MAINTENANCE, at)
        desktop.busy_until = at + self.world.maintenance_length
        self._at(desktop.busy_until, EXPIRY, self._end_maintenance, desktop, desktop.token)

    def _end_maintenance(self, desktop: Desktop, at: Millis) -> None:
        desktop.end_run(at)
        self.free_slot(desktop, at)
        desktop.enter(DesktopState.STOPPED, at)

    def maintain_running(self, user: int, at: Millis, length: Millis) -> None:
        """Sunday's window of an AlwaysOn desktop (D5)."""
        desktop = self.desktops[user]
        if (
            desktop is None
            or desktop.mode != RunningMode.ALWAYS_ON
            or desktop.state != DesktopState.AVAILABLE
        ):
            return
        self.take_away(user, at, Cause.MAINTENANCE, past_request=True)
        desktop.signed_in = False
        self.pass_through(desktop, DesktopState.MAINTENANCE, at, length, DesktopState.AVAILABLE)

    # -- facts

    def _record_logon(
        self, person: Person, done: Millis | None, outcome: Outcome, cause: Cause
    ) -> None:
        end = self._end if done is None else done
        keys = (person.row_in_hand, person.user, self._desktop_number(person))
        self.facts.logon(self._attempt(person).row(keys, done, outcome, cause, end=end))

    def _record_unstarted(
        self, person: Person, at: Millis, outcome: SessionOutcome, cause: Cause
    ) -> None:
        """A session that never began, given up or still waiting at `at`."""
        row = person.row_in_hand
        self.facts.session(
            (
                row,
                person.user,
                self._desktop_number(person),
                person.arrival,
                NEVER,
                NEVER,
                NEVER,
                self._connected[row],
                0,
                at - person.arrival,
                self._ending[row],
                outcome,
                cause,
                self._client[row],
                self._rtt[row],
            )
        )

    def _record_session(
        self, person: Person, connection: Connection, disconnected: Millis | None
    ) -> None:
        row = connection.session
        ended = connection.ended
        self.facts.session(
            (
                row,
                person.user,
                self._desktop_number(person),
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

    def finish(self) -> None:
        """Write down what is under way at the end of the run (M10)."""
        end = self._end
        for person in self.people.values():
            connection = person.connection
            if connection and (connection.ended is not None or connection.connected < end):
                if connection.ended is None:
                    self._record_logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
                    connection.ending = _ENDINGS[self._ending[connection.session]]
                    connection.outcome, connection.cause = SessionOutcome.OPEN, Cause.HORIZON
                self._record_session(person, connection, None)
            if person.row is not None and (
                connection is None
                or connection.session != person.row
                or connection.connected >= end
            ):
                if person.attempt is not None:
                    self._record_logon(person, None, Outcome.OPEN, Cause.HORIZON)
                self._record_unstarted(person, end, SessionOutcome.OPEN, Cause.HORIZON)

    def _desktop_number(self, person: Person) -> int:
        desktop = self.desktops[person.user]
        return _NO_DESKTOP if desktop is None else desktop.id

    @staticmethod
    def _attempt(person: Person) -> Attempt:
        assert person.attempt is not None
        return person.attempt

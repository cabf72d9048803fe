"""The crowd: every user's walk through the plan, from intention to leaving (rules M1 to M10).

This is the readable engine: with `sim.model.desktops` it holds every rule of docs/model.md once, in
the order of a session, and the vectorised engine is tested against it.
"""

from collections.abc import Callable

from sim.model.agenda import ARRIVAL, DISCONNECTION, REQUEST, Agenda
from sim.model.desktop import Desktop
from sim.model.desktops import Desktops
from sim.model.fifo import Line
from sim.model.journal import Journal
from sim.model.person import Attempt, Connection, Person
from sim.model.world import World
from sim.record import (
    NEVER,
    Cause,
    DesktopState,
    Ending,
    Outcome,
    RunningMode,
    SessionOutcome,
    StartKind,
)
from sim.units import Millis

_ENDINGS = list(Ending)


class Crowd:
    """The users, and what each of them does next."""

    def __init__(self, world: World, agenda: Agenda, desktops: Desktops, journal: Journal) -> None:
        self.world = world
        self.agenda = agenda
        self.desktops = desktops
        self.journal = journal
        self.people: dict[int, Person] = {}
        self._line = Line(world.servers) if world.servers else None
        plan = world.plan
        self._gap, self._arrival = plan["gap"].data, plan["arrival"].data
        self._connected, self._idle_from = plan["connected"].data, plan["idle_from"].data
        self._ending, self._retry_after = plan["ending"].data, plan["retry_after"].data
        self._service = plan["directory_service"].data
        self._resume, self._cold_start = plan["resume"].data, plan["cold_start"].data
        self._streaming, self._os_logon = plan["streaming"].data, plan["os_logon"].data
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
        self.desktops.plan_maintenance(person)

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
        self.agenda.put(at, ARRIVAL, self._arrive, person, person.token)

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
            self.agenda.put(person.departure, DISCONNECTION, self._depart, person, person.token)
        else:
            self.agenda.put(at, REQUEST, action, person, person.token)

    def _request(self, person: Person, at: Millis) -> None:
        """Ask the broker for the desktop (M4)."""
        attempt = person.attempt_in_hand
        if attempt.requested is None:
            attempt.requested = at
        attempt.stages[2] = at - attempt.requested
        desktop = self.desktops.of_user[person.user]
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
        if not self.desktops.take_slot(desktop, at):
            self._refuse(person, at, Cause.NO_HOST_CAPACITY)
            return
        attempt = person.attempt_in_hand
        cold = person.fleet.starts_cold(desktop.bundle)
        attempt.start_kind = StartKind.COLD if cold else StartKind.RESUME
        attempt.stages[3] = (self._cold_start if cold else self._resume)[person.row_in_hand]
        desktop.begin_run(at)
        self.desktops.start(desktop, at, attempt.stages[3])
        self._log_on(person, desktop, at + attempt.stages[3])

    def _log_on(self, person: Person, desktop: Desktop, ready: Millis) -> None:
        """Connect to a desktop that runs from `ready` on, and work (M6)."""
        attempt, row = person.attempt_in_hand, person.row_in_hand
        attempt.ready = ready
        desktop.expires = None
        attempt.stages[4] = self._streaming[row]
        attempt.stages[5] = 0 if desktop.signed_in else self._os_logon[row]
        connected = ready + attempt.stages[4] + attempt.stages[5]
        departure = person.departure
        if departure is not None and departure <= connected:
            self.agenda.put(departure, DISCONNECTION, self._depart, person, person.token)
            return
        connection = Connection(row, person.arrival, connected, _ENDINGS[self._ending[row]])
        person.connection = connection
        end = connected + self._connected[row] if departure is None else departure
        limit, idle_from = person.fleet.idle_disconnect_timeout, self._idle_from[row]
        if limit is not None and idle_from != NEVER and connected + idle_from + limit < end:
            end = connected + idle_from + limit
            connection.ending = Ending.DISCONNECT
            connection.outcome, connection.cause = SessionOutcome.CUT, Cause.IDLE_DISCONNECT
        self.agenda.put(end, DISCONNECTION, self._leave, person, person.token)

    # -- refusal, departure, leaving (M5 to M7)

    def _refuse(self, person: Person, at: Millis, cause: Cause) -> None:
        self.journal.logon(person, at, Outcome.REFUSED, cause)
        person.attempt = None
        person.token += 1
        again = at + max(1, self._retry_after[person.row_in_hand])
        if again - person.arrival > person.habits.patience:
            self._give_up(person, at, Cause.PATIENCE)
        elif person.departure is not None and again >= person.departure:
            self._give_up(person, at, Cause.DEPARTURE)
        else:
            self.agenda.put(again, ARRIVAL, self._try, person, person.token)

    def _depart(self, person: Person, at: Millis) -> None:
        """Leave before the desktop was usable."""
        ready = person.attempt_in_hand.ready
        self.journal.logon(person, at, Outcome.ABANDONED, Cause.DEPARTURE)
        desktop = self.desktops.of_user[person.user]
        if ready is not None and desktop is not None:
            self.desktops.begin_timeout(desktop, max(ready, at))
        self._give_up(person, at, Cause.DEPARTURE)

    def _give_up(self, person: Person, at: Millis, cause: Cause) -> None:
        self.journal.unstarted(person, at, SessionOutcome.ABANDONED, cause)
        self._over(person, at)

    def _leave(self, person: Person, at: Millis) -> None:
        connection, desktop = person.connection, self.desktops.of_user[person.user]
        assert connection is not None
        assert desktop is not None
        self.journal.logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
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
            self.agenda.put(until, DISCONNECTION, self._notice_absence, person, None)
        self._over(person, at)

    def _notice_absence(self, person: Person, at: Millis) -> None:
        connection, desktop = person.connection, self.desktops.of_user[person.user]
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
        self.journal.session(person, person.connection, at)
        person.connection = None
        self.desktops.begin_timeout(desktop, at)

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
            self.journal.session(person, person.connection, at)
            person.connection = None
        if person.attempt is None or (past_request and person.attempt.requested is None):
            return
        connection, person.connection = person.connection, None
        if connection and connection.connected < at:
            self.journal.logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
            connection.ended, connection.ending = at, Ending.DISCONNECT
            connection.outcome, connection.cause = SessionOutcome.CUT, cause
            self.journal.session(person, connection, at)
        else:
            self.journal.logon(person, at, Outcome.ABANDONED, cause)
            self.journal.unstarted(person, at, SessionOutcome.ABANDONED, cause)
        self._over(person, at)

    def reconsider(self, user: int, at: Millis) -> None:
        """Let a user who waits for the desktop ask again, since what they waited for is off."""
        person = self.people[user]
        attempt = person.attempt
        if attempt and attempt.requested is not None and attempt.ready is None:
            person.token += 1
            self._unless_departed(person, at, self._request)

    def occupied(self, user: int) -> bool:
        """Whether somebody is connected to the user's desktop, or has asked for it."""
        person = self.people[user]
        return person.connection is not None or (
            person.attempt is not None and person.attempt.requested is not None
        )

    def maintain_running(self, user: int, at: Millis, length: Millis) -> None:
        """Sunday's window of an AlwaysOn desktop (D5)."""
        desktop = self.desktops.of_user[user]
        if (
            desktop is None
            or desktop.mode != RunningMode.ALWAYS_ON
            or desktop.state != DesktopState.AVAILABLE
        ):
            return
        self.take_away(user, at, Cause.MAINTENANCE, past_request=True)
        desktop.signed_in = False
        self.desktops.pass_through(
            desktop, DesktopState.MAINTENANCE, at, length, DesktopState.AVAILABLE
        )

    def finish(self) -> None:
        """Write down what is under way at the end of the run (M10)."""
        end = self.world.end
        for person in self.people.values():
            connection = person.connection
            if connection and (connection.ended is not None or connection.connected < end):
                if connection.ended is None:
                    self.journal.logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
                    connection.ending = _ENDINGS[self._ending[connection.session]]
                    connection.outcome, connection.cause = SessionOutcome.OPEN, Cause.HORIZON
                self.journal.session(person, connection, None)
            if person.row is not None and (
                connection is None
                or connection.session != person.row
                or connection.connected >= end
            ):
                if person.attempt is not None:
                    self.journal.logon(person, None, Outcome.OPEN, Cause.HORIZON)
                self.journal.unstarted(person, end, SessionOutcome.OPEN, Cause.HORIZON)

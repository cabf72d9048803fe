"""The crowd: every user's walk through the plan, from intention to leaving (rules M1 to M10).

This is the readable engine: it holds every rule of docs/model.md once, in the order of a session,
and the vectorised engine is tested against it. Where the desktops come from is the business of a
`Supply`: one's own (`sim.model.owned`), or a pool's (`sim.model.pooled`).
"""

from sim.model.agenda import ARRIVAL, DISCONNECTION, PATIENCE, REQUEST, Agenda
from sim.model.journal import Journal
from sim.model.path import Action, LogonPath
from sim.model.person import Attempt, Connection, Interruption, Person, Supply
from sim.model.regions import Region
from sim.model.stages import DESKTOP_WAIT, OS_LOGON, PROFILE, START_WAIT, STREAMING, stages_of
from sim.model.world import World
from sim.record import NEVER, Cause, Ending, Outcome, SessionOutcome
from sim.units import Millis

_ENDINGS = list(Ending)

FOREVER: Millis = 2**60
"""A stage without an end of its own; records count the time that passed in it."""


class Crowd:
    """The users, and what each of them does next."""

    def __init__(self, world: World, agenda: Agenda, journal: Journal) -> None:
        self.world = world
        self.agenda = agenda
        self.journal = journal
        self.people: dict[int, Person] = {}
        self._stages = stages_of(world)
        self._enter_path = LogonPath(world, self).enter
        plan = world.plan
        self._gap, self._arrival = plan["gap"].data, plan["arrival"].data
        self._connected, self._idle_from = plan["connected"].data, plan["idle_from"].data
        self._ending, self._retry_after = plan["ending"].data, plan["retry_after"].data
        self._patience = plan["patience"].data
        self._too_far = world.too_far.data
        self._streaming, self._os_logon = plan["streaming"].data, plan["os_logon"].data
        self._reconnecting: dict[int, int] = {}
        """Whose clients wait for streaming, with the number of that step, by user."""
        joins = world.users["joins"].tolist()
        self._first_gap_from = [world.begin if at == NEVER else at for at in joins]

    def enlist(self, user: int, supply: Supply) -> Person:
        """Let a user begin to walk through the plan, with desktops from a supply."""
        first, last = self.world.first_row[user], self.world.first_row[user + 1]
        habits = self.world.habits[self.world.user_habits[user]]
        fleet = self.world.served[self.world.user_fleet[user]]
        person = Person(user, fleet, habits, supply, range(int(first), int(last)))
        self.people[user] = person
        self._await_next_row(person)
        return person

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
        person.since, person.began, person.delivered = at, None, 0
        person.departure = at + self._connected[row] if person.habits.fixed_departure else None
        self._try(person, at)

    def _try(self, person: Person, at: Millis) -> None:
        """Begin an attempt: through the directory to the request."""
        person.token += 1
        person.tries += 1
        person.attempt = Attempt(person.tries, at, self._stages)
        self._enter_path(person, at)

    def go_on(self, person: Person, at: Millis, action: Action) -> None:
        """Go on at an instant, or leave at the fixed departure if that comes first."""
        if person.departure is not None and person.departure <= at:
            self.agenda.put(person.departure, DISCONNECTION, self._depart, person, person.token)
        else:
            self.agenda.put(at, REQUEST, action, person, person.token)

    def request(self, person: Person, at: Millis) -> None:
        """Ask the broker for a desktop (M4, P5)."""
        attempt = person.attempt_in_hand
        if attempt.requested is None:
            attempt.requested = at
        else:
            if attempt.waits_since is not None:
                attempt.stages[START_WAIT] = at - attempt.waits_since
                attempt.waits_since = None
            attempt.stages[DESKTOP_WAIT] = at - attempt.requested - attempt.stages[START_WAIT]
        person.supply.request(person, at)

    def await_start(self, person: Person, at: Millis, until: Millis) -> None:
        """Let somebody wait until the limit on starts lets the desktop start (L5)."""
        attempt = person.attempt_in_hand
        attempt.stages[START_WAIT], attempt.waits_since = until - at, at
        self.go_on(person, until, self.request)

    def ask_again(self, person: Person, at: Millis, until: Millis) -> None:
        """Let somebody wait for a desktop that is busy until an instant, and then ask again."""
        person.attempt_in_hand.stages[DESKTOP_WAIT] += until - at
        self.go_on(person, until, self.request)

    def connect(self, person: Person, ready: Millis, *, os_logon: bool) -> Connection | None:
        """Connect to a desktop that runs from `ready` on, and work (M6).

        None when the user's departure comes before the connection.
        """
        attempt, row = person.attempt_in_hand, person.row_in_hand
        attempt.ready, stages = ready, attempt.stages
        stages[STREAMING] = self._streaming[row]
        if os_logon:
            stages[OS_LOGON] = self._os_logon[row]
        if self._too_far[row]:
            stages[OS_LOGON] = 0
            self.go_on(person, ready + stages[PROFILE] + stages[STREAMING], self._lose_stream)
            return None
        connected = ready + stages[PROFILE] + stages[STREAMING] + stages[OS_LOGON]
        departure = person.departure
        if departure is not None and departure <= connected:
            self.agenda.put(departure, DISCONNECTION, self._depart, person, person.token)
            return None
        connection = Connection(row, person.arrival, connected, _ENDINGS[self._ending[row]])
        worked = 0
        if person.began is not None:
            connection.began = person.began
            worked = connection.before = person.delivered
        person.connection = connection
        end = connected + self._connected[row] - worked if departure is None else departure
        limit, idle_from = person.fleet.idle_limit, self._idle_from[row]
        if limit is not None and idle_from != NEVER:
            idle_for_long = connected + max(0, idle_from - worked) + limit
            if idle_for_long < end:
                end = idle_for_long
                connection.ending = Ending.DISCONNECT
                connection.outcome, connection.cause = SessionOutcome.CUT, Cause.IDLE_DISCONNECT
        connection.until = end
        self.agenda.put(end, DISCONNECTION, self._leave, person, person.token)
        return connection

    def _lose_stream(self, person: Person, at: Millis) -> None:
        """The stream cannot be held at such a distance (S1)."""
        person.supply.departed(person, at)
        self.refuse(person, at, Cause.ROUND_TRIP)

    def line_up(self, person: Person, at: Millis) -> bool:
        """Let somebody wait in line until patience or the departure ends it (P6).

        False, and the user has given up, when patience is over already.
        """
        until = person.since + self._patience[person.row_in_hand]
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
        """Somebody in line is served now: what would have ended the waiting lapses."""
        attempt = person.attempt_in_hand
        assert attempt.requested is not None
        attempt.stages[DESKTOP_WAIT] = at - attempt.requested
        person.token += 1

    def _lose_patience(self, person: Person, at: Millis) -> None:
        self._give_up_waiting(person, at, Cause.PATIENCE)

    def _give_up_waiting(self, person: Person, at: Millis, cause: Cause) -> None:
        self.journal.logon(person, at, Outcome.ABANDONED, cause)
        person.supply.departed(person, at)
        self._give_up(person, at, cause)

    # -- refusal, departure, leaving (M5 to M7)

    def refuse(self, person: Person, at: Millis, cause: Cause) -> None:
        """Turn an attempt away; the user tries again, or gives up (M5)."""
        self.journal.logon(person, at, Outcome.REFUSED, cause)
        person.attempt = None
        person.token += 1
        self._try_again(person, at)

    def _try_again(self, person: Person, at: Millis) -> None:
        """Come again after a while, unless patience or the departure forbids it (M5)."""
        again = at + max(1, self._retry_after[person.row_in_hand])
        if again - person.since > self._patience[person.row_in_hand]:
            self._give_up(person, at, Cause.PATIENCE)
        elif person.departure is not None and again >= person.departure:
            self._give_up(person, at, Cause.DEPARTURE)
        else:
            self.agenda.put(again, ARRIVAL, self._try, person, person.token)

    def _depart(self, person: Person, at: Millis) -> None:
        """Leave before the desktop was usable."""
        self._give_up_waiting(person, at, Cause.DEPARTURE)

    def _give_up(self, person: Person, at: Millis, cause: Cause) -> None:
        if person.interruption is not None:
            self.journal.interrupted(person, SessionOutcome.CUT)
        else:
            self.journal.unstarted(person, at, SessionOutcome.ABANDONED, cause)
        self._over(person, at)

    def _leave(self, person: Person, at: Millis) -> None:
        connection, fleet = person.connection, person.fleet
        assert connection is not None
        self._has_connected(person, connection)
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

    def _has_connected(self, person: Person, connection: Connection) -> None:
        """Write down the attempt that led to a connection, and that its user is back."""
        self.journal.logon(person, connection.connected, Outcome.CONNECTED, Cause.NONE)
        if person.interruption is not None:
            self.journal.back(person, connection.connected)

    def _notice_absence(self, person: Person, at: Millis) -> None:
        connection = person.connection
        if connection and connection.ended is not None and connection.lingers_until == at:
            self.disconnect(person, at)

    def disconnect(self, person: Person, at: Millis) -> None:
        """The desktop sees the disconnection: the session is complete."""
        connection, person.connection = person.connection, None
        assert connection is not None
        self.journal.session(person, connection, at)
        person.supply.disconnected(person, connection.ending, at)

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
            self._has_connected(person, connection)
            connection.ended, connection.ending = at, Ending.DISCONNECT
            connection.outcome, connection.cause = SessionOutcome.CUT, cause
            self.journal.session(person, connection, at)
            self._over(person, at)
        else:
            self.journal.logon(person, at, Outcome.ABANDONED, cause)
            self._give_up(person, at, cause)

    def interrupt(
        self, user: int, at: Millis, cause: Cause, outage: int, *, desktop_stays: bool = False
    ) -> None:
        """An outage takes a user's connection, or the desktop that an attempt was about (F2).

        Args:
            user: who.
            at: when.
            cause: why.
            outage: its number.
            desktop_stays: whether the desktop is still there, and sees a disconnection (F7).
        """
        person = self.people[user]
        connection, attempt = person.connection, person.attempt
        if connection and connection.ended is not None:
            if desktop_stays:
                self.disconnect(person, at)
            else:
                self.journal.session(person, connection, at)
                person.connection = None
        if attempt is None or attempt.requested is None:
            return
        person.connection = None
        window = 0
        if connection and connection.connected < at:
            self._has_connected(person, connection)
            person.began, person.since = connection.began, at
            person.delivered = connection.before + at - connection.connected
            desktop = person.supply.number(user)
            person.interruption = Interruption(at, cause, outage, desktop)
            if desktop_stays:
                person.supply.disconnected(person, Ending.DISCONNECT, at)
                window = person.fleet.reconnect_window
            self._come_back(person, at, window)
        else:
            if desktop_stays:
                person.supply.departed(person, at)
            self.refuse(person, at, cause)

    def _come_back(self, person: Person, at: Millis, window: Millis) -> None:
        """Somebody was interrupted: wait for the client, try again, or give up."""
        person.attempt = None
        person.token += 1
        if not person.habits.returns:
            self._give_up(person, at, Cause.NONE)
        elif window:
            self._await_stream(person, at + window)
        else:
            self._try_again(person, at)

    # -- the client reconnects by itself (F11)

    def _await_stream(self, person: Person, until: Millis) -> None:
        """Let a client wait for streaming until its window, patience or the departure is over."""
        self._reconnecting[person.user] = person.token
        patience, departure = person.since + self._patience[person.row_in_hand], person.departure
        if departure is not None and departure <= min(patience, until):
            self.agenda.put(departure, DISCONNECTION, self._stop_waiting, person, person.token)
        elif patience < until:
            self.agenda.put(patience, PATIENCE, self._stop_waiting, person, person.token)
        else:
            self.agenda.put(until, ARRIVAL, self._log_on_anew, person, person.token)

    def _log_on_anew(self, person: Person, at: Millis) -> None:
        """The client has given up; its user has not."""
        person.token += 1
        self._try_again(person, at)

    def _stop_waiting(self, person: Person, at: Millis) -> None:
        """Give up on a client that has not reconnected."""
        departs = person.departure is not None and person.departure <= at
        self._give_up(person, at, Cause.DEPARTURE if departs else Cause.PATIENCE)

    def stream_is_back(self, region: Region, at: Millis) -> None:
        """Streaming is there again in a Region: the clients that wait for it reconnect."""
        waiting, self._reconnecting = self._reconnecting, {}
        for user, token in sorted(waiting.items()):
            person = self.people[user]
            if person.token != token:
                continue
            departs = person.departure is not None and person.departure <= at
            if departs or person.supply.region(user) is not region:
                self._reconnecting[user] = token
                continue
            person.token += 1
            self.agenda.put(at, REQUEST, self._reconnect, person, person.token)

    def _reconnect(self, person: Person, at: Millis) -> None:
        """Ask for the desktop at once: nobody is authenticated anew."""
        person.token += 1
        person.tries += 1
        person.attempt = Attempt(person.tries, at, self._stages)
        self.request(person, at)

    def reconsider(self, user: int, at: Millis) -> None:
        """Let a user who waits for the desktop ask again, since what they waited for is off."""
        person = self.people[user]
        attempt = person.attempt
        if attempt and attempt.requested is not None and attempt.ready is None:
            person.token += 1
            self.go_on(person, at, self.request)

    def occupied(self, user: int) -> bool:
        """Whether somebody is connected to the user's desktop, or has asked for it."""
        person = self.people[user]
        return person.connection is not None or (
            person.attempt is not None and person.attempt.requested is not None
        )

    def finish(self) -> None:
        """Write down what is under way at the end of the run (M10)."""
        end = self.world.end
        for person in self.people.values():
            connection = person.connection
            if connection and (connection.ended is not None or connection.connected < end):
                if connection.ended is None:
                    self._has_connected(person, connection)
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
                if person.interruption is not None:
                    self.journal.interrupted(person, SessionOutcome.OPEN)
                else:
                    self.journal.unstarted(person, end, SessionOutcome.OPEN, Cause.HORIZON)

"""The journal: what became of attempts and sessions, as rows of the fact tables."""

from sim.model.facts import Facts
from sim.model.person import Connection, Person
from sim.model.world import World
from sim.record import NEVER, Cause, Ending, Outcome, SessionOutcome
from sim.units import Millis


class Journal:
    """Writes `logons`, `sessions` and `interruptions`."""

    def __init__(self, world: World, facts: Facts) -> None:
        plan = world.plan
        self._facts = facts
        self._end = world.end
        self._connected, self._ending = plan["connected"].data, plan["ending"].data
        self._client, self._rtt = plan["client"].data, plan["rtt"].data

    def logon(self, person: Person, done: Millis | None, outcome: Outcome, cause: Cause) -> None:
        """Record an attempt; `done` is None when it is still under way at the end of the run."""
        end = self._end if done is None else done
        keys = (person.row_in_hand, person.user, person.supply.number(person.user))
        self._facts.logon(person.attempt_in_hand.row(keys, done, outcome, cause, end=end))

    def unstarted(self, person: Person, at: Millis, outcome: SessionOutcome, cause: Cause) -> None:
        """A session that never began, given up or still waiting at `at`."""
        row = person.row_in_hand
        self._facts.session(
            (
                row,
                person.user,
                person.supply.number(person.user),
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

    def session(self, person: Person, connection: Connection, disconnected: Millis | None) -> None:
        """Record a session that began; `disconnected` is None while the desktop sees it."""
        row, ended = connection.session, connection.ended
        worked = (self._end if ended is None else ended) - connection.connected
        self._facts.session(
            (
                row,
                person.user,
                person.supply.number(person.user),
                connection.arrival,
                connection.began,
                NEVER if ended is None else ended,
                NEVER if disconnected is None else disconnected,
                self._connected[row],
                connection.before + worked,
                connection.began - connection.arrival,
                connection.ending,
                connection.outcome,
                connection.cause,
                self._client[row],
                self._rtt[row],
            )
        )

    def back(self, person: Person, at: Millis | None) -> None:
        """Somebody is connected again after an interruption, or (None) is not."""
        cut, person.interruption = person.interruption, None
        assert cut is not None
        back = NEVER if at is None else at
        keys = (person.row_in_hand, person.user, cut.desktop, cut.outage)
        self._facts.interruption((*keys, cut.cause, cut.at, back))

    def interrupted(self, person: Person, outcome: SessionOutcome) -> None:
        """A session that an outage ended (CUT), or that the run's end finds interrupted (OPEN)."""
        cut, began = person.interruption, person.began
        assert cut is not None
        assert began is not None
        row, ending, cause = person.row_in_hand, Ending.DISCONNECT, cut.cause
        ended: Millis | None = cut.at
        if outcome == SessionOutcome.OPEN:
            ending, cause, ended = Ending(self._ending[row]), Cause.HORIZON, None
        # The connection that did not come: nothing was worked in it.
        connected = self._end if ended is None else ended
        connection = Connection(row, person.arrival, connected, ending)
        connection.began, connection.before, connection.ended = began, person.delivered, ended
        connection.outcome, connection.cause = outcome, cause
        self.session(person, connection, ended)
        self.back(person, None)
